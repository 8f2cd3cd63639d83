package io.github.workerpool;

import java.io.Serial;

import org.jspecify.annotations.Nullable;

/**
 * A worker can't start: its thread or JVM didn't come up, or an initializer failed.
 *
 * @since 0.1.0
 */
public class WorkerStartException extends WorkerPoolException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Makes an error.
	 * @param message what failed, and what to do
	 * @param cause why, if known
	 */
	public WorkerStartException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
