package io.github.workerpool;

import java.lang.reflect.Method;

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

}
