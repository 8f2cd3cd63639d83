package io.github.workerpool.process;

import java.io.IOException;

/**
 * Reads a message as it comes in, frame by frame. Used for one message after the other.
 *
 * @since 0.1.0
 */
public final class FrameInput extends PayloadInput {

	private static final int BUFFER_BYTES = 1 << 13;

	private static final long PATIENCE_NANOS = 1_000_000_000;

	private final FrameSource source;

	private long cap;

	private long seen;

	private FrameType type = FrameType.RESULT;

	private long number;

	private boolean open;

	/**
	 * Makes an input.
	 * @param source where frames come from
	 */
	public FrameInput(FrameSource source) {
		super(new byte[BUFFER_BYTES], 0);
		this.source = source;
	}

	/**
	 * Begins with the message that the source's current frame is the first of.
	 * @param most most bytes that it may have
	 */
	public void begin(long most) {
		clear();
		this.cap = most;
		this.type = this.source.type();
		this.number = this.source.number();
		this.seen = this.source.remaining();
		this.open = true;
	}

	@Override
	int more(byte[] target, int offset, int length) throws IOException {
		while (this.open && this.source.remaining() == 0) {
			if (this.source.isLast()) {
				return -1;
			}
			nextFrame();
		}
		if (!this.open) {
			throw new AbortedMessageException();
		}
		int count = Math.min(length, this.source.remaining());
		this.source.read(target, offset, count);
		return count;
	}

	private void nextFrame() throws IOException {
		while (!this.source.next(PATIENCE_NANOS)) {
			continue;
		}
		this.seen += this.source.remaining();
		if (this.seen > this.cap) {
			throw new BadFrameException("A message has more than %d bytes, the most allowed".formatted(this.cap));
		}
		if (this.source.number() != this.number) {
			throw new BadFrameException(
					"Message %d goes on with a frame of message %d".formatted(this.number, this.source.number()));
		}
		if (this.source.type() == FrameType.ABORT) {
			this.open = false;
		}
		else if (this.source.type() != this.type) {
			throw new BadFrameException(
					"A message of type %s goes on with a frame of type %s".formatted(this.type, this.source.type()));
		}
	}

	/**
	 * Drops what is left of the message.
	 * @return whether the message was ended, and not given up
	 * @throws IOException if the other side is gone
	 */
	public boolean skipRest() throws IOException {
		clear();
		while (this.open && !this.source.isLast()) {
			nextFrame();
		}
		return this.open;
	}

	/**
	 * The other side gave the message up.
	 */
	static final class AbortedMessageException extends IOException {

		@java.io.Serial
		private static final long serialVersionUID = 1L;

		AbortedMessageException() {
			super("The other side gave the message up");
		}

	}

	/**
	 * Reads a text that has its length before it.
	 * @return the text
	 * @throws IOException if there is none
	 */
	public String readText() throws IOException {
		return readText(readCount(), Integer.MAX_VALUE);
	}

}
