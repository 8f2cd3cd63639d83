package io.github.workerpool.offload;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * The methods that {@link Offload#fallback()} stands for. Mostly there is one; with
 * several, the one whose {@link Throwable} parameter is closest to the failure serves it.
 */
final class Fallback {

	/** Most specific failure first, the one without a failure last. */
	private final List<Method> methods;

	private final int parameters;

	private Fallback(List<Method> methods, int parameters) {
		this.methods = methods;
		this.parameters = parameters;
	}

	/**
	 * Finds the methods.
	 * @param name their name
	 * @param type class of the bean
	 * @param method the offloaded method
	 * @param style how its result comes back
	 * @return the fallback
	 * @throws IllegalArgumentException if there is none, or one that doesn't fit
	 */
	static Fallback find(String name, Class<?> type, Method method, ReturnStyle style) {
		List<Method> named = Arrays.stream(ReflectionUtils.getUniqueDeclaredMethods(type))
			.filter((each) -> each.getName().equals(name) && !each.isSynthetic() && !each.equals(method))
			.toList();
		if (named.isEmpty()) {
			throw new IllegalArgumentException("there is no other method '%s' in '%s'".formatted(name, type.getName()));
		}
		List<Method> fitting = new ArrayList<>(named.stream().filter((each) -> fits(each, method, type)).toList());
		if (fitting.isEmpty()) {
			throw new IllegalArgumentException("the parameters of '%s' are not those of the method"
				.formatted(MethodNames.withParameters(named.get(0))));
		}
		for (Method each : fitting) {
			if (!returnsAlike(each, method, type, style)) {
				throw new IllegalArgumentException("'%s' returns '%s', which can't stand in for '%s'".formatted(
						MethodNames.withParameters(each), ResolvableType.forMethodReturnType(each, type),
						ResolvableType.forMethodReturnType(method, type)));
			}
			ReflectionUtils.makeAccessible(each);
		}
		int parameters = method.getParameterCount();
		fitting.sort((one, other) -> depth(other, parameters) - depth(one, parameters));
		return new Fallback(List.copyOf(fitting), parameters);
	}

	/**
	 * Calls the fallback on this thread.
	 * @param target the bean
	 * @param arguments the arguments of the offloaded call
	 * @param failure why that failed
	 * @return what the fallback returned
	 * @throws Throwable what the fallback threw, or the failure if no fallback serves it
	 */
	@Nullable Object call(@Nullable Object target, @Nullable Object[] arguments, Throwable failure) throws Throwable {
		Method method = method(failure);
		if (method == null) {
			throw failure;
		}
		@Nullable Object[] all = arguments;
		if (method.getParameterCount() > this.parameters) {
			all = Arrays.copyOf(arguments, this.parameters + 1);
			all[this.parameters] = failure;
		}
		try {
			return method.invoke(target, all);
		}
		catch (InvocationTargetException ex) {
			Throwable thrown = ex.getTargetException();
			keep(failure, thrown);
			throw thrown;
		}
	}

	/**
	 * Once for each kind of failure: what a fallback throws may be shared, and must not
	 * grow.
	 */
	private static void keep(Throwable failure, Throwable thrown) {
		if (thrown != failure && thrown.getCause() != failure && Arrays.stream(thrown.getSuppressed())
			.noneMatch((suppressed) -> suppressed.getClass() == failure.getClass())) {
			thrown.addSuppressed(failure);
		}
	}

	private @Nullable Method method(Throwable failure) {
		for (Method method : this.methods) {
			if (method.getParameterCount() == this.parameters
					|| method.getParameterTypes()[this.parameters].isInstance(failure)) {
				return method;
			}
		}
		return null;
	}

	private static boolean fits(Method fallback, Method method, Class<?> type) {
		int count = method.getParameterCount();
		int surplus = fallback.getParameterCount() - count;
		if (surplus != 0 && !(surplus == 1 && Throwable.class.isAssignableFrom(fallback.getParameterTypes()[count]))) {
			return false;
		}
		for (int i = 0; i < count; i++) {
			if (parameter(fallback, i, type) != parameter(method, i, type)) {
				return false;
			}
		}
		return true;
	}

	private static Class<?> parameter(Method method, int index, Class<?> type) {
		return ResolvableType.forMethodParameter(method, index, type).resolve(Object.class);
	}

	private static boolean returnsAlike(Method fallback, Method method, Class<?> type, ReturnStyle style) {
		ResolvableType wanted = ResolvableType.forMethodReturnType(method, type);
		ResolvableType found = ResolvableType.forMethodReturnType(fallback, type);
		return switch (style) {
			case NOTHING -> true;
			case VALUE -> isAssignable(wanted, found);
			case FUTURE -> isAssignable(wanted.getGeneric(0),
					ReturnStyle.isFuture(found.resolve(Object.class)) ? found.getGeneric(0) : found);
			case SINGLE -> isAssignable(wanted.getGeneric(0), isPromise(found) ? found.getGeneric(0) : found);
			case MANY -> isAssignable(wanted.getGeneric(0), isReactive(found) ? found.getGeneric(0) : found);
		};
	}

	private static boolean isPromise(ResolvableType type) {
		ReactiveAdapter adapter = ReturnStyle.adapter(type.resolve(Object.class));
		return adapter != null && !adapter.isMultiValue();
	}

	private static boolean isReactive(ResolvableType type) {
		return ReturnStyle.adapter(type.resolve(Object.class)) != null;
	}

	/** Lenient where generics are open: raw types, wildcards, type variables. */
	private static boolean isAssignable(ResolvableType wanted, ResolvableType found) {
		Class<?> target = wanted.resolve(Object.class);
		Class<?> source = found.resolve(Object.class);
		if (source == void.class) {
			return target == Void.class;
		}
		if (found == ResolvableType.NONE || wanted == ResolvableType.NONE) {
			return true;
		}
		if (!ClassUtils.isAssignable(target, source)) {
			return false;
		}
		return wanted.hasUnresolvableGenerics() || found.hasUnresolvableGenerics() || !wanted.hasGenerics()
				|| !found.hasGenerics() || wanted.isAssignableFrom(found);
	}

	/** How far a failure is from {@link Object}; nothing is closer to it than none. */
	private static int depth(Method fallback, int parameters) {
		if (fallback.getParameterCount() == parameters) {
			return 0;
		}
		int depth = 0;
		for (Class<?> type = fallback.getParameterTypes()[parameters]; type != null; type = type.getSuperclass()) {
			depth++;
		}
		return depth;
	}

}
