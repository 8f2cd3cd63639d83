package io.github.workerpool;

import java.time.Duration;

/**
 * Is told what happens to pools and workers. Called on a callback thread of the pool, one
 * event at a time and in order; exceptions are logged. Each <em>episode</em> (saturated,
 * degraded, failed) fires once when it begins and once when it ends.
 *
 * @since 0.1.0
 */
public interface WorkerPoolListener {

	/**
	 * The queue is full: a task was refused, or its submitter waits.
	 * @param pool the pool
	 */
	default void onSaturated(WorkerPool pool) {
	}

	/**
	 * At most half of the queue is in use again.
	 * @param pool the pool
	 */
	default void onRelieved(WorkerPool pool) {
	}

	/**
	 * The pool has less workers than it should.
	 * @param pool the pool
	 * @param reason why, in words
	 */
	default void onDegraded(WorkerPool pool, String reason) {
	}

	/**
	 * The pool has the workers it should again.
	 * @param pool the pool
	 */
	default void onRecovered(WorkerPool pool) {
	}

	/**
	 * The pool failed, and with it everything queued.
	 * @param pool the pool
	 * @param cause the last reason
	 */
	default void onFailed(WorkerPool pool, Throwable cause) {
	}

	/**
	 * A failed pool works again.
	 * @param pool the pool
	 */
	default void onRestarted(WorkerPool pool) {
	}

	/**
	 * A worker is ready.
	 * @param pool the pool
	 * @param workerId the worker
	 * @param startup how long it took to come up
	 */
	default void onWorkerStarted(WorkerPool pool, String workerId, Duration startup) {
	}

	/**
	 * A worker ended, for whatever reason.
	 * @param pool the pool
	 * @param workerId the worker
	 * @param reason why: {@code crash}, {@code heap}, {@code start-failure},
	 * {@code timeout}, {@code cancelled}, {@code limit}, {@code idle}, {@code resize},
	 * {@code recycle}, {@code stop}, …
	 */
	default void onWorkerEnded(WorkerPool pool, String workerId, String reason) {
	}

	/**
	 * A worker died unasked.
	 * @param pool the pool
	 * @param report the particulars
	 */
	default void onWorkerCrashed(WorkerPool pool, CrashReport report) {
	}

}
