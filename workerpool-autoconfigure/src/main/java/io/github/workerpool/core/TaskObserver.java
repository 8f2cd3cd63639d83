package io.github.workerpool.core;

import io.github.workerpool.TaskStatus;
import org.jspecify.annotations.Nullable;

/**
 * Watches runs, for timers and traces. Called on the worker's thread with the submitter's
 * context in place. Must be quick; what it throws is logged once and ignored.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface TaskObserver {

	/**
	 * A run begins.
	 * @param run the task: its id and name, never its result
	 * @param waitNanos how long it waited in the queue
	 * @return told of the run's end on the same thread, {@code null} if there is no need
	 */
	@Nullable Observed started(TaskRun<?> run, long waitNanos);

	/**
	 * A run that is being watched.
	 */
	@FunctionalInterface
	interface Observed {

		/**
		 * The run ended: the work is gone, the worker about to be free.
		 * @param outcome what became of the task
		 * @param error why, unless it succeeded
		 * @param runNanos how long the worker was busy with it
		 */
		void ended(TaskStatus outcome, @Nullable Throwable error, long runNanos);

	}

}
