package io.github.workerpool.process;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A channel that leads nowhere: what is sent can be read again, in the same order. Not
 * safe for use by several threads.
 *
 * @since 0.1.0
 */
public final class HeapFrames extends CurrentFrame implements FrameSink {

	private final Deque<Frame> frames = new ArrayDeque<>();

	private byte[] bytes = {};

	/**
	 * Makes an empty channel.
	 */
	public HeapFrames() {
	}

	@Override
	public void send(FrameType frame, boolean end, long about, long further, byte[] source, int offset, int length) {
		byte[] copy = new byte[length];
		System.arraycopy(source, offset, copy, 0, length);
		this.frames.add(new Frame(frame, end, about, further, copy));
	}

	@Override
	public void flush() {
		// It is there already
	}

	/** Never waits: nobody else could send anything. */
	@Override
	public boolean next(long nanos) {
		end();
		Frame frame = this.frames.poll();
		if (frame == null) {
			return false;
		}
		this.bytes = frame.bytes();
		begin(frame.type(), frame.last(), frame.bytes().length, frame.number(), frame.argument());
		return true;
	}

	@Override
	public void read(byte[] target, int offset, int length) {
		int at = this.bytes.length - remaining();
		take(length);
		System.arraycopy(this.bytes, at, target, offset, length);
	}

	/**
	 * A frame.
	 */
	private record Frame(FrameType type, boolean last, long number, long argument, byte[] bytes) {

	}

}
