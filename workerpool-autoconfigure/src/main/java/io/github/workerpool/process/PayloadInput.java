package io.github.workerpool.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * The bytes of a payload as they come in. Not safe for use by several threads.
 *
 * @since 0.1.0
 */
public abstract class PayloadInput extends InputStream {

	private final byte[] buffer;

	private final ByteBuffer view;

	private int position;

	private int limit;

	private @Nullable Resolver resolver;

	PayloadInput(byte[] buffer, int limit) {
		this.buffer = buffer;
		this.view = ByteBuffer.wrap(buffer).order(ByteOrder.nativeOrder());
		this.limit = limit;
	}

	/**
	 * Gets what comes next.
	 * @return how many bytes, −1 at the end
	 */
	abstract int more(byte[] target, int offset, int length) throws IOException;

	/**
	 * Has other objects take the place of some that come in object graphs, such as memory
	 * that of its handle.
	 * @param resolver gives what stands for an object; the object itself if it may stay
	 */
	public final void resolve(@Nullable Resolver resolver) {
		this.resolver = resolver;
	}

	final @Nullable Resolver resolver() {
		return this.resolver;
	}

	/** Forgets what is left. */
	final void clear() {
		this.position = 0;
		this.limit = 0;
	}

	private boolean refill() throws IOException {
		int count = more(this.buffer, 0, this.buffer.length);
		this.position = 0;
		this.limit = Math.max(0, count);
		return count > 0;
	}

	/** Makes sure that some bytes lie in the buffer in one piece. */
	private int require(int bytes) throws IOException {
		int at = this.position;
		if (this.limit - at >= bytes) {
			this.position = at + bytes;
			return at;
		}
		int have = this.limit - at;
		System.arraycopy(this.buffer, at, this.buffer, 0, have);
		this.position = 0;
		this.limit = have;
		while (this.limit < bytes) {
			int count = more(this.buffer, this.limit, this.buffer.length - this.limit);
			if (count < 0) {
				throw new BadFrameException("A payload ends early");
			}
			this.limit += count;
		}
		this.position = bytes;
		return 0;
	}

	@Override
	public final int read() throws IOException {
		if (this.position == this.limit && !refill()) {
			return -1;
		}
		return this.buffer[this.position++] & 0xff;
	}

	@Override
	public final int read(byte[] target, int offset, int length) throws IOException {
		Objects.checkFromIndexSize(offset, length, target.length);
		if (length == 0) {
			return 0;
		}
		if (this.position == this.limit) {
			if (length >= this.buffer.length) {
				return more(target, offset, length);
			}
			if (!refill()) {
				return -1;
			}
		}
		int count = Math.min(length, this.limit - this.position);
		System.arraycopy(this.buffer, this.position, target, offset, count);
		this.position += count;
		return count;
	}

	@Override
	public final int available() {
		return this.limit - this.position;
	}

	final void readFully(byte[] target, int offset, int length) throws IOException {
		int at = offset;
		while (at < offset + length) {
			int count = read(target, at, offset + length - at);
			if (count < 0) {
				throw new BadFrameException("A payload ends early");
			}
			at += count;
		}
	}

	final int readByte() throws IOException {
		int value = read();
		if (value < 0) {
			throw new BadFrameException("A payload ends early");
		}
		return value;
	}

	final short readShort() throws IOException {
		return this.view.getShort(require(2));
	}

	final int readInt() throws IOException {
		return this.view.getInt(require(4));
	}

	final long readLong() throws IOException {
		return this.view.getLong(require(8));
	}

	final int readCount() throws IOException {
		int value = 0;
		for (int shift = 0; shift < 35; shift += 7) {
			int next = readByte();
			value |= (next & 0x7f) << shift;
			if (next < 0x80) {
				if (value < 0) {
					break;
				}
				return value;
			}
		}
		throw new BadFrameException("A payload holds a count that is none");
	}

	/**
	 * Reads a string.
	 * @param bytes its length in UTF-8
	 * @param cap most bytes it may have
	 */
	final String readText(int bytes, long cap) throws IOException {
		if (bytes <= this.limit - this.position) {
			String text = new String(this.buffer, this.position, bytes, StandardCharsets.UTF_8);
			this.position += bytes;
			return text;
		}
		if (bytes > cap) {
			throw new BadFrameException(
					"A payload claims a string of %d bytes; at most %d are allowed".formatted(bytes, cap));
		}
		byte[] utf8 = new byte[bytes];
		readFully(utf8, 0, bytes);
		return new String(utf8, StandardCharsets.UTF_8);
	}

	/** Most bytes that {@link #view} gives. */
	final int viewBytes() {
		return this.buffer.length;
	}

	/**
	 * Gives some bytes in one piece.
	 * @param bytes how many, at most {@link #viewBytes()}
	 * @return a view whose position is where they begin
	 */
	final ByteBuffer view(int bytes) throws IOException {
		int at = require(bytes);
		return this.view.duplicate().order(ByteOrder.nativeOrder()).position(at).limit(at + bytes);
	}

	/**
	 * Gives what takes the place of an object.
	 */
	@FunctionalInterface
	public interface Resolver {

		/**
		 * Resolves an object.
		 * @param value what came
		 * @return what it stands for
		 * @throws IOException if that is not to be had
		 */
		@Nullable Object resolve(Object value) throws IOException;

	}

}
