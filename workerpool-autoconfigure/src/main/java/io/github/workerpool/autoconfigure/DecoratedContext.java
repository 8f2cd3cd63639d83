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

	/** What is under way on each thread. */
	private final ThreadLocal<@Nullable Run> runs = new ThreadLocal<>();

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

	/** There is nothing to decorate here of a task that runs elsewhere. */
	@Override
	public TaskContext acrossJvms() {
		return this.outer.acrossJvms();
	}

	/**
	 * Stands in for the bodies of tasks. The chunks of a map share one, so that several
	 * may be under way at once, each on its own thread.
	 */
	private final class StandIn implements Captured, Runnable {

		private Runnable decorated = this;

		@Override
		public void run() {
			Run current = DecoratedContext.this.runs.get();
			if (current == null || current.of != this || current.ran) {
				throw new IllegalStateException("A TaskDecorator must run a task once, when it is told to run");
			}
			current.run();
		}

		@Override
		@SuppressWarnings({ "unchecked", "NullAway" })
		public <R extends @Nullable Object> R call(Callable<R> body) throws Exception {
			Run around = DecoratedContext.this.runs.get();
			Run current = new Run(this, body);
			DecoratedContext.this.runs.set(current);
			try {
				runDecorated(current);
				return (R) current.result;
			}
			finally {
				if (around != null) {
					DecoratedContext.this.runs.set(around);
				}
				else {
					DecoratedContext.this.runs.remove();
				}
			}
		}

		/** What the body threw is thrown, even if a decorator swallowed or wrapped it. */
		private void runDecorated(Run current) throws Exception {
			try {
				this.decorated.run();
			}
			catch (Throwable ex) {
				if (current.error == null) {
					throw ex;
				}
			}
			Throwable own = current.error;
			if (own != null) {
				Run.<Exception>sneakyThrow(own);
			}
			if (!current.ran) {
				throw new IllegalStateException("A TaskDecorator did not run the task");
			}
		}

	}

	/**
	 * One body under way.
	 */
	private static final class Run {

		private final StandIn of;

		private final Callable<?> body;

		private boolean ran;

		private @Nullable Object result;

		private @Nullable Throwable error;

		Run(StandIn of, Callable<?> body) {
			this.of = of;
			this.body = body;
		}

		void run() {
			this.ran = true;
			try {
				this.result = this.body.call();
			}
			catch (Throwable ex) {
				this.error = ex;
				Run.<RuntimeException>sneakyThrow(ex);
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
