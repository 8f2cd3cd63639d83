package io.github.workerpool.memory;

import java.io.Serializable;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ObjectPath}.
 */
class ObjectPathTests {

	private final Culprit culprit = new Culprit();

	@Test
	void rootItselfIsFound() {
		assertThat(path(this.culprit)).contains("root");
	}

	@Test
	void wayLeadsThroughFieldsRecordsArraysAndCollections() {
		Order order = new Order(List.of(1, 2, new Line(new Object[] { null, this.culprit })));
		assertThat(path(order)).contains("root.lines[2].parts[1]");
		assertThat(path(new Special(order))).contains("root.order.lines[2].parts[1]");
	}

	@Test
	void wayLeadsThroughMaps() {
		assertThat(path(Map.of("a", this.culprit))).contains("root[a]");
		assertThat(path(Map.of(7, List.of(this.culprit)))).contains("root[7][0]");
		assertThat(path(Map.of(this.culprit, "a"))).contains("root.keys[0]");
		Map<Object, Object> map = new LinkedHashMap<>();
		map.put("a", 1);
		map.put(List.of(2), this.culprit);
		assertThat(path(map)).contains("root[#1]");
		assertThat(path(Map.entry("a", this.culprit))).contains("root.value");
	}

	@Test
	void wayLeadsThroughHoldersAndThrowables() {
		assertThat(path(Optional.of(this.culprit))).contains("root");
		assertThat(path(new AtomicReference<>(List.of(this.culprit)))).contains("root[0]");
		Mishap mishap = new Mishap(this.culprit);
		Exception outer = new Exception(mishap);
		assertThat(path(outer)).contains("root.cause.detail");
		outer = new Exception();
		outer.addSuppressed(mishap);
		assertThat(path(outer)).contains("root.suppressed[0].detail");
	}

	@Test
	void shortestWayIsFound() {
		Line line = new Line(new Object[] { this.culprit });
		assertThat(path(Arrays.asList(List.of(List.of(line)), line))).contains("root[1].parts[0]");
	}

	@Test
	void transientFieldIsTheLastResort() {
		Hidden hidden = new Hidden();
		hidden.before = new Object[] { this.culprit };
		assertThat(path(hidden)).contains("root.before[0]");
		hidden.after = new Object[] { new Object[] { this.culprit } };
		assertThat(path(hidden)).contains("root.after[0][0]");
	}

	@Test
	void cyclesAndDeepGraphsAreWalked() {
		List<Object> list = new ArrayList<>();
		list.add(list);
		assertThat(path(list)).isEmpty();
		Object[] deep = { this.culprit };
		for (int i = 0; i < 20_000; i++) {
			deep = new Object[] { deep };
		}
		assertThat(path(deep)).hasValueSatisfying((path) -> assertThat(path).hasSize(4 + 3 * 20_001));
	}

	@Test
	void collectionOfAnApplicationIsNotAskedForItsElements() {
		assertThat(path(new Lazy(this.culprit))).contains("root.loaded");
	}

	@Test
	void objectIsFoundByClassName() {
		assertThat(ObjectPath.toFirstOf(List.of(1, this.culprit), "root", Culprit.class.getName())).contains("root[1]");
		assertThat(ObjectPath.toFirstOf(null, "root", "x")).isEmpty();
	}

	@Test
	void rootIsNamedAfterItsClass() {
		assertThat(ObjectPath.rootName(new Order(List.of()), "x")).isEqualTo("order");
		assertThat(ObjectPath.rootName(List.of(), "x")).isEqualTo("x");
		assertThat(ObjectPath.rootName(new Order[0], "x")).isEqualTo("x");
		assertThat(ObjectPath.rootName(new Object() {
		}, "x")).isEqualTo("x");
		assertThat(ObjectPath.rootName((Runnable) () -> {
		}, "x")).isEqualTo("x");
		assertThat(ObjectPath.rootName(null, "x")).isEqualTo("x");
	}

	private Optional<String> path(Object root) {
		return ObjectPath.to(root, "root", this.culprit);
	}

	static final class Culprit {

	}

	record Order(List<Object> lines) {

	}

	record Line(Object[] parts) {

	}

	static class General {

		private final Order order;

		General(Order order) {
			this.order = order;
		}

	}

	static class Special extends General {

		Special(Order order) {
			super(order);
		}

	}

	static class Mishap extends Exception {

		private final Object detail;

		Mishap(Object detail) {
			this.detail = detail;
		}

	}

	static class Hidden implements Serializable {

		private transient Object before;

		private Object after;

	}

	static class Lazy extends AbstractList<Object> {

		private final Object loaded;

		Lazy(Object loaded) {
			this.loaded = loaded;
		}

		@Override
		public Object get(int index) {
			throw new IllegalStateException("database");
		}

		@Override
		public int size() {
			throw new IllegalStateException("database");
		}

	}

}
