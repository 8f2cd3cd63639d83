package io.github.workerpool.offload;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;

import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.ReflectionHints;
import org.springframework.aot.hint.annotation.ReflectiveProcessor;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;

/**
 * Tells a native image what {@link Offload @Offload} reaches by reflection: the methods,
 * their fallbacks, and what keys can ask for.
 */
final class OffloadReflection implements ReflectiveProcessor {

	@Override
	public void registerReflectionHints(ReflectionHints hints, AnnotatedElement element) {
		MergedAnnotation<Offload> offload = MergedAnnotations.from(element, SearchStrategy.TYPE_HIERARCHY)
			.get(Offload.class);
		if (!offload.isPresent()) {
			return;
		}
		if (element instanceof Method method) {
			hints.registerMethod(method, ExecutableMode.INVOKE);
			registerFallback(hints, method.getDeclaringClass(), offload.getString("fallback"));
		}
		else if (element instanceof Class<?> type) {
			hints.registerType(type);
			for (Method method : type.getDeclaredMethods()) {
				if (Modifier.isPublic(method.getModifiers()) && !Modifier.isStatic(method.getModifiers())) {
					hints.registerMethod(method, ExecutableMode.INVOKE);
				}
			}
			registerFallback(hints, type, offload.getString("fallback"));
		}
		if (!offload.getString("key").isEmpty()) {
			hints.registerType(TaskKey.Root.class, MemberCategory.INVOKE_PUBLIC_METHODS);
		}
	}

	private static void registerFallback(ReflectionHints hints, Class<?> type, String fallback) {
		if (fallback.contains("${")) {
			// not known before the application runs
			hints.registerType(type, MemberCategory.INVOKE_DECLARED_METHODS);
			return;
		}
		for (Class<?> each = type; each != null && !fallback.isEmpty(); each = each.getSuperclass()) {
			for (Method method : each.getDeclaredMethods()) {
				if (method.getName().equals(fallback)) {
					hints.registerMethod(method, ExecutableMode.INVOKE);
				}
			}
		}
	}

}
