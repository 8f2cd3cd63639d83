package io.github.workerpool.process;

import java.io.IOException;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

import com.sun.management.ThreadMXBean;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

/**
 * Whatever a child sends, the parent's readers come to an end of it, say what is wrong
 * with it, and don't take more memory than a payload may have.
 * <p>
 * What is sent is made of good frames and of what chance makes of them. A case that fails
 * is made smaller by leaving out halves, quarters and so on, before it is reported.
 */
@ExtendWith(Leftovers.class)
@EnabledOnOs(OS.LINUX)
class FrameReaderFuzzTests {

	private static final int CASES = Integer.getInteger("fuzz.cases", 1500);

	private static final long SEED = Long.getLong("fuzz.seed", 20261121);

	private static final int CAP = 1 << 22;

	private static final int RING_BYTES = 1 << 16;

	/**
	 * For what is made beside the payload: exceptions with their stack traces, buffers.
	 */
	private static final long BESIDES = 1 << 20;

	private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

	private static final List<FrameType> REPLIES = List.of(FrameType.RESULT, FrameType.ERROR, FrameType.EVENT,
			FrameType.PROGRESS, FrameType.STARTED, FrameType.ABORT, FrameType.FATAL, FrameType.READY, FrameType.BEAT,
			FrameType.TASK, FrameType.CONFIGURE);

	@TempDir
	private static Path directory;

	private final ReplyTypes types = new ReplyTypes();

	private final ValueCodec values = new ValueCodec(FrameReaderFuzzTests.class.getClassLoader(), List.of(), CAP,
			() -> PayloadFilter.forReplies(this.types, null, CAP));

	private final ThrowableCodec throwables = new ThrowableCodec(this.values);

	private long mostAllocated;

	/**
	 * Where the bytes go through.
	 */
	enum Wire {

		SOCKET, RING

	}

	@ParameterizedTest
	@EnumSource
	void parentComesToAnEndOfWhateverIsSent(Wire wire) {
		Map<String, Integer> ends = new HashMap<>();
		for (int i = 0; i < CASES; i++) {
			List<byte[]> pieces = pieces(new Random(SEED + i), wire);
			String failure = failureOf(wire, pieces, ends);
			if (failure != null) {
				List<byte[]> least = shrink(wire, pieces);
				throw new AssertionError("Case %d of seed %d, %s: %s. The least that fails: %s".formatted(i, SEED, wire,
						failureOf(wire, least, new HashMap<>()), least.stream().map(Arrays::toString).toList()));
			}
		}
		System.out
			.println("Frames by " + wire + ": " + ends + ", at most " + this.mostAllocated + " bytes for one case");
		assertThat(ends.keySet()).contains("ChannelClosedException", "BadFrameException");
	}

	@ParameterizedTest
	@ValueSource(ints = { CAP / 100, CAP / 9, CAP / 5, CAP / 3, CAP - 1, 2 * CAP, 5 * CAP, Integer.MAX_VALUE })
	void whatIsOnlyClaimedTakesNoMoreThanAPayload(int claim) throws Exception {
		for (Object array : List.of(new byte[77][], new long[1][77], new Object[77], new Pair("", new byte[77]),
				new ArrayList<>(Arrays.asList(new Object[77])), new Pair("", new char[77]))) {
			HeapOutput out = new HeapOutput(CAP);
			this.values.writeReplacing(array, out, (value) -> value);
			byte[] payload = bytesOf(out);
			for (int i = 0; i + 4 <= payload.length; i++) {
				if (ByteBuffer.wrap(payload).getInt(i) == 77) {
					ByteBuffer.wrap(payload).putInt(i, claim);
				}
			}
			long before = THREADS.getCurrentThreadAllocatedBytes();
			try {
				this.values.read(new ArrayInput(payload));
			}
			catch (Exception ex) {
				// There is nothing behind the claim
			}
			assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).as(array.getClass().getName())
				.isLessThan(CAP + BESIDES);
		}
	}

	/** Leaves out as much as possible. */
	private List<byte[]> shrink(Wire wire, List<byte[]> pieces) {
		List<byte[]> least = pieces;
		for (int part = Math.max(1, least.size() / 2); part >= 1; part = (part == 1) ? 0 : part / 2) {
			for (int at = 0; at + part <= least.size();) {
				List<byte[]> less = new ArrayList<>(least);
				less.subList(at, at + part).clear();
				if (failureOf(wire, less, new HashMap<>()) != null) {
					least = less;
				}
				else {
					at += part;
				}
			}
		}
		return least;
	}

	/** Says what is wrong with how the parent took it, if something is. */
	private String failureOf(Wire wire, List<byte[]> pieces, Map<String, Integer> ends) {
		try {
			String end = assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
				long before = THREADS.getCurrentThreadAllocatedBytes();
				long sent = pieces.stream().mapToLong((piece) -> piece.length).sum();
				String how = (wire == Wire.SOCKET) ? readFromSocket(pieces) : readFromRing(pieces);
				long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
				this.mostAllocated = Math.max(this.mostAllocated, allocated);
				// What lasts is a payload; each is read by some steps that copy it
				assertThat(allocated).as("allocated bytes for %d", sent).isLessThan(CAP + BESIDES + 100 * sent);
				return how;
			});
			ends.merge(end, 1, Integer::sum);
			return null;
		}
		catch (Throwable ex) {
			return ex.toString();
		}
	}

	private String readFromSocket(List<byte[]> pieces) throws Exception {
		try (ConnectedSockets sockets = ConnectedSockets.open();
				SocketFrames frames = new SocketFrames(sockets.one(), () -> {
				})) {
			Thread writer = new Thread(() -> write(sockets.other(), pieces));
			writer.start();
			try {
				return readAll(frames);
			}
			finally {
				sockets.one().close();
				writer.join();
			}
		}
	}

	private static void write(SocketChannel socket, List<byte[]> pieces) {
		try (socket) {
			for (byte[] piece : pieces) {
				ByteBuffer bytes = ByteBuffer.wrap(piece);
				while (bytes.hasRemaining()) {
					socket.write(bytes);
				}
			}
		}
		catch (IOException ex) {
			// The reader has had enough
		}
	}

	private String readFromRing(List<byte[]> pieces) throws Exception {
		try (ConnectedSockets sockets = ConnectedSockets.open();
				Doorbell bell = new Doorbell(sockets.one());
				SharedRegion region = SharedRegion.create(List.of(directory), RING_BYTES)) {
			FrameSource source = SharedRing.replySource(region, bell, 1);
			int at = 0;
			for (byte[] piece : pieces) {
				for (int i = 0; i < piece.length; i++) {
					region.memory().put(region.repliesDataAt() + ((at + i) & (RING_BYTES - 1)), piece[i]);
				}
				at += piece.length;
			}
			// Often where frames end, now and then where they can't
			long tail = switch (at % 7) {
				case 0 -> at;
				case 1 -> -at;
				default -> at + 7 & ~7;
			};
			SharedRegion.WORD.setRelease(region.memory(), SharedRegion.REPLIES_AT, tail);
			sockets.other().close();
			return readAll(source);
		}
	}

	/** Reads as the thread does that drives a child. */
	private String readAll(FrameSource source) {
		FrameInput in = new FrameInput(source);
		try {
			while (true) {
				if (source.next(100_000_000)) {
					read(source, in);
				}
			}
		}
		catch (IOException ex) {
			return ex.getClass().getSimpleName();
		}
	}

	private void read(FrameSource source, FrameInput in) throws IOException {
		switch (source.type()) {
			case RESULT, EVENT -> {
				in.begin(CAP);
				Throwable failure = null;
				try {
					this.values.read(in);
				}
				catch (Throwable ex) {
					failure = ex;
				}
				assertThat(failure instanceof OutOfMemoryError).isFalse();
				if (in.skipRest() && failure instanceof BadFrameException broken) {
					throw broken;
				}
			}
			case ERROR -> {
				in.begin(this.throwables.cap());
				assertThat(this.throwables.read(in)).isNotNull();
				in.skipRest();
			}
			case PROGRESS, STARTED, FATAL, READY -> assertThat(source.argument()).isNotNull();
			default -> throw new BadFrameException("A frame of type " + source.type() + " in the middle of a run");
		}
	}

	// What is sent

	private List<byte[]> pieces(Random random, Wire wire) {
		List<byte[]> pieces = new ArrayList<>();
		int count = 1 + random.nextInt(6);
		for (int i = 0; i < count; i++) {
			byte[] good = message(random, wire);
			switch (random.nextInt(10)) {
				case 0 -> pieces.add(bytes(random, random.nextInt(200)));
				case 1 -> pieces.add(Arrays.copyOf(good, random.nextInt(good.length)));
				case 2 -> {
					pieces.add(good);
					pieces.add(good);
				}
				case 3, 4 -> {
					for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
						good[random.nextInt(good.length)] = (byte) random.nextInt(256);
					}
					pieces.add(good);
				}
				case 5 -> {
					// A length that it doesn't have
					ByteBuffer.wrap(good).order(ByteOrder.nativeOrder()).putInt(4 * order(), random.nextInt());
					pieces.add(good);
				}
				case 6 -> {
					// Beyond the header, where the values are
					for (int flips = 1 + random.nextInt(8); flips > 0 && good.length > 25; flips--) {
						good[24 + random.nextInt(good.length - 24)] = (byte) random.nextInt(256);
					}
					pieces.add(good);
				}
				default -> pieces.add(good);
			}
		}
		return pieces;
	}

	private static int order() {
		return (ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN) ? 1 : 0;
	}

	private byte[] message(Random random, Wire wire) {
		FrameType type = REPLIES.get((random.nextInt(4) == 0) ? random.nextInt(REPLIES.size()) : random.nextInt(3));
		byte[] payload = payload(type, random);
		List<byte[]> frames = new ArrayList<>();
		int at = 0;
		do {
			int length = Math.min(payload.length - at, 1 + random.nextInt(4000));
			boolean last = at + length == payload.length && random.nextInt(10) > 0;
			byte[] frame = new byte[24 + ((wire == Wire.RING) ? length + 7 & ~7 : length)];
			ByteBuffer.wrap(frame)
				.order(ByteOrder.nativeOrder())
				.putLong(FrameHeader.pack(type, last, length))
				.putLong((random.nextInt(10) == 0) ? random.nextLong() : 1)
				.putLong(random.nextLong())
				.put(payload, at, length);
			frames.add(frame);
			at += length;
		}
		while (at < payload.length);
		return join(frames);
	}

	private byte[] payload(FrameType type, Random random) {
		try {
			HeapOutput out = new HeapOutput(CAP);
			if (type == FrameType.ERROR) {
				this.throwables.write(new IllegalStateException("broken", new IOException("cause")), out);
			}
			else {
				this.values.write(value(random), out);
			}
			return bytesOf(out);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static byte[] bytesOf(HeapOutput out) throws IOException {
		Bytes bytes = out.toBytes();
		List<byte[]> all = new ArrayList<>(bytes.full());
		all.add(Arrays.copyOf(bytes.last(), bytes.lastLength()));
		return join(all);
	}

	private static Object value(Random random) {
		return switch (random.nextInt(10)) {
			case 0 -> random.nextInt();
			case 1 -> "text ".repeat(random.nextInt(50));
			case 2 -> bytes(random, random.nextInt(3000));
			case 3 -> new ArrayList<>(List.of("a", 1, 2L, true));
			case 4 -> new HashMap<>(Map.of("a", List.of(1, 2), "b", new int[20]));
			case 5 -> new Object[] { UUID.nameUUIDFromBytes(new byte[3]), Duration.ofSeconds(3), new long[5] };
			case 6 -> new String[] { "x", null, "\ud800" };
			case 7 -> random.doubles(20).toArray();
			case 8 -> new Pair("one", new Pair("two", new int[10][10]));
			default -> new ArrayList<>(java.util.Collections.nCopies(random.nextInt(300), null));
		};
	}

	private static byte[] bytes(Random random, int length) {
		byte[] bytes = new byte[length];
		random.nextBytes(bytes);
		return bytes;
	}

	private static byte[] join(List<byte[]> all) {
		ByteBuffer joined = ByteBuffer.allocate(all.stream().mapToInt((each) -> each.length).sum());
		all.forEach(joined::put);
		return joined.array();
	}

	/**
	 * Something that takes JDK serialization.
	 */
	record Pair(Object one, Object other) implements Serializable {

	}

}
