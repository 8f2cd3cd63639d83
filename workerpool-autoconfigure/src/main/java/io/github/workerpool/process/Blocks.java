package io.github.workerpool.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Bytes of a length that isn't known beforehand, within a payload: blocks with their
 * lengths, and a block of length 0.
 */
final class Blocks {

	private static final int BLOCK_BYTES = 4096;

	private Blocks() {
	}

	/**
	 * Writes blocks.
	 */
	static final class Output extends OutputStream {

		private final PayloadOutput out;

		private final byte[] block = new byte[BLOCK_BYTES];

		private int filled;

		private boolean ended;

		Output(PayloadOutput out) {
			this.out = out;
		}

		@Override
		public void write(int value) throws IOException {
			if (this.filled == BLOCK_BYTES) {
				send();
			}
			this.block[this.filled++] = (byte) value;
		}

		@Override
		public void write(byte[] bytes, int offset, int length) throws IOException {
			if (length <= BLOCK_BYTES - this.filled) {
				System.arraycopy(bytes, offset, this.block, this.filled, length);
				this.filled += length;
				return;
			}
			send();
			this.out.writeCount(length);
			this.out.write(bytes, offset, length);
		}

		private void send() throws IOException {
			if (this.filled > 0) {
				this.out.writeCount(this.filled);
				this.out.write(this.block, 0, this.filled);
				this.filled = 0;
			}
		}

		@Override
		public void close() throws IOException {
			if (!this.ended) {
				this.ended = true;
				send();
				this.out.writeCount(0);
			}
		}

	}

	/**
	 * Reads blocks; closing it skips what was not read.
	 */
	static final class Input extends InputStream {

		private final PayloadInput in;

		private int left;

		private boolean ended;

		Input(PayloadInput in) {
			this.in = in;
		}

		private boolean more() throws IOException {
			if (this.left == 0 && !this.ended) {
				this.left = this.in.readCount();
				this.ended = this.left == 0;
			}
			return !this.ended;
		}

		@Override
		public int read() throws IOException {
			if (!more()) {
				return -1;
			}
			this.left--;
			return this.in.readByte();
		}

		@Override
		public int read(byte[] target, int offset, int length) throws IOException {
			if (length == 0) {
				return 0;
			}
			if (!more()) {
				return -1;
			}
			int count = this.in.read(target, offset, Math.min(length, this.left));
			if (count < 0) {
				throw new BadFrameException("A payload ends within a block");
			}
			this.left -= count;
			return count;
		}

		@Override
		public void close() throws IOException {
			byte[] skipped = new byte[512];
			while (read(skipped, 0, skipped.length) >= 0) {
				continue;
			}
		}

	}

}
