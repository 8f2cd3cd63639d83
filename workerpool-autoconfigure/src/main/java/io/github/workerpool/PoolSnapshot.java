package io.github.workerpool;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A pool as it is now. Taken from memory, each number by itself: under load they may be
 * some tasks apart.
 *
 * @param name name of the pool
 * @param state its state
 * @param reason why the state is {@code DEGRADED} or {@code FAILED}, in words
 * @param isolation what its workers are
 * @param workers how many there are
 * @param queue how much waits
 * @param tasks what became of the tasks since the pool was built
 * @param restarts workers replaced unplanned
 * @param restartsByReason the same, by reason
 * @param recycled workers replaced as planned
 * @param recycledByReason the same, by reason
 * @param utilization busy share of worker time over the last minute, 0 to 1
 * @param timings waits and runs over the last minutes
 * @param workerList the workers, oldest first
 * @param lastCrash the newest crash, if there was any
 * @param settings the settings in force, by key; values skipped in this isolation are
 * named in {@code skipped}
 * @since 0.1.0
 */
public record PoolSnapshot(String name, PoolState state, @Nullable String reason, Isolation isolation, Workers workers,
		Queue queue, Tasks tasks, long restarts, Map<String, Long> restartsByReason, long recycled,
		Map<String, Long> recycledByReason, double utilization, Timings timings, List<WorkerSnapshot> workerList,
		@Nullable CrashReport lastCrash, Map<String, Object> settings) {

	/**
	 * Numbers of workers.
	 *
	 * @param min workers kept ready
	 * @param max most workers
	 * @param alive ready workers, idle and busy
	 * @param idle those without a task
	 * @param busy those with one
	 * @param starting those on their way
	 * @param abandoned threads that ignored their interruption and have not ended
	 */
	public record Workers(int min, int max, int alive, int idle, int busy, int starting, int abandoned) {

	}

	/**
	 * What waits.
	 *
	 * @param size waiting tasks
	 * @param capacity most waiting tasks
	 * @param oldestWaitMillis how long the oldest has been waiting, in milliseconds
	 */
	public record Queue(int size, int capacity, long oldestWaitMillis) {

	}

	/**
	 * What became of the tasks. At rest, {@code submitted} is the sum of the others.
	 *
	 * @param submitted all that were handed over, refused ones included
	 * @param succeeded ended with a value
	 * @param failed ended with an exception, or at a limit
	 * @param rejected not accepted
	 * @param rejectedByReason the same, by reason
	 * @param timedOut waited or ran too long
	 * @param cancelled cancelled or completed from outside
	 * @param crashed lost with their worker
	 */
	public record Tasks(long submitted, long succeeded, long failed, long rejected,
			Map<RejectedTaskException.Reason, Long> rejectedByReason, long timedOut, long cancelled, long crashed) {

	}

	/**
	 * How long tasks waited and ran.
	 *
	 * @param queueWait time in the queue
	 * @param run time on a worker
	 */
	public record Timings(Percentiles queueWait, Percentiles run) {

	}

	/**
	 * Percentiles over the last minutes, in milliseconds.
	 *
	 * @param p50 median
	 * @param p95 95th percentile
	 * @param p99 99th percentile
	 * @param max largest
	 */
	public record Percentiles(double p50, double p95, double p99, double max) {

	}

}
