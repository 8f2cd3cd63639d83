package io.github.workerpool.thread;

import io.github.workerpool.Task;
import io.github.workerpool.TaskOptions;
import org.jspecify.annotations.Nullable;

/**
 * Copies what goes to a worker and what comes back, so that the two share no state.
 *
 * @since 0.1.0
 */
public interface TaskCopier {

	/** Copies nothing. */
	TaskCopier NONE = new TaskCopier() {

		@Override
		public Task<?> task(Task<?> task, TaskOptions options) {
			return task;
		}

		@Override
		public @Nullable Object result(@Nullable Object result) {
			return result;
		}

	};

	/**
	 * Copies a task; called on its submitter's thread.
	 * @param task the task
	 * @param options its options
	 * @return the copy
	 */
	Task<?> task(Task<?> task, TaskOptions options);

	/**
	 * Copies a result; called on the worker's thread.
	 * @param result the result
	 * @return the copy
	 */
	@Nullable Object result(@Nullable Object result);

}
