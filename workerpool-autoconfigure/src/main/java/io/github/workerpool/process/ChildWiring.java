package io.github.workerpool.process;

import org.jspecify.annotations.Nullable;

/**
 * Tells what the context of a pool's children is made of, and hears of it if that is not
 * enough. Safe for use by any number of threads.
 *
 * @since 0.1.0
 */
public interface ChildWiring {

	/** Children without a context. */
	ChildWiring NONE = () -> null;

	/**
	 * What the children's context is made of; asked once, when the first child starts.
	 * @return the description, {@code null} if they need no context
	 */
	@Nullable ChildApplication application();

	/**
	 * Whether an object that can't cross by itself could be a bean of the children's
	 * context, and under which name.
	 * @param extension an initializer or a codec
	 * @return the name, {@code null} if it is no bean or there won't be a context that
	 * has it
	 */
	default @Nullable String beanName(Object extension) {
		return null;
	}

	/**
	 * The context of a child could not be wired. Called before the worker's start fails.
	 * @param why what is missing
	 */
	default void failed(ChildWiringException why) {
	}

}
