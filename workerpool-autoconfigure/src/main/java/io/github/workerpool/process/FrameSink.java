package io.github.workerpool.process;

import java.io.IOException;

/**
 * Where frames go. A message is one frame or several of the same type and number, the
 * last of which says so. Not safe for use by several threads at once.
 *
 * @since 0.1.0
 */
public interface FrameSink {

	/** Most bytes of one frame; a longer message takes several. */
	int MAX_FRAME_BYTES = 1 << 16;

	/**
	 * Adds a frame. Waits for room; what was sent may not be seen before
	 * {@link #flush()}.
	 * @param type what the frame says
	 * @param last whether the message ends with it
	 * @param number what it is about
	 * @param argument a further number
	 * @param bytes holds what it carries
	 * @param offset where that begins
	 * @param length how long it is, at most {@value #MAX_FRAME_BYTES}
	 * @throws IOException if the other side is gone
	 */
	void send(FrameType type, boolean last, long number, long argument, byte[] bytes, int offset, int length)
			throws IOException;

	/**
	 * Tells whether frames fit in without waiting for room.
	 * @param bytes what they carry, with {@value SharedRing#HEADER_BYTES} more for each
	 * @return whether they certainly do
	 */
	default boolean hasRoom(int bytes) {
		return false;
	}

	/**
	 * Lets the other side see what was sent, and wakes it if it sleeps.
	 * @throws IOException if the other side is gone
	 */
	void flush() throws IOException;

}
