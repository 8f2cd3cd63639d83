package io.github.workerpool.process;

/**
 * The first word of a frame: magic (16 bits), version (8), type and whether it is the
 * last of its message (8), length (32).
 */
final class FrameHeader {

	static final int MAGIC = 0x5750;

	static final int VERSION = 1;

	private static final int LAST = 0x80;

	private FrameHeader() {
	}

	static long pack(FrameType type, boolean last, int length) {
		int kind = type.code() | (last ? LAST : 0);
		return (long) (MAGIC << 16 | VERSION << 8 | kind) << 32 | length;
	}

	static FrameType type(long header) throws BadFrameException {
		int upper = (int) (header >>> 32);
		if (upper >>> 8 != (MAGIC << 8 | VERSION)) {
			throw new BadFrameException(
					"A frame begins with %08x instead of %04x%02x".formatted(upper, MAGIC, VERSION));
		}
		FrameType type = FrameType.of(upper & 0x7f);
		if (type == null) {
			throw new BadFrameException("A frame has the unknown type " + (upper & 0x7f));
		}
		return type;
	}

	static boolean isLast(long header) {
		return (header >>> 32 & LAST) != 0;
	}

	static int length(long header) throws BadFrameException {
		int length = (int) header;
		if (length < 0 || length > FrameSink.MAX_FRAME_BYTES) {
			throw new BadFrameException("A frame claims %d bytes; at most %d are allowed"
				.formatted(length & 0xffffffffL, FrameSink.MAX_FRAME_BYTES));
		}
		return length;
	}

}
