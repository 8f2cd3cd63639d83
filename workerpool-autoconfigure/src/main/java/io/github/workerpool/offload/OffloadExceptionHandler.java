package io.github.workerpool.offload;

/**
 * Told of the failures that no caller sees: those of {@link Offload @Offload} methods
 * that return {@code void}. All beans of this type are asked, in their order, after the
 * failure was logged. Runs on the thread on which the task ended, with the caller's
 * context; it should be quick. What it throws is logged.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface OffloadExceptionHandler {

	/**
	 * Handles a failure.
	 * @param failure what failed, and why
	 */
	void handle(OffloadFailure failure);

}
