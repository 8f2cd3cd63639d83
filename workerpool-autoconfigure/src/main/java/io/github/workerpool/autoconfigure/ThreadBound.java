package io.github.workerpool.autoconfigure;

import org.jspecify.annotations.Nullable;

/**
 * A value bound to the current thread that should travel with a task.
 *
 * @param <V> the type of the value
 */
interface ThreadBound<V> {

	/**
	 * Identifies the value among others, in the terms of Micrometer's context
	 * propagation.
	 * @return the key
	 */
	Object key();

	/**
	 * Takes the value of this thread.
	 * @return the value, {@code null} if there is none worth carrying
	 */
	@Nullable V get();

	/**
	 * Binds a value to this thread.
	 * @param value the value
	 */
	void set(V value);

	/**
	 * Undoes {@link #set}.
	 * @param previous what {@link #get()} returned before
	 */
	void restore(@Nullable V previous);

}
