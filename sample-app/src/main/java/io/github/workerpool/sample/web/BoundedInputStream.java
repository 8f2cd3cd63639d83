package io.github.workerpool.sample.web;

import java.io.IOException;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;

/**
 * The stream of a request body that fails once there is more than allowed, for bodies
 * that don't say their length beforehand.
 */
final class BoundedInputStream extends ServletInputStream {

	private final ServletInputStream body;

	private final long maxLength;

	private long length;

	BoundedInputStream(ServletInputStream body, long maxLength) {
		this.body = body;
		this.maxLength = maxLength;
	}

	@Override
	public int read() throws IOException {
		int read = this.body.read();
		count((read != -1) ? 1 : 0);
		return read;
	}

	@Override
	public int read(byte[] bytes, int offset, int count) throws IOException {
		int read = this.body.read(bytes, offset, count);
		count(read);
		return read;
	}

	private void count(int read) {
		this.length += Math.max(read, 0);
		if (this.length > this.maxLength) {
			throw new BodyTooLargeException(this.maxLength);
		}
	}

	@Override
	public boolean isFinished() {
		return this.body.isFinished();
	}

	@Override
	public boolean isReady() {
		return this.body.isReady();
	}

	@Override
	public void setReadListener(ReadListener listener) {
		this.body.setReadListener(listener);
	}

}
