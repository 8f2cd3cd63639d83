package io.github.workerpool.process;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Arrays of primitives as bytes: their length, and then their elements in the machine's
 * own order. Arrays of bytes, often the large ones, are copied straight from and to where
 * they belong.
 */
final class PrimitiveArrays {

	static final int BYTES = 0;

	static final int BOOLEANS = 1;

	static final int CHARS = 2;

	static final int SHORTS = 3;

	static final int INTS = 4;

	static final int LONGS = 5;

	static final int FLOATS = 6;

	static final int DOUBLES = 7;

	static final int KINDS = 8;

	private static final int[] SHIFTS = { 0, 0, 1, 1, 2, 3, 2, 3 };

	private PrimitiveArrays() {
	}

	/** The kind of arrays of some components, −1 if those aren't primitives. */
	static int kind(Class<?> component) {
		if (!component.isPrimitive()) {
			return -1;
		}
		if (component == byte.class) {
			return BYTES;
		}
		if (component == int.class) {
			return INTS;
		}
		if (component == long.class) {
			return LONGS;
		}
		if (component == double.class) {
			return DOUBLES;
		}
		if (component == float.class) {
			return FLOATS;
		}
		if (component == char.class) {
			return CHARS;
		}
		return (component == short.class) ? SHORTS : BOOLEANS;
	}

	static void write(int kind, Object array, PayloadOutput out) throws IOException {
		int length = java.lang.reflect.Array.getLength(array);
		out.writeCount(length);
		if (kind == BYTES) {
			out.write((byte[]) array, 0, length);
			return;
		}
		int shift = SHIFTS[kind];
		for (int at = 0; at < length;) {
			int room = Math.max(1, out.room() >> shift);
			int count = Math.min(length - at, room);
			ByteBuffer target = out.begin(count << shift);
			put(kind, array, at, count, target);
			out.end(target.position(target.position() + (count << shift)));
			at += count;
		}
	}

	private static void put(int kind, Object array, int at, int count, ByteBuffer target) {
		switch (kind) {
			case BOOLEANS -> {
				for (int i = 0; i < count; i++) {
					target.put(target.position() + i, (byte) (((boolean[]) array)[at + i] ? 1 : 0));
				}
			}
			case CHARS -> target.asCharBuffer().put((char[]) array, at, count);
			case SHORTS -> target.asShortBuffer().put((short[]) array, at, count);
			case INTS -> target.asIntBuffer().put((int[]) array, at, count);
			case LONGS -> target.asLongBuffer().put((long[]) array, at, count);
			case FLOATS -> target.asFloatBuffer().put((float[]) array, at, count);
			default -> target.asDoubleBuffer().put((double[]) array, at, count);
		}
	}

	static Object read(int kind, PayloadInput in, long cap) throws IOException {
		int length = in.readCount();
		int shift = SHIFTS[kind];
		if ((long) length << shift > cap) {
			throw new BadFrameException("A payload claims an array of %d bytes; at most %d are allowed"
				.formatted((long) length << shift, cap));
		}
		Object array = make(kind, length);
		if (kind == BYTES) {
			in.readFully((byte[]) array, 0, length);
			return array;
		}
		for (int at = 0; at < length;) {
			int count = Math.min(length - at, Math.max(1, in.viewBytes() >> shift));
			get(kind, in.view(count << shift), array, at, count);
			at += count;
		}
		return array;
	}

	private static Object make(int kind, int length) {
		return switch (kind) {
			case BYTES -> new byte[length];
			case BOOLEANS -> new boolean[length];
			case CHARS -> new char[length];
			case SHORTS -> new short[length];
			case INTS -> new int[length];
			case LONGS -> new long[length];
			case FLOATS -> new float[length];
			default -> new double[length];
		};
	}

	private static void get(int kind, ByteBuffer source, Object array, int at, int count) {
		switch (kind) {
			case BOOLEANS -> {
				for (int i = 0; i < count; i++) {
					((boolean[]) array)[at + i] = source.get(source.position() + i) != 0;
				}
			}
			case CHARS -> source.asCharBuffer().get((char[]) array, at, count);
			case SHORTS -> source.asShortBuffer().get((short[]) array, at, count);
			case INTS -> source.asIntBuffer().get((int[]) array, at, count);
			case LONGS -> source.asLongBuffer().get((long[]) array, at, count);
			case FLOATS -> source.asFloatBuffer().get((float[]) array, at, count);
			default -> source.asDoubleBuffer().get((double[]) array, at, count);
		}
	}

}
