package io.github.workerpool.actuate;

/**
 * Cancels tasks by their id.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface TaskCanceller {

	/**
	 * Cancels a task, queued or running.
	 * @param pool name of the pool
	 * @param taskId id of the task
	 * @return whether there was such a task and it is cancelled now
	 */
	boolean cancel(String pool, String taskId);

}
