package io.github.workerpool;

import java.io.Serial;

/**
 * A task waited or ran longer than it may.
 *
 * @since 0.1.0
 */
public class TaskTimeoutException extends WorkerPoolException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final Phase phase;

	/**
	 * Makes a timeout.
	 * @param phase where the time ran out
	 * @param message what ran out, with the limit
	 */
	public TaskTimeoutException(Phase phase, String message) {
		super(message, null);
		this.phase = phase;
	}

	/**
	 * Where the time ran out.
	 * @return the phase
	 */
	public Phase phase() {
		return this.phase;
	}

	/**
	 * The two clocks of a task.
	 */
	public enum Phase {

		/** In the queue; the task never ran. */
		QUEUED,

		/** On a worker, counted from the start of the run. */
		RUNNING

	}

}
