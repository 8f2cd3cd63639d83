package io.github.workerpool;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * One worker as it is now.
 *
 * @param id the worker's id, unique in its pool for the pool's life
 * @param state what it is doing
 * @param pid its process id, in process isolation
 * @param startedAt when it was started
 * @param tasks how many tasks it has run
 * @param currentTask what it runs now, if anything
 * @param cpuMillis CPU time it has used, in milliseconds, if it is known
 * @param heapUsed its used heap in bytes, in process isolation
 * @param residentSize its physical memory in bytes, in process isolation
 * @since 0.1.0
 */
public record WorkerSnapshot(String id, WorkerState state, @Nullable Long pid, Instant startedAt, long tasks,
		@Nullable CurrentTask currentTask, @Nullable Long cpuMillis, @Nullable Long heapUsed,
		@Nullable Long residentSize) {

	/**
	 * The task on a worker.
	 *
	 * @param id its id
	 * @param name its name
	 * @param runningMillis how long it has been running, in milliseconds
	 */
	public record CurrentTask(String id, String name, long runningMillis) {

	}

}
