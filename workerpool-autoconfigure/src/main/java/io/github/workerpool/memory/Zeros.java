package io.github.workerpool.memory;

import java.io.InputStream;
import java.util.Arrays;

/**
 * As many zeros as are asked for.
 */
final class Zeros extends InputStream {

	private long left;

	Zeros(long count) {
		this.left = count;
	}

	@Override
	public int read() {
		return (this.left-- > 0) ? 0 : -1;
	}

	@Override
	public int read(byte[] bytes, int offset, int length) {
		if (this.left <= 0) {
			return -1;
		}
		int count = (int) Math.min(this.left, length);
		Arrays.fill(bytes, offset, offset + count, (byte) 0);
		this.left -= count;
		return count;
	}

}
