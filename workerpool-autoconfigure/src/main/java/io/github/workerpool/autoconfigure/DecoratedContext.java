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
		StandIn standIn = new StandIn();
		for (TaskDecorator decorator : this.decorators) {
			standIn.decorated = decorator.decorate(standIn.decorated);
		}
		return (around != null) ? new Nested(around, standIn) : standIn;
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
			this.error = null;
			try {
				runDecorated();
				return (R) this.result;
			}
			finally {
				this.body = null;
				this.result = null;
				this.error = null;
			}
		}

		/** What the body threw is thrown, even if a decorator swallowed or wrapped it. */
		private void runDecorated() throws Exception {
			try {
				this.decorated.run();
			}
			catch (Throwable ex) {
				if (this.error == null) {
					throw ex;
				}
			}
			Throwable own = this.error;
			if (own != null) {
				StandIn.<Exception>sneakyThrow(own);
			}
			if (!this.ran) {
				throw new IllegalStateException("A TaskDecorator did not run the task");
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

}
