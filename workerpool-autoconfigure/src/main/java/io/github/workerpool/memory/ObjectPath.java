package io.github.workerpool.memory;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * Finds the way to an object in a graph, so that an error can name it:
 * {@code order.lines[3].socket}. Ways lead through fields of application classes (those
 * that serialization follows first), components of records, elements of arrays and
 * collections ({@code [3]}), values of maps ({@code [key]}; a key is {@code .keys[3]}),
 * contents of {@code Optional} and {@code AtomicReference}, causes and suppressed
 * exceptions. The shortest way is found. Fields of classes that are not open to
 * reflection stay unseen.
 * <p>
 * Meant for the way to an error: it reads the whole graph, without recursion. Thread-safe
 * as long as the graph does not change.
 *
 * @since 0.1.0
 */
public final class ObjectPath {

	private ObjectPath() {
	}

	/**
	 * Finds an object by what it is.
	 * @param root where to start
	 * @param rootName how the path begins
	 * @param culprit tells the object looked for
	 * @return the path to the first such object, which may be the root itself
	 */
	public static Optional<String> toFirst(@Nullable Object root, String rootName, Predicate<Object> culprit) {
		Objects.requireNonNull(rootName, "'rootName' must not be null");
		Objects.requireNonNull(culprit, "'culprit' must not be null");
		if (root == null) {
			return Optional.empty();
		}
		Optional<String> path = find(root, rootName, culprit, false);
		return path.isPresent() ? path : find(root, rootName, culprit, true);
	}

	/**
	 * Finds one object by identity.
	 * @param root where to start
	 * @param rootName how the path begins
	 * @param culprit the object looked for
	 * @return the path to it
	 */
	public static Optional<String> to(@Nullable Object root, String rootName, Object culprit) {
		return toFirst(root, rootName, (value) -> value == culprit);
	}

	/**
	 * Finds the first object of a class, as named by a
	 * {@link java.io.NotSerializableException}.
	 * @param root where to start
	 * @param rootName how the path begins
	 * @param className name of the class, as {@link Class#getName()} gives it
	 * @return the path to it
	 */
	public static Optional<String> toFirstOf(@Nullable Object root, String rootName, String className) {
		return toFirst(root, rootName, (value) -> value.getClass().getName().equals(className));
	}

	/**
	 * Gives a graph's root a name where it has none of its own, as a parameter would
	 * have: {@code order} for an instance of {@code Order}.
	 * @param root the root
	 * @param otherwise name for what is of no application class
	 * @return the name
	 */
	public static String rootName(@Nullable Object root, String otherwise) {
		if (root == null || Lambdas.isLambda(root.getClass()) || root.getClass().isArray()
				|| root.getClass().getName().startsWith("java.")) {
			return otherwise;
		}
		String simple = root.getClass().getSimpleName();
		return simple.isEmpty() ? otherwise : simple.substring(0, 1).toLowerCase(Locale.ROOT) + simple.substring(1);
	}

	private static Optional<String> find(Object root, String rootName, Predicate<Object> culprit,
			boolean withTransient) {
		Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
		Queue<Step> ahead = new ArrayDeque<>();
		seen.add(root);
		ahead.add(new Step(null, rootName, root));
		for (Step step = ahead.poll(); step != null; step = ahead.poll()) {
			if (culprit.test(step.value)) {
				return Optional.of(step.path());
			}
			boolean captured = step.value == root && Lambdas.isLambda(root.getClass());
			for (ObjectGraph.Edge edge : ObjectGraph.edges(step.value, withTransient)) {
				if (seen.add(edge.value())) {
					// what a lambda has captured has lost its name
					ahead.add(captured ? new Step(null, rootName(edge.value(), rootName), edge.value())
							: new Step(step, edge.step(), edge.value()));
				}
			}
		}
		return Optional.empty();
	}

	/**
	 * One object met, and the way it was reached.
	 */
	private record Step(@Nullable Step before, String name, Object value) {

		String path() {
			StringBuilder path = new StringBuilder();
			for (Step step = this; step != null; step = step.before) {
				path.insert(0, step.name);
			}
			return path.toString();
		}

	}

}
