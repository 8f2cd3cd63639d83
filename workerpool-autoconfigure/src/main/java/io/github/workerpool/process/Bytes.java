package io.github.workerpool.process;

import java.io.IOException;
import java.util.List;

/**
 * Encoded bytes on the heap: pieces, all of them full but the last one.
 *
 * @param full the full pieces
 * @param last the last piece
 * @param lastLength how much of that counts
 * @param size bytes of all together
 * @since 0.1.0
 */
public record Bytes(List<byte[]> full, byte[] last, int lastLength, long size) {

	/**
	 * All in one piece.
	 * @return a copy of the bytes
	 */
	public byte[] toArray() {
		byte[] all = new byte[Math.toIntExact(this.size)];
		int at = 0;
		for (byte[] piece : this.full) {
			System.arraycopy(piece, 0, all, at, piece.length);
			at += piece.length;
		}
		System.arraycopy(this.last, 0, all, at, this.lastLength);
		return all;
	}

	/**
	 * Sends all as one message.
	 * @param sink where to
	 * @param type what the message says
	 * @param number what it is about
	 * @param argument a further number
	 * @throws IOException if the other side is gone
	 */
	public void sendTo(FrameSink sink, FrameType type, long number, long argument) throws IOException {
		for (byte[] piece : this.full) {
			for (int at = 0; at < piece.length; at += FrameSink.MAX_FRAME_BYTES) {
				sink.send(type, false, number, argument, piece, at,
						Math.min(piece.length - at, FrameSink.MAX_FRAME_BYTES));
			}
		}
		sink.send(type, true, number, argument, this.last, 0, this.lastLength);
	}

}
