package io.github.workerpool;

import java.io.Serial;

import org.jspecify.annotations.Nullable;

/**
 * There is no room for memory that can cross to other JVMs: no directory for the file
 * behind it has enough space, or the system maps no more.
 *
 * @since 0.1.0
 */
public class MemoryAllocationException extends WorkerPoolException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Makes an error.
	 * @param message how much was asked for and what there is
	 * @param cause the underlying error, if any
	 */
	public MemoryAllocationException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
