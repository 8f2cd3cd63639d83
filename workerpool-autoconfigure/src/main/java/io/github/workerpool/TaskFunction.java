package io.github.workerpool;

import java.io.Serializable;

import org.jspecify.annotations.Nullable;

/**
 * What {@link WorkerPool#map map} does to each item, on a worker.
 *
 * @param <T> the type of an item
 * @param <R> the type of its result
 * @since 0.1.0
 */
@FunctionalInterface
public interface TaskFunction<T extends @Nullable Object, R extends @Nullable Object> extends Serializable {

	/**
	 * Computes the result for one item.
	 * @param item the item
	 * @return its result
	 * @throws Exception if it can't be computed; the exception reaches the caller as it
	 * is
	 */
	R apply(T item) throws Exception;

}
