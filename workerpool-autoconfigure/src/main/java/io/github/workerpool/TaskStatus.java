package io.github.workerpool;

/**
 * Where a task is in its life. A task is {@link #QUEUED}, then {@link #RUNNING}, then one
 * of the others for good; a refused one is {@link #REJECTED} from the start.
 *
 * @since 0.1.0
 */
public enum TaskStatus {

	/** Waiting for a worker. */
	QUEUED,

	/** On a worker. */
	RUNNING,

	/** Ended with a value. */
	SUCCEEDED,

	/** Ended with an exception of its own, or at a resource limit. */
	FAILED,

	/** Lost with its worker, which died. */
	CRASHED,

	/** Waited or ran longer than allowed. */
	TIMED_OUT,

	/** Cancelled, or completed from outside. */
	CANCELLED,

	/** Never accepted. */
	REJECTED;

	/**
	 * Tells whether a task with this status has ended.
	 * @return whether nothing can follow
	 */
	public boolean isFinal() {
		return this != QUEUED && this != RUNNING;
	}

}
