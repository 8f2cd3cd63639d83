package io.github.workerpool;

import java.lang.reflect.Method;

import org.jspecify.annotations.Nullable;

/**
 * A task that is the call of a method of a named target. In thread isolation it is just a
 * task: {@link #call()} makes the call. To a child JVM it crosses as the number of the
 * method and the encoded arguments; the child finds the target by its name and type and
 * makes the call there, so that neither the target nor this object has to be
 * serializable.
 *
 * @param <R> the type of the result
 * @since 0.1.0
 */
public interface MethodCall<R extends @Nullable Object> extends Task<R> {

	/**
	 * Name of the target, as a child knows it.
	 * @return the name, of a bean as a rule
	 */
	String target();

	/**
	 * The method.
	 * @return the method, of the target's class or a type that it has
	 */
	Method method();

	/**
	 * The arguments.
	 * @return as many as the method has parameters; not changed by anybody
	 */
	@Nullable Object[] arguments();

}
