package io.github.workerpool.memory;

import java.io.Serial;
import java.io.Serializable;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.Date;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.ListIterator;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * Copies graphs of immutable values, records, arrays and the usual collections without
 * serializing them, many times faster than the JDK's serialization can. One that holds
 * anything else is left as a whole to {@link SerializedCopy}: halves copied in two ways
 * would lose the identity of what they share.
 * <p>
 * A container is entered into the table before its content is copied, so that cycles
 * through mutable containers close. A value-like one (record, {@code Optional}, immutable
 * collection) can't be: it exists only when its content does. It is the same object as
 * before if nothing in it had to be copied.
 */
final class DirectCopy {

	/** Well below what a thread with a small stack bears. */
	static final int USUAL_DEPTH = 300;

	private static final Class<?> LIST_12 = List.of(1).getClass();

	private static final Class<?> LIST_N = List.of().getClass();

	private static final Class<?> SET_12 = Set.of(1).getClass();

	private static final Class<?> SET_N = Set.of().getClass();

	private static final Class<?> MAP_1 = Map.of(1, 1).getClass();

	private static final Class<?> MAP_N = Map.of().getClass();

	private static final Object OPEN = new Object();

	private final Map<Object, Object> copies = new IdentityHashMap<>();

	private final UnaryOperator<@Nullable Object> substitution;

	private final int maxDepth;

	private int depth;

	private boolean valueSeen;

	private boolean seenAgain;

	/**
	 * Prepares a copy of one graph.
	 * @param substitution gives what stands for an object in the copy, or {@code null}
	 * @param maxDepth how deep the graph may be
	 */
	DirectCopy(UnaryOperator<@Nullable Object> substitution, int maxDepth) {
		this.substitution = substitution;
		this.maxDepth = maxDepth;
	}

	/**
	 * Tells whether the graph may hold a cycle through a record or the like.
	 */
	boolean mayHoldRefusedCycle() {
		return this.valueSeen && this.seenAgain;
	}

	/**
	 * Tells whether none of some objects has to be copied.
	 * @param values the objects, {@code null} if they are not known
	 * @return whether each is its own copy
	 */
	boolean isOwnCopy(@Nullable Object @Nullable [] values) {
		return values != null && !copyAll(values);
	}

	/**
	 * Copies an object and all it refers to.
	 * @param value the object
	 * @return its copy
	 * @throws NotDirectException if it takes serialization
	 * @throws TooDeepException if it takes a larger stack
	 * @throws RefusedException if it can't be copied at all
	 */
	@Nullable Object copy(@Nullable Object value) {
		if (value == null || ImmutableTypes.contains(value.getClass())) {
			return value;
		}
		Object copy = this.copies.get(value);
		if (copy == OPEN) {
			throw new RefusedException(value, "it is part of a cycle, which can't be built through a "
					+ (value.getClass().isRecord() ? "record" : value.getClass().getName()), null);
		}
		if (copy != null) {
			this.seenAgain |= !isValueLike(value);
			return copy;
		}
		copy = this.substitution.apply(value);
		if (copy != null) {
			this.copies.put(value, copy);
			return copy;
		}
		if (++this.depth > this.maxDepth) {
			throw TooDeepException.INSTANCE;
		}
		try {
			return copyContainer(value);
		}
		finally {
			this.depth--;
		}
	}

	private Object copyContainer(Object value) {
		Class<?> type = value.getClass();
		if (type.isArray()) {
			return copyArray(value, type.getComponentType());
		}
		if (isValueLike(value)) {
			return copyValueLike(value, type);
		}
		if (value instanceof Collection<?> collection) {
			return copyCollection(collection, type);
		}
		if (value instanceof Map<?, ?> map) {
			return copyMap(map, type);
		}
		if (type == Date.class) {
			return put(value, ((Date) value).clone());
		}
		if (type == StringBuilder.class) {
			return put(value, new StringBuilder((StringBuilder) value));
		}
		if (type == BitSet.class) {
			return put(value, ((BitSet) value).clone());
		}
		if (!(value instanceof Serializable)) {
			throw new RefusedException(value, "it is not serializable", null);
		}
		throw NotDirectException.INSTANCE;
	}

	private <C> C put(Object original, C copy) {
		this.copies.put(original, copy);
		return copy;
	}

	private Object copyArray(Object array, Class<?> component) {
		int length = Array.getLength(array);
		if (component.isPrimitive()) {
			Object copy = put(array, Array.newInstance(component, length));
			System.arraycopy(array, 0, copy, 0, length);
			return copy;
		}
		@Nullable Object[] copy = put(array, ((@Nullable Object[]) array).clone());
		if (!ImmutableTypes.covers(component)) {
			for (int i = 0; i < length; i++) {
				copy[i] = copy(copy[i]);
			}
		}
		return copy;
	}

	static boolean isValueLike(Object value) {
		Class<?> type = value.getClass();
		return type.isRecord() || type == Optional.class || type == LIST_12 || type == LIST_N || type == SET_12
				|| type == SET_N || type == MAP_1 || type == MAP_N;
	}

	private Object copyValueLike(Object value, Class<?> type) {
		if (type.isRecord()) {
			RecordShape shape = RecordShape.of(type);
			if (!shape.isOpen()) {
				throw closedRecord(value);
			}
			if (shape.isHooked()) {
				throw NotDirectException.INSTANCE;
			}
			if (shape.isFlat()) {
				return value;
			}
		}
		this.valueSeen = true;
		this.copies.put(value, OPEN);
		return put(value, build(value, type));
	}

	private Object build(Object value, Class<?> type) {
		if (type.isRecord()) {
			@Nullable Object[] components = RecordShape.of(type).components(value);
			return copyAll(components) ? createRecord(value, components) : value;
		}
		if (value instanceof Optional<?> optional) {
			Object content = optional.orElse(null);
			Object copy = copy(content);
			return (copy != null && copy != content) ? Optional.of(copy) : value;
		}
		if (value instanceof Map<?, ?> map) {
			@Nullable Object[] content = flatten(map);
			return copyAll(content) ? unmodifiableMap(content) : value;
		}
		@Nullable Object[] content = ((Collection<?>) value).toArray();
		if (!copyAll(content)) {
			return value;
		}
		if (value instanceof Set<?>) {
			return Set.of(content);
		}
		return (type == LIST_N && Arrays.asList(content).contains(null)) ? Stream.of(content).toList()
				: List.of(content);
	}

	/**
	 * Replaces the elements of an array by their copies.
	 * @return whether any copy is another object
	 */
	private boolean copyAll(@Nullable Object[] content) {
		boolean changed = false;
		for (int i = 0; i < content.length; i++) {
			Object copy = copy(content[i]);
			changed |= (copy != content[i]);
			content[i] = copy;
		}
		return changed;
	}

	static Object createRecord(Object original, @Nullable Object[] components) {
		try {
			return RecordShape.of(original.getClass()).create(components);
		}
		catch (InvocationTargetException ex) {
			throw new RefusedException(original, "its constructor refuses a copy of its own components", ex.getCause());
		}
	}

	static RefusedException closedRecord(Object value) {
		return new RefusedException(value, "its module '" + value.getClass().getModule().getName()
				+ "' does not open the package '" + value.getClass().getPackageName() + "'", null);
	}

	private static @Nullable Object[] flatten(Map<?, ?> map) {
		List<@Nullable Object> content = new ArrayList<>(2 * map.size());
		map.forEach((key, value) -> {
			content.add(key);
			content.add(value);
		});
		return content.toArray();
	}

	private static Map<Object, Object> unmodifiableMap(@Nullable Object[] content) {
		Map<Object, Object> map = new LinkedHashMap<>();
		for (int i = 0; i < content.length; i += 2) {
			map.put(Objects.requireNonNull(content[i]), Objects.requireNonNull(content[i + 1]));
		}
		return Map.copyOf(map);
	}

	@SuppressWarnings("unchecked")
	private Object copyCollection(Collection<?> source, Class<?> type) {
		if (type == ArrayList.class) {
			return copyList(source, (List<@Nullable Object>) ((ArrayList<?>) source).clone());
		}
		if (type == LinkedList.class) {
			return copyList(source, (List<@Nullable Object>) ((LinkedList<?>) source).clone());
		}
		if (type == HashSet.class || type == LinkedHashSet.class) {
			return refill(source, (Collection<@Nullable Object>) ((HashSet<?>) source).clone());
		}
		if (type == ArrayDeque.class) {
			return refill(source, (Collection<@Nullable Object>) (Collection<?>) ((ArrayDeque<?>) source).clone());
		}
		if (type == TreeSet.class && isKnown(((TreeSet<?>) source).comparator())) {
			return refill(source, (Collection<@Nullable Object>) ((TreeSet<?>) source).clone());
		}
		if (source instanceof EnumSet<?> set && type.getName().startsWith("java.util.")) {
			return put(source, set.clone());
		}
		throw notDirect(source);
	}

	private Object copyList(Object source, List<@Nullable Object> copy) {
		put(source, copy);
		for (ListIterator<@Nullable Object> each = copy.listIterator(); each.hasNext();) {
			Object element = each.next();
			if (element != null && !ImmutableTypes.contains(element.getClass())) {
				each.set(copy(element));
			}
		}
		return copy;
	}

	private Object refill(Object source, Collection<@Nullable Object> copy) {
		put(source, copy);
		@Nullable Object[] content = copy.toArray();
		if (copyAll(content)) {
			copy.clear();
			for (Object element : content) {
				copy.add(element);
			}
		}
		return copy;
	}

	@SuppressWarnings("unchecked")
	private Object copyMap(Map<?, ?> source, Class<?> type) {
		if (type == HashMap.class || type == LinkedHashMap.class) {
			return refill(source, (Map<@Nullable Object, @Nullable Object>) ((HashMap<?, ?>) source).clone());
		}
		if (type == TreeMap.class && isKnown(((TreeMap<?, ?>) source).comparator())) {
			return refill(source, (Map<@Nullable Object, @Nullable Object>) ((TreeMap<?, ?>) source).clone());
		}
		if (type == EnumMap.class) {
			return refill(source,
					(Map<@Nullable Object, @Nullable Object>) (Map<?, ?>) ((EnumMap<?, ?>) source).clone());
		}
		throw notDirect(source);
	}

	private Object refill(Object source, Map<@Nullable Object, @Nullable Object> copy) {
		put(source, copy);
		@Nullable Object[] content = flatten(copy);
		boolean keysCopied = false;
		boolean changed = false;
		for (int i = 0; i < content.length; i++) {
			Object element = copy(content[i]);
			changed |= (element != content[i]);
			keysCopied |= (element != content[i]) && i % 2 == 0;
			content[i] = element;
		}
		if (keysCopied) {
			copy.clear();
		}
		if (changed) {
			for (int i = 0; i < content.length; i += 2) {
				copy.put(content[i], content[i + 1]);
			}
		}
		return copy;
	}

	private static boolean isKnown(@Nullable Comparator<?> comparator) {
		return comparator == null || ImmutableTypes.containsComparator(comparator);
	}

	private static RuntimeException notDirect(Object value) {
		return (value instanceof Serializable) ? NotDirectException.INSTANCE
				: new RefusedException(value, "it is not serializable", null);
	}

	/**
	 * The graph holds something that only serialization can copy.
	 */
	static final class NotDirectException extends RuntimeException {

		@Serial
		private static final long serialVersionUID = 1L;

		static final NotDirectException INSTANCE = new NotDirectException();

		private NotDirectException() {
			super(null, null, false, false);
		}

	}

	/**
	 * The graph is deeper than the stack allows.
	 */
	static final class TooDeepException extends RuntimeException {

		@Serial
		private static final long serialVersionUID = 1L;

		static final TooDeepException INSTANCE = new TooDeepException();

		private TooDeepException() {
			super(null, null, false, false);
		}

	}

}
