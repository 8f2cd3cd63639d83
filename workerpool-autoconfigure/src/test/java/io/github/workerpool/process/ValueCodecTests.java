package io.github.workerpool.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.InvalidClassException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.net.URL;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZonedDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Calendar;
import java.util.Collections;
import java.util.Currency;
import java.util.Date;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.github.workerpool.PayloadCodec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Tests for {@link ValueCodec} and {@link PayloadFilter}.
 */
class ValueCodecTests {

	private final CodecFixture fixture = new CodecFixture();

	static Stream<Object> values() {
		Map<String, Object> map = new LinkedHashMap<>();
		map.put("list", List.of(1, "two", 3.0));
		map.put("null", null);
		return Stream.of(true, false, (byte) -7, (short) -300, 'ü', 42, Integer.MIN_VALUE, Long.MAX_VALUE, 1.5f,
				Float.NaN, -0.0, "", "plain", "Grüße", "\\u0000", "emoji 😀", "half \\ud800 pair", "x".repeat(100_000),
				"ü".repeat(50_000), "😀".repeat(10_000), List.of(), List.of(1), List.of(1, 2, 3),
				new ArrayList<>(List.of("a", 1, 2L, 'c', 1.0f, true)), Arrays.asList("a", null), map, Map.of("a", 1),
				Set.of("x"), new TreeMap<>(Map.of("b", 2, "a", 1)), new TreeSet<>(Set.of(3, 1)),
				new HashMap<>(Map.of(1, new ArrayList<>(List.of(2)))), Collections.unmodifiableList(new ArrayList<>()),
				Collections.emptyMap(), new ConcurrentHashMap<>(Map.of("k", "v")), EnumSet.of(TimeUnit.DAYS),
				new EnumMap<>(Map.of(TimeUnit.DAYS, 1)), TimeUnit.HOURS, new BigDecimal("1.50"),
				BigInteger.TWO.pow(200), Instant.EPOCH, LocalDate.of(2024, 2, 29),
				ZonedDateTime.parse("2024-02-29T12:00:00+01:00[Europe/Berlin]"), new Date(5), Locale.GERMANY,
				Currency.getInstance("EUR"), UUID.randomUUID(), URI.create("http://localhost/"),
				BitSet.valueOf(new long[] { 5 }), TimeZone.getTimeZone("Europe/Berlin"),
				Calendar.getInstance(TimeZone.getTimeZone("UTC"), Locale.ROOT));
	}

	@ParameterizedTest
	@MethodSource("values")
	void valueCrossesAsItIs(Object value) throws Exception {
		Object crossed = this.fixture.reply(value);
		assertThat(crossed).isEqualTo(value);
		if (!value.getClass().getName().contains("ImmutableCollections")) {
			assertThat(crossed).hasSameClassAs(value);
		}
	}

	@Test
	void nothingCrosses() throws Exception {
		assertThat(this.fixture.<Object>reply(null)).isNull();
	}

	static Stream<Object> arrays() {
		Random random = new Random(1);
		return Stream.of(0, 1, 7, 64, 1000, 100_000)
			.flatMap((length) -> Stream.of(bytes(length), random.ints(length).toArray(), random.longs(length).toArray(),
					random.doubles(length).toArray(), floats(length), shorts(length),
					"äb".repeat(length / 2 + 1).toCharArray(), booleans(length)));
	}

	private static byte[] bytes(int length) {
		byte[] bytes = new byte[length];
		new Random(2).nextBytes(bytes);
		return bytes;
	}

	private static float[] floats(int length) {
		float[] floats = new float[length];
		IntStream.range(0, length).forEach((i) -> floats[i] = i / 3f);
		return floats;
	}

	private static short[] shorts(int length) {
		short[] shorts = new short[length];
		IntStream.range(0, length).forEach((i) -> shorts[i] = (short) (i * 31));
		return shorts;
	}

	private static boolean[] booleans(int length) {
		boolean[] booleans = new boolean[length];
		IntStream.range(0, length).forEach((i) -> booleans[i] = i % 3 == 0);
		return booleans;
	}

	@ParameterizedTest
	@MethodSource("arrays")
	void arrayOfPrimitivesCrosses(Object array) throws Exception {
		assertThat(this.fixture.reply(array)).isEqualTo(array);
	}

	@Test
	void otherArraysCross() throws Exception {
		assertThat(this.fixture.reply(new Object[] { 1, null, "x" })).containsExactly(1, null, "x")
			.hasSameClassAs(new Object[0]);
		assertThat(this.fixture.reply(new String[] { "a", null })).containsExactly("a", null);
		assertThat(this.fixture.reply(new int[][] { { 1 }, {} })).isDeepEqualTo(new int[][] { { 1 }, {} });
		assertThat(this.fixture.reply(new Instant[] { Instant.EPOCH })).containsExactly(Instant.EPOCH);
	}

	@Test
	void sameObjectInTwoArgumentsIsOneAtTheOtherSide() throws Exception {
		AtomicLong shared = new AtomicLong(5);
		HeapOutput out = new HeapOutput(CodecFixture.CAP);
		this.fixture.parent.writeAll(new Object[] { shared, 1, "x", shared, new Object[] { shared } }, out);
		Object[] read = this.fixture.child.readAll(new ArrayInput(out.toBytes().toArray()));
		assertThat(read[1]).isEqualTo(1);
		assertThat(read[2]).isEqualTo("x");
		assertThat(read[0]).isSameAs(read[3]).isSameAs(((Object[]) read[4])[0]);
	}

	@Test
	void identityWithinAListSurvives() throws Exception {
		AtomicLong shared = new AtomicLong(5);
		List<AtomicLong> crossed = this.fixture.reply(new ArrayList<>(List.of(shared, shared)));
		assertThat(crossed.get(0)).isSameAs(crossed.get(1));
		List<Object> cyclic = new ArrayList<>();
		cyclic.add(cyclic);
		List<Object> again = this.fixture.reply(cyclic);
		assertThat(again.get(0)).isSameAs(again);
	}

	@Test
	void whatCannotBeSerializedIsNamed() {
		assertThatExceptionOfType(NotSerializableException.class).isThrownBy(() -> this.fixture.reply(new Object()));
		assertThatExceptionOfType(NotSerializableException.class)
			.isThrownBy(() -> this.fixture.reply(new ArrayList<>(List.of(Thread.currentThread()))));
	}

	@Test
	void moreThanTheCapIsRefusedWhereItIsMade() {
		byte[] large = new byte[(int) CodecFixture.CAP];
		assertThatExceptionOfType(PayloadTooLargeException.class).isThrownBy(() -> this.fixture.reply(large))
			.withMessageContaining("'process.max-payload-size'");
		assertThatExceptionOfType(PayloadTooLargeException.class)
			.isThrownBy(() -> this.fixture.reply("x".repeat((int) CodecFixture.CAP)));
		assertThatExceptionOfType(PayloadTooLargeException.class)
			.isThrownBy(() -> this.fixture.reply(new long[(int) CodecFixture.CAP / 8]));
		assertThatExceptionOfType(PayloadTooLargeException.class)
			.isThrownBy(() -> this.fixture.reply(new ArrayList<>(List.of(large, Instant.EPOCH))));
	}

	@Test
	void classOutsideTheAllowedOnesIsRefusedWithAWayOut() {
		assertThatExceptionOfType(InvalidClassException.class)
			.isThrownBy(() -> this.fixture.reply(new URL("http://localhost/")))
			.withMessageContaining("'java.net.URL'")
			.withMessageContaining("'process.serialization-filter'");
	}

	@Test
	void customFilterAllowsMore() throws Exception {
		CodecFixture lenient = new CodecFixture("java.net.URL", List.of());
		assertThat(lenient.reply(new URL("http://localhost/"))).hasToString("http://localhost/");
		assertThat(lenient.reply(Instant.EPOCH)).isEqualTo(Instant.EPOCH);
	}

	@Test
	void customFilterRefuses() {
		CodecFixture strict = new CodecFixture("!java.time.*", List.of());
		assertThatExceptionOfType(InvalidClassException.class).isThrownBy(() -> strict.reply(Instant.EPOCH))
			.withMessageContaining("refused by 'process.serialization-filter'");
	}

	@Test
	void whatIsDeclaredMayComeBack() throws Exception {
		ReplyTypes types = new ReplyTypes();
		Class<?> elsewhere = org.junit.jupiter.api.Test.class;
		assertThat(types.test(elsewhere)).isFalse();
		types.declare(elsewhere);
		assertThat(types.test(elsewhere)).isTrue();
		types.declare(java.net.URL.class);
		assertThat(types.test(java.net.URL.class)).as("of the platform").isFalse();
		assertThat(types.test(javax.management.BadAttributeValueExpException.class)).isFalse();
		assertThat(types.test(java.sql.SQLException.class)).isTrue();
	}

	@Test
	void nestingWithoutEndIsRefused() {
		Object nested = new ArrayList<>();
		for (int i = 0; i < 1500; i++) {
			nested = new ArrayList<>(List.of(nested, Instant.EPOCH));
		}
		Object deep = nested;
		assertThatThrownBy(() -> this.fixture.reply(deep)).isInstanceOfAny(InvalidClassException.class,
				StackOverflowError.class);
	}

	@Test
	void arraysThatWereOnlyClaimedAreNotMade() throws Exception {
		// An array of 2^30 references in a few bytes
		java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
		try (ObjectOutputStream out = new ObjectOutputStream(bytes) {
			@Override
			protected void writeStreamHeader() {
				// As on the channel
			}
		}) {
			out.writeObject(new Object[1]);
		}
		byte[] forged = bytes.toByteArray();
		int length = forged.length - 5;
		java.nio.ByteBuffer.wrap(forged).putInt(length, 1 << 30);
		byte[] payload = new byte[forged.length + 1];
		payload[0] = 41;
		System.arraycopy(forged, 0, payload, 1, forged.length);
		assertThatExceptionOfType(InvalidClassException.class)
			.isThrownBy(() -> this.fixture.parent.read(new ArrayInput(payload)))
			.withMessageContaining("memory");
	}

	@ParameterizedTest
	@ValueSource(ints = { 10, 11, 16, 17, 18, 19, 20, 21, 22, 23, 32, 33, 34, 40, 41, 42, 255 })
	void lengthsThatWereOnlyClaimedAreRefused(int form) {
		byte[] payload = { (byte) form, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 7, 0, 0, 0, 0 };
		assertThatThrownBy(() -> this.fixture.parent.read(new ArrayInput(payload))).isInstanceOf(IOException.class);
	}

	@Test
	void randomBytesAreRefusedOrAreValues() {
		Random random = new Random(3);
		for (int round = 0; round < 20_000; round++) {
			byte[] payload = new byte[1 + random.nextInt(60)];
			random.nextBytes(payload);
			payload[0] = (byte) random.nextInt(45);
			try {
				this.fixture.parent.read(new ArrayInput(payload));
			}
			catch (IOException | ClassNotFoundException | RuntimeException ex) {
				// The JDK's own stream refuses some of it with runtime exceptions
				assertThat(ex).isNotNull();
			}
		}
	}

	@Test
	void damagedGraphsAreRefusedOrAreValues() throws Exception {
		HeapOutput out = new HeapOutput(CodecFixture.CAP);
		this.fixture.child.write(
				new HashMap<>(
						Map.of("a", new ArrayList<>(List.of(Instant.EPOCH, Locale.ROOT)), "b", new BigDecimal("1.5"))),
				out);
		byte[] whole = out.toBytes().toArray();
		Random random = new Random(4);
		for (int round = 0; round < 5_000; round++) {
			byte[] payload = Arrays.copyOf(whole, (round % 3 == 0) ? 1 + random.nextInt(whole.length) : whole.length);
			for (int i = 0; i < 1 + random.nextInt(3); i++) {
				payload[random.nextInt(payload.length)] = (byte) random.nextInt();
			}
			try {
				this.fixture.parent.read(new ArrayInput(payload));
			}
			catch (IOException | ClassNotFoundException | RuntimeException | LinkageError ex) {
				assertThat(ex).isNotNull();
			}
		}
	}

	@Test
	void codecCarriesItsTypes() throws Exception {
		CodecFixture with = new CodecFixture(null, List.of(new HandleCodec()));
		Handle crossed = with.reply(new Handle("x".repeat(10_000)));
		assertThat(crossed.name).hasSize(10_000);
		HeapOutput out = new HeapOutput(CodecFixture.CAP);
		with.parent.writeAll(new Object[] { new Handle("a"), 1, new Handle("b") }, out);
		Object[] read = with.child.readAll(new ArrayInput(out.toBytes().toArray()));
		assertThat(((Handle) read[0]).name).isEqualTo("a");
		assertThat(read[1]).isEqualTo(1);
		assertThat(((Handle) read[2]).name).isEqualTo("b");
	}

	@Test
	void codecThatReadsTooLittleDisturbsNobody() throws Exception {
		CodecFixture with = new CodecFixture(null, List.of(new LazyCodec()));
		HeapOutput out = new HeapOutput(CodecFixture.CAP);
		with.parent.writeAll(new Object[] { new Handle("abc"), "after" }, out);
		Object[] read = with.child.readAll(new ArrayInput(out.toBytes().toArray()));
		assertThat(((Handle) read[0]).name).isEqualTo("unread");
		assertThat(read[1]).isEqualTo("after");
	}

	@Test
	void codecIsNotGivenTypesThatItDoesNotSupport() throws Exception {
		CodecFixture with = new CodecFixture(null, List.of(new HandleCodec()));
		HeapOutput out = new HeapOutput(CodecFixture.CAP);
		out.write(40);
		out.writeCount(0);
		out.write(10);
		out.writeText(Thread.class.getName());
		out.writeCount(0);
		byte[] payload = out.toBytes().toArray();
		assertThatExceptionOfType(InvalidClassException.class)
			.isThrownBy(() -> with.parent.read(new ArrayInput(payload)))
			.withMessageContaining("java.lang.Thread");
	}

	/**
	 * Not serializable.
	 */
	static final class Handle {

		final String name;

		Handle(String name) {
			this.name = name;
		}

	}

	static class HandleCodec implements PayloadCodec, Serializable {

		@Override
		public boolean supports(Class<?> type) {
			return type == Handle.class;
		}

		@Override
		public void encode(Object value, OutputStream out) throws IOException {
			for (byte each : ((Handle) value).name.getBytes()) {
				out.write(each);
			}
		}

		@Override
		public Object decode(Class<?> type, InputStream in) throws IOException {
			return new Handle(new String(in.readAllBytes()));
		}

	}

	static final class LazyCodec extends HandleCodec {

		@Override
		public Object decode(Class<?> type, InputStream in) {
			return new Handle("unread");
		}

	}

}
