package io.github.workerpool.actuate;

import io.github.workerpool.TaskStatus;
import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;

/**
 * Context of the observation of one run of a task.
 *
 * @since 0.1.0
 */
public class WorkerTaskObservationContext extends Observation.Context {

	private final String poolName;

	private final String taskName;

	private final String taskId;

	private @Nullable TaskStatus outcome;

	/**
	 * Makes a context.
	 * @param poolName name of the pool
	 * @param taskName name of the task, one of a limited number
	 * @param taskId id of the task
	 */
	public WorkerTaskObservationContext(String poolName, String taskName, String taskId) {
		this.poolName = poolName;
		this.taskName = taskName;
		this.taskId = taskId;
	}

	/**
	 * Return the name of the pool.
	 * @return the name
	 */
	public String getPoolName() {
		return this.poolName;
	}

	/**
	 * Return the name of the task. At most a hundred names of each pool are told apart.
	 * @return the name, or {@code other}
	 */
	public String getTaskName() {
		return this.taskName;
	}

	/**
	 * Return the id of the task.
	 * @return the id
	 */
	public String getTaskId() {
		return this.taskId;
	}

	/**
	 * Return what became of the task.
	 * @return the outcome, {@code null} while the task runs
	 */
	public @Nullable TaskStatus getOutcome() {
		return this.outcome;
	}

	/**
	 * Set what became of the task.
	 * @param outcome the outcome
	 */
	public void setOutcome(@Nullable TaskStatus outcome) {
		this.outcome = outcome;
	}

}
