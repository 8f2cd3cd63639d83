package io.github.workerpool;

import java.io.Serial;
import java.util.concurrent.RejectedExecutionException;

/**
 * A task was not accepted, or a wait for one was refused. The task has not run and will
 * not.
 *
 * @since 0.1.0
 */
public class RejectedTaskException extends RejectedExecutionException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final Reason reason;

	/**
	 * Makes a refusal.
	 * @param reason why
	 * @param message why, in words
	 */
	public RejectedTaskException(Reason reason, String message) {
		super(message);
		this.reason = reason;
	}

	/**
	 * Makes a refusal with a cause.
	 * @param reason why
	 * @param message why, in words
	 * @param cause what led to it
	 */
	public RejectedTaskException(Reason reason, String message, Throwable cause) {
		super(message, cause);
		this.reason = reason;
	}

	/**
	 * Why the task was refused.
	 * @return the reason
	 */
	public Reason reason() {
		return this.reason;
	}

	/**
	 * Why a task was refused.
	 */
	public enum Reason {

		/** As many tasks wait as the queue holds. */
		QUEUE_FULL,

		/** The task's key holds as much of the queue as one key may. */
		SHARE_EXCEEDED,

		/** The pool is {@link PoolState#FAILED}. */
		POOL_FAILED,

		/** The pool is stopped, or not started and the caller would wait. */
		NOT_RUNNING,

		/** The pool is closed. */
		CLOSED,

		/** Every worker that could serve the task would be waiting. */
		WOULD_DEADLOCK

	}

}
