package io.github.workerpool.process;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import io.github.workerpool.RemoteTaskException;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskSerializationException.Part;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Tests for {@link ThrowableCodec}.
 */
class ThrowableCodecTests {

	private final CodecFixture fixture = new CodecFixture();

	@Test
	void exceptionCrossesAsItself() throws Exception {
		IllegalStateException error = new IllegalStateException("outer", new IOException("inner"));
		error.addSuppressed(new ArithmeticException("beside"));
		Throwable crossed = cross(error);
		assertThat(crossed).isExactlyInstanceOf(IllegalStateException.class)
			.hasMessage("outer")
			.hasCauseExactlyInstanceOf(IOException.class);
		assertThat(crossed.getCause()).hasMessage("inner");
		assertThat(crossed.getSuppressed()).singleElement()
			.satisfies((each) -> assertThat(each).isExactlyInstanceOf(ArithmeticException.class));
		assertThat(crossed.getStackTrace()).isEqualTo(error.getStackTrace());
	}

	@Test
	void errorsAndCheckedExceptionsCross() throws Exception {
		assertThat(cross(new AssertionError("no"))).isExactlyInstanceOf(AssertionError.class);
		assertThat(cross(new Exception("checked"))).isExactlyInstanceOf(Exception.class).hasMessage("checked");
		assertThat(cross(new java.sql.SQLException("state", "08000", 5)))
			.isInstanceOfSatisfying(java.sql.SQLException.class, (ex) -> assertThat(ex.getErrorCode()).isEqualTo(5));
		assertThat(cross(new TaskSerializationException(Part.RESULT, "a.b", "message", null)))
			.isInstanceOfSatisfying(TaskSerializationException.class, (ex) -> {
				assertThat(ex.part()).isEqualTo(Part.RESULT);
				assertThat(ex.path()).isEqualTo("a.b");
			});
	}

	@Test
	void exceptionThatCannotBeSerializedIsReplaced() throws Exception {
		Throwable crossed = cross(new WithThread("message", new IOException("cause")));
		assertThat(crossed).isInstanceOfSatisfying(RemoteTaskException.class, (ex) -> {
			assertThat(ex.className()).isEqualTo(WithThread.class.getName());
			assertThat(ex.originalMessage()).isEqualTo("message");
			assertThat(ex.getStackTrace()[0].getMethodName()).isEqualTo("exceptionThatCannotBeSerializedIsReplaced");
			assertThat(ex.getCause()).isInstanceOfSatisfying(RemoteTaskException.class,
					(cause) -> assertThat(cause.className()).isEqualTo(IOException.class.getName()));
		});
	}

	@Test
	void causeThatCannotBeSerializedIsReplacedAlone() throws Exception {
		IllegalStateException error = new IllegalStateException("outer",
				new WithThread("middle", new IOException("inner")));
		error.addSuppressed(new WithThread("suppressed", null));
		Throwable crossed = cross(error);
		assertThat(crossed).isExactlyInstanceOf(IllegalStateException.class).hasMessage("outer");
		assertThat(crossed.getCause()).isInstanceOfSatisfying(RemoteTaskException.class, (cause) -> {
			assertThat(cause.className()).isEqualTo(WithThread.class.getName());
			assertThat(cause.getCause()).isInstanceOfSatisfying(RemoteTaskException.class,
					(inner) -> assertThat(inner.originalMessage()).isEqualTo("inner"));
		});
		assertThat(crossed.getSuppressed()).singleElement()
			.satisfies((each) -> assertThat(each).isInstanceOf(RemoteTaskException.class));
	}

	@Test
	void exceptionWhoseMessageFailsCrosses() throws Exception {
		assertThat(cross(new Mute())).isInstanceOf(Mute.class);
		Throwable crossed = cross(new UnserializableMute());
		assertThat(crossed).isInstanceOfSatisfying(RemoteTaskException.class,
				(ex) -> assertThat(ex.originalMessage()).contains("getMessage() failed"));
	}

	@Test
	void cycleOfCausesCrosses() throws Exception {
		Exception one = new Exception("one");
		Exception two = new Exception("two", one);
		one.initCause(two);
		Throwable crossed = cross(one);
		assertThat(crossed.getCause().getCause()).isSameAs(crossed);
		WithThread bad = new WithThread("bad", null);
		IllegalStateException around = new IllegalStateException("around", bad);
		bad.initCause(around);
		Throwable replaced = cross(around);
		assertThat(replaced).isExactlyInstanceOf(IllegalStateException.class);
		assertThat(replaced.getCause()).isInstanceOf(RemoteTaskException.class);
		assertThat(cross(bad)).isInstanceOf(RemoteTaskException.class);
	}

	@Test
	void exceptionWhoseClassIsMissingHereIsReplaced() throws Exception {
		ClassLoader withoutTests = new URLClassLoader(
				new URL[] { ThrowableCodec.class.getProtectionDomain().getCodeSource().getLocation() },
				ClassLoader.getPlatformClassLoader());
		ThrowableCodec here = new ThrowableCodec(new ValueCodec(withoutTests, List.of(), CodecFixture.CAP,
				() -> PayloadFilter.forReplies(this.fixture.types, null, CodecFixture.CAP)));
		Throwable crossed = here.read(new ArrayInput(encoded(new OwnException("mine", 5))));
		assertThat(crossed).isInstanceOfSatisfying(RemoteTaskException.class, (ex) -> {
			assertThat(ex.className()).isEqualTo(OwnException.class.getName());
			assertThat(ex.originalMessage()).isEqualTo("mine");
		});
		assertThat(cross(new OwnException("mine", 5))).isInstanceOfSatisfying(OwnException.class,
				(ex) -> assertThat(ex.code).isEqualTo(5));
	}

	@Test
	void exceptionThatFailsToBeReadIsReplaced() throws Exception {
		assertThat(cross(new Unreadable())).isInstanceOfSatisfying(RemoteTaskException.class,
				(ex) -> assertThat(ex.className()).isEqualTo(Unreadable.class.getName()));
	}

	@Test
	void hugeExceptionStaysBounded() throws Exception {
		Exception error = new Exception("x".repeat(10 << 20));
		for (int i = 0; i < 200; i++) {
			error.addSuppressed(new Exception("y".repeat(100_000), deepTrace(2000)));
		}
		byte[] bytes = encoded(error);
		assertThat(bytes.length).isLessThan(4 << 20);
		Throwable crossed = new ThrowableCodec(this.fixture.parent).read(new ArrayInput(bytes));
		assertThat(crossed).isInstanceOf(RemoteTaskException.class);
		assertThat(crossed.getSuppressed()).hasSizeBetween(30, 64);
	}

	private static Exception deepTrace(int frames) {
		Exception error = new Exception("deep");
		StackTraceElement[] trace = new StackTraceElement[frames];
		Arrays.fill(trace, new StackTraceElement("a.b.C", "method", "C.java", 5));
		error.setStackTrace(trace);
		return error;
	}

	@Test
	void longChainOfCausesCrosses() throws Exception {
		Exception chain = new Exception("0");
		for (int i = 1; i < 100; i++) {
			chain = new Exception("" + i, chain);
		}
		Throwable crossed = cross(chain);
		int length = 0;
		for (Throwable each = crossed; each != null; each = each.getCause()) {
			length++;
		}
		assertThat(length).isEqualTo(100);
		Exception endless = new WithThread("0", null);
		for (int i = 1; i < 5000; i++) {
			endless = new Exception("" + i, endless);
		}
		assertThat(cross(endless)).isNotNull();
	}

	@Test
	void randomBytesAreRefusedOrAreExceptions() throws Exception {
		byte[] whole = encoded(new IllegalStateException("outer", new IOException("inner")));
		Random random = new Random(6);
		ThrowableCodec codec = new ThrowableCodec(this.fixture.parent);
		for (int round = 0; round < 5_000; round++) {
			byte[] bytes = Arrays.copyOf(whole, (round % 2 == 0) ? 1 + random.nextInt(whole.length) : whole.length);
			for (int i = 0; i < 3; i++) {
				bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
			}
			try {
				assertThat(codec.read(new ArrayInput(bytes))).isNotNull();
			}
			catch (IOException ex) {
				assertThat(ex).isInstanceOf(BadFrameException.class);
			}
		}
	}

	@Test
	void objectThatIsNoExceptionIsNotTakenForOne() throws Exception {
		byte[] described = encoded(new WithThread("described", null));
		HeapOutput out = new HeapOutput(CodecFixture.CAP);
		// All but the end, which says that there is no object
		out.write(described, 0, described.length - 1);
		HeapOutput object = new HeapOutput(CodecFixture.CAP);
		this.fixture.child.write("a string", object);
		byte[] string = object.toBytes().toArray();
		out.writeCount(string.length);
		out.write(string);
		Throwable read = new ThrowableCodec(this.fixture.parent).read(new ArrayInput(out.toBytes().toArray()));
		assertThat(read).isInstanceOf(RemoteTaskException.class).hasMessageContaining("described");
	}

	@Test
	void exceptionWithoutAnyPartIsRefused() {
		assertThatThrownBy(() -> new ThrowableCodec(this.fixture.parent).read(new ArrayInput(new byte[] { 0 })))
			.isInstanceOf(BadFrameException.class);
	}

	private byte[] encoded(Throwable error) throws IOException {
		ThrowableCodec codec = new ThrowableCodec(this.fixture.child);
		HeapOutput out = new HeapOutput(codec.cap());
		codec.write(error, out);
		return out.toBytes().toArray();
	}

	private Throwable cross(Throwable error) throws IOException {
		return new ThrowableCodec(this.fixture.parent).read(new ArrayInput(encoded(error)));
	}

	static class WithThread extends RuntimeException {

		private final Thread thread = Thread.currentThread();

		WithThread(String message, Throwable cause) {
			super(message);
			if (cause != null) {
				initCause(cause);
			}
		}

		Thread thread() {
			return this.thread;
		}

	}

	static final class Mute extends RuntimeException {

		@Override
		public String getMessage() {
			throw new IllegalStateException("no message");
		}

	}

	static final class UnserializableMute extends RuntimeException {

		private final Object lock = new Object();

		Object lock() {
			return this.lock;
		}

		@Override
		public String getMessage() {
			throw new IllegalStateException("no message");
		}

	}

	static final class OwnException extends Exception {

		private final int code;

		OwnException(String message, int code) {
			super(message);
			this.code = code;
		}

	}

	static final class Unreadable extends Exception {

		private void writeObject(ObjectOutputStream out) throws IOException {
			out.defaultWriteObject();
		}

		private void readObject(ObjectInputStream in) {
			throw new IllegalStateException("can't be read");
		}

	}

}
