package io.github.workerpool.autoconfigure;

import java.util.List;
import java.util.concurrent.Callable;

import io.github.workerpool.core.TaskContext;
import org.jspecify.annotations.Nullable;

import org.springframework.core.task.TaskDecorator;

/**
 * Wraps tasks by {@link TaskDecorator}s, inside another context. Decorators want a
 * {@link Runnable} on the submitter's thread, where the engine has its body only later:
 * they are given a stand-in, which gets the body when the task runs.
 */
final class DecoratedContext implements TaskContext {

	private final TaskContext outer;

	private final List<TaskDecorator> decorators;

	DecoratedContext(TaskContext outer, List<TaskDecorator> decorators) {
		this.outer = outer;
		this.decorators = List.copyOf(decorators);
	}

	@Override
	public Captured capture() {
		Captured around = this.outer.capture();
		Captured decorated = decorate();
		return (around != null) ? new Nested(around, decorated) : decorated;
	}

	private Captured decorate() {
		StandIn standIn = new StandIn();
		try {
			Runnable decorated = standIn;
			for (TaskDecorator decorator : this.decorators) {
				decorated = decorator.decorate(decorated);
			}
			standIn.decorated = decorated;
			return standIn;
		}
		catch (RuntimeException ex) {
			return new Refused(ex);
		}
	}

	/**
	 * Stands in for the body of a task. A task is run again only after its first run has
	 * ended, so that one body at a time is enough.
	 */
	private static final class StandIn implements Captured, Runnable {

		private Runnable decorated = this;

		private @Nullable Callable<?> body;

		private boolean ran;

		private @Nullable Object result;

		private @Nullable Throwable error;

		@Override
		public void run() {
			Callable<?> current = this.body;
			if (current == null || this.ran) {
				throw new IllegalStateException("A TaskDecorator must run a task once, when it is told to run");
			}
			this.ran = true;
			try {
				this.result = current.call();
			}
			catch (Throwable ex) {
				this.error = ex;
				StandIn.<RuntimeException>sneakyThrow(ex);
			}
		}

		@Override
		@SuppressWarnings({ "unchecked", "NullAway" })
		public <R extends @Nullable Object> R call(Callable<R> body) throws Exception {
			this.body = body;
			this.ran = false;
			this.result = null;
			this.error = null;
			try {
				this.decorated.run();
				Throwable own = this.error;
				if (own != null) {
					// swallowed by a decorator
					StandIn.<Exception>sneakyThrow(own);
				}
				if (!this.ran) {
					throw new IllegalStateException("A TaskDecorator did not run the task");
				}
				return (R) this.result;
			}
			catch (Throwable ex) {
				Throwable own = this.error;
				if (own != null && own != ex) {
					// a task's own exception arrives as itself, whatever wraps it
					own.addSuppressed(ex);
					StandIn.<Exception>sneakyThrow(own);
				}
				throw ex;
			}
			finally {
				this.body = null;
				this.result = null;
				this.error = null;
			}
		}

		@SuppressWarnings("unchecked")
		private static <E extends Throwable> void sneakyThrow(Throwable error) throws E {
			throw (E) error;
		}

	}

	/**
	 * One context inside another.
	 *
	 * @param outer the outer
	 * @param inner the inner
	 */
	private record Nested(Captured outer, Captured inner) implements Captured {

		@Override
		public <R extends @Nullable Object> R call(Callable<R> body) throws Exception {
			return this.outer.call(() -> this.inner.call(body));
		}

	}

	/**
	 * A decorator threw: so does the task.
	 *
	 * @param reason what it threw
	 */
	private record Refused(RuntimeException reason) implements Captured {

		@Override
		public <R extends @Nullable Object> R call(Callable<R> body) {
			throw this.reason;
		}

	}

}
