package io.github.workerpool;

import java.io.Serial;

/**
 * A worker died with the task on it.
 *
 * @since 0.1.0
 */
public class WorkerCrashedException extends WorkerPoolException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final CrashReport report;

	/**
	 * Makes an error.
	 * @param message what happened
	 * @param report the particulars
	 */
	public WorkerCrashedException(String message, CrashReport report) {
		super(message, null);
		this.report = report;
	}

	/**
	 * The particulars of the death.
	 * @return the report
	 */
	public CrashReport report() {
		return this.report;
	}

}
