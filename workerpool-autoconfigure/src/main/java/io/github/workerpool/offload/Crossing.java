package io.github.workerpool.offload;

import java.io.Serializable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.core.ResolvableType;

/**
 * Tells by their types whether the arguments and the result of a method can be sent to
 * another JVM. Only what certainly can't is found: behind an interface there may be
 * anything.
 */
final class Crossing {

	/** Has its own ways across. */
	private static final String MEMORY = "io.github.workerpool.memory.";

	/** Are looked into. */
	private static final List<Class<?>> CONTAINERS = List.of(Collection.class, Map.class, Optional.class);

	/** Not serializable by themselves, but taken across. */
	private static final Set<Class<?>> OPTIONALS = Set.of(Optional.class, OptionalInt.class, OptionalLong.class,
			OptionalDouble.class);

	private Crossing() {
	}

	/**
	 * Looks for what can't cross.
	 * @param method the method
	 * @param type the class it belongs to
	 * @return the culprit in words, {@code null} if there is none
	 */
	static @Nullable String culprit(Method method, Class<?> type) {
		for (int i = 0; i < method.getParameterCount(); i++) {
			Class<?> culprit = culprit(ResolvableType.forMethodParameter(method, i, type));
			if (culprit != null) {
				return "parameter '%s' of type '%s'".formatted(method.getParameters()[i].getName(), culprit.getName());
			}
		}
		ResolvableType returned = ResolvableType.forMethodReturnType(method, type);
		ReturnStyle style = ReturnStyle.of(returned.resolve(Object.class));
		boolean isValue = style == ReturnStyle.VALUE || style == ReturnStyle.NOTHING;
		Class<?> culprit = culprit(isValue ? returned : returned.getGeneric(0));
		return (culprit != null) ? "the result of type '%s'".formatted(culprit.getName()) : null;
	}

	/**
	 * Looks for a parameter that changes its owner with the call.
	 * @param method the method
	 * @return its name, {@code null} if there is none
	 */
	static @Nullable String transferred(Method method) {
		for (Parameter parameter : method.getParameters()) {
			if (parameter.getType().getName().equals(MEMORY + "TransferableBuffer")) {
				return parameter.getName();
			}
		}
		return null;
	}

	private static @Nullable Class<?> culprit(ResolvableType type) {
		if (type.isArray()) {
			return culprit(type.getComponentType());
		}
		Class<?> raw = type.resolve(Object.class);
		for (Class<?> container : CONTAINERS) {
			if (container.isAssignableFrom(raw)) {
				for (ResolvableType generic : type.as(container).getGenerics()) {
					Class<?> culprit = culprit(generic);
					if (culprit != null) {
						return culprit;
					}
				}
			}
		}
		return canCross(raw) ? null : raw;
	}

	private static boolean canCross(Class<?> type) {
		if (type.isPrimitive() || type == Object.class || type.isRecord() || type.isEnum()
				|| Serializable.class.isAssignableFrom(type) || OPTIONALS.contains(type)
				|| type.getName().startsWith(MEMORY)) {
			return true;
		}
		if (ReturnStyle.isFuture(type) || ReturnStyle.of(type) != ReturnStyle.VALUE) {
			return false;
		}
		// a subclass of an application's own abstract class can be serializable
		return type.isInterface() || (Modifier.isAbstract(type.getModifiers()) && !type.getName().startsWith("java."));
	}

}
