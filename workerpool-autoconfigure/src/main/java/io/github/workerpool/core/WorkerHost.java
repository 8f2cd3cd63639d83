package io.github.workerpool.core;

import io.github.workerpool.PoolSettings;

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
	 * Tells the pool that the worker died while it had nothing to do. Called on any
	 * thread; what happens next happens elsewhere.
	 */
	void died();

}
