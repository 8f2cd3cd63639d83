package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;

/**
 * Whatever a writer and a reader of a ring do at the same time could have happened one
 * after the other: a queue whose frames are seen from the flush on, whole.
 */
public final class SharedRingLinearizability {

	private static final int RING_BYTES = 1024;

	private static SharedRegion region;

	private static Doorbell bell;

	private SharedRingLinearizability() {
	}

	/**
	 * Fails with a history that can't be.
	 * @param args where the memory may lie
	 */
	public static void main(String[] args) throws IOException {
		try (ConnectedSockets sockets = ConnectedSockets.open();
				Doorbell own = new Doorbell(sockets.one());
				SharedRegion memory = SharedRegion.create(List.of(Path.of(args[0])), RING_BYTES)) {
			bell = own;
			region = memory;
			check();
		}
	}

	private static void check() {
		new StressOptions().iterations(20)
			.invocationsPerIteration(50)
			.threads(2)
			.actorsPerThread(5)
			.actorsBefore(0)
			.actorsAfter(0)
			.sequentialSpecification(Sequential.class)
			.check(Ring.class);
	}

	/** What is told of a frame. */
	private static long description(long number, int length) {
		return 1000 * number + length;
	}

	private static byte[] content(long number, int length) {
		byte[] bytes = new byte[length];
		Arrays.fill(bytes, (byte) (number + 1));
		return bytes;
	}

	/** Both ends of a ring; one instance for each run. */
	@Param(name = "length", gen = IntGen.class, conf = "0:100")
	public static final class Ring {

		/** Up to the last few frames before the end of the memory. */
		private static final int BEFORE = 400;

		private final FrameSink sink;

		private final FrameSource source;

		private long sent;

		public Ring() throws IOException {
			region.reset();
			this.sink = SharedRing.replySink(region, bell, () -> {
			});
			this.source = SharedRing.replySource(region, bell, 2);
			for (int i = 0; i < 2; i++) {
				this.sink.send(FrameType.RESULT, true, 0, 0, new byte[BEFORE], 0, BEFORE);
				this.sink.flush();
				this.source.next(0);
			}
			this.source.next(0);
		}

		@Operation(nonParallelGroup = "writer")
		public void send(@Param(name = "length") int length) throws IOException {
			this.sent++;
			this.sink.send(FrameType.RESULT, true, this.sent, length, content(this.sent, length), 0, length);
		}

		@Operation(nonParallelGroup = "writer")
		public void flush() throws IOException {
			this.sink.flush();
		}

		@Operation(nonParallelGroup = "reader")
		public long next() throws IOException {
			if (!this.source.next(0)) {
				return -1;
			}
			byte[] bytes = new byte[this.source.remaining()];
			this.source.read(bytes, 0, bytes.length);
			long number = this.source.number();
			boolean whole = this.source.argument() == bytes.length
					&& Arrays.equals(bytes, content(number, bytes.length));
			return whole ? description(number, bytes.length) : -2;
		}

	}

	/** What it must look like. */
	public static final class Sequential {

		private final Deque<Long> staged = new ArrayDeque<>();

		private final Deque<Long> seen = new ArrayDeque<>();

		private long sent;

		public void send(int length) {
			this.sent++;
			this.staged.add(description(this.sent, length));
		}

		public void flush() {
			this.seen.addAll(this.staged);
			this.staged.clear();
		}

		public long next() {
			Long first = this.seen.poll();
			return (first != null) ? first : -1;
		}

	}

}
