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
	 * Takes a further task while one is running, so that it can be handed over ahead of
	 * its turn. {@link WorkerBackend#run} is called with it next, or after those that
	 * were taken ahead before it, unless it is {@linkplain #giveBack given back}. There
	 * is one only if tasks are short and more of them wait than workers could take.
	 * Called on the worker's own thread, from {@link WorkerBackend#run}.
	 * @return the task, or {@code null}
	 */
	@Nullable TaskRun<?> takeAhead();

	/**
	 * Puts the task that was taken ahead last, and was certainly not started, back to the
	 * head of the queue. Called on the worker's own thread.
	 * @param task the task
	 */
	void giveBack(TaskRun<?> task);

	/**
	 * Tells the pool that the worker died while it had nothing to do. Called on any
	 * thread; what happens next happens elsewhere.
	 */
	void died();

}
