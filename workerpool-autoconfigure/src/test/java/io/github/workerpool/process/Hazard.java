package io.github.workerpool.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

import io.github.workerpool.ResourceLimitExceededException.Limit;
import io.github.workerpool.WorkerContext;

/**
 * What the code of a task can do to the child JVM that runs it.
 */
enum Hazard {

	CHECKED_EXCEPTION(Effect.THROWS, IOException.class.getName()) {

		@Override
		Object happen() throws Exception {
			throw new IOException("checked");
		}

	},

	UNCHECKED_EXCEPTION(Effect.THROWS, IllegalArgumentException.class.getName()) {

		@Override
		Object happen() {
			throw new IllegalArgumentException("unchecked", new IOException("cause"));
		}

	},

	ERROR(Effect.THROWS, AssertionError.class.getName()) {

		@Override
		Object happen() {
			throw new AssertionError("error");
		}

	},

	THROWABLE_OF_NO_KNOWN_KIND(Effect.THROWS, Throwable.class.getName()) {

		@Override
		Object happen() throws Exception {
			throw Hazard.<Exception>sneak(new Throwable("neither exception nor error"));
		}

	},

	EXCEPTION_THAT_THE_CALLER_LACKS(Effect.THROWS_ANOTHER, Hazard.class.getPackageName() + ".Hazard$Stranger1") {

		@Override
		Object happen() throws Exception {
			throw stranger();
		}

	},

	EXCEPTION_CAUSED_BY_ONE_THAT_THE_CALLER_LACKS(Effect.THROWS, IOException.class.getName()) {

		@Override
		Object happen() throws Exception {
			throw new IOException("known", stranger());
		}

	},

	EXCEPTION_THAT_CANNOT_CROSS(Effect.THROWS_ANOTHER, "io.github.workerpool.process.Hazard$Rooted") {

		@Override
		Object happen() {
			throw new Rooted();
		}

	},

	EXCEPTION_WHOSE_MESSAGE_THROWS(Effect.THROWS, "io.github.workerpool.process.Hazard$Speechless") {

		@Override
		Object happen() {
			throw new Speechless();
		}

	},

	EXCEPTION_WHOSE_WRITING_FAILS_BADLY(Effect.THROWS_ANOTHER, "io.github.workerpool.process.Hazard$Obstinate") {

		@Override
		Object happen() {
			throw new Obstinate();
		}

	},

	EXCEPTION_WITH_A_CYCLIC_CAUSE(Effect.THROWS, IOException.class.getName()) {

		@Override
		Object happen() throws Exception {
			IOException outer = new IOException("outer");
			outer.initCause(new IllegalStateException("inner", outer));
			throw outer;
		}

	},

	NULL_THROWN(Effect.THROWS, NullPointerException.class.getName()) {

		@Override
		@SuppressWarnings("ThrowNull")
		Object happen() {
			throw null;
		}

	},

	STATIC_INITIALISER_FAILS(Effect.THROWS, ExceptionInInitializerError.class.getName()) {

		@Override
		Object happen() {
			return Broken.VALUE;
		}

		@Override
		boolean isOnlyOnceInAWorker() {
			return true;
		}

	},

	STACK_OVERFLOW(Effect.THROWS, Limit.STACK) {

		@Override
		Object happen() {
			return dig(0);
		}

	},

	HEAP(Effect.DIES, Limit.HEAP) {

		@Override
		Object happen() {
			List<byte[]> all = new ArrayList<>();
			while (true) {
				all.add(new byte[1 << 18]);
			}
		}

	},

	METASPACE(Effect.DIES, Limit.METASPACE) {

		@Override
		Object happen() throws Exception {
			List<Class<?>> all = new ArrayList<>();
			while (true) {
				all.add(strangerClass());
			}
		}

	},

	DIRECT_MEMORY(Effect.DIES, Limit.DIRECT_MEMORY) {

		@Override
		Object happen() {
			List<ByteBuffer> all = new ArrayList<>();
			while (true) {
				all.add(ByteBuffer.allocateDirect(1 << 20));
			}
		}

	},

	EXIT_0(Effect.DIES, 0, "exit code 0") {

		@Override
		Object happen() {
			System.exit(0);
			return "never";
		}

	},

	EXIT_3(Effect.DIES, 3, "exit code 3") {

		@Override
		Object happen() {
			System.exit(3);
			return "never";
		}

	},

	HALT_7(Effect.DIES, 7, "exit code 7") {

		@Override
		Object happen() {
			Runtime.getRuntime().halt(7);
			return "never";
		}

	},

	SIGNAL_KILL(Effect.DIES, 137, "killed by signal 9 (SIGKILL)") {

		@Override
		Object happen() throws Exception {
			return signal("KILL");
		}

	},

	SIGNAL_TERM(Effect.DIES, 143, "killed by signal 15 (SIGTERM)") {

		@Override
		Object happen() throws Exception {
			return signal("TERM");
		}

	},

	SIGNAL_SEGV(Effect.DIES, 134, "killed by signal 6 (SIGABRT) after SIGSEGV (0xb)") {

		@Override
		Object happen() throws Exception {
			return signal("SEGV");
		}

	},

	ACCESS_TO_NO_MEMORY(Effect.DIES, 134, "killed by signal 6 (SIGABRT) after SIGSEGV (0xb)") {

		@Override
		Object happen() throws Exception {
			Object unsafe = unsafe();
			unsafe.getClass().getMethod("putLong", long.class, long.class).invoke(unsafe, 8L, 8L);
			return "never";
		}

	},

	SIGNAL_STOP(Effect.STOPS, "no sign of life") {

		@Override
		Object happen() throws Exception {
			return signal("STOP");
		}

		@Override
		Surroundings surroundings() {
			return Surroundings.ALERT;
		}

	},

	ENDLESS_LOOP(Effect.HANGS) {

		@Override
		Object happen() {
			while (true) {
				Thread.onSpinWait();
			}
		}

	},

	COUNTED_LOOP(Effect.HANGS) {

		@Override
		Object happen() {
			int sum = 0;
			while (true) {
				for (int i = 0; i < Integer.MAX_VALUE; i++) {
					sum += i ^ (sum << 1);
				}
			}
		}

	},

	SLEEP_THAT_GOES_ON(Effect.HANGS) {

		@Override
		Object happen() {
			while (true) {
				LockSupport.parkNanos(1_000_000_000L);
				Thread.interrupted();
			}
		}

	},

	DEADLOCK(Effect.HANGS) {

		@Override
		Object happen() throws Exception {
			Object one = new Object();
			Object other = new Object();
			CountDownLatch both = new CountDownLatch(2);
			Thread thread = new Thread(() -> lockBoth(other, one, both));
			thread.start();
			lockBoth(one, other, both);
			return "never";
		}

	},

	BLOCKING_READ(Effect.HANGS) {

		@Override
		Object happen() throws Exception {
			try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
					Socket socket = new Socket(server.getInetAddress(), server.getLocalPort())) {
				return socket.getInputStream().read();
			}
		}

	},

	SLEEP(Effect.WAITS) {

		@Override
		Object happen() throws Exception {
			Thread.sleep(600_000);
			return "never";
		}

	},

	PROMISE_THAT_NOBODY_KEEPS(Effect.WAITS) {

		@Override
		Object happen() {
			return new CompletableFuture<>();
		}

		@Override
		boolean isAboutResults() {
			return true;
		}

	},

	TOO_MUCH_CPU_TIME(Effect.WAITS, Limit.CPU_TIME) {

		@Override
		Object happen() {
			while (!Thread.currentThread().isInterrupted()) {
				Thread.onSpinWait();
			}
			return "never";
		}

		@Override
		Surroundings surroundings() {
			return Surroundings.NARROW;
		}

	},

	TOO_MUCH_CPU_TIME_FOR_EVER(Effect.HANGS, Limit.CPU_TIME) {

		@Override
		Object happen() {
			while (true) {
				Thread.onSpinWait();
			}
		}

		@Override
		Surroundings surroundings() {
			return Surroundings.NARROW;
		}

	},

	TOO_MUCH_ALLOCATED(Effect.WAITS, Limit.ALLOCATION) {

		@Override
		Object happen() {
			long sum = 0;
			while (!Thread.currentThread().isInterrupted()) {
				sum += new byte[1 << 20].length;
				LockSupport.parkNanos(1_000_000);
			}
			return sum;
		}

		@Override
		Surroundings surroundings() {
			return Surroundings.NARROW;
		}

	},

	TOO_MUCH_RESIDENT(Effect.HANGS, Limit.RESIDENT_SIZE) {

		@Override
		Object happen() throws Exception {
			Object unsafe = unsafe();
			long bytes = 256 << 20;
			long address = (long) unsafe.getClass().getMethod("allocateMemory", long.class).invoke(unsafe, bytes);
			unsafe.getClass()
				.getMethod("setMemory", long.class, long.class, byte.class)
				.invoke(unsafe, address, bytes, (byte) 1);
			while (true) {
				LockSupport.park();
				Thread.interrupted();
			}
		}

		@Override
		Surroundings surroundings() {
			return Surroundings.NARROW;
		}

	},

	PRINTS_100_MEGABYTES(Effect.NONE) {

		@Override
		Object happen() {
			byte[] block = ("x".repeat(99) + "\n").repeat(10_000).getBytes(StandardCharsets.UTF_8);
			for (int i = 0; i < 50; i++) {
				System.out.write(block, 0, block.length);
				System.err.write(block, 0, block.length);
			}
			System.out.flush();
			return "fine";
		}

	},

	PRINTS_BINARY(Effect.NONE) {

		@Override
		Object happen() {
			byte[] block = new byte[1 << 20];
			new Random(1).nextBytes(block);
			System.out.write(block, 0, block.length);
			System.err.write(block, 0, block.length);
			System.out.flush();
			return "fine";
		}

	},

	CLOSES_STANDARD_STREAMS(Effect.NONE) {

		@Override
		Object happen() throws Exception {
			PrintStream out = System.out;
			out.close();
			System.err.close();
			System.in.close();
			out.println("nobody reads this");
			return "fine";
		}

	},

	INTERRUPTS_ITSELF(Effect.NONE) {

		@Override
		Object happen() {
			Thread.currentThread().interrupt();
			return "fine";
		}

	},

	STARTS_THREADS_THAT_NEVER_END(Effect.LEAVES) {

		@Override
		Object happen() {
			for (int i = 0; i < 3; i++) {
				new Thread(() -> {
					while (true) {
						LockSupport.park();
						Thread.interrupted();
					}
				}).start();
			}
			return "fine";
		}

	},

	STARTS_PROCESSES(Effect.LEAVES) {

		@Override
		Object happen() throws Exception {
			startProcesses();
			return "fine";
		}

	},

	STARTS_PROCESSES_AND_HALTS(Effect.DIES, 9, "exit code 9") {

		@Override
		Object happen() throws Exception {
			startProcesses();
			Runtime.getRuntime().halt(9);
			return "never";
		}

	},

	RESULT_THAT_CANNOT_CROSS(Effect.RESULT_REFUSED) {

		@Override
		Object happen() {
			return new Object[] { new byte[1 << 20], Thread.currentThread() };
		}

	},

	RESULT_THAT_IS_TOO_LARGE(Effect.RESULT_REFUSED) {

		@Override
		Object happen() {
			return new byte[(int) Surroundings.MAX_PAYLOAD + 1];
		}

	},

	EVENT_THAT_CANNOT_CROSS(Effect.EVENT_REFUSED) {

		@Override
		Object happen() {
			WorkerContext.current().orElseThrow().emit(new ArrayList<>(List.of(new Object())));
			return "fine";
		}

	},

	EVENT_THAT_IS_TOO_LARGE(Effect.EVENT_REFUSED) {

		@Override
		Object happen() {
			WorkerContext.current().orElseThrow().emit(new byte[(int) Surroundings.MAX_PAYLOAD + 1]);
			return "fine";
		}

	},

	RESULT_WHOSE_READING_THROWS(Effect.RESULT_REFUSED) {

		@Override
		Object happen() {
			return new Unreadable("exception");
		}

	},

	RESULT_WHOSE_READING_FAILS_BADLY(Effect.RESULT_REFUSED) {

		@Override
		Object happen() {
			return new Unreadable("error");
		}

	},

	RESULT_WHOSE_READING_HANGS(Effect.HANGS) {

		@Override
		Object happen() {
			return new Unreadable("hang");
		}

		@Override
		boolean isAboutResults() {
			return true;
		}

	};

	/**
	 * What it means for the worker and its task.
	 */
	enum Effect {

		/** The task fails with it, the worker lives. */
		THROWS,

		/** The same, but the exception itself doesn't arrive. */
		THROWS_ANOTHER,

		/** The child ends. */
		DIES,

		/** The child exists, and does nothing any more. */
		STOPS,

		/** It never ends, and minds no interruption. */
		HANGS,

		/** It never ends, but minds its interruption. */
		WAITS,

		/** None: the task succeeds. */
		NONE,

		/** The task succeeds, but something stays with the worker. */
		LEAVES,

		/** The result doesn't arrive. */
		RESULT_REFUSED,

		/** What it emits doesn't arrive. */
		EVENT_REFUSED

	}

	/**
	 * The pool in which it makes sense.
	 */
	enum Surroundings {

		/** Nothing special. */
		USUAL,

		/** Soon notices that a child is silent. */
		ALERT,

		/** Limits what a task may use. */
		NARROW;

		static final long MAX_PAYLOAD = 8 << 20;

	}

	final Effect effect;

	/** Class of the exception, or the exit in words. */
	final String words;

	final Limit limit;

	final int exitCode;

	Hazard(Effect effect) {
		this(effect, null, null, -1);
	}

	Hazard(Effect effect, String words) {
		this(effect, words, null, -1);
	}

	Hazard(Effect effect, Limit limit) {
		this(effect, null, limit, -1);
	}

	Hazard(Effect effect, int exitCode, String words) {
		this(effect, words, null, exitCode);
	}

	Hazard(Effect effect, String words, Limit limit, int exitCode) {
		this.effect = effect;
		this.words = words;
		this.limit = limit;
		this.exitCode = exitCode;
	}

	/**
	 * Does it; called in a child.
	 * @return what the task returns, if it gets that far
	 */
	abstract Object happen() throws Exception;

	Surroundings surroundings() {
		return Surroundings.USUAL;
	}

	/** Whether it only happens if it is what the task returns. */
	boolean isAboutResults() {
		return this.effect == Effect.RESULT_REFUSED || this.effect == Effect.EVENT_REFUSED;
	}

	boolean isOnlyOnceInAWorker() {
		return false;
	}

	static Object signal(String name) throws Exception {
		new ProcessBuilder("kill", "-" + name, Long.toString(ProcessHandle.current().pid())).start();
		while (true) {
			LockSupport.park();
			Thread.interrupted();
		}
	}

	/** One that hangs under this JVM, one below that, and one that is an orphan. */
	private static void startProcesses() throws Exception {
		Process shell = new ProcessBuilder("sh", "-c",
				"sleep 1000 & (sleep 1000 >/dev/null 2>&1 &) ; echo started; wait")
			.start();
		shell.inputReader().readLine();
	}

	static Object unsafe() throws Exception {
		Class<?> type = Class.forName("sun.misc.Unsafe");
		Field field = type.getDeclaredField("theUnsafe");
		field.setAccessible(true);
		return field.get(null);
	}

	private static void lockBoth(Object first, Object second, CountDownLatch both) {
		synchronized (first) {
			both.countDown();
			while (both.getCount() > 0) {
				Thread.onSpinWait();
			}
			synchronized (second) {
				Thread.onSpinWait();
			}
		}
	}

	static long dig(long depth) {
		return (depth < 0) ? depth : 1 + dig(depth + 1);
	}

	@SuppressWarnings("unchecked")
	static <E extends Throwable> E sneak(Throwable error) throws E {
		throw (E) error;
	}

	/** Makes an exception of a class that exists in this JVM only. */
	private static Exception stranger() throws Exception {
		return (Exception) strangerClass().getConstructor().newInstance();
	}

	private static Class<?> strangerClass() throws IOException {
		byte[] bytes = Code.OF_STRANGER;
		return new ClassLoader(Hazard.class.getClassLoader()) {

			Class<?> define() {
				return defineClass(null, bytes, 0, bytes.length);
			}

		}.define();
	}

	/**
	 * Bytes of a class.
	 */
	private static final class Code {

		static final byte[] OF_STRANGER = ofStranger();

		private static byte[] ofStranger() {
			try (InputStream in = Hazard.class.getResourceAsStream("Hazard$Stranger0.class")) {
				return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1).replace("Stranger0", "Stranger1")
					.getBytes(StandardCharsets.ISO_8859_1);
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

	/**
	 * Has a brother in the child that nobody else knows.
	 */
	public static final class Stranger0 extends RuntimeException {

		public Stranger0() {
			super("from far away");
		}

	}

	/**
	 * Can't leave.
	 */
	static final class Rooted extends RuntimeException {

		private final Thread thread = Thread.currentThread();

		Thread thread() {
			return this.thread;
		}

	}

	/**
	 * Can't be printed.
	 */
	static final class Speechless extends RuntimeException {

		@Override
		public String getMessage() {
			throw new IllegalStateException("no message for you");
		}

	}

	/**
	 * Resists with errors.
	 */
	static final class Obstinate extends RuntimeException {

		@Override
		public String getMessage() {
			throw new AssertionError("no message for you");
		}

		private void writeObject(java.io.ObjectOutputStream out) {
			throw new AssertionError("no bytes for you");
		}

	}

	/**
	 * Can't be initialised.
	 */
	private static final class Broken {

		static final Object VALUE = broken();

		private static Object broken() {
			throw new IllegalStateException("static initialiser");
		}

	}

	/**
	 * Can be written, but not read.
	 */
	static final class Unreadable implements java.io.Serializable {

		private final String how;

		Unreadable(String how) {
			this.how = how;
		}

		/** More than one frame, so that some of it is still on its way. */
		private void writeObject(java.io.ObjectOutputStream out) throws IOException {
			out.writeUTF(this.how);
			out.write(new byte[1 << 20]);
		}

		private void readObject(java.io.ObjectInputStream in) throws Exception {
			switch (in.readUTF()) {
				case "exception" -> throw new IllegalStateException("can't be read");
				case "error" -> throw new AssertionError("can't be read");
				default -> Thread.sleep(600_000);
			}
		}

	}

}
