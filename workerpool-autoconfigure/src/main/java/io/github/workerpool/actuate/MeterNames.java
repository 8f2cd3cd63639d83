package io.github.workerpool.actuate;

import java.util.Locale;

import io.github.workerpool.TaskStatus;

/**
 * Names of meters, tags and base units.
 */
final class MeterNames {

	static final String WORKERS = "workerpool.workers";

	static final String QUEUE_SIZE = "workerpool.queue.size";

	static final String QUEUE_CAPACITY = "workerpool.queue.capacity";

	static final String UTILIZATION = "workerpool.utilization";

	static final String TASKS_SUBMITTED = "workerpool.tasks.submitted";

	static final String TASKS_REJECTED = "workerpool.tasks.rejected";

	static final String TASKS_COMPLETED = "workerpool.tasks.completed";

	static final String WORKER_RESTARTS = "workerpool.worker.restarts";

	static final String WORKER_RECYCLED = "workerpool.worker.recycled";

	static final String WORKER_STARTUP = "workerpool.worker.startup";

	static final String TASK = "workerpool.task";

	static final String TASK_WAIT = "workerpool.task.wait";

	static final String POOL_TAG = "pool";

	static final String STATE_TAG = "state";

	static final String REASON_TAG = "reason";

	static final String OUTCOME_TAG = "outcome";

	static final String TASK_TAG = "task";

	static final String TASKS_UNIT = "tasks";

	static final String WORKERS_UNIT = "workers";

	static final String RATIO_UNIT = "ratio";

	private MeterNames() {
	}

	/**
	 * Gives the tag value of a constant, such as {@code timed-out}.
	 * @param constant the constant
	 * @return its name in lower case with dashes
	 */
	static String tagValue(Enum<?> constant) {
		return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	/**
	 * Gives the tag value for how a run ended. A run that never got to its task, because
	 * the worker died before, leads to another run.
	 * @param outcome what became of the task
	 * @return the value
	 */
	static String outcome(TaskStatus outcome) {
		return outcome.isFinal() ? tagValue(outcome) : "requeued";
	}

}
