package io.github.workerpool;

/**
 * State of a pool. Where several apply, the first in this order is reported:
 * {@link #CLOSED}, {@link #STOPPED}, {@link #FAILED}, {@link #PAUSED}, {@link #DEGRADED},
 * {@link #STARTING}, {@link #RUNNING}; a pool that was never started is {@link #NEW}.
 *
 * @since 0.1.0
 */
public enum PoolState {

	/** Built, not started: tasks queue, nothing runs. */
	NEW,

	/** Started, the first workers are on their way. */
	STARTING,

	/** As many workers as wanted are ready. */
	RUNNING,

	/**
	 * At work with less than it should have: below its minimum size after workers were
	 * lost, in back-off, or at the cap of abandoned threads.
	 */
	DEGRADED,

	/** Running tasks go on, queued ones wait until the pool is resumed. */
	PAUSED,

	/**
	 * The restart budget is spent, or there is no usable worker and none is coming.
	 * Submits are rejected until the pool recovers or is restarted.
	 */
	FAILED,

	/** Stopped by its life cycle; can start again. */
	STOPPED,

	/** Closed for good. */
	CLOSED

}
