package io.github.workerpool;

/**
 * What happens to a task that finds the queue full.
 *
 * @since 0.1.0
 */
public enum OverflowPolicy {

	/** Its future fails with {@link RejectedTaskException} at once. */
	REJECT,

	/** Its submitter waits for room, as long as the offer timeout allows. */
	WAIT,

	/**
	 * Its submitter runs it, without deadline or limits. Thread isolation only.
	 */
	CALLER_RUNS

}
