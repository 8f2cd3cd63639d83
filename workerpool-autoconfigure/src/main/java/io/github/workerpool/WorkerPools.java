package io.github.workerpool;

import java.util.Set;
import java.util.stream.Stream;

/**
 * The pools of an application, by name.
 *
 * @since 0.1.0
 */
public interface WorkerPools {

	/**
	 * Looks up a pool.
	 * @param name its name
	 * @return the pool
	 * @throws IllegalArgumentException if there is none of that name; the message lists
	 * those there are
	 */
	WorkerPool get(String name);

	/**
	 * The pool of a bare {@code @Offload}.
	 * @return the default pool
	 */
	WorkerPool getDefault();

	/**
	 * Names of all pools, sorted.
	 * @return the names
	 */
	Set<String> names();

	/**
	 * All pools, in the order of their names.
	 * @return the pools
	 */
	Stream<WorkerPool> stream();

}
