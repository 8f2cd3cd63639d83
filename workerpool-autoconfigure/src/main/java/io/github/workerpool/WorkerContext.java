package io.github.workerpool;

import java.io.Serializable;
import java.util.Optional;
import java.util.concurrent.CancellationException;

import org.jspecify.annotations.Nullable;

/**
 * What a task can know of and tell its pool while it runs. Bound to one run: once that
 * has ended, {@code progress} and {@code emit} do nothing. Safe for use by threads that
 * the task hands it to.
 *
 * @since 0.1.0
 */
public interface WorkerContext {

	/**
	 * The context of the task that runs on this thread.
	 * @return the context, empty outside a task
	 */
	static Optional<WorkerContext> current() {
		return Optional.ofNullable(currentOrNull());
	}

	/**
	 * Tells whether this thread is running a worker's code: a task, a worker script or
	 * one of its listeners.
	 * @return whether it is
	 */
	static boolean isWorker() {
		return Thread.currentThread() instanceof WorkerThread thread && thread.isWorking();
	}

	private static @Nullable WorkerContext currentOrNull() {
		return (Thread.currentThread() instanceof WorkerThread thread) ? thread.workerContext() : null;
	}

	/**
	 * Name of the pool.
	 * @return the name
	 */
	String poolName();

	/**
	 * Id of the worker.
	 * @return the id
	 */
	String workerId();

	/**
	 * What the worker is.
	 * @return the isolation
	 */
	Isolation isolation();

	/**
	 * Id of the running task, as in {@link TaskFuture#id()}.
	 * @return the id
	 */
	String taskId();

	/**
	 * Tells whether the task should stop: it was cancelled, timed out or passed a limit.
	 * Long computations should ask now and then.
	 * @return whether to stop
	 */
	boolean isCancelled();

	/**
	 * Ends the task if it should stop.
	 * @throws CancellationException if {@link #isCancelled()}
	 */
	default void checkCancelled() {
		if (isCancelled()) {
			throw new CancellationException("Task '%s' in pool '%s' was told to stop".formatted(taskId(), poolName()));
		}
	}

	/**
	 * Reports progress to {@link TaskFuture#onProgress}.
	 * @param progress any number; usually from 0 to 1
	 */
	void progress(double progress);

	/**
	 * Sends something to {@link TaskFuture#onEvent} while the task runs.
	 * @param event what to send
	 */
	void emit(Serializable event);

}
