package io.github.workerpool.core;

import io.github.workerpool.PoolSettings;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link WorkerBackend} knows of the pool it works for.
 *
 * @since 0.1.0
 */
public interface WorkerHost {

	/**
	 * Id of the worker, unique in its pool.
	 * @return the id
	 */
	String workerId();

	/**
	 * Settings of the pool.
	 * @return the settings
	 */
	PoolSettings settings();

	/**
	 * What the pool was given to extend it.
	 * @return the hooks
	 */
	PoolHooks hooks();

	/**
	 * The worker's own thread in this JVM.
	 * @return the thread
	 */
	PoolThread thread();

	/**
	 * How many further tasks should be handed over while one runs, besides those that
	 * were. Called on the worker's thread.
	 * @return the number, mostly 0
	 */
	int roomAhead();

	/**
	 * Takes a further task that waits, to be handed over while another runs. It counts as
	 * running from now on, and comes to {@link WorkerBackend#run} when those before it
	 * have ended. Called on the worker's thread.
	 * @return the task, {@code null} if none waits
	 */
	@Nullable TaskRun<?> takeAhead();

	/**
	 * Puts the task that was {@linkplain #takeAhead() taken last} back into the queue.
	 * Called on the worker's thread.
	 * @param task the task, which has not begun and will not
	 */
	void putBack(TaskRun<?> task);

	/**
	 * Tells the pool that the worker died while it had nothing to do. Called on any
	 * thread; what happens next happens elsewhere.
	 */
	void died();

}
