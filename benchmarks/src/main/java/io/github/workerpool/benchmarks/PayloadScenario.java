package io.github.workerpool.benchmarks;

import java.util.List;
import java.util.function.UnaryOperator;

import io.github.workerpool.WorkerPool;
import io.github.workerpool.memory.TransferableBuffer;
import org.HdrHistogram.Histogram;

/**
 * Bytes that go to a worker, which changes the first of them, and come back; what has
 * come back goes out again. Threads copy because they are told to, as they must where
 * neither side may see what the other does.
 */
final class PayloadScenario implements Scenario {

	private static final int KILO = 1_000;

	private static final int MEGA = 1_000_000;

	private static final byte LAST = 7;

	@Override
	public String name() {
		return "payloads";
	}

	@Override
	public List<String> subjects() {
		return List.of(Subjects.THREADS, Subjects.PROCESSES, Subjects.JVM_PER_TASK);
	}

	@Override
	public List<String> jvmArguments(String subject) {
		return List.of("-Xms1g", "-Xmx2g");
	}

	@Override
	public void run(String subject, Mode mode, Measurements out) {
		if (subject.equals(Subjects.JVM_PER_TASK)) {
			copied(mode, out, JvmPerTask::roundTrip);
			return;
		}
		try (WorkerPool pool = Pools.create(subject, 1, (settings) -> {
			if (Pools.isProcess(subject)) {
				settings.process((process) -> process.maxPayloadSize(200L * MEGA))
					.queue((queue) -> queue.maxBytes(1L << 30))
					.resourceLimits((limits) -> limits.maxHeapSize(1L << 30));
			}
			else {
				settings.task((task) -> task.copyArguments(true));
			}
		})) {
			pool.ready().join();
			copied(mode, out, (bytes) -> pool.submit(new BytesCall<>(bytes)).join());
			for (Size size : sizes(mode)) {
				out.add("transferred-" + size.name(), transferred(pool, size, mode));
			}
		}
	}

	private static List<Size> sizes(Mode mode) {
		return List.of(new Size("1kB", KILO), new Size("1MB", MEGA),
				new Size("100MB", mode.pick(100 * MEGA, 100 * MEGA, 2 * MEGA)));
	}

	private static void copied(Mode mode, Measurements out, UnaryOperator<byte[]> send) {
		for (Size size : sizes(mode)) {
			byte[] bytes = new byte[size.bytes()];
			bytes[bytes.length - 1] = LAST;
			Trip trip = new ArrayTrip(bytes, send);
			out.add("copied-" + size.name(), median(mode, trip));
		}
	}

	private static double transferred(WorkerPool pool, Size size, Mode mode) {
		TransferableBuffer buffer = TransferableBuffer.allocate(size.bytes());
		buffer.asBuffer().put(size.bytes() - 1, LAST);
		BufferTrip trip = new BufferTrip(buffer, pool);
		try {
			return median(mode, trip);
		}
		finally {
			trip.buffer.close();
		}
	}

	private static double median(Mode mode, Trip trip) {
		repeat(Clock.ofMillis(mode.pick(1_500, 120, 0)), trip);
		return repeat(Clock.ofMillis(mode.pick(1_000, 150, 0)), trip).getValueAtPercentile(50) / 1e6;
	}

	private static Histogram repeat(Clock clock, Trip trip) {
		Histogram nanos = new Histogram(3);
		do {
			long start = System.nanoTime();
			trip.make();
			nanos.recordValue(System.nanoTime() - start);
			trip.check();
		}
		while (clock.runs());
		return nanos;
	}

	/**
	 * How much.
	 */
	private record Size(String name, int bytes) {

	}

	/**
	 * There and back, again and again.
	 */
	private interface Trip {

		void make();

		/** Both ends of the bytes came back, the first of them changed. */
		void check();

		static void check(byte first, byte expected, byte last) {
			if (first != expected || last != LAST) {
				throw new IllegalStateException("Expected bytes from %d to %d, but they are from %d to %d"
					.formatted(expected, LAST, first, last));
			}
		}

	}

	private static final class ArrayTrip implements Trip {

		private final UnaryOperator<byte[]> send;

		private byte[] bytes;

		private byte expected;

		ArrayTrip(byte[] bytes, UnaryOperator<byte[]> send) {
			this.bytes = bytes;
			this.send = send;
		}

		@Override
		public void make() {
			this.bytes = this.send.apply(this.bytes);
		}

		@Override
		public void check() {
			Trip.check(this.bytes[0], ++this.expected, this.bytes[this.bytes.length - 1]);
		}

	}

	private static final class BufferTrip implements Trip {

		private final WorkerPool pool;

		private TransferableBuffer buffer;

		private byte expected;

		BufferTrip(TransferableBuffer buffer, WorkerPool pool) {
			this.buffer = buffer;
			this.pool = pool;
		}

		@Override
		public void make() {
			this.buffer = this.pool.submit(new BytesCall<>(this.buffer)).join();
		}

		@Override
		public void check() {
			Trip.check(this.buffer.asBuffer().get(0), ++this.expected,
					this.buffer.asBuffer().get(this.buffer.size() - 1));
		}

	}

}
