package io.github.workerpool.thread;

import io.github.workerpool.Task;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskSerializationException.Part;

/**
 * What becomes of the objects that go to a worker and come back. One per pool; safe for
 * use by any number of threads.
 *
 * @since 0.1.0
 */
public interface Handover {

	/** Passes everything by reference. */
	Handover NONE = new Handover() {

		@Override
		public Task<?> prepare(Task<?> task, TaskOptions options) {
			return task;
		}

		@Override
		public Object leave(Task<?> prepared, Part part, Object value) {
			return value;
		}

	};

	/**
	 * Makes a task ready; called on its submitter's thread.
	 * @param task the task
	 * @param options its options
	 * @return what is to be run in its place
	 */
	Task<?> prepare(Task<?> task, TaskOptions options);

	/**
	 * Makes a value that the running task emits or returns its submitter's; called on the
	 * thread that does.
	 * @param prepared what {@link #prepare} returned
	 * @param part whether it is an event or the result
	 * @param value the value
	 * @return what the submitter gets
	 */
	Object leave(Task<?> prepared, Part part, Object value);

	/**
	 * Makes the value of a promise that the task returned its submitter's. It can't be
	 * exchanged for another any more.
	 * @param prepared what {@link #prepare} returned
	 * @param value the value
	 */
	default void keepPromise(Task<?> prepared, Object value) {
	}

	/**
	 * Gives back what a task took and never began to use, and lets go of the rest: the
	 * task is over, or never starts.
	 * @param prepared what {@link #prepare} returned
	 */
	default void release(Task<?> prepared) {
	}

	/**
	 * Tells whether a task can be run more than once.
	 * @param prepared what {@link #prepare} returned
	 * @return whether it can
	 */
	default boolean isRepeatable(Task<?> prepared) {
		return true;
	}

}
