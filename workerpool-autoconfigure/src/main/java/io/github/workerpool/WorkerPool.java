package io.github.workerpool;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

import org.jspecify.annotations.Nullable;

/**
 * A pool of workers with one bounded queue. The isolation of its workers (threads or
 * child JVMs) is a setting; everything here means the same in both.
 * <p>
 * No way to hand work over throws for anything but {@code null}: what can't be accepted
 * comes back as a failed future. Every future settles exactly once, whatever dies when.
 * <p>
 * Safe for use by any number of threads.
 *
 * @since 0.1.0
 */
public interface WorkerPool extends AutoCloseable {

	/**
	 * Name of the pool, as in its settings.
	 * @return the name
	 */
	String name();

	/**
	 * Submits a task with default options.
	 * @param <R> the type of the result
	 * @param task what to run
	 * @return its future
	 */
	<R extends @Nullable Object> TaskFuture<R> submit(Task<R> task);

	/**
	 * Submits a task.
	 * @param <R> the type of the result
	 * @param task what to run
	 * @param options name, deadlines, priority, key, attempts
	 * @return its future
	 */
	<R extends @Nullable Object> TaskFuture<R> submit(Task<R> task, TaskOptions options);

	/**
	 * Applies a function to every item on the pool's workers, with default options.
	 * @param <T> the type of an item
	 * @param <R> the type of its result
	 * @param items what to work on
	 * @param function what to do to each
	 * @return the results in the items' order
	 * @see #map(Collection, TaskFunction, MapOptions)
	 */
	<T extends @Nullable Object, R extends @Nullable Object> TaskFuture<List<R>> map(Collection<? extends T> items,
			TaskFunction<? super T, ? extends R> function);

	/**
	 * Applies a function to every item on the pool's workers, in chunks. At most
	 * {@code concurrency} chunks are in the pool at once, so that it never fills the
	 * queue by itself; each chunk counts as one task. The first item to fail fails the
	 * future with its own exception and cancels what is left.
	 * @param <T> the type of an item
	 * @param <R> the type of its result
	 * @param items what to work on
	 * @param function what to do to each
	 * @param options concurrency, chunk size, and the options of each chunk
	 * @return the results in the items' order
	 */
	<T extends @Nullable Object, R extends @Nullable Object> TaskFuture<List<R>> map(Collection<? extends T> items,
			TaskFunction<? super T, ? extends R> function, MapOptions options);

	/**
	 * Like {@link #map(Collection, TaskFunction, MapOptions) map}, but never fails as a
	 * whole: each item has its value or its error.
	 * @param <T> the type of an item
	 * @param <R> the type of its result
	 * @param items what to work on
	 * @param function what to do to each
	 * @param options concurrency, chunk size, and the options of each chunk
	 * @return the outcomes in the items' order
	 */
	<T extends @Nullable Object, R extends @Nullable Object> TaskFuture<List<Outcome<R>>> mapOutcomes(
			Collection<? extends T> items, TaskFunction<? super T, ? extends R> function, MapOptions options);

	/**
	 * Runs a task once on every worker alive now, past the queue.
	 * @param <R> the type of the result
	 * @param task what to run
	 * @return one future per worker
	 */
	<R extends @Nullable Object> List<TaskFuture<R>> broadcast(Task<R> task);

	/**
	 * Completes when as many workers as the minimum size are ready; fails with
	 * {@link WorkerStartException} when the pool fails, and with
	 * {@link RejectedTaskException} when it is stopped or closed before.
	 * @return the readiness as it is awaited now
	 */
	CompletableFuture<Void> ready();

	/**
	 * Shows the pool as it is now. Answers from memory, without asking a worker.
	 * @return state, workers, queue, counts and timings
	 */
	PoolSnapshot snapshot();

	/**
	 * Changes the size of the live pool. Surplus workers leave after their current task.
	 * @param minSize workers kept ready, at least 0
	 * @param maxSize most workers, at least 1 and {@code minSize}
	 * @throws IllegalArgumentException if the sizes make no sense
	 */
	void resize(int minSize, int maxSize);

	/**
	 * Stops handing out tasks. Running ones go on, queued ones wait and may time out.
	 */
	void pause();

	/**
	 * Hands out tasks again after {@link #pause()}.
	 */
	void resume();

	/**
	 * Replaces every worker after its current task.
	 * @return completes when the last of them is replaced
	 */
	CompletableFuture<Void> recycle();

	/**
	 * Leaves {@link PoolState#FAILED}: clears the restart budget and starts workers. Also
	 * makes up for workers that the restart policy did not replace.
	 */
	void restart();

	/**
	 * Cancels everything that waits in the queue.
	 * @return how many tasks were cancelled
	 */
	int cancelQueued();

	/**
	 * Shows the pool as an executor, for libraries that want one. {@code execute} throws
	 * {@link RejectedTaskException} if the task is not accepted and logs what a task
	 * throws.
	 * @return the executor
	 * @throws UnsupportedOperationException in process isolation
	 */
	Executor asExecutor();

	/**
	 * Closes the pool for good. No new tasks; queued and running ones go on up to the
	 * shutdown timeout (a paused or failed pool cancels its queue at once), then the rest
	 * is cancelled, workers are interrupted, then killed. Idempotent. Returns when no
	 * worker is left, save threads that ignore their interruption.
	 */
	@Override
	void close();

}
