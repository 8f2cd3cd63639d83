package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link SharedRing}, with both ends in this JVM.
 */
@ExtendWith(Leftovers.class)
class SharedRingTests {

	private static final int RING_BYTES = Regions.RING_BYTES;

	private static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);

	@TempDir
	private Path directory;

	private ConnectedSockets sockets;

	private Doorbell parentBell;

	private Doorbell childBell;

	private SharedRegion parent;

	private SharedRegion child;

	private FrameSink requests;

	private FrameSource requestSource;

	private FrameSink replies;

	private FrameSource replySource;

	private final AtomicBoolean peerGone = new AtomicBoolean();

	@BeforeEach
	void connect() throws IOException {
		this.sockets = ConnectedSockets.open();
		this.parentBell = new Doorbell(this.sockets.one());
		this.childBell = new Doorbell(this.sockets.other());
		this.parent = SharedRegion.create(List.of(this.directory), RING_BYTES);
		this.child = SharedRegion.open(this.parent.location(), RING_BYTES);
		this.requests = SharedRing.requestSink(this.parent, this.parentBell, this::checkPeer);
		this.requestSource = SharedRing.requestSource(this.child, this.childBell, 2);
		this.replies = SharedRing.replySink(this.child, this.childBell, this::checkPeer);
		this.replySource = SharedRing.replySource(this.parent, this.parentBell, 2);
	}

	private void checkPeer() throws IOException {
		if (this.peerGone.get()) {
			throw new ChannelClosedException();
		}
	}

	@AfterEach
	void disconnect() throws IOException {
		this.parentBell.close();
		this.childBell.close();
		this.sockets.close();
		this.parent.close();
	}

	@Test
	void frameArrivesAsItWasSent() throws IOException {
		send(this.requests, FrameType.TASK, 7, 9, new byte[] { 1, 2, 3 });
		this.requests.flush();
		assertThat(this.requestSource.next(PATIENCE)).isTrue();
		assertThat(this.requestSource.type()).isEqualTo(FrameType.TASK);
		assertThat(this.requestSource.isLast()).isTrue();
		assertThat(this.requestSource.number()).isEqualTo(7);
		assertThat(this.requestSource.argument()).isEqualTo(9);
		assertThat(rest(this.requestSource)).containsExactly(1, 2, 3);
	}

	@Test
	void frameIsNotSeenBeforeItIsFlushed() throws IOException {
		send(this.requests, FrameType.TASK, 1, 0, new byte[10]);
		assertThat(this.requestSource.next(0)).isFalse();
		this.requests.flush();
		assertThat(this.requestSource.next(0)).isTrue();
		assertThat(this.requestSource.next(0)).isFalse();
	}

	@Test
	void bothDirectionsAreApart() throws IOException {
		send(this.requests, FrameType.TASK, 1, 0, new byte[] { 1 });
		send(this.replies, FrameType.RESULT, 2, 0, new byte[] { 2 });
		this.requests.flush();
		this.replies.flush();
		assertThat(this.requestSource.next(PATIENCE)).isTrue();
		assertThat(rest(this.requestSource)).containsExactly(1);
		assertThat(this.replySource.next(PATIENCE)).isTrue();
		assertThat(rest(this.replySource)).containsExactly(2);
	}

	@Test
	void whatWasNotReadOfAFrameIsDropped() throws IOException {
		send(this.requests, FrameType.TASK, 1, 0, new byte[] { 1, 2, 3, 4 });
		send(this.requests, FrameType.TASK, 2, 0, new byte[] { 5 });
		this.requests.flush();
		this.requestSource.next(PATIENCE);
		this.requestSource.read(new byte[1], 0, 1);
		assertThat(this.requestSource.remaining()).isEqualTo(3);
		this.requestSource.next(PATIENCE);
		assertThat(this.requestSource.number()).isEqualTo(2);
		assertThat(rest(this.requestSource)).containsExactly(5);
	}

	@Test
	void framesOfAnyLengthSurviveTheEndOfTheRing() throws Exception {
		Random random = new Random(42);
		List<byte[]> sent = new ArrayList<>();
		for (int i = 0; i < 400; i++) {
			byte[] bytes = new byte[(i % 50 == 0) ? FrameSink.MAX_FRAME_BYTES : random.nextInt(5000)];
			random.nextBytes(bytes);
			sent.add(bytes);
		}
		CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
			try {
				for (int i = 0; i < sent.size(); i++) {
					send(this.requests, FrameType.TASK, i, 0, sent.get(i));
					if (random.nextInt(3) == 0) {
						this.requests.flush();
					}
				}
				this.requests.flush();
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		});
		for (int i = 0; i < sent.size(); i++) {
			assertThat(this.requestSource.next(PATIENCE)).isTrue();
			assertThat(this.requestSource.number()).isEqualTo(i);
			assertThat(rest(this.requestSource)).isEqualTo(sent.get(i));
		}
		writer.get(30, TimeUnit.SECONDS);
	}

	@Test
	void writerWaitsForRoomAndSeesThatThereIsNone() throws Exception {
		byte[] bytes = new byte[FrameSink.MAX_FRAME_BYTES];
		for (int i = 0; i < 3; i++) {
			send(this.requests, FrameType.TASK, i, 0, bytes);
		}
		CompletableFuture<Void> fourth = CompletableFuture.runAsync(() -> {
			try {
				send(this.requests, FrameType.TASK, 3, 0, bytes);
				this.requests.flush();
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		});
		for (int i = 0; i < 4; i++) {
			assertThat(this.requestSource.next(PATIENCE)).isTrue();
			assertThat(this.requestSource.number()).isEqualTo(i);
		}
		fourth.get(30, TimeUnit.SECONDS);
	}

	@Test
	void writerThatWaitsForRoomSeesThatTheReaderIsGone() throws IOException {
		this.peerGone.set(true);
		byte[] bytes = new byte[FrameSink.MAX_FRAME_BYTES];
		assertThatExceptionOfType(ChannelClosedException.class).isThrownBy(() -> {
			for (int i = 0; i < 10; i++) {
				send(this.requests, FrameType.TASK, i, 0, bytes);
			}
		});
	}

	@Test
	void sleepingReaderIsWoken() throws Exception {
		CountDownLatch asleep = new CountDownLatch(1);
		CompletableFuture<Boolean> reader = CompletableFuture.supplyAsync(() -> {
			try {
				asleep.countDown();
				return this.replySource.next(PATIENCE);
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		});
		assertThat(asleep.await(30, TimeUnit.SECONDS)).isTrue();
		awaitSleeping(SharedRegion.REPLIES_AT);
		send(this.replies, FrameType.RESULT, 5, 0, new byte[0]);
		this.replies.flush();
		assertThat(reader.get(30, TimeUnit.SECONDS)).isTrue();
		assertThat(this.replySource.number()).isEqualTo(5);
	}

	@Test
	void manyRoundTripsMissNoWakeUp() throws Exception {
		// A wake-up that is missed takes as long as the reader's patience
		long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
		CompletableFuture<Void> echo = CompletableFuture.runAsync(() -> {
			try {
				while (this.requestSource.next(PATIENCE) && this.requestSource.type() == FrameType.TASK) {
					send(this.replies, FrameType.RESULT, this.requestSource.number(), 0, rest(this.requestSource));
					this.replies.flush();
				}
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		});
		for (int i = 0; i < 20_000 && System.nanoTime() < end; i++) {
			send(this.requests, FrameType.TASK, i, 0, new byte[] { (byte) i });
			this.requests.flush();
			assertThat(this.replySource.next(PATIENCE)).isTrue();
			assertThat(this.replySource.number()).isEqualTo(i);
			assertThat(rest(this.replySource)).containsExactly((byte) i);
		}
		send(this.requests, FrameType.CLOSE, 0, 0, new byte[0]);
		this.requests.flush();
		echo.get(30, TimeUnit.SECONDS);
	}

	@Test
	void framesArriveWholeAndInOrderWhateverThePaceOfBothSides() throws Exception {
		long seed = Long.getLong("ring.seed", System.nanoTime());
		System.out.println("Frames of any length with seed " + seed);
		long nanos = TimeUnit.SECONDS.toNanos(Integer.getInteger("ring.seconds", 3));
		// so small that its end is never far
		int ringBytes = 4096;
		try (SharedRegion region = SharedRegion.create(List.of(this.directory), ringBytes)) {
			FrameSink sink = SharedRing.replySink(region, this.childBell, this::checkPeer);
			FrameSource source = SharedRing.replySource(region, this.parentBell, 2);
			CompletableFuture<Long> writer = CompletableFuture.supplyAsync(() -> {
				try {
					return writeFor(nanos, sink, new Random(seed));
				}
				catch (IOException ex) {
					throw new IllegalStateException(ex);
				}
			}, (action) -> new Thread(action, "ring-writer").start());
			Random random = new Random(~seed);
			long number = 0;
			while (true) {
				long patience = (random.nextInt(4) == 0) ? random.nextInt(2_000_000) : PATIENCE;
				if (!source.next(patience)) {
					assertThat(patience).as("patience with a frame that is there, seed %d, frame %d", seed, number)
						.isLessThan(PATIENCE);
					continue;
				}
				if (source.type() == FrameType.CLOSE) {
					break;
				}
				assertThat(source.number()).as("seed %d", seed).isEqualTo(number);
				byte[] bytes = rest(source);
				assertThat(bytes).as("seed %d, frame %d", seed, number)
					.isEqualTo(content(number, (int) source.argument()));
				number++;
				pause(random);
			}
			assertThat(writer.get(30, TimeUnit.SECONDS)).as("seed %d", seed).isEqualTo(number).isPositive();
			System.out.println(number + " frames");
		}
	}

	private static long writeFor(long nanos, FrameSink sink, Random random) throws IOException {
		long end = System.nanoTime() + nanos;
		long number = 0;
		while (System.nanoTime() < end) {
			// up to the longest that a ring of that size takes
			int length = random.nextInt(random.nextInt(10) == 0 ? 2017 : 200);
			sink.send(FrameType.RESULT, true, number, length, content(number, length), 0, length);
			number++;
			if (random.nextInt(3) > 0) {
				sink.flush();
				pause(random);
			}
		}
		sink.send(FrameType.CLOSE, true, 0, 0, new byte[0], 0, 0);
		sink.flush();
		return number;
	}

	private static byte[] content(long number, int length) {
		byte[] bytes = new byte[length];
		for (int i = 0; i < length; i++) {
			bytes[i] = (byte) (31 * number + i);
		}
		return bytes;
	}

	/** Long enough for the other side to fall asleep, now and then. */
	private static void pause(Random random) {
		int kind = random.nextInt(200);
		if (kind == 0) {
			LockSupport.parkNanos(random.nextInt(1_000_000));
		}
		else if (kind < 20) {
			for (int i = random.nextInt(2000); i > 0; i--) {
				Thread.onSpinWait();
			}
		}
	}

	@Test
	void interruptionNeitherBreaksTheChannelNorTheWait() throws Exception {
		CompletableFuture<Thread> thread = new CompletableFuture<>();
		CompletableFuture<Boolean> reader = new CompletableFuture<>();
		Thread reading = new Thread(() -> {
			thread.complete(Thread.currentThread());
			try {
				reader.complete(this.replySource.next(PATIENCE));
			}
			catch (IOException ex) {
				reader.completeExceptionally(ex);
			}
		});
		reading.start();
		for (int i = 0; i < 100; i++) {
			thread.get(30, TimeUnit.SECONDS).interrupt();
			Thread.onSpinWait();
		}
		awaitSleeping(SharedRegion.REPLIES_AT);
		reading.interrupt();
		Thread.currentThread().interrupt();
		send(this.replies, FrameType.RESULT, 1, 0, new byte[0]);
		this.replies.flush();
		assertThat(Thread.interrupted()).isTrue();
		assertThat(reader.get(30, TimeUnit.SECONDS)).isTrue();
		reading.join();
	}

	@Test
	void waitEndsWithItsTime() throws IOException {
		assertThat(this.replySource.next(TimeUnit.MILLISECONDS.toNanos(5))).isFalse();
	}

	@Test
	void endOfTheOtherSideIsSeenAfterAllItSent() throws IOException {
		send(this.replies, FrameType.RESULT, 1, 0, new byte[] { 1 });
		this.replies.flush();
		this.childBell.close();
		assertThat(this.replySource.next(PATIENCE)).isTrue();
		assertThat(rest(this.replySource)).containsExactly(1);
		assertThatExceptionOfType(ChannelClosedException.class).isThrownBy(() -> this.replySource.next(PATIENCE));
	}

	@Test
	void whatWasWrittenButNotFlushedByADyingWriterIsNotSeen() throws IOException {
		send(this.replies, FrameType.RESULT, 1, 0, new byte[] { 1 });
		this.childBell.close();
		assertThatExceptionOfType(ChannelClosedException.class).isThrownBy(() -> this.replySource.next(PATIENCE));
	}

	@Test
	void writerThatMeetsAClosedBellIsNotDisturbed() throws IOException {
		this.parentBell.close();
		SharedRegion.WORD.set(this.child.memory(), SharedRegion.REPLIES_AT + 256, 1L);
		send(this.replies, FrameType.RESULT, 1, 0, new byte[] { 1 });
		this.replies.flush();
		SharedRegion.WORD.set(this.child.memory(), SharedRegion.REPLIES_AT + 256, 1L);
		this.replies.flush();
	}

	@ParameterizedTest
	@ValueSource(longs = { -1, 1, 7, 8, 16, Long.MIN_VALUE, Long.MAX_VALUE, RING_BYTES + 8, 1L << 40 })
	void tailThatCannotBeIsRefused(long tail) {
		SharedRegion.WORD.setRelease(this.child.memory(), SharedRegion.REPLIES_AT, tail);
		assertThatExceptionOfType(BadFrameException.class).isThrownBy(() -> this.replySource.next(PATIENCE));
	}

	@Test
	void tailThatGoesBackIsRefused() throws IOException {
		send(this.replies, FrameType.RESULT, 1, 0, new byte[100]);
		this.replies.flush();
		this.replySource.next(PATIENCE);
		SharedRegion.WORD.setRelease(this.child.memory(), SharedRegion.REPLIES_AT, 0L);
		assertThatExceptionOfType(BadFrameException.class).isThrownBy(() -> this.replySource.next(PATIENCE));
	}

	@Test
	void headThatCannotBeGivesTheWriterNoRoom() throws IOException {
		byte[] bytes = new byte[FrameSink.MAX_FRAME_BYTES];
		for (int i = 0; i < 3; i++) {
			send(this.requests, FrameType.TASK, i, 0, bytes);
		}
		this.peerGone.set(true);
		for (long head : new long[] { Long.MAX_VALUE, -1, 1L << 40 }) {
			SharedRegion.WORD.setRelease(this.child.memory(), SharedRegion.REQUESTS_AT + 128, head);
			assertThatExceptionOfType(ChannelClosedException.class)
				.isThrownBy(() -> send(this.requests, FrameType.TASK, 3, 0, bytes));
		}
	}

	@Test
	void headerWithoutMagicIsRefused() {
		forge(0x1234567800000000L, 24);
		assertThatExceptionOfType(BadFrameException.class).isThrownBy(() -> this.replySource.next(PATIENCE))
			.withMessageContaining("begins with");
	}

	@Test
	void unknownTypeIsRefused() {
		long header = (long) (FrameHeader.MAGIC << 16 | FrameHeader.VERSION << 8 | 31) << 32;
		forge(header, 24);
		assertThatExceptionOfType(BadFrameException.class).isThrownBy(() -> this.replySource.next(PATIENCE))
			.withMessageContaining("unknown type 31");
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 8, 9, 1000, FrameSink.MAX_FRAME_BYTES, FrameSink.MAX_FRAME_BYTES + 1, Integer.MAX_VALUE,
			-1, Integer.MIN_VALUE })
	void lengthThatWasNotSentIsRefused(int length) {
		long header = FrameHeader.pack(FrameType.RESULT, true, 0) | (length & 0xffffffffL);
		forge(header, 24);
		assertThatExceptionOfType(BadFrameException.class).isThrownBy(() -> this.replySource.next(PATIENCE))
			.withMessageContaining("claims");
	}

	@Test
	void randomMemoryNeverHangsOrLeadsOutside() {
		Random random = new Random(7);
		byte[] garbage = new byte[RING_BYTES];
		for (int round = 0; round < 200; round++) {
			SharedRegion region = this.parent;
			region.reset();
			random.nextBytes(garbage);
			region.memory().put(region.repliesDataAt(), garbage);
			if (random.nextBoolean()) {
				// Some that look right at first
				SharedRegion.WORD.set(region.memory(), region.repliesDataAt(),
						FrameHeader.pack(FrameType.RESULT, false, random.nextInt(FrameSink.MAX_FRAME_BYTES)));
			}
			SharedRegion.WORD.setRelease(region.memory(), SharedRegion.REPLIES_AT,
					(long) random.nextInt(RING_BYTES / 8) * 8 + 8);
			FrameSource reader = SharedRing.replySource(region, this.parentBell, 2);
			assertThatExceptionOfType(BadFrameException.class).isThrownBy(() -> {
				FrameInput input = new FrameInput(reader);
				while (reader.next(0)) {
					input.begin(1 << 20);
					input.skipRest();
				}
				throw new BadFrameException("It was all read");
			});
		}
	}

	@Test
	void startIsToldOfTheRequestThatBeganLast() {
		assertThat(this.parent.isStarted(1)).isFalse();
		this.child.start(1);
		assertThat(this.parent.isStarted(1)).isTrue();
		assertThat(this.parent.isStarted(2)).isFalse();
		this.child.start(2);
		assertThat(this.parent.isStarted(2)).isTrue();
	}

	@Test
	void sampleIsAboutTheRunThatIsAskedFor() {
		assertThat(this.parent.sampleOf(1)).isNull();
		this.child.sample(1, 100, 200);
		assertThat(this.parent.sampleOf(1)).containsExactly(100, 200);
		assertThat(this.parent.sampleOf(2)).isNull();
	}

	@Test
	void regionLeavesNoFileOnLinux() {
		assertThat(this.parent.isReusable()).isEqualTo(Path.of("/proc/self/fd").toFile().isDirectory());
		if (this.parent.isReusable()) {
			assertThat(this.directory).isEmptyDirectory();
		}
	}

	@Test
	void usedRegionIsAsGoodAsNew() throws IOException {
		send(this.replies, FrameType.RESULT, 1, 0, new byte[100]);
		this.replies.flush();
		this.child.beat(5);
		this.child.fatal(2);
		this.parent.reset();
		assertThat(this.parent.beats()).isZero();
		assertThat(this.parent.fatal()).isZero();
		SharedRegion next = SharedRegion.open(this.parent.location(), RING_BYTES);
		FrameSource source = SharedRing.replySource(this.parent, this.parentBell, 2);
		assertThat(source.next(0)).isFalse();
		FrameSink sink = SharedRing.replySink(next, this.childBell, this::checkPeer);
		send(sink, FrameType.READY, 0, 0, new byte[0]);
		sink.flush();
		assertThat(source.next(PATIENCE)).isTrue();
	}

	@Test
	void otherFileIsNoRegion(@TempDir Path elsewhere) throws IOException {
		Path file = java.nio.file.Files.write(elsewhere.resolve("f"), new byte[4096 + 2 * RING_BYTES]);
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> SharedRegion.open(file, RING_BYTES))
			.withMessageContaining("no memory of a worker pool");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> SharedRegion.open(file, RING_BYTES / 2))
			.withMessageContaining("bytes instead of");
	}

	private void awaitSleeping(int ring) {
		org.awaitility.Awaitility.await()
			.atMost(java.time.Duration.ofSeconds(30))
			.until(() -> (long) SharedRegion.WORD.getAcquire(this.parent.memory(), ring + 256) == 1L);
	}

	private void forge(long header, long tail) {
		SharedRegion.WORD.set(this.child.memory(), this.child.repliesDataAt(), header);
		SharedRegion.WORD.setRelease(this.child.memory(), SharedRegion.REPLIES_AT, tail);
	}

	private static void send(FrameSink sink, FrameType type, long number, long argument, byte[] bytes)
			throws IOException {
		byte[] padded = Arrays.copyOf(bytes, bytes.length + 3);
		sink.send(type, true, number, argument, padded, 0, bytes.length);
	}

	private static byte[] rest(FrameSource source) {
		byte[] bytes = new byte[source.remaining()];
		source.read(bytes, 0, bytes.length);
		return bytes;
	}

}
