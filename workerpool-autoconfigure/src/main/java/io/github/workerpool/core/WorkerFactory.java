package io.github.workerpool.core;

import io.github.workerpool.Isolation;
import io.github.workerpool.Task;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskSerializationException;

/**
 * What makes one isolation different from another. One per pool; safe for use by any
 * number of threads.
 *
 * @since 0.1.0
 */
public interface WorkerFactory extends AutoCloseable {

	/**
	 * What the workers are.
	 * @return the isolation
	 */
	Isolation isolation();

	/**
	 * Makes a task ready to be handed to a worker; called on the submitter's thread.
	 * @param task the task as it was submitted
	 * @param options its options
	 * @return what the queue keeps and {@link WorkerBackend#run} gets
	 * @throws TaskSerializationException if the task can't cross
	 */
	default Object prepare(Task<?> task, TaskOptions options) {
		return task;
	}

	/**
	 * Bytes that a prepared task takes while it waits.
	 * @param payload what {@link #prepare} returned
	 * @return the bytes, 0 if they don't count
	 */
	default long sizeOf(Object payload) {
		return 0;
	}

	/**
	 * Tells whether a further worker could start now. If not, it is asked again in a
	 * while, and nobody takes it for a failure.
	 * @return whether it could
	 */
	default boolean hasRoom() {
		return true;
	}

	/**
	 * Makes the inner part of a new worker. Starts nothing yet.
	 * @param host the worker's side of the pool
	 * @return the backend
	 */
	WorkerBackend create(WorkerHost host);

	/**
	 * Lets go of what is kept for workers to come; called when the pool has stopped and
	 * no worker is left. It may start again.
	 */
	default void stopped() {
	}

	/**
	 * Frees what the workers shared; called once no worker is left.
	 */
	@Override
	default void close() {
	}

}
