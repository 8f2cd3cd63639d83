package io.github.workerpool.memory;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Finds a record (or {@code Optional}, or immutable collection) that is part of a cycle.
 * Such a cycle can't be rebuilt: the record's constructor would be handed something that
 * is not complete yet, or {@code null} where the JDK's serialization does it. Tarjan's
 * algorithm for strongly connected components (R. Tarjan, "Depth-first search and linear
 * graph algorithms", 1972), without recursion.
 */
final class RecordCycles {

	private final Map<Object, Node> nodes = new IdentityHashMap<>();

	private final Deque<Node> component = new ArrayDeque<>();

	private final Deque<Node> way = new ArrayDeque<>();

	private RecordCycles() {
	}

	/**
	 * Looks for a record in a cycle.
	 * @param root where to start
	 * @return such a record, or {@code null} if there is none
	 */
	static @Nullable Object find(Object root) {
		return new RecordCycles().search(root);
	}

	private @Nullable Object search(Object root) {
		enter(root);
		for (Node node = this.way.peek(); node != null; node = this.way.peek()) {
			if (node.edges.hasNext()) {
				Object next = node.edges.next().value();
				Node known = this.nodes.get(next);
				if (known == null) {
					enter(next);
				}
				else if (known.open) {
					node.low = Math.min(node.low, known.index);
					node.inCycle |= (known == node);
				}
			}
			else {
				this.way.pop();
				Node before = this.way.peek();
				if (before != null) {
					before.low = Math.min(before.low, node.low);
				}
				Object found = (node.low == node.index) ? close(node) : null;
				if (found != null) {
					return found;
				}
			}
		}
		return null;
	}

	private void enter(Object value) {
		Node node = new Node(value, this.nodes.size());
		this.nodes.put(value, node);
		this.component.push(node);
		this.way.push(node);
	}

	/** Takes one component off the stack. */
	private @Nullable Object close(Node root) {
		boolean cycle = this.component.peek() != root || root.inCycle;
		Object found = null;
		Node node;
		do {
			node = this.component.pop();
			node.open = false;
			if (cycle && DirectCopy.isValueLike(node.value)) {
				found = node.value;
			}
		}
		while (node != root);
		return found;
	}

	private static final class Node {

		private final Object value;

		private final int index;

		private final Iterator<ObjectGraph.Edge> edges;

		private int low;

		private boolean open = true;

		private boolean inCycle;

		Node(Object value, int index) {
			this.value = value;
			this.index = index;
			this.low = index;
			this.edges = ObjectGraph.edges(value, false).iterator();
		}

	}

}
