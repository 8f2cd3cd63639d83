package io.github.workerpool.core;

import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

/**
 * Carries the submitter's context (logging, tracing, security, locale) to the thread that
 * runs the task. Safe for use by any number of threads.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface TaskContext {

	/** Carries nothing. */
	TaskContext NONE = () -> null;

	/**
	 * Takes the context of this thread; called on the submitter's thread, once for each
	 * task and once for each map.
	 * @return what to carry, {@code null} if there is nothing
	 */
	@Nullable Captured capture();

	/**
	 * The part that is worth taking where workers are other JVMs. What it captures
	 * crosses if it is {@link java.io.Serializable}.
	 * @return that part, by default the whole
	 */
	default TaskContext acrossJvms() {
		return this;
	}

	/**
	 * A context on its way. The chunks of a map share one: it is used several times, and
	 * by several threads at once.
	 */
	@FunctionalInterface
	interface Captured {

		/**
		 * Runs something with the context in place on this thread, and removes it after.
		 * @param <R> the type of the result
		 * @param body what to run; called exactly once
		 * @return its result
		 * @throws Exception what the body throws
		 */
		<R extends @Nullable Object> R call(Callable<R> body) throws Exception;

	}

}
