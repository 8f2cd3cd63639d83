package io.github.workerpool;

import java.lang.reflect.Method;
import java.util.function.LongConsumer;

import org.jspecify.annotations.Nullable;

/**
 * A task that is the call of a bean's method, so that what crosses to a worker can be the
 * method and its arguments rather than an object with everything it refers to.
 *
 * @param <R> the type of the result
 * @since 0.1.0
 */
public interface MethodTask<R extends @Nullable Object> extends Task<R> {

	/**
	 * Name of the bean.
	 * @return the name
	 */
	String beanName();

	/**
	 * The method, as the bean's class declares it.
	 * @return the method
	 */
	Method method();

	/**
	 * The arguments.
	 * @return the arguments; not a copy
	 */
	@Nullable Object[] arguments();

	/**
	 * The same call with other arguments.
	 * @param arguments the arguments
	 * @return a new call
	 */
	MethodTask<R> withArguments(@Nullable Object[] arguments);

	/**
	 * What the method returns.
	 * @return the kind, {@link Returned#VALUE} by default
	 */
	default Returned returned() {
		return Returned.VALUE;
	}

	/**
	 * Takes a way to ask for items, when a worker elsewhere is about to run a method that
	 * returns {@link Returned#MANY many}. Called again if the task runs again.
	 * @param requests asks for a number of further items; must be used before any item
	 * comes, and can be used on any thread
	 */
	default void requestFrom(LongConsumer requests) {
	}

	/**
	 * Takes an item of a method that returns {@link Returned#MANY many}.
	 * @param item the item
	 */
	default void accept(Object item) {
	}

	/**
	 * What a method can return.
	 */
	enum Returned {

		/** A value, nothing, or a future whose value is the task's result. */
		VALUE,

		/** A publisher of at most one item, which is the task's result. */
		ONE,

		/** A publisher of items that are taken one by one; the task has no result. */
		MANY

	}

}
