package io.github.workerpool.offload;

import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

/**
 * Carries a caller's context (logging, tracing, security, locale) to where the outcome of
 * its call arrives, for fallbacks and exception handlers. What travels to the worker is
 * the pool's own business. Safe for use by any number of threads.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface CallerContext {

	/** Carries nothing. */
	CallerContext NONE = () -> null;

	/**
	 * Takes the context of this thread; called on the caller's thread.
	 * @return what to carry, {@code null} if there is nothing
	 */
	@Nullable Captured capture();

	/**
	 * A context on its way.
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
