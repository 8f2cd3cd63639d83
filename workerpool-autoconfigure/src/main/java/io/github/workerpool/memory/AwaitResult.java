package io.github.workerpool.memory;

/**
 * How a wait on a cell of shared memory ended.
 *
 * @since 0.1.0
 */
public enum AwaitResult {

	/** Somebody signalled. */
	OK,

	/** The cell did not hold the expected value, so there was nothing to wait for. */
	NOT_EQUAL,

	/** The time was up. */
	TIMED_OUT

}
