package io.github.workerpool.core;

import io.github.workerpool.CrashReport;
import io.github.workerpool.WorkerPoolException;
import io.github.workerpool.WorkerStartException;
import org.jspecify.annotations.Nullable;

/**
 * How a worker ended.
 *
 * @param kind what it means for the pool
 * @param reason why, as a word for metrics and listeners
 * @param cause the error behind it, if any
 * @param report the particulars of a death
 */
record WorkerEnd(Kind kind, String reason, @Nullable Throwable cause, @Nullable CrashReport report) {

	/**
	 * What an end means for the pool.
	 */
	enum Kind {

		/** The pool has one less, as it wanted. */
		PLANNED,

		/** Replaced, as it wanted. */
		RECYCLED,

		/** The pool ended it itself: replaced, and no death. */
		KILLED,

		/** It ended unasked. */
		DIED,

		/** It never came up. */
		START_FAILED,

		/** It was replaced long ago. */
		ABANDONED

	}

	static WorkerEnd planned(String reason) {
		return new WorkerEnd(Kind.PLANNED, reason, null, null);
	}

	static WorkerEnd recycled(String reason) {
		return new WorkerEnd(Kind.RECYCLED, reason, null, null);
	}

	static WorkerEnd killed(String reason) {
		return new WorkerEnd(Kind.KILLED, reason, null, null);
	}

	static WorkerEnd outOf(String limit, CrashReport report) {
		return new WorkerEnd(Kind.KILLED, limit, null, report);
	}

	static WorkerEnd died(String reason, @Nullable Throwable cause, @Nullable CrashReport report) {
		return new WorkerEnd(Kind.DIED, reason, cause, report);
	}

	static WorkerEnd died(String reason, @Nullable CrashReport report) {
		return new WorkerEnd(Kind.DIED, reason, null, report);
	}

	static WorkerEnd startFailed(Throwable cause) {
		return new WorkerEnd(Kind.START_FAILED, "start-failure", cause, null);
	}

	static WorkerEnd abandoned() {
		return new WorkerEnd(Kind.ABANDONED, "abandoned", null, null);
	}

	/**
	 * The error that tells whoever waits for a worker that there is none.
	 * @param pool the pool's name
	 * @param workerId who ended
	 * @return the error
	 */
	WorkerPoolException failure(String pool, String workerId) {
		if (this.cause instanceof WorkerPoolException known) {
			return known;
		}
		if (this.kind == Kind.START_FAILED) {
			return new WorkerStartException(
					"A worker of pool '" + pool + "' could not start: " + ErrorText.of(this.cause), this.cause);
		}
		return new WorkerStartException("Worker '" + workerId + "' of pool '" + pool + "' died: "
				+ ((this.report != null) ? this.report.exit() : this.reason), this.cause);
	}

}
