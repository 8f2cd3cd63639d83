package io.github.workerpool.offload;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A call of an {@link Offload @Offload} method that failed with nobody waiting for it.
 *
 * @param pool name of the pool
 * @param task name of the task
 * @param bean name of the bean
 * @param method the method of the bean's class
 * @param arguments the arguments of the call
 * @param exception why it failed: the method's own exception, or the pool's
 * @since 0.1.0
 */
public record OffloadFailure(String pool, String task, String bean, Method method, List<@Nullable Object> arguments,
		Throwable exception) {

	/**
	 * Makes a failure.
	 */
	public OffloadFailure {
		arguments = Collections.unmodifiableList(new ArrayList<>(arguments));
	}

}
