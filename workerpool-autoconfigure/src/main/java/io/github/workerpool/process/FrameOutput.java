package io.github.workerpool.process;

import java.io.IOException;

/**
 * Sends a payload as it is written: what fits one frame as one, what is longer in pieces,
 * so that the other side can work on the first of them while the last ones are made. Used
 * for one message after the other.
 *
 * @since 0.1.0
 */
public final class FrameOutput extends PayloadOutput {

	private static final int BUFFER_BYTES = 1 << 14;

	private static final byte[] NOTHING = {};

	private final FrameSink sink;

	private FrameType type = FrameType.RESULT;

	private long number;

	private long argument;

	/**
	 * Makes an output.
	 * @param sink where the frames go
	 */
	public FrameOutput(FrameSink sink) {
		super(BUFFER_BYTES, 0);
		this.sink = sink;
	}

	/**
	 * Begins a message.
	 * @param message what it says
	 * @param about what it is about
	 * @param further a further number
	 * @param cap most bytes that it may have
	 */
	public void begin(FrameType message, long about, long further, long cap) {
		restart(cap);
		this.type = message;
		this.number = about;
		this.argument = further;
	}

	@Override
	void handOn(byte[] bytes, int offset, int length) throws IOException {
		this.sink.send(this.type, false, this.number, this.argument, bytes, offset, length);
		this.sink.flush();
	}

	@Override
	boolean handsOnForeignArrays() {
		return true;
	}

	/**
	 * Ends the message and sends it.
	 * @throws IOException if it passes the cap, or the other side is gone
	 */
	public void end() throws IOException {
		complete();
		this.sink.send(this.type, true, this.number, this.argument, buffer(), 0, position());
		this.sink.flush();
		restart(0);
	}

	/**
	 * Gives a message up that can't be ended. Does nothing to the other side if none of
	 * it was sent.
	 * @throws IOException if the other side is gone
	 */
	public void abort() throws IOException {
		if (size() > position()) {
			this.sink.send(FrameType.ABORT, true, this.number, 0, NOTHING, 0, 0);
		}
		restart(0);
	}

}
