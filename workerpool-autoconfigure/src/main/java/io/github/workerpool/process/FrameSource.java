package io.github.workerpool.process;

import java.io.IOException;

/**
 * Where frames come from, one at a time; what is asked of a frame is about the current
 * one. Not safe for use by several threads.
 *
 * @since 0.1.0
 */
public interface FrameSource {

	/**
	 * Moves on to the next frame, dropping what is left of the current one.
	 * @param nanos how long to wait for it
	 * @return whether there is one
	 * @throws BadFrameException if what came is no frame
	 * @throws ChannelClosedException if the other side is gone, and all it sent was read
	 * @throws IOException if reading failed
	 */
	boolean next(long nanos) throws IOException;

	/**
	 * What the frame says.
	 * @return the type
	 */
	FrameType type();

	/**
	 * Whether the message ends with the frame.
	 * @return whether it does
	 */
	boolean isLast();

	/**
	 * What the frame is about.
	 * @return the number
	 */
	long number();

	/**
	 * A further number.
	 * @return the number
	 */
	long argument();

	/**
	 * Bytes of the frame that were not read yet.
	 * @return the bytes
	 */
	int remaining();

	/**
	 * Reads from the frame.
	 * @param target where to
	 * @param offset where in that
	 * @param length how much, at most what is {@link #remaining()}
	 */
	void read(byte[] target, int offset, int length);

}
