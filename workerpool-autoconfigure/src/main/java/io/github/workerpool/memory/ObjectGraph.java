package io.github.workerpool.memory;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

/**
 * What an object refers to, as far as it can be seen: fields of application classes,
 * components, elements, entries. The JDK's own classes are closed to reflection, so they
 * are seen through their methods.
 */
final class ObjectGraph {

	private static final ClassValue<List<Field>> FIELDS = new ClassValue<>() {
		@Override
		protected List<Field> computeValue(Class<?> type) {
			return fieldsOf(type);
		}
	};

	private ObjectGraph() {
	}

	/**
	 * Lists what an object refers to. Never fails: what can't be read is left out.
	 * @param value the object
	 * @param withTransient whether to look into transient fields too
	 * @return the ways on
	 */
	static List<Edge> edges(Object value, boolean withTransient) {
		Class<?> type = value.getClass();
		if (ImmutableTypes.contains(type) || (type.isArray() && type.getComponentType().isPrimitive())) {
			return List.of();
		}
		List<Edge> edges = new ArrayList<>();
		try {
			addContent(value, edges);
		}
		catch (RuntimeException ex) {
			// a collection that changes meanwhile, or one with a mind of its own: what
			// was seen
			// so far will do
		}
		for (Field field : FIELDS.get(type)) {
			if (withTransient || !Modifier.isTransient(field.getModifiers())) {
				add(edges, Lambdas.isLambda(type) ? "" : "." + field.getName(), read(field, value));
			}
		}
		return edges;
	}

	private static void addContent(Object value, List<Edge> edges) {
		if (value instanceof @Nullable Object[] array) {
			for (int i = 0; i < array.length; i++) {
				add(edges, "[" + i + "]", array[i]);
			}
		}
		else if (value instanceof Throwable throwable) {
			add(edges, ".cause", throwable.getCause());
			Throwable[] suppressed = throwable.getSuppressed();
			for (int i = 0; i < suppressed.length; i++) {
				add(edges, ".suppressed[" + i + "]", suppressed[i]);
			}
		}
		else if (value instanceof Optional<?> optional) {
			add(edges, "", optional.orElse(null));
		}
		else if (value instanceof AtomicReference<?> reference) {
			add(edges, "", reference.get());
		}
		else if (value instanceof Collection<?> collection && isBuiltIn(value.getClass())) {
			int i = 0;
			for (Object element : collection) {
				add(edges, "[" + i++ + "]", element);
			}
		}
		else if (value instanceof Map<?, ?> map && isBuiltIn(value.getClass())) {
			int i = 0;
			for (Map.Entry<?, ?> entry : map.entrySet()) {
				add(edges, ".keys[" + i++ + "]", entry.getKey());
				add(edges, "[" + keyName(entry.getKey(), i - 1) + "]", entry.getValue());
			}
		}
		else if (value instanceof Map.Entry<?, ?> entry && isBuiltIn(value.getClass())) {
			add(edges, ".key", entry.getKey());
			add(edges, ".value", entry.getValue());
		}
	}

	private static void add(List<Edge> edges, String step, @Nullable Object value) {
		if (value != null) {
			edges.add(new Edge(step, value));
		}
	}

	/** Asks no key of a user's class for its text. */
	private static String keyName(@Nullable Object key, int index) {
		return (key == null || ImmutableTypes.contains(key.getClass())) ? shorten(String.valueOf(key)) : "#" + index;
	}

	private static String shorten(String text) {
		return (text.length() <= 40) ? text : text.substring(0, 40) + "…";
	}

	/**
	 * Tells whether a collection keeps its elements in a concrete class of the JDK;
	 * others keep them in fields of their own, and to iterate over them might load a
	 * database.
	 */
	private static boolean isBuiltIn(Class<?> type) {
		for (Class<?> each = type; each != null; each = each.getSuperclass()) {
			if (each.getName().startsWith("java.")) {
				return !Modifier.isAbstract(each.getModifiers()) && each != Object.class;
			}
		}
		return false;
	}

	private static @Nullable Object read(Field field, Object value) {
		try {
			return field.get(value);
		}
		catch (IllegalAccessException ex) {
			return null;
		}
	}

	private static List<Field> fieldsOf(Class<?> type) {
		List<Field> fields = new ArrayList<>();
		for (Class<?> each = type; each != null && !each.getName().startsWith("java."); each = each.getSuperclass()) {
			for (Field field : each.getDeclaredFields()) {
				if (!Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()
						&& !ImmutableTypes.covers(field.getType()) && field.trySetAccessible()) {
					fields.add(field);
				}
			}
		}
		return fields;
	}

	/**
	 * A way from one object to another.
	 *
	 * @param step how it is written in a path: {@code .field}, {@code [3]}, {@code [key]}
	 * @param value where it leads
	 */
	record Edge(String step, Object value) {

	}

}
