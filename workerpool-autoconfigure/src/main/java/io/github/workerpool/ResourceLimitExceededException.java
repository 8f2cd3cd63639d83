package io.github.workerpool;

import java.io.Serial;

import org.jspecify.annotations.Nullable;

/**
 * A task reached one of its worker's limits and was stopped.
 *
 * @since 0.1.0
 */
public class ResourceLimitExceededException extends WorkerPoolException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final Limit limit;

	/**
	 * Makes an error.
	 * @param limit what was reached
	 * @param message which limit, its value, and what to do
	 * @param cause the JVM's error, where it raised one
	 */
	public ResourceLimitExceededException(Limit limit, String message, @Nullable Throwable cause) {
		super(message, cause);
		this.limit = limit;
	}

	/**
	 * What was reached.
	 * @return the limit
	 */
	public Limit limit() {
		return this.limit;
	}

	/**
	 * What can be limited.
	 */
	public enum Limit {

		/** Java heap. */
		HEAP,

		/** Class metadata. */
		METASPACE,

		/** Direct buffers. */
		DIRECT_MEMORY,

		/** Stack of the task's thread. */
		STACK,

		/** CPU time of one task. */
		CPU_TIME,

		/** Bytes allocated by one task. */
		ALLOCATION,

		/** Physical memory of the worker's process. */
		RESIDENT_SIZE

	}

}
