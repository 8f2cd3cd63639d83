package io.github.workerpool.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link SocketFrames}.
 */
@ExtendWith(Leftovers.class)
class SocketFramesTests {

	private static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);

	private ConnectedSockets sockets;

	private SocketFrames one;

	private SocketFrames other;

	@BeforeEach
	void connect() throws IOException {
		this.sockets = ConnectedSockets.open();
		this.one = new SocketFrames(this.sockets.one(), () -> {
		});
		this.other = new SocketFrames(this.sockets.other(), () -> {
		});
	}

	@AfterEach
	void disconnect() throws IOException {
		this.one.close();
		this.other.close();
		this.sockets.close();
	}

	@Test
	void framesArriveAsTheyWereSent() throws IOException {
		this.one.send(FrameType.TASK, true, 3, 4, new byte[] { 0, 1, 2, 3 }, 1, 2);
		this.one.send(FrameType.CLOSE, false, -5, Long.MIN_VALUE, new byte[0], 0, 0);
		this.one.flush();
		assertThat(this.other.next(PATIENCE)).isTrue();
		assertThat(this.other.type()).isEqualTo(FrameType.TASK);
		assertThat(this.other.isLast()).isTrue();
		assertThat(this.other.number()).isEqualTo(3);
		assertThat(this.other.argument()).isEqualTo(4);
		assertThat(rest()).containsExactly(1, 2);
		assertThat(this.other.next(PATIENCE)).isTrue();
		assertThat(this.other.type()).isEqualTo(FrameType.CLOSE);
		assertThat(this.other.isLast()).isFalse();
		assertThat(this.other.number()).isEqualTo(-5);
		assertThat(this.other.argument()).isEqualTo(Long.MIN_VALUE);
		assertThat(this.other.remaining()).isZero();
		assertThat(this.other.next(0)).isFalse();
	}

	@Test
	void moreThanASocketHoldsArrivesPieceByPiece() throws Exception {
		Random random = new Random(1);
		byte[][] sent = new byte[300][];
		for (int i = 0; i < sent.length; i++) {
			sent[i] = new byte[(i % 10 == 0) ? FrameSink.MAX_FRAME_BYTES : random.nextInt(9000)];
			random.nextBytes(sent[i]);
		}
		CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
			try {
				for (byte[] bytes : sent) {
					this.one.send(FrameType.TASK, true, 0, 0, bytes, 0, bytes.length);
				}
				this.one.flush();
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		});
		for (byte[] bytes : sent) {
			assertThat(this.other.next(PATIENCE)).isTrue();
			assertThat(rest()).isEqualTo(bytes);
		}
		writer.get(30, TimeUnit.SECONDS);
	}

	@Test
	void whatWasNotReadIsDropped() throws IOException {
		this.one.send(FrameType.TASK, true, 1, 0, new byte[100], 0, 100);
		this.one.send(FrameType.TASK, true, 2, 0, new byte[1], 0, 1);
		this.one.flush();
		assertThat(this.other.next(PATIENCE)).isTrue();
		assertThat(this.other.next(PATIENCE)).isTrue();
		assertThat(this.other.number()).isEqualTo(2);
	}

	@Test
	void waitEndsWithItsTimeOrWhenWoken() throws Exception {
		assertThat(this.other.next(TimeUnit.MILLISECONDS.toNanos(3))).isFalse();
		CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(() -> {
			try {
				return this.other.next(TimeUnit.HOURS.toNanos(1));
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		});
		this.other.wake();
		assertThat(waiting.get(30, TimeUnit.SECONDS)).isFalse();
	}

	@Test
	void endIsSeenAfterAllThatWasSent() throws IOException {
		this.one.send(FrameType.TASK, true, 1, 0, new byte[0], 0, 0);
		this.one.flush();
		this.one.close();
		assertThat(this.other.next(PATIENCE)).isTrue();
		assertThatExceptionOfType(ChannelClosedException.class).isThrownBy(() -> this.other.next(PATIENCE));
	}

	@Test
	void frameThatIsCutOffIsTheEnd() throws IOException {
		ByteBuffer half = ByteBuffer.allocate(30).order(java.nio.ByteOrder.nativeOrder());
		half.putLong(FrameHeader.pack(FrameType.TASK, true, 100)).putLong(1).putLong(2).rewind();
		this.sockets.one().write(half);
		this.one.close();
		assertThatExceptionOfType(ChannelClosedException.class).isThrownBy(() -> this.other.next(PATIENCE));
	}

	@Test
	void lengthBeyondTheCapIsRefusedBeforeAnythingIsAllocated() throws IOException {
		ByteBuffer header = ByteBuffer.allocate(24).order(java.nio.ByteOrder.nativeOrder());
		header.putLong(FrameHeader.pack(FrameType.TASK, true, Integer.MAX_VALUE)).putLong(1).putLong(2).flip();
		this.sockets.one().write(header);
		assertThatExceptionOfType(BadFrameException.class).isThrownBy(() -> this.other.next(PATIENCE))
			.withMessageContaining("2147483647");
	}

	@Test
	void randomBytesAreRefused() throws IOException {
		Random random = new Random(2);
		for (int round = 0; round < 50; round++) {
			disconnect();
			connect();
			byte[] garbage = new byte[24 + random.nextInt(5000)];
			random.nextBytes(garbage);
			this.sockets.one().write(ByteBuffer.wrap(garbage));
			this.one.close();
			assertThatExceptionOfType(BadFrameException.class).isThrownBy(() -> this.other.next(PATIENCE));
		}
	}

	@Test
	void messageThatNeverEndsIsGivenUp() throws IOException {
		byte[] piece = new byte[1000];
		for (int i = 0; i < 20; i++) {
			this.one.send(FrameType.RESULT, false, 1, 0, piece, 0, piece.length);
		}
		this.one.flush();
		FrameInput input = new FrameInput(this.other);
		this.other.next(PATIENCE);
		input.begin(10_000);
		assertThatExceptionOfType(BadFrameException.class).isThrownBy(input::skipRest).withMessageContaining("10000");
	}

	@Test
	void messageThatGoesOnAsAnotherIsRefused() throws IOException {
		this.one.send(FrameType.RESULT, false, 1, 0, new byte[1], 0, 1);
		this.one.send(FrameType.RESULT, true, 2, 0, new byte[1], 0, 1);
		this.one.flush();
		FrameInput input = new FrameInput(this.other);
		this.other.next(PATIENCE);
		input.begin(10_000);
		assertThatExceptionOfType(BadFrameException.class).isThrownBy(() -> input.readNBytes(10))
			.withMessageContaining("message 2");
		this.one.send(FrameType.RESULT, false, 1, 0, new byte[1], 0, 1);
		this.one.send(FrameType.EVENT, true, 1, 0, new byte[1], 0, 1);
		this.one.flush();
		this.other.next(PATIENCE);
		input.begin(10_000);
		assertThatExceptionOfType(BadFrameException.class).isThrownBy(() -> input.readNBytes(10))
			.withMessageContaining("EVENT");
	}

	@Test
	void messageThatIsGivenUpEnds() throws IOException {
		FrameOutput output = new FrameOutput(this.one);
		output.begin(FrameType.RESULT, 1, 0, 1 << 20);
		output.write(new byte[100_000]);
		output.abort();
		this.one.send(FrameType.ERROR, true, 1, 0, new byte[1], 0, 1);
		this.one.flush();
		FrameInput input = new FrameInput(this.other);
		this.other.next(PATIENCE);
		input.begin(1 << 20);
		assertThat(input.skipRest()).isFalse();
		this.other.next(PATIENCE);
		assertThat(this.other.type()).isEqualTo(FrameType.ERROR);
		input.begin(1 << 20);
		assertThat(input.skipRest()).isTrue();
	}

	@Test
	void offerNeverWaits() throws IOException {
		int sent = 0;
		try {
			while (this.one.offer(FrameType.CANCEL, sent, 0)) {
				sent++;
			}
		}
		catch (ChannelClosedException ex) {
			// Half of one went out
		}
		assertThat(sent).isGreaterThan(100);
	}

	@Test
	void interruptionNeitherBreaksTheSocketNorTheWait() throws Exception {
		Thread.currentThread().interrupt();
		this.one.send(FrameType.TASK, true, 1, 0, new byte[10], 0, 10);
		this.one.flush();
		assertThat(Thread.currentThread().isInterrupted()).isTrue();
		assertThat(this.other.next(PATIENCE)).isTrue();
		// Gone already if it had to wait
		Thread.interrupted();
		assertThat(this.sockets.one().isOpen()).isTrue();
		assertThat(this.sockets.other().isOpen()).isTrue();
	}

	private byte[] rest() {
		byte[] bytes = new byte[this.other.remaining()];
		this.other.read(bytes, 0, bytes.length);
		return Arrays.copyOf(bytes, bytes.length);
	}

}
