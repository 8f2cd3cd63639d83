package io.github.workerpool;

import java.io.Serial;

import org.jspecify.annotations.Nullable;

/**
 * Root of the pool's own errors, except refusals ({@link RejectedTaskException}) and
 * cancellations. A task's own exception is never wrapped in it.
 *
 * @since 0.1.0
 */
public abstract class WorkerPoolException extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Makes an error.
	 * @param message what happened, and what to do
	 * @param cause what caused it, if anything
	 */
	protected WorkerPoolException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
