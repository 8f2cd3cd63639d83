package io.github.workerpool.offload;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * The offloaded methods of one class: which they are, and what their annotations say,
 * before anything in those is resolved. Immutable.
 */
final class OffloadedMethods {

	private static final OffloadedMethods NONE = new OffloadedMethods(Map.of(), List.of());

	/** By the most specific method. */
	private final Map<Method, Declared> methods;

	/** Annotated methods that no proxy can intercept. */
	private final List<Method> unreachable;

	private OffloadedMethods(Map<Method, Declared> methods, List<Method> unreachable) {
		this.methods = methods;
		this.unreachable = unreachable;
	}

	/**
	 * Looks at a class.
	 * @param type the class of a bean, or an interface
	 * @return its offloaded methods
	 */
	static OffloadedMethods of(Class<?> type) {
		if (!AnnotationUtils.isCandidateClass(type, Offload.class)) {
			return NONE;
		}
		Map<Method, Declared> found = new LinkedHashMap<>();
		List<Method> unreachable = new ArrayList<>();
		for (Class<?> declaring : hierarchy(type)) {
			for (Method method : declaring.getDeclaredMethods()) {
				if (method.isSynthetic()) {
					continue;
				}
				if (Modifier.isStatic(method.getModifiers()) || Modifier.isPrivate(method.getModifiers())) {
					if (MergedAnnotations.from(method).isPresent(Offload.class)) {
						unreachable.add(method);
					}
					continue;
				}
				Method specific = AopUtils.getMostSpecificMethod(method, type);
				if (!found.containsKey(specific)) {
					MergedAnnotation<Offload> annotation = onMethod(specific, method);
					if (annotation.isPresent()) {
						found.put(specific, new Declared(specific, annotation, true));
					}
				}
			}
		}
		MergedAnnotations.from(type, SearchStrategy.TYPE_HIERARCHY)
			.stream(Offload.class)
			.forEach((annotation) -> onType(type, annotation, found));
		return (found.isEmpty() && unreachable.isEmpty()) ? NONE : new OffloadedMethods(found, unreachable);
	}

	boolean isEmpty() {
		return this == NONE;
	}

	Collection<Declared> all() {
		return this.methods.values();
	}

	List<Method> unreachable() {
		return this.unreachable;
	}

	/**
	 * Finds what is declared for a method.
	 * @param method the method as it is called, perhaps that of an interface
	 * @param type the class of the bean
	 * @return the declaration, {@code null} if the method is not offloaded
	 */
	@Nullable Declared find(Method method, Class<?> type) {
		return this.methods.isEmpty() ? null : this.methods.get(AopUtils.getMostSpecificMethod(method, type));
	}

	private static MergedAnnotation<Offload> onMethod(Method specific, Method method) {
		MergedAnnotation<Offload> annotation = MergedAnnotations.from(specific, SearchStrategy.TYPE_HIERARCHY)
			.get(Offload.class);
		// a class can inherit the implementation of an interface that its superclass
		// knows nothing of
		return annotation.isPresent() ? annotation
				: MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY).get(Offload.class);
	}

	private static void onType(Class<?> type, MergedAnnotation<Offload> annotation, Map<Method, Declared> found) {
		if (!(annotation.getSource() instanceof Class<?> annotated)) {
			return;
		}
		for (Method method : annotated.getDeclaredMethods()) {
			if (method.isSynthetic() || !Modifier.isPublic(method.getModifiers())
					|| Modifier.isStatic(method.getModifiers()) || ReflectionUtils.isObjectMethod(method)) {
				continue;
			}
			Method specific = AopUtils.getMostSpecificMethod(method, type);
			found.computeIfAbsent(specific, (key) -> new Declared(key, annotation, false));
		}
	}

	private static Set<Class<?>> hierarchy(Class<?> type) {
		Set<Class<?>> types = new LinkedHashSet<>();
		// the methods of a JDK proxy's class are those of its interfaces
		if (!Proxy.isProxyClass(type)) {
			for (Class<?> each = type; each != null && each != Object.class; each = each.getSuperclass()) {
				types.add(each);
			}
		}
		types.addAll(ClassUtils.getAllInterfacesForClassAsSet(type));
		return types;
	}

	/**
	 * An offloaded method as it is declared.
	 *
	 * @param method the most specific method
	 * @param offload its annotation, or that of the type; not made an instance of the
	 * annotation, which would need a proxy
	 * @param onMethod whether the annotation is on the method itself
	 */
	record Declared(Method method, MergedAnnotation<Offload> offload, boolean onMethod) {

	}

}
