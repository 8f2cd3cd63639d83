package io.github.workerpool.process;

import java.util.ArrayList;
import java.util.List;

/**
 * Collects a payload on the heap, in pieces that are never copied again.
 *
 * @since 0.1.0
 */
public final class HeapOutput extends PayloadOutput {

	private static final int FIRST_PIECE_BYTES = 64;

	private List<byte[]> full = List.of();

	/**
	 * Makes an empty payload.
	 * @param cap most bytes that it may have
	 */
	public HeapOutput(long cap) {
		super(FIRST_PIECE_BYTES, cap);
	}

	@Override
	void handOn(byte[] bytes, int offset, int length) {
		// Always the own buffer; a piece that is not quite full counts by its length
		if (this.full.isEmpty()) {
			this.full = new ArrayList<>();
		}
		this.full.add((length == bytes.length) ? bytes : java.util.Arrays.copyOf(bytes, length));
		replaceBuffer(new byte[Math.min(2 * bytes.length, FrameSink.MAX_FRAME_BYTES)]);
	}

	@Override
	boolean handsOnForeignArrays() {
		return false;
	}

	/**
	 * Ends the payload.
	 * @return the bytes
	 * @throws PayloadTooLargeException if they pass the cap
	 */
	public Bytes toBytes() throws PayloadTooLargeException {
		complete();
		return new Bytes(this.full, buffer(), position(), size());
	}

}
