package io.github.workerpool.core;

import org.jspecify.annotations.Nullable;

/**
 * A task whose arguments are items of a collection: a chunk of a map.
 *
 * @since 0.1.0
 */
public interface TaskItems {

	/**
	 * The items.
	 * @return the items; not a copy
	 */
	@Nullable Object[] items();

}
