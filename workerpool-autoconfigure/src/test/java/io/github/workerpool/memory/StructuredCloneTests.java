package io.github.workerpool.memory;

import java.io.Externalizable;
import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectInputStream;
import java.io.ObjectOutput;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.reflect.Constructor;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.Socket;
import java.net.URI;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
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
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.github.workerpool.Task;
import io.github.workerpool.TaskFunction;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskSerializationException.Part;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests for {@link StructuredClone}.
 */
class StructuredCloneTests {

	static Stream<Object> immutables() {
		return Stream.of("text", 1, 2L, 3.0, 4f, (short) 5, (byte) 6, 'c', true, BigInteger.TEN, new BigDecimal("1.50"),
				UUID.randomUUID(), URI.create("a:b"), Locale.GERMANY, DayOfWeek.MONDAY, Kind.SPECIAL, String.class,
				int.class, LocalDate.of(2026, 1, 2), Instant.now(), Duration.ofDays(1), ZonedDateTime.now(),
				ZoneId.of("Europe/Berlin"), OptionalInt.of(1), OptionalLong.empty(), OptionalDouble.of(2.5),
				Optional.of("a"), List.of(1, 2, 3), Set.of("a"), Map.of("a", 1), new Point(1, 2),
				new Labelled("a", new Point(3, 4)), Collections.emptyList());
	}

	@ParameterizedTest
	@MethodSource("immutables")
	void whatNobodyCanChangeIsItsOwnCopy(Object value) {
		assertThat(StructuredClone.clone(value)).isSameAs(value);
	}

	@ParameterizedTest
	@MethodSource("immutables")
	void immutableValuesKeepTypeAndValueInsideOfSerializedObjects(Object value) {
		Bean bean = new Bean();
		bean.content = value;
		Bean copy = StructuredClone.clone(bean);
		assertThat(copy).isNotSameAs(bean);
		assertThat(copy.content).isEqualTo(value).hasSameClassAs(value);
	}

	@Test
	void nullIsNull() {
		assertThat(StructuredClone.<String>clone(null)).isNull();
	}

	static Stream<Supplier<Object>> arrays() {
		// an array as it is would be taken for the arguments of several parameters
		return Stream.of(() -> new boolean[] { true }, () -> new byte[] { 1, 2 }, () -> new char[] { 'a' },
				() -> new short[] { 1 }, () -> new int[] { 1, 2, 3 }, () -> new long[] { 4 },
				() -> new float[] { 1.5f }, () -> new double[] { 2.5 }, () -> new int[][] { { 1 }, null, { 2, 3 } },
				() -> new String[] { "a", null }, () -> new Object[] { 1, "a", new int[] { 1 } },
				() -> new List<?>[] { new ArrayList<>(List.of(1)) }, () -> new Point[0],
				() -> new Kind[] { Kind.PLAIN });
	}

	@ParameterizedTest
	@MethodSource("arrays")
	void arraysAreCopiedWithTheirTypes(Supplier<Object> source) {
		Object array = source.get();
		Object copy = StructuredClone.clone(array);
		assertThat(copy == array).isFalse();
		assertThat(copy.getClass()).isEqualTo(array.getClass());
		assertThat(Arrays.deepEquals(new Object[] { copy }, new Object[] { array })).isTrue();
	}

	@Test
	void nestedArraysShareNothing() {
		int[][] array = { { 1 }, { 2 } };
		int[][] copy = StructuredClone.clone(array);
		copy[0][0] = 9;
		assertThat(array[0][0]).isEqualTo(1);
	}

	static Stream<Collection<Object>> collections() {
		Object element = new ArrayList<>(List.of("e"));
		List<Collection<Object>> empty = List.of(new ArrayList<>(), new LinkedList<>(), new HashSet<>(),
				new LinkedHashSet<>(), new ArrayDeque<>(), new CopyOnWriteArrayList<>());
		empty.forEach((collection) -> collection.add(element));
		return Stream.concat(empty.stream(), Stream.of(List.of(element), List.of(element, 1, 2), Set.of(element),
				Set.of(element, 1, 2), Stream.of(element, null, 3).toList(), Collections.singletonList(element),
				Collections.singleton(element), Arrays.asList(element, null),
				Collections.unmodifiableList(new ArrayList<>(List.of(element))),
				Collections.unmodifiableSet(new HashSet<>(List.of(element))),
				Collections.synchronizedList(new LinkedList<>(List.of(element))), Collections.nCopies(2, element)));
	}

	@ParameterizedTest
	@MethodSource("collections")
	void collectionsAreCopiedWithTheirTypesAndElements(Collection<Object> collection) {
		Collection<Object> copy = StructuredClone.clone(collection);
		assertThat(copy).isNotSameAs(collection).hasSameClassAs(collection);
		assertThat(Arrays.asList(copy.toArray()).toString()).isEqualTo(Arrays.asList(collection.toArray()).toString());
		Object element = collection.stream().filter(List.class::isInstance).findFirst().orElseThrow();
		Object copied = copy.stream().filter(List.class::isInstance).findFirst().orElseThrow();
		assertThat(copied).isEqualTo(element).isNotSameAs(element);
	}

	static Stream<Map<Object, Object>> maps() {
		Object key = new ArrayList<>(List.of("k"));
		Object value = new ArrayList<>(List.of("v"));
		List<Map<Object, Object>> empty = List.of(new HashMap<>(), new LinkedHashMap<>(),
				new LinkedHashMap<>(16, 0.75f, true), new ConcurrentHashMap<>());
		empty.forEach((map) -> map.put(key, value));
		return Stream.concat(empty.stream(),
				Stream.of(Map.of(key, value), Map.of(key, value, 1, 2), Collections.singletonMap(key, value),
						Collections.unmodifiableMap(new HashMap<>(Map.of(key, value))),
						Collections.synchronizedMap(new HashMap<>(Map.of(key, value)))));
	}

	@ParameterizedTest
	@MethodSource("maps")
	void mapsAreCopiedWithTheirTypesKeysAndValues(Map<Object, Object> map) {
		Map<Object, Object> copy = StructuredClone.clone(map);
		assertThat(copy).isNotSameAs(map).hasSameClassAs(map).isEqualTo(map);
		copy.forEach((key, value) -> {
			if (key instanceof List<?>) {
				assertThat(map.keySet()).noneMatch((original) -> original == key);
				assertThat(map.values()).noneMatch((original) -> original == value);
			}
		});
		assertThat(copy.get(List.of("k"))).isEqualTo(List.of("v"));
	}

	@Test
	void sortedCollectionsKeepTheirOrder() {
		TreeMap<String, List<Integer>> map = new TreeMap<>(Comparator.reverseOrder());
		map.put("a", new ArrayList<>(List.of(1)));
		map.put("b", new ArrayList<>(List.of(2)));
		TreeMap<String, List<Integer>> copy = StructuredClone.clone(map);
		assertThat(copy).containsExactly(Map.entry("b", List.of(2)), Map.entry("a", List.of(1)));
		copy.firstEntry().getValue().add(3);
		assertThat(map.firstEntry().getValue()).containsExactly(2);
		TreeSet<String> set = new TreeSet<>(new ByLength());
		set.addAll(List.of("ccc", "a", "bb"));
		assertThat(StructuredClone.clone(set)).containsExactly("a", "bb", "ccc").isNotSameAs(set);
		PriorityQueue<Integer> queue = new PriorityQueue<>(List.of(3, 1, 2));
		assertThat(StructuredClone.clone(queue).poll()).isEqualTo(1);
	}

	@Test
	void accessOrderOfAMapSurvives() {
		LinkedHashMap<String, int[]> map = new LinkedHashMap<>(16, 0.75f, true);
		map.put("a", new int[1]);
		map.put("b", new int[1]);
		LinkedHashMap<String, int[]> copy = StructuredClone.clone(map);
		assertThat(copy.keySet()).containsExactly("a", "b");
		copy.get("a");
		assertThat(copy.keySet()).containsExactly("b", "a");
		assertThat(map.keySet()).containsExactly("a", "b");
	}

	@Test
	void enumCollectionsAreCopied() {
		EnumMap<Kind, List<String>> map = new EnumMap<>(Kind.class);
		map.put(Kind.SPECIAL, new ArrayList<>(List.of("a")));
		EnumMap<Kind, List<String>> copy = StructuredClone.clone(map);
		assertThat(copy).isEqualTo(map).isNotSameAs(map);
		copy.get(Kind.SPECIAL).add("b");
		assertThat(map.get(Kind.SPECIAL)).containsExactly("a");
		EnumSet<Kind> set = EnumSet.of(Kind.PLAIN);
		EnumSet<Kind> setCopy = StructuredClone.clone(set);
		setCopy.add(Kind.SPECIAL);
		assertThat(set).containsExactly(Kind.PLAIN);
	}

	@Test
	void mutableValuesAreCopied() {
		Date date = new Date(42);
		assertThat(StructuredClone.clone(date)).isEqualTo(date).isNotSameAs(date);
		java.sql.Timestamp timestamp = new java.sql.Timestamp(43);
		timestamp.setNanos(123456789);
		assertThat(StructuredClone.clone(timestamp)).isEqualTo(timestamp).isNotSameAs(timestamp);
		StringBuilder builder = new StringBuilder("a");
		StructuredClone.clone(builder).append("b");
		assertThat(builder).hasToString("a");
		assertThat(StructuredClone.clone(new StringBuffer("c"))).hasToString("c");
		BitSet bits = BitSet.valueOf(new long[] { 5 });
		StructuredClone.clone(bits).set(1);
		assertThat(bits).isEqualTo(BitSet.valueOf(new long[] { 5 }));
		AtomicInteger atomic = new AtomicInteger(7);
		assertThat(StructuredClone.clone(atomic).incrementAndGet()).isEqualTo(8);
		assertThat(atomic).hasValue(7);
	}

	@Test
	void optionalsAreCopiedWithTheirContent() {
		Optional<List<String>> optional = Optional.of(new ArrayList<>(List.of("a")));
		Optional<List<String>> copy = StructuredClone.clone(optional);
		assertThat(copy).isEqualTo(optional);
		assertThat(copy.get()).isNotSameAs(optional.get());
		Bean bean = new Bean();
		bean.content = optional;
		assertThat(StructuredClone.clone(bean).content).isEqualTo(optional);
		assertThat(StructuredClone.clone(Optional.empty())).isEmpty();
	}

	@Test
	void recordsAreCopiedWhetherSerializableOrNot() {
		Line line = new Line("a", new ArrayList<>(List.of(1)));
		Line copy = StructuredClone.clone(line);
		assertThat(copy).isEqualTo(line).isNotSameAs(line);
		assertThat(copy.values()).isNotSameAs(line.values());
		Bean bean = new Bean();
		bean.content = List.of(line, new SerializableLine(line.values()), line);
		List<?> content = (List<?>) StructuredClone.clone(bean).content;
		assertThat(content).isEqualTo(bean.content);
		assertThat(content.get(0)).isSameAs(content.get(2)).isNotSameAs(line);
		assertThat(((Line) content.get(0)).values()).isSameAs(((SerializableLine) content.get(1)).values());
	}

	@Test
	void recordsAreReadFromTheirFieldsAndMadeByTheirConstructor() {
		Shy shy = new Shy(new int[] { 1, 2 });
		assertThat(StructuredClone.clone(shy).sum()).isEqualTo(3);
	}

	@Test
	void recordWithSerializationOfItsOwnIsHeard() {
		assertThat(StructuredClone.clone(new Proxied(new int[] { 5 })).values()).containsExactly(6);
	}

	@Test
	void recordThatRefusesItsOwnComponentsIsNamed() {
		List<Object> message = new ArrayList<>(List.of(Fussy.made()));
		TaskSerializationException ex = refusal(message);
		assertThat(ex).hasMessageContaining("constructor").hasRootCauseInstanceOf(IllegalArgumentException.class);
		assertThat(ex.path()).isEqualTo("message[0]");
	}

	@Test
	void beansAreCopiedDeeply() {
		Bean bean = new Bean();
		bean.name = "a";
		bean.content = new int[] { 1 };
		bean.ignored = "b";
		Bean copy = StructuredClone.clone(bean);
		assertThat(copy.name).isEqualTo("a");
		assertThat((int[]) copy.content).containsExactly(1).isNotSameAs(bean.content);
		assertThat(copy.ignored).isNull();
	}

	@Test
	void identityWithinTheGraphIsKept() {
		List<String> shared = new ArrayList<>(List.of("a"));
		Object[] direct = StructuredClone.clone(new Object[] { shared, Map.of("x", shared), new Line("l", List.of()) });
		assertThat(((Map<?, ?>) direct[1]).get("x")).isSameAs(direct[0]);
		Bean bean = new Bean();
		bean.content = shared;
		Object[] serialized = StructuredClone.clone(new Object[] { shared, bean, Optional.of(shared) });
		assertThat(((Bean) serialized[1]).content).isSameAs(serialized[0]).isNotSameAs(shared);
		assertThat(((Optional<?>) serialized[2]).get()).isSameAs(serialized[0]);
	}

	@Test
	void viewsStayViewsOfWhatTheyShow() {
		List<String> list = new ArrayList<>(List.of("a"));
		List<List<String>> copy = StructuredClone
			.clone(new ArrayList<>(List.of(list, Collections.unmodifiableList(list))));
		copy.get(0).add("b");
		assertThat(copy.get(1)).containsExactly("a", "b");
	}

	@Test
	void cyclesAreRebuilt() {
		List<Object> list = new ArrayList<>();
		list.add(list);
		List<Object> copy = StructuredClone.clone(list);
		assertThat(copy.get(0)).isSameAs(copy).isNotSameAs(list);
		Map<String, Object> map = new HashMap<>();
		map.put("self", new Object[] { map });
		Map<String, Object> mapCopy = StructuredClone.clone(map);
		assertThat(((Object[]) mapCopy.get("self"))[0]).isSameAs(mapCopy);
		Bean bean = new Bean();
		bean.content = new ArrayList<>(List.of(bean));
		Bean beanCopy = StructuredClone.clone(bean);
		assertThat(((List<?>) beanCopy.content).get(0)).isSameAs(beanCopy);
	}

	@Test
	void cycleThroughARecordIsRefused() {
		List<Object> values = new ArrayList<>();
		Line line = new Line("a", values);
		values.add(line);
		assertThat(refusal(line)).hasMessageContaining("cycle").hasMessageContaining("record");
		assertThat(refusal(values).path()).isEqualTo("message[0]");
		SerializableLine serializable = new SerializableLine(values);
		values.set(0, serializable);
		Bean bean = new Bean();
		bean.content = serializable;
		TaskSerializationException ex = refusal(bean);
		assertThat(ex).hasMessageContaining("cycle");
		assertThat(ex.path()).isEqualTo("bean.content");
	}

	@Test
	void cycleThroughAnOptionalOrAnImmutableListIsRefused() {
		List<Object> list = new ArrayList<>();
		list.add(Optional.of(list));
		assertThat(refusal(list)).hasMessageContaining("cycle");
		Bean bean = new Bean();
		bean.content = List.of(bean);
		assertThat(refusal(bean)).hasMessageContaining("cycle");
	}

	@Test
	void recordsInAGraphWithOtherCyclesAreCopied() {
		List<Object> cyclic = new ArrayList<>();
		cyclic.add(cyclic);
		List<Object> message = new ArrayList<>(List.of(new Line("a", cyclic), new Line("b", cyclic)));
		List<Object> copy = StructuredClone.clone(message);
		assertThat(((Line) copy.get(0)).values()).isSameAs(((Line) copy.get(1)).values());
	}

	@Test
	void throwablesKeepStackCauseAndSuppressed() {
		IOException original = new IOException("outer", new IllegalStateException("inner"));
		original.addSuppressed(new Mishap("beside", 42));
		IOException copy = StructuredClone.clone(original);
		assertThat(copy).isNotSameAs(original).isExactlyInstanceOf(IOException.class).hasMessage("outer");
		assertThat(copy.getStackTrace()).isEqualTo(original.getStackTrace());
		assertThat(copy.getCause()).isExactlyInstanceOf(IllegalStateException.class).hasMessage("inner");
		assertThat(copy.getSuppressed()).singleElement()
			.isInstanceOfSatisfying(Mishap.class, (mishap) -> assertThat(mishap.code).isEqualTo(42));
	}

	@Test
	void serializationHooksAreHonoured() {
		assertThat(StructuredClone.clone(Single.INSTANCE)).isSameAs(Single.INSTANCE);
		assertThat(StructuredClone.clone(new Replaced(5)).value).isEqualTo(6);
		assertThat(StructuredClone.clone(new External(7)).value).isEqualTo(7);
		Custom custom = new Custom();
		custom.derived = 9;
		assertThat(StructuredClone.clone(custom).derived).isEqualTo(9);
	}

	@Test
	void subclassesOfCollectionsKeepWhatTheyAdd() {
		Tagged tagged = new Tagged("t");
		tagged.add(new int[] { 1 });
		Tagged copy = StructuredClone.clone(tagged);
		assertThat(copy.tag).isEqualTo("t");
		assertThat(copy.get(0)).containsExactly(1).isNotSameAs(tagged.get(0));
	}

	@Test
	void dynamicProxiesAreCopied() {
		Runnable proxy = (Runnable) java.lang.reflect.Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { Runnable.class }, new Handler());
		assertThat(StructuredClone.clone(proxy)).isInstanceOf(Runnable.class).isNotSameAs(proxy);
	}

	@Test
	void classesOfAnotherLoaderAreKept() throws Exception {
		ClassLoader loader = new OtherLoader();
		Constructor<?> constructor = loader.loadClass(Bean.class.getName()).getDeclaredConstructor();
		constructor.setAccessible(true);
		Object bean = constructor.newInstance();
		assertThat(bean.getClass()).isNotEqualTo(Bean.class);
		Object[] copy = StructuredClone.clone(new Object[] { bean, new Bean() });
		assertThat(copy[0]).isNotSameAs(bean).hasSameClassAs(bean);
		assertThat(copy[1]).isExactlyInstanceOf(Bean.class);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1_000, 100_000 })
	void deepGraphsAreCopied(int depth) {
		Node nodes = null;
		List<Object> lists = new ArrayList<>();
		Link links = null;
		for (int i = 0; i < depth; i++) {
			nodes = new Node(nodes, i);
			lists = new ArrayList<>(Collections.singletonList(lists));
			links = new Link(links, new int[] { i });
		}
		int count = 0;
		for (Node node = StructuredClone.clone(nodes); node != null; node = node.next) {
			count++;
		}
		assertThat(count).isEqualTo(depth);
		List<?> list = StructuredClone.clone(lists);
		for (count = 0; !list.isEmpty(); count++) {
			list = (List<?>) list.get(0);
		}
		assertThat(count).isEqualTo(depth);
		count = 0;
		for (Link link = StructuredClone.clone(links); link != null; link = link.next()) {
			count++;
		}
		assertThat(count).isEqualTo(depth);
	}

	@Test
	void interruptionSurvivesADeepCopy() {
		List<Object> lists = new ArrayList<>();
		for (int i = 0; i < 10_000; i++) {
			lists = new ArrayList<>(Collections.singletonList(lists));
		}
		Thread.currentThread().interrupt();
		StructuredClone.clone(lists);
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	void graphTooDeepForAnyStackGivesATypedError() {
		Node nodes = null;
		for (int i = 0; i < 5_000_000; i++) {
			nodes = new Node(nodes, i);
		}
		assertThat(refusal(nodes)).hasMessageContaining("too deep").hasMessageContaining("'node'");
	}

	@Test
	void bigGraphsAreCopied() {
		Map<String, Object> big = new HashMap<>();
		for (int i = 0; i < 100_000; i++) {
			big.put("key" + i, new ArrayList<>(List.of(i, "value" + i)));
		}
		assertThat(StructuredClone.clone(big)).isEqualTo(big);
	}

	@Test
	void culpritIsNamedWithItsPath() {
		Order order = new Order(new ArrayList<>());
		for (int i = 0; i < 5; i++) {
			order.lines().add(new OrderLine(i, (i == 3) ? new Socket() : null));
		}
		TaskSerializationException ex = refusal(order);
		assertThat(ex.path()).isEqualTo("order.lines[3].socket");
		assertThat(ex.part()).isEqualTo(Part.MESSAGE);
		assertThat(ex).hasMessageContaining("'order.lines[3].socket'")
			.hasMessageContaining("java.net.Socket")
			.hasMessageContaining("not serializable");
	}

	static Stream<Object> culprits() {
		return Stream.of(new Thread(), Stream.of(1), (Runnable) () -> {
		}, (Runnable & Serializable) () -> {
		}, System.in, new Object(), new ThreadLocal<>(), Thread.currentThread().getContextClassLoader(),
				new Unserializable(), List.of(1, 2).iterator());
	}

	@ParameterizedTest
	@MethodSource("culprits")
	void whatCantCrossIsRefusedWithItsPath(Object culprit) {
		assertThat(refusal(new Object[] { culprit }).path()).isEqualTo("message[0]");
		assertThat(refusal(new ArrayList<>(Arrays.asList(1, culprit))).path()).isEqualTo("message[1]");
		assertThat(refusal(List.of(1, 2, culprit)).path()).isEqualTo("message[2]");
		assertThat(refusal(new HashMap<>(Map.of("key", culprit))).path()).isEqualTo("message[key]");
		assertThat(refusal(new HashMap<>(Map.of(culprit, 1))).path()).isEqualTo("message.keys[0]");
		assertThat(refusal(Optional.of(culprit)).path()).isEqualTo("message");
		assertThat(refusal(new Labelled("a", culprit)).path()).isEqualTo("labelled.content");
		assertThat(refusal(new AtomicReference<>(culprit)).path()).isEqualTo("message");
		Bean bean = new Bean();
		bean.content = Collections.unmodifiableList(new ArrayList<>(List.of(List.of(0, culprit))));
		assertThat(refusal(bean).path()).isEqualTo("bean.content[0][1]");
		IllegalStateException exception = new IllegalStateException(new Mishap("a", 1));
		((Mishap) exception.getCause()).detail = culprit;
		assertThat(refusal(exception).path()).isEqualTo("message.cause.detail");
		assertThat(refusal(new Tagged(culprit)).path()).isEqualTo("tagged.tag");
	}

	@Test
	void partAndNameAreSaidInTheError() {
		TaskSerializationException ex = catchThrowableOfType(TaskSerializationException.class,
				() -> StructuredClone.cloneAs(Part.ARGUMENT, "order", List.of(new Thread())));
		assertThat(ex.part()).isEqualTo(Part.ARGUMENT);
		assertThat(ex.path()).isEqualTo("order[0]");
		assertThat(ex).hasMessageStartingWith("Argument can't cross: 'order[0]'");
		ex = catchThrowableOfType(TaskSerializationException.class,
				() -> StructuredClone.cloneAs(Part.WORKER_DATA, null, new Thread()));
		assertThat(ex).hasMessageStartingWith("Worker data can't cross: 'worker-data'");
	}

	@Test
	void failureInAUsersHookIsNamed() {
		Bean bean = new Bean();
		bean.content = List.of(new Failing());
		TaskSerializationException ex = refusal(bean);
		assertThat(ex.path()).isEqualTo("bean.content[0]");
		assertThat(ex).hasRootCauseMessage("no").hasMessageContaining(Failing.class.getName());
		bean.content = new FailingToRead();
		assertThat(refusal(bean).path()).isEqualTo("bean.content");
	}

	@Test
	void lambdaOfATaskIsCopiedWithWhatItCaptured() throws Exception {
		int[] captured = { 1 };
		Task<Integer> task = () -> ++captured[0];
		Task<Integer> copy = StructuredClone.cloneTask(task);
		assertThat(copy.call()).isEqualTo(2);
		assertThat(captured[0]).isEqualTo(1);
	}

	@Test
	void lambdaWithoutMutableStateIsItsOwnCopy() throws Exception {
		String text = "a";
		Task<String> task = () -> text + text;
		assertThat(StructuredClone.cloneTask(task)).isSameAs(task);
		TaskFunction<Integer, Integer> function = (item) -> item * 2;
		assertThat(StructuredClone.cloneTask(function)).isSameAs(function);
		Task<String> reference = text::toString;
		assertThat(StructuredClone.cloneTask(reference).call()).isEqualTo("a");
	}

	@Test
	void taskMayCaptureSerializableLambdasAndRecordsThatAreNotSerializable() throws Exception {
		TaskFunction<List<Integer>, Integer> size = List::size;
		Line line = new Line("a", new ArrayList<>(List.of(1, 2)));
		Bean bean = new Bean();
		Task<Object> task = () -> {
			line.values().clear();
			return List.of(size.apply(List.of(1)), bean);
		};
		assertThat(StructuredClone.cloneTask(task).call())
			.asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
			.first()
			.isEqualTo(1);
		assertThat(line.values()).hasSize(2);
	}

	@Test
	void taskOfAClassIsCopied() throws Exception {
		Counting task = new Counting();
		assertThat(StructuredClone.cloneTask(task).call()).isEqualTo(1);
		assertThat(task.count).isZero();
	}

	@Test
	void culpritCapturedByATaskIsNamedAfterItsClass() {
		Order order = new Order(List.of(new OrderLine(0, new Socket())));
		Task<Integer> task = () -> order.lines().size();
		TaskSerializationException ex = catchThrowableOfType(TaskSerializationException.class,
				() -> StructuredClone.cloneTask(task));
		assertThat(ex.part()).isEqualTo(Part.TASK);
		assertThat(ex.path()).isEqualTo("order.lines[0].socket");
	}

	@Test
	void taskThatCapturesItsSurroundingsIsRefused() {
		Task<String> task = () -> toString();
		TaskSerializationException ex = catchThrowableOfType(TaskSerializationException.class,
				() -> StructuredClone.cloneTask(task));
		assertThat(ex.path()).isEqualTo("structuredCloneTests");
	}

	@Test
	void transferredObjectMovesAndIsFoundInTheCopy() {
		Baton baton = new Baton();
		List<Object> copy = StructuredClone.clone(new ArrayList<>(List.of(baton, baton)), baton);
		assertThat(baton.state).isEqualTo("moved");
		assertThat(copy.get(0)).isSameAs(copy.get(1)).isSameAs(baton.successor);
		Baton second = new Baton();
		Bean bean = new Bean();
		bean.content = second;
		assertThat(StructuredClone.clone(bean, second).content).isSameAs(second.successor);
	}

	@Test
	void objectMovesThoughTheMessageDoesNotReferToIt() {
		Baton baton = new Baton();
		StructuredClone.clone("message", baton);
		assertThat(baton.state).isEqualTo("moved");
	}

	@Test
	void nothingMovesIfTheMessageIsRefused() {
		Baton one = new Baton();
		Baton two = new Baton();
		assertThatExceptionOfType(TaskSerializationException.class)
			.isThrownBy(() -> StructuredClone.clone(List.of(one, new Thread()), one, two));
		assertThat(one.state).isEqualTo("rolled back");
		assertThat(two.state).isEqualTo("rolled back");
	}

	@Test
	void badTransferListIsRefused() {
		Baton baton = new Baton();
		assertThatIllegalArgumentException().isThrownBy(() -> StructuredClone.clone("a", baton, "b"))
			.withMessageContaining("java.lang.String");
		assertThat(baton.state).isEqualTo("rolled back");
		assertThatIllegalArgumentException().isThrownBy(() -> StructuredClone.clone("a", baton, baton))
			.withMessageContaining("twice");
		assertThatIllegalArgumentException().isThrownBy(() -> StructuredClone.clone("a", baton, null));
		assertThatNullPointerException().isThrownBy(() -> StructuredClone.clone("a", (Object[]) null));
	}

	@Test
	void transferableObjectOutsideOfTheListIsRefused() {
		assertThat(refusal(List.of(new Baton())).path()).isEqualTo("message[0]");
	}

	private static TaskSerializationException refusal(Object value) {
		TaskSerializationException ex = catchThrowableOfType(TaskSerializationException.class,
				() -> StructuredClone.clone(value));
		assertThat(ex).isNotNull();
		return ex;
	}

	enum Kind {

		PLAIN, SPECIAL {
			@Override
			public String toString() {
				return "special!";
			}
		}

	}

	record Point(int x, int y) {

	}

	record Labelled(String label, Object content) {

	}

	record Line(String name, List<?> values) {

	}

	record SerializableLine(List<?> values) implements Serializable {

	}

	record Link(Link next, int[] value) {

	}

	record Order(List<OrderLine> lines) {

	}

	record OrderLine(int number, Socket socket) {

	}

	record Shy(int[] values) {

		@Override
		public int[] values() {
			return new int[0];
		}

		int sum() {
			return Arrays.stream(this.values).sum();
		}

	}

	record Proxied(int[] values) implements Serializable {

		private Object writeReplace() {
			return new Replaced(this.values[0]).proxied();
		}

	}

	record Fussy(List<String> values) {

		Fussy {
			if (values.isEmpty()) {
				throw new IllegalArgumentException("empty");
			}
		}

		static Fussy made() {
			return new Fussy(new Vanishing());
		}

	}

	/** Empty after it has been copied. */
	static class Vanishing extends ArrayList<String> {

		Vanishing() {
			add("a");
		}

		private Object writeReplace() {
			return new ArrayList<>();
		}

	}

	static class Bean implements Serializable {

		String name;

		Object content;

		transient String ignored;

		public Bean() {
		}

	}

	static class Node implements Serializable {

		final Node next;

		final int value;

		Node(Node next, int value) {
			this.next = next;
			this.value = value;
		}

	}

	static class Mishap extends Exception {

		final int code;

		Object detail;

		Mishap(String message, int code) {
			super(message);
			this.code = code;
		}

	}

	static class Tagged extends ArrayList<int[]> {

		final Object tag;

		Tagged(Object tag) {
			this.tag = tag;
		}

	}

	static class ByLength implements Comparator<String>, Serializable {

		@Override
		public int compare(String one, String other) {
			return Integer.compare(one.length(), other.length());
		}

	}

	static final class Single implements Serializable {

		static final Single INSTANCE = new Single();

		private Object readResolve() {
			return INSTANCE;
		}

	}

	static class Replaced implements Serializable {

		final int value;

		Replaced(int value) {
			this.value = value;
		}

		private Object writeReplace() {
			return new Form(this.value + 1, false);
		}

		Object proxied() {
			return new Form(this.value + 1, true);
		}

	}

	record Form(int value, boolean record) implements Serializable {

		private Object readResolve() {
			if (this.record) {
				return new Proxied(new int[] { this.value });
			}
			return new Replaced(this.value);
		}

	}

	public static class External implements Externalizable {

		int value;

		public External() {
		}

		External(int value) {
			this.value = value;
		}

		@Override
		public void writeExternal(ObjectOutput out) throws IOException {
			out.writeInt(this.value);
		}

		@Override
		public void readExternal(ObjectInput in) throws IOException {
			this.value = in.readInt();
		}

	}

	static class Custom implements Serializable {

		transient int derived;

		private void writeObject(ObjectOutputStream out) throws IOException {
			out.defaultWriteObject();
			out.writeInt(this.derived);
		}

		private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
			in.defaultReadObject();
			this.derived = in.readInt();
		}

	}

	static class Failing implements Serializable {

		private void writeObject(ObjectOutputStream out) {
			throw new IllegalStateException("no");
		}

	}

	static class FailingToRead implements Serializable {

		private void readObject(ObjectInputStream in) throws IOException {
			throw new IOException("no");
		}

	}

	static class Unserializable {

	}

	static class Counting implements Task<Integer> {

		int count;

		@Override
		public Integer call() {
			return ++this.count;
		}

	}

	static class Handler implements java.lang.reflect.InvocationHandler, Serializable {

		@Override
		public Object invoke(Object proxy, java.lang.reflect.Method method, Object[] args) {
			return switch (method.getName()) {
				case "equals" -> proxy == args[0];
				case "hashCode" -> System.identityHashCode(proxy);
				case "toString" -> "proxy";
				default -> null;
			};
		}

	}

	/** Loads the test's classes once more. */
	static class OtherLoader extends ClassLoader {

		OtherLoader() {
			super(StructuredCloneTests.class.getClassLoader());
		}

		@Override
		protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
			if (!name.equals(Bean.class.getName())) {
				return super.loadClass(name, resolve);
			}
			Class<?> loaded = findLoadedClass(name);
			if (loaded != null) {
				return loaded;
			}
			try (java.io.InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
				byte[] bytes = in.readAllBytes();
				return defineClass(name, bytes, 0, bytes.length);
			}
			catch (IOException ex) {
				throw new ClassNotFoundException(name, ex);
			}
		}

	}

	/** Something that changes hands. */
	static class Baton implements Transferable {

		final Object successor = new Object();

		String state = "fresh";

		@Override
		public Transfer prepareTransfer() {
			this.state = "prepared";
			return new Transfer() {
				@Override
				public Object successor() {
					return Baton.this.successor;
				}

				@Override
				public void commit() {
					Baton.this.state = "moved";
				}

				@Override
				public void rollback() {
					Baton.this.state = "rolled back";
				}
			};
		}

	}

}
