package io.github.workerpool.benchmarks;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.github.workerpool.memory.StructuredClone;
import tools.jackson.databind.json.JsonMapper;

/**
 * A deep copy of the same objects: by structured clone, and to bytes and back by Jackson
 * and by the JDK. The objects are such that all three can copy them: a tree, of types
 * that say what they are.
 */
final class CodecScenario implements Scenario {

	private static final String CLONE = "workerpool StructuredClone";

	private static final String JACKSON = "Jackson";

	private static final String JDK = "JDK serialization";

	@Override
	public String name() {
		return "codec";
	}

	@Override
	public List<String> subjects() {
		return List.of(CLONE, JACKSON, JDK);
	}

	@Override
	public void run(String subject, Mode mode, Measurements out) {
		Copier copier = copier(subject);
		// one after the other in turns, so that each is measured with code that has seen
		// both
		Point small = Point.example();
		Order graph = Order.example(50);
		micros(copier, small, Clock.ofMillis(mode.pick(800, 200, 0)));
		micros(copier, graph, Clock.ofMillis(mode.pick(1_200, 300, 0)));
		out.add("clone-small", micros(copier, small, Clock.ofMillis(mode.pick(1_000, 250, 0))));
		out.add("clone-graph", micros(copier, graph, Clock.ofMillis(mode.pick(1_000, 250, 0))));
	}

	private static double micros(Copier copier, Object original, Clock clock) {
		int batch = 10;
		long copies = 0;
		Object copy = original;
		do {
			for (int i = 0; i < batch; i++) {
				// a copy of the copy: none can be left out
				copy = copier.copy(copy);
			}
			copies += batch;
		}
		while (clock.runs());
		double micros = clock.elapsed() / 1e3 / copies;
		if (copy == original || !copy.equals(original)) {
			throw new IllegalStateException("Expected a copy that equals '" + original + "', but found '" + copy + "'");
		}
		return micros;
	}

	private static Copier copier(String subject) {
		return switch (subject) {
			case CLONE -> StructuredClone::clone;
			case JACKSON -> {
				JsonMapper mapper = JsonMapper.builder().build();
				yield (original) -> mapper.readValue(mapper.writeValueAsBytes(original), original.getClass());
			}
			case JDK -> CodecScenario::serialized;
			default -> throw new IllegalArgumentException(subject);
		};
	}

	private static Object serialized(Object original) {
		try {
			ByteArrayOutputStream bytes = new ByteArrayOutputStream();
			try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
				out.writeObject(original);
			}
			try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
				return in.readObject();
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (ClassNotFoundException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Copies objects.
	 */
	@FunctionalInterface
	private interface Copier {

		Object copy(Object original);

	}

	/**
	 * Something small. It can change: what can't needs no copy, and structured clone
	 * makes none.
	 */
	public static final class Point implements Serializable {

		private static final long serialVersionUID = 1;

		private int x;

		private int y;

		private String name = "";

		public int getX() {
			return this.x;
		}

		public void setX(int x) {
			this.x = x;
		}

		public int getY() {
			return this.y;
		}

		public void setY(int y) {
			this.y = y;
		}

		public String getName() {
			return this.name;
		}

		public void setName(String name) {
			this.name = name;
		}

		static Point example() {
			Point point = new Point();
			point.setX(17);
			point.setY(-4);
			point.setName("here");
			return point;
		}

		@Override
		public boolean equals(Object other) {
			return other instanceof Point point && this.x == point.x && this.y == point.y
					&& this.name.equals(point.name);
		}

		@Override
		public int hashCode() {
			return this.name.hashCode();
		}

	}

	/**
	 * Something with much in it.
	 */
	public record Order(long id, Customer customer, Instant placed, ArrayList<Line> lines,
			HashMap<String, String> notes) implements Serializable {

		static Order example(int size) {
			List<Line> lines = new ArrayList<>();
			Map<String, String> notes = new HashMap<>();
			for (int i = 0; i < size; i++) {
				lines.add(new Line("article-" + i, i + 1, new BigDecimal("19.9" + i % 10), i % 2 == 0));
				notes.put("note-" + i, "the text of the note with the number " + i);
			}
			Customer customer = new Customer("Ada", "Lovelace", new int[] { 12, 10, 1815 });
			return new Order(4711, customer, Instant.parse("2026-01-01T12:00:00Z"), new ArrayList<>(lines),
					new HashMap<>(notes));
		}

	}

	/**
	 * An entry of an order.
	 */
	public record Line(String article, int count, BigDecimal price, boolean gift) implements Serializable {

	}

	/**
	 * Somebody.
	 */
	public record Customer(String firstName, String lastName, int[] born) implements Serializable {

		@Override
		public boolean equals(Object other) {
			return other instanceof Customer customer && this.firstName.equals(customer.firstName)
					&& this.lastName.equals(customer.lastName) && Arrays.equals(this.born, customer.born);
		}

		@Override
		public int hashCode() {
			return this.lastName.hashCode();
		}

	}

}
