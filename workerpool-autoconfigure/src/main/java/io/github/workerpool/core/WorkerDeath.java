package io.github.workerpool.core;

import java.io.Serial;

import io.github.workerpool.CrashReport;
import io.github.workerpool.ResourceLimitExceededException;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by a {@link WorkerBackend} whose worker is gone.
 *
 * @since 0.1.0
 */
public final class WorkerDeath extends Exception {

	@Serial
	private static final long serialVersionUID = 1L;

	private final transient CrashReport report;

	private final transient boolean started;

	private final transient @Nullable ResourceLimitExceededException limit;

	/**
	 * Makes a death notice.
	 * @param report the particulars
	 * @param started whether the worker had marked the task as started
	 * @param limit the limit that the worker died of, if it could still tell
	 */
	public WorkerDeath(CrashReport report, boolean started, @Nullable ResourceLimitExceededException limit) {
		super(report.exit(), limit, false, false);
		this.report = report;
		this.started = started;
		this.limit = limit;
	}

	CrashReport report() {
		return this.report;
	}

	boolean started() {
		return this.started;
	}

	@Nullable ResourceLimitExceededException limit() {
		return this.limit;
	}

}
