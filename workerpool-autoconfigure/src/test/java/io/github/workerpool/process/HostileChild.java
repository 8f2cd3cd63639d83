package io.github.workerpool.process;

import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Random;

import io.github.workerpool.process.child.ParentWatch;

/**
 * A child that knows how to get in, and then does what it should not.
 */
public final class HostileChild {

	/**
	 * What it does.
	 */
	enum Malice {

		/** Says nothing at all. */
		GARBAGE_ON_CONTROL,

		/** Leaves at once. */
		LEAVES_BEFORE_READY,

		/** Begins with something else. */
		RESULT_BEFORE_READY,

		/** Writes random bytes as if they were frames. */
		GARBAGE_FRAMES,

		/** Moves the tail to where it can't be. */
		IMPOSSIBLE_TAIL,

		/** Answers another task than the one that runs. */
		WRONG_NUMBER,

		/** Sends a type of frame that only the parent sends. */
		WRONG_TYPE,

		/** Sends a result that never ends. */
		ENDLESS_RESULT,

		/** Leaves within a result. */
		HALF_A_RESULT,

		/** Claims an array that it doesn't send. */
		CLAIMED_ARRAY,

		/** Sends random bytes as a result. */
		GARBAGE_RESULT,

		/** Sends random bytes as an exception. */
		GARBAGE_ERROR,

		/** Sends an object that must not be made. */
		FORBIDDEN_CLASS,

		/** Sends the same result again. */
		REPLAYED_RESULT

	}

	private HostileChild() {
	}

	/**
	 * Gets in.
	 */
	public static void main(String[] arguments) throws Exception {
		ParentWatch.start();
		Malice malice = Malice.valueOf(System.getenv("MALICE"));
		SocketChannel first = Hello.CONTROL.connect(arguments[0], arguments[1]);
		if (malice == Malice.GARBAGE_ON_CONTROL) {
			first.write(ByteBuffer.wrap(new byte[10_000]));
			System.exit(0);
		}
		SharedRing.Peer peer = () -> {
		};
		SocketFrames control = new SocketFrames(first, peer);
		control.next(10_000_000_000L);
		FrameInput in = new FrameInput(control);
		in.begin(1 << 20);
		ChildConfiguration configuration = ChildConfiguration.read(in);
		SharedRegion region = SharedRegion.open(Path.of(configuration.region()), configuration.ringBytes());
		Doorbell bell = new Doorbell(Hello.BELL.connect(arguments[0], arguments[1]));
		FrameSource source = SharedRing.requestSource(region, bell, 2);
		FrameSink sink = SharedRing.replySink(region, bell, peer);
		if (malice == Malice.LEAVES_BEFORE_READY) {
			System.exit(0);
		}
		byte[] nothing = {};
		sink.send((malice == Malice.RESULT_BEFORE_READY) ? FrameType.RESULT : FrameType.READY, true, 0, 0, nothing, 0,
				0);
		sink.flush();
		while (true) {
			while (!source.next(1_000_000_000L)) {
				continue;
			}
			if (source.type() == FrameType.TASK) {
				region.start(source.number());
				misbehave(malice, region, sink, source.number());
				if (malice != Malice.GARBAGE_FRAMES && malice != Malice.IMPOSSIBLE_TAIL) {
					sink.flush();
				}
				bell.ring();
				if (malice == Malice.HALF_A_RESULT) {
					System.exit(0);
				}
			}
		}
	}

	private static void misbehave(Malice malice, SharedRegion region, FrameSink sink, long number) throws Exception {
		byte[] garbage = new byte[1000];
		new Random(number).nextBytes(garbage);
		switch (malice) {
			case GARBAGE_FRAMES -> {
				region.memory().put(region.repliesDataAt(), new byte[region.ringBytes()]);
				SharedRegion.WORD.setRelease(region.memory(), SharedRegion.REPLIES_AT, 4096L);
			}
			case IMPOSSIBLE_TAIL -> SharedRegion.WORD.setRelease(region.memory(), SharedRegion.REPLIES_AT, -8L);
			case WRONG_NUMBER -> sink.send(FrameType.RESULT, true, number + 5, 0, new byte[1], 0, 1);
			case WRONG_TYPE -> sink.send(FrameType.TASK, true, number, 0, garbage, 0, 100);
			case ENDLESS_RESULT -> {
				byte[] piece = new byte[FrameSink.MAX_FRAME_BYTES];
				while (true) {
					sink.send(FrameType.RESULT, false, number, 0, piece, 0, piece.length);
				}
			}
			case HALF_A_RESULT -> sink.send(FrameType.RESULT, false, number, 0, new byte[] { 10, 100 }, 0, 2);
			case CLAIMED_ARRAY -> sink.send(FrameType.RESULT, true, number, 0,
					new byte[] { 16, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 7 }, 0, 6);
			case GARBAGE_RESULT -> sink.send(FrameType.RESULT, true, number, 0, garbage, 0, garbage.length);
			case GARBAGE_ERROR -> sink.send(FrameType.ERROR, true, number, 0, garbage, 0, garbage.length);
			case FORBIDDEN_CLASS -> {
				HeapOutput out = new HeapOutput(1 << 20);
				ValueCodec.plain(HostileChild.class.getClassLoader())
					.write(new javax.management.BadAttributeValueExpException("no"), out);
				out.toBytes().sendTo(sink, FrameType.RESULT, number, 0);
			}
			case REPLAYED_RESULT -> {
				sink.send(FrameType.RESULT, true, number - 1, 0, new byte[1], 0, 1);
				sink.send(FrameType.RESULT, true, number - 1, 0, new byte[1], 0, 1);
			}
			default -> throw new IllegalStateException(malice.name());
		}
	}

}
