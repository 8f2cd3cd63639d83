package io.github.workerpool.core;

import io.github.workerpool.Isolation;
import io.github.workerpool.Task;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskSerializationException.Part;

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
	 * Gives back what a prepared task took from its submitter and never began to use, and
	 * lets go of the rest. Called on any thread when the task is over, or is not to
	 * start.
	 * @param payload what {@link #prepare} returned
	 */
	default void release(Object payload) {
	}

	/**
	 * Makes the value of a promise that a task has returned its submitter's.
	 * @param payload what {@link #prepare} returned
	 * @param value the value
	 */
	default void keepPromise(Object payload, Object value) {
	}

	/**
	 * Tells whether a prepared task can run once more after its worker has died with it.
	 * @param payload what {@link #prepare} returned
	 * @return whether it can
	 */
	default boolean isRepeatable(Object payload) {
		return true;
	}

	/**
	 * Makes what a running task emits or returns the submitter's. Called in this JVM, on
	 * the thread that emits or returns it.
	 * @param payload what {@link #prepare} returned
	 * @param part whether it is an event or the result
	 * @param value the value
	 * @return what the submitter gets
	 * @throws TaskSerializationException if it can't cross
	 */
	default Object handOver(Object payload, Part part, Object value) {
		return value;
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
