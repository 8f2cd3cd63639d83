package io.github.workerpool.process;

import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.reflect.Method;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;

import io.github.workerpool.MethodTask;
import io.github.workerpool.Task;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskSerializationException.Part;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Tests for {@link TaskEncoder} and {@link TaskDecoder}.
 */
class TaskCodecTests {

	private final CodecFixture fixture = new CodecFixture();

	@Test
	void lambdaCrossesWithWhatItCaptured() throws Exception {
		for (int i = 0; i < 3; i++) {
			int number = i;
			List<String> list = List.of("a" + i);
			Instant instant = Instant.ofEpochMilli(i);
			assertThat(this.fixture.run(() -> List.of(number, list, instant))).isEqualTo(List.of(i, list, instant));
		}
		assertThat(this.fixture.run(() -> "nothing captured")).isEqualTo("nothing captured");
	}

	@Test
	void primitivesAreCaptured() throws Exception {
		byte b = 1;
		short s = 2;
		char c = 'c';
		long l = 4;
		float f = 5;
		double d = 6;
		boolean z = true;
		assertThat(this.fixture.run(() -> "" + b + s + c + l + f + d + z)).isEqualTo("12c45.06.0true");
	}

	@Test
	void lambdaIsDefinedOnce() {
		List<Integer> definitions = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			int number = i;
			definitions.add(this.fixture.encode(() -> number).definitions());
		}
		assertThat(definitions).containsExactly(1, 1, 1);
		assertThat(this.fixture.encode(() -> "another").definitions()).isEqualTo(2);
	}

	@Test
	void methodReferencesCross() throws Exception {
		String text = "abc";
		Task<Integer> bound = text::length;
		assertThat(this.fixture.run(bound)).isEqualTo(3);
		Task<ArrayList<Object>> constructor = ArrayList::new;
		assertThat(this.fixture.run(constructor)).isEqualTo(List.of());
		Task<Double> ofTheJdk = Math::random;
		assertThat(this.fixture.run(ofTheJdk)).isInstanceOf(Double.class);
	}

	@Test
	void lambdaWithinALambdaCrosses() throws Exception {
		Task<String> inner = () -> "inner";
		Task<String> outer = () -> "outer " + inner.call();
		assertThat(this.fixture.run(outer)).isEqualTo("outer inner");
		Function<String, String> serializable = (Function<String, String> & Serializable) (text) -> text + "!";
		assertThat(this.fixture.run(() -> serializable.apply("hey"))).isEqualTo("hey!");
	}

	@Test
	void otherTasksCross() throws Exception {
		assertThat(this.fixture.run(new Sum(1, 2))).isEqualTo(3);
		assertThat(this.fixture.run(new Concat("a", List.of("b")))).isEqualTo("a[b]");
		assertThat(this.fixture.encode(new Sum(1, 2)).definitions()).isZero();
	}

	@Test
	void callCrossesAsNumberAndArguments() throws Exception {
		assertThat(this.fixture
			.run(call("join", new Class<?>[] { String.class, int.class, List.class }, "x", 5, List.of("y"))))
			.isEqualTo("x5[y]");
		assertThat(this.fixture.run(call("nothing", new Class<?>[0]))).isNull();
		assertThat(this.fixture.run(call("sum", new Class<?>[] { long[].class, Integer[].class }, new long[] { 1, 2 },
				new Integer[] { 3 })))
			.isEqualTo(6L);
		assertThat(this.fixture.run(call("varargs", new Class<?>[] { Object[].class }, (Object) new Object[] { 1, 2 })))
			.isEqualTo(2);
		assertThat(this.fixture.run(call("hidden", new Class<?>[] { Map.class }, Map.of()))).isEqualTo("hidden");
	}

	@Test
	void callIsDefinedOnce() {
		MethodTask<?> call = call("join", new Class<?>[] { String.class, int.class, List.class }, "x", 5, List.of());
		assertThat(this.fixture.encode(call).definitions()).isEqualTo(1);
		assertThat(this.fixture.encode(call).definitions()).isEqualTo(1);
		EncodedTask encoded = this.fixture.encode(call);
		assertThat(encoded.bytes().size()).isLessThan(160);
		assertThat(this.fixture.encode(call("nothing", new Class<?>[0])).definitions()).isEqualTo(2);
		assertThat(this.fixture.encode(call("nothing", new Class<?>[0])).bytes().size()).isEqualTo(3);
	}

	@Test
	void exceptionOfACalledMethodComesAsItself() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> this.fixture.run(call("fail", new Class<?>[0])))
			.withMessage("failed");
	}

	@Test
	void whatALambdaCapturedAndCannotCrossIsNamed() {
		Order order = new Order(List.of(new Line("a", null), new Line("b", new Object())));
		assertThatExceptionOfType(TaskSerializationException.class).isThrownBy(() -> this.fixture.run(() -> order))
			.satisfies((ex) -> {
				assertThat(ex.part()).isEqualTo(Part.TASK);
				assertThat(ex.path()).isEqualTo("order.lines[1].socket");
				assertThat(ex).hasMessageContaining("'order.lines[1].socket'")
					.hasMessageContaining("java.lang.Object")
					.hasCauseInstanceOf(NotSerializableException.class);
			});
	}

	@Test
	void argumentThatCannotCrossIsNamed() {
		MethodTask<?> call = call("join", new Class<?>[] { String.class, int.class, List.class }, "x", 5,
				new ArrayList<>(List.of(1, Thread.currentThread())));
		assertThatExceptionOfType(TaskSerializationException.class).isThrownBy(() -> this.fixture.run(call))
			.satisfies((ex) -> {
				assertThat(ex.part()).isEqualTo(Part.ARGUMENT);
				assertThat(ex.path()).isEqualTo("list[1]");
			});
	}

	@Test
	void taskThatIsTooLargeIsRefused() {
		byte[] large = new byte[(int) CodecFixture.CAP];
		assertThatExceptionOfType(TaskSerializationException.class)
			.isThrownBy(() -> this.fixture.run(() -> large.length))
			.withMessageContaining("too large")
			.withMessageContaining("'process.max-payload-size'")
			.satisfies((ex) -> assertThat(ex.part()).isEqualTo(Part.TASK));
	}

	@Test
	void errorsOfAnObjectsOwnSerializationAreTold() {
		assertThatExceptionOfType(TaskSerializationException.class)
			.isThrownBy(() -> this.fixture.encode(new Stubborn()))
			.withMessageContaining("Stubborn")
			.withMessageContaining("I won't");
	}

	@Test
	void nestingThatOverflowsTheStackIsTold() {
		List<Object> nested = new ArrayList<>();
		for (int i = 0; i < 200_000; i++) {
			nested = new ArrayList<>(List.of(nested, Instant.EPOCH));
		}
		List<Object> deep = nested;
		assertThatExceptionOfType(TaskSerializationException.class)
			.isThrownBy(() -> this.fixture.encode(() -> deep.size()))
			.withMessageContaining("nested too deep");
	}

	@Test
	void resultTypesOfTasksMayComeBack() throws Exception {
		this.fixture.encode(new Sum(1, 2));
		assertThat(this.fixture.types.test(Order.class)).isTrue();
	}

	@Test
	void anonymousClassTakesItsSurroundingsAlong() {
		assertThatExceptionOfType(TaskSerializationException.class)
			.isThrownBy(() -> this.fixture.run(new Task<Object>() {

				@Override
				public Object call() {
					return TaskCodecTests.this.fixture;
				}

			}))
			.withMessageContaining("TaskCodecTests");
	}

	@Test
	void unknownDefinitionIsAnError() {
		assertThatThrownBy(() -> this.fixture.decoder.read(new ArrayInput(new byte[] { 1, 5, 0 })))
			.isInstanceOf(IndexOutOfBoundsException.class);
		assertThatThrownBy(() -> this.fixture.decoder.define(3, new ArrayInput(new byte[10])))
			.isInstanceOf(BadFrameException.class);
		assertThatThrownBy(() -> this.fixture.decoder.read(new ArrayInput(new byte[] { 9 })))
			.isInstanceOf(BadFrameException.class);
	}

	@Test
	void randomTasksAreErrors() throws Exception {
		this.fixture.run(() -> 1);
		Random random = new Random(5);
		for (int round = 0; round < 5_000; round++) {
			byte[] bytes = new byte[1 + random.nextInt(30)];
			random.nextBytes(bytes);
			bytes[0] = (byte) random.nextInt(3);
			assertThatThrownBy(
					() -> this.fixture.decoder.read(new ArrayInput(Arrays.copyOf(bytes, bytes.length))).call())
				.isNotNull();
		}
	}

	private static MethodTask<Object> call(String name, Class<?>[] types, Object... arguments) {
		Method method;
		try {
			method = Target.class.getDeclaredMethod(name, types);
		}
		catch (NoSuchMethodException ex) {
			throw new IllegalStateException(ex);
		}
		return new TestCall<>("target", method, arguments, () -> {
			throw new UnsupportedOperationException();
		});
	}

	/**
	 * Something to call.
	 */
	static class Target {

		public String join(String text, int number, List<?> list) {
			return text + number + list;
		}

		public void nothing() {
		}

		public long sum(long[] longs, Integer[] integers) {
			return Arrays.stream(longs).sum() + Arrays.stream(integers).mapToInt(Integer::intValue).sum();
		}

		public int varargs(Object... all) {
			return all.length;
		}

		public void fail() throws IOException {
			throw new IOException("failed");
		}

		private String hidden(Map<String, String> map) {
			return "hidden";
		}

	}

	record Sum(int a, int b) implements Task<Integer> {

		@Override
		public Integer call() {
			return this.a + this.b;
		}

	}

	static final class Concat implements Task<String> {

		private final String text;

		private final List<String> list;

		Concat(String text, List<String> list) {
			this.text = text;
			this.list = list;
		}

		@Override
		public String call() {
			return this.text + this.list;
		}

	}

	record Order(List<Line> lines) implements Serializable {

	}

	record Line(String name, Object socket) implements Serializable {

	}

	static final class Stubborn implements Task<String> {

		private void writeObject(ObjectOutputStream out) {
			throw new IllegalStateException("I won't");
		}

		private void readObject(ObjectInputStream in) {
			throw new IllegalStateException("Nor this");
		}

		@Override
		public String call() {
			return "";
		}

	}

}
