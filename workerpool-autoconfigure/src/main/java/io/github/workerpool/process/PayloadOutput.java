package io.github.workerpool.process;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;

/**
 * Collects the bytes of a payload and hands them on in pieces. Numbers are in the
 * machine's own order: both ends run on the same one. Not safe for use by several
 * threads.
 *
 * @since 0.1.0
 */
public abstract class PayloadOutput extends OutputStream {

	private long cap;

	private long handedOn;

	private byte[] buffer;

	private ByteBuffer view;

	private int position;

	private @Nullable UnaryOperator<Object> replacement;

	PayloadOutput(int bufferBytes, long cap) {
		this.cap = cap;
		this.buffer = new byte[bufferBytes];
		this.view = view(this.buffer);
	}

	private static ByteBuffer view(byte[] bytes) {
		return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
	}

	/**
	 * Takes over a full buffer, or a piece of a large array that must not be kept.
	 */
	abstract void handOn(byte[] bytes, int offset, int length) throws IOException;

	/**
	 * Whether pieces of large arrays go to {@link #handOn} directly.
	 */
	abstract boolean handsOnForeignArrays();

	/**
	 * Has other objects written in the place of some that lie in object graphs, such as a
	 * handle in the place of memory.
	 * @param replacement gives what is to be written for an object; the object itself if
	 * it may stay
	 */
	public final void replace(@Nullable UnaryOperator<Object> replacement) {
		this.replacement = replacement;
	}

	final @Nullable UnaryOperator<Object> replacement() {
		return this.replacement;
	}

	/** What was not handed on yet lies at the beginning of this array. */
	final byte[] buffer() {
		return this.buffer;
	}

	final int position() {
		return this.position;
	}

	final void restart(long newCap) {
		this.cap = newCap;
		this.position = 0;
		this.handedOn = 0;
	}

	final void replaceBuffer(byte[] other) {
		this.buffer = other;
		this.view = view(other);
	}

	/** Bytes so far. */
	final long size() {
		return this.handedOn + this.position;
	}

	private void checkCap(long more) throws PayloadTooLargeException {
		if (size() + more > this.cap) {
			throw new PayloadTooLargeException(this.cap);
		}
	}

	private void empty() throws IOException {
		if (this.position > 0) {
			int length = this.position;
			handOn(this.buffer, 0, length);
			this.handedOn += length;
			this.position = 0;
		}
	}

	private void require(int bytes) throws IOException {
		if (this.buffer.length - this.position < bytes) {
			checkCap(bytes);
			empty();
		}
	}

	/** All has been written; checks the cap for the last time. */
	final void complete() throws PayloadTooLargeException {
		checkCap(0);
	}

	@Override
	public final void write(int value) throws IOException {
		require(1);
		this.buffer[this.position++] = (byte) value;
	}

	@Override
	public final void write(byte[] bytes, int offset, int length) throws IOException {
		Objects.checkFromIndexSize(offset, length, bytes.length);
		if (length <= this.buffer.length - this.position) {
			System.arraycopy(bytes, offset, this.buffer, this.position, length);
			this.position += length;
			return;
		}
		checkCap(length);
		int at = offset;
		int left = length;
		if (handsOnForeignArrays() && length >= this.buffer.length) {
			empty();
			while (left > 0) {
				int piece = Math.min(left, FrameSink.MAX_FRAME_BYTES);
				handOn(bytes, at, piece);
				this.handedOn += piece;
				at += piece;
				left -= piece;
			}
			return;
		}
		while (left > 0) {
			if (this.position == this.buffer.length) {
				empty();
			}
			int piece = Math.min(left, this.buffer.length - this.position);
			System.arraycopy(bytes, at, this.buffer, this.position, piece);
			this.position += piece;
			at += piece;
			left -= piece;
		}
	}

	final void writeShort(int value) throws IOException {
		require(2);
		this.view.putShort(this.position, (short) value);
		this.position += 2;
	}

	final void writeInt(int value) throws IOException {
		require(4);
		this.view.putInt(this.position, value);
		this.position += 4;
	}

	final void writeLong(long value) throws IOException {
		require(8);
		this.view.putLong(this.position, value);
		this.position += 8;
	}

	/** A number that is usually small, in one to five bytes. */
	final void writeCount(int value) throws IOException {
		require(5);
		int left = value;
		while ((left & ~0x7f) != 0) {
			this.buffer[this.position++] = (byte) (left | 0x80);
			left >>>= 7;
		}
		this.buffer[this.position++] = (byte) left;
	}

	/**
	 * Gives a part of the buffer to be filled directly.
	 * @param atLeast bytes that it must have room for
	 * @return a view whose position is where to write
	 */
	final ByteBuffer begin(int atLeast) throws IOException {
		require(atLeast);
		return this.view.duplicate().order(ByteOrder.nativeOrder()).position(this.position);
	}

	final void writeText(String text) throws IOException {
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		writeCount(bytes.length);
		write(bytes, 0, bytes.length);
	}

	/** Bytes that there is room for in the buffer, as it is or after it was emptied. */
	final int room() throws IOException {
		if (this.buffer.length - this.position < Long.BYTES) {
			require(this.buffer.length - this.position + 1);
		}
		return this.buffer.length - this.position;
	}

	final void end(ByteBuffer filled) {
		this.position = filled.position();
	}

}
