package io.github.workerpool.core;

import java.util.concurrent.CompletableFuture;

import io.github.workerpool.WorkerPool;

/**
 * A pool whose life cycle somebody manages.
 *
 * @since 0.1.0
 */
public interface ManagedWorkerPool extends WorkerPool {

	/**
	 * Starts the workers, also again after {@link #stop()}. Does nothing if started.
	 */
	void start();

	/**
	 * Starts the pool without workers: they come with the first task.
	 */
	void startLazily();

	/**
	 * Stops the pool as {@link #close()} does, but so that it can start again. Doesn't
	 * wait.
	 * @return completes when no worker is left, save threads that ignore their
	 * interruption
	 */
	CompletableFuture<Void> stop();

	/**
	 * Cancels a task by its id, wherever it is.
	 * @param taskId the id
	 * @return whether there was such a task, and it is cancelled
	 */
	boolean cancel(String taskId);

	/**
	 * Tells whether the pool is started and not yet told to stop.
	 * @return whether it is
	 */
	boolean isStarted();

}
