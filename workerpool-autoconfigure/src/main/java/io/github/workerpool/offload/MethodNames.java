package io.github.workerpool.offload;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.stream.Collectors;

import org.springframework.util.ClassUtils;

/**
 * How methods are named to people.
 */
final class MethodNames {

	private MethodNames() {
	}

	/**
	 * Names a method in full.
	 * @param method the method
	 * @param type the class it belongs to
	 * @return {@code org.example.Photos.resize(Photo, int)}
	 */
	static String qualified(Method method, Class<?> type) {
		return type.getName() + "." + withParameters(method);
	}

	/**
	 * Names a method with its parameters.
	 * @param method the method
	 * @return {@code resize(Photo, int)}
	 */
	static String withParameters(Method method) {
		return Arrays.stream(method.getParameterTypes())
			.map(Class::getSimpleName)
			.collect(Collectors.joining(", ", method.getName() + "(", ")"));
	}

	/**
	 * Names a task.
	 * @param method the method
	 * @param type the class it belongs to
	 * @return {@code Photos.resize}
	 */
	static String task(Method method, Class<?> type) {
		return ClassUtils.getUserClass(type).getSimpleName() + "." + method.getName();
	}

}
