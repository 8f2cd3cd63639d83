package io.github.workerpool;

/**
 * State of one worker.
 *
 * @since 0.1.0
 */
public enum WorkerState {

	/** On its way: its thread or JVM starts, its initializers run. */
	STARTING,

	/** Ready and without a task. */
	IDLE,

	/** Running a task, or still held by one that was told to stop. */
	BUSY,

	/** Leaving: takes no more tasks. */
	STOPPING,

	/** A thread that ignored its interruption; replaced, but not yet ended. */
	ABANDONED

}
