package io.github.workerpool.process;

import java.io.IOException;
import java.io.InvalidClassException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import io.github.workerpool.PayloadCodec;
import org.jspecify.annotations.Nullable;

/**
 * Turns values into bytes and back. What is small and frequent (nothing, primitives,
 * strings, arrays of primitives, flat lists of such) has a form of its own, a byte that
 * says which and the bare contents; what a {@link PayloadCodec} claims takes that; the
 * rest takes JDK serialization.
 * <p>
 * Several values written together share one stream of JDK serialization: an object that
 * is in two arguments is one object at the other end too.
 * <p>
 * Safe for use by any number of threads.
 *
 * @since 0.1.0
 */
public final class ValueCodec {

	private static final int NULL = 0;

	private static final int TRUE = 1;

	private static final int FALSE = 2;

	private static final int BYTE = 3;

	private static final int SHORT = 4;

	private static final int CHAR = 5;

	private static final int INT = 6;

	private static final int LONG = 7;

	private static final int FLOAT = 8;

	private static final int DOUBLE = 9;

	private static final int UTF_8 = 10;

	private static final int UTF_16 = 11;

	/** Primitive arrays follow each other from here, see {@link PrimitiveArrays}. */
	private static final int FIRST_ARRAY = 16;

	private static final int FLAT_OBJECTS = 32;

	private static final int FLAT_STRINGS = 33;

	private static final int FLAT_LIST = 34;

	/** A codec's; its number, the class name and blocks follow. */
	private static final int CODED = 40;

	/** Comes after all others, in one stream of JDK serialization. */
	private static final int SERIALIZED = 41;

	/** Longest list that is looked through for whether it is flat. */
	private static final int LONGEST_FLAT = 1 << 16;

	private static final long PLAIN_CAP = 1 << 24;

	private final ClassLoader loader;

	private final List<PayloadCodec> codecs;

	private final long cap;

	private final Supplier<PayloadFilter> filter;

	/**
	 * Makes a codec.
	 * @param loader finds the classes of what comes in
	 * @param codecs further ways to carry values, in the same order on both sides
	 * @param cap most bytes of one payload
	 * @param filter makes the filter of one incoming stream
	 */
	public ValueCodec(ClassLoader loader, List<PayloadCodec> codecs, long cap, Supplier<PayloadFilter> filter) {
		this.loader = loader;
		this.codecs = List.copyOf(codecs);
		this.cap = cap;
		this.filter = filter;
	}

	/**
	 * Makes a codec of which nobody has configured anything, for what must be said in any
	 * case.
	 * @param loader finds the classes of what comes in
	 * @return the codec
	 */
	public static ValueCodec plain(ClassLoader loader) {
		return new ValueCodec(loader, List.of(), PLAIN_CAP, () -> PayloadFilter.forRequests(null, PLAIN_CAP));
	}

	/**
	 * Most bytes of one payload.
	 * @return the bytes
	 */
	public long cap() {
		return this.cap;
	}

	ClassLoader loader() {
		return this.loader;
	}

	/**
	 * Writes a value.
	 * @param value the value
	 * @param out where to
	 * @throws IOException if it can't be encoded
	 */
	public void write(@Nullable Object value, PayloadOutput out) throws IOException {
		if (!writeForm(value, out)) {
			writeGraph(List.of(value), out);
		}
	}

	/**
	 * Writes values that belong together.
	 * @param values the values
	 * @param out where to
	 * @throws IOException if one can't be encoded
	 */
	public void writeAll(@Nullable Object[] values, PayloadOutput out) throws IOException {
		out.writeCount(values.length);
		List<Object> later = List.of();
		for (Object value : values) {
			if (!writeForm(value, out)) {
				later = later.isEmpty() ? new ArrayList<>(values.length) : later;
				later.add(value);
			}
		}
		if (!later.isEmpty()) {
			writeGraph(later, out);
		}
	}

	/**
	 * Writes a value by JDK serialization, having objects in it replaced.
	 */
	void writeReplacing(Object value, PayloadOutput out, UnaryOperator<Object> replacement) throws IOException {
		out.write(SERIALIZED);
		try (GraphOutput graph = new GraphOutput(out, replacement)) {
			graph.writeObject(value);
		}
	}

	private static void writeGraph(List<Object> values, PayloadOutput out) throws IOException {
		UnaryOperator<Object> replacement = out.replacement();
		try (GraphOutput graph = (replacement != null) ? new GraphOutput(out, replacement) : new GraphOutput(out)) {
			for (Object value : values) {
				graph.writeObject(value);
			}
			graph.flush();
		}
	}

	/**
	 * Writes a value that has a form of its own, or says that it follows by JDK
	 * serialization, without the header of a stream; for those who do the latter
	 * themselves.
	 * @param value the value
	 * @param out where to
	 * @return whether the value is written
	 * @throws IOException if it can't be encoded
	 */
	public boolean writeForm(@Nullable Object value, PayloadOutput out) throws IOException {
		if (value == null) {
			out.write(NULL);
			return true;
		}
		if (writeAtom(value, out)) {
			return true;
		}
		Class<?> type = value.getClass();
		if (type.isArray()) {
			int kind = PrimitiveArrays.kind(type.getComponentType());
			if (kind >= 0) {
				out.write(FIRST_ARRAY + kind);
				PrimitiveArrays.write(kind, value, out);
				return true;
			}
		}
		for (int i = 0; i < this.codecs.size(); i++) {
			PayloadCodec codec = this.codecs.get(i);
			if (codec.supports(type)) {
				out.write(CODED);
				out.writeCount(i);
				writeAtom(type.getName(), out);
				try (Blocks.Output blocks = new Blocks.Output(out)) {
					codec.encode(value, blocks);
				}
				return true;
			}
		}
		if (type == Object[].class && isFlat((Object[]) value)) {
			writeFlat(FLAT_OBJECTS, (Object[]) value, out);
			return true;
		}
		if (type == String[].class && ((Object[]) value).length <= LONGEST_FLAT) {
			writeFlat(FLAT_STRINGS, (Object[]) value, out);
			return true;
		}
		if (type == ArrayList.class) {
			Object[] elements = ((ArrayList<?>) value).toArray();
			if (isFlat(elements)) {
				writeFlat(FLAT_LIST, elements, out);
				return true;
			}
		}
		out.write(SERIALIZED);
		return false;
	}

	private void writeFlat(int form, @Nullable Object[] elements, PayloadOutput out) throws IOException {
		out.write(form);
		out.writeCount(elements.length);
		for (Object element : elements) {
			writeAtom(element, out);
		}
	}

	/** Whether there is nothing in it whose identity could matter. */
	private static boolean isFlat(@Nullable Object[] elements) {
		if (elements.length > LONGEST_FLAT) {
			return false;
		}
		for (Object element : elements) {
			if (!isAtom(element)) {
				return false;
			}
		}
		return true;
	}

	/**
	 * Tells whether a value is nothing, a string, or a primitive in its box: to read such
	 * a one takes none of an application's code.
	 * @param value the value
	 * @return whether it is
	 */
	public static boolean isAtom(@Nullable Object value) {
		return value == null || value instanceof Integer || value instanceof String || value instanceof Long
				|| value instanceof Boolean || value instanceof Double || value instanceof Float
				|| value instanceof Byte || value instanceof Short || value instanceof Character;
	}

	private static boolean writeAtom(@Nullable Object value, PayloadOutput out) throws IOException {
		if (value == null) {
			out.write(NULL);
		}
		else if (value instanceof Integer number) {
			out.write(INT);
			out.writeInt(number);
		}
		else if (value instanceof String text) {
			writeText(text, out);
		}
		else if (value instanceof Long number) {
			out.write(LONG);
			out.writeLong(number);
		}
		else if (value instanceof Boolean truth) {
			out.write(truth ? TRUE : FALSE);
		}
		else if (value instanceof Double number) {
			out.write(DOUBLE);
			out.writeLong(Double.doubleToRawLongBits(number));
		}
		else if (value instanceof Float number) {
			out.write(FLOAT);
			out.writeInt(Float.floatToRawIntBits(number));
		}
		else if (value instanceof Byte number) {
			out.write(BYTE);
			out.write(number);
		}
		else if (value instanceof Short number) {
			out.write(SHORT);
			out.writeShort(number);
		}
		else if (value instanceof Character letter) {
			out.write(CHAR);
			out.writeShort(letter);
		}
		else {
			return false;
		}
		return true;
	}

	/** Half a surrogate pair, which a string may hold, would not survive as UTF-8. */
	private static void writeText(String text, PayloadOutput out) throws IOException {
		if (hasSurrogates(text)) {
			out.write(UTF_16);
			char[] letters = text.toCharArray();
			PrimitiveArrays.write(PrimitiveArrays.CHARS, letters, out);
			return;
		}
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		out.write(UTF_8);
		out.writeCount(bytes.length);
		out.write(bytes, 0, bytes.length);
	}

	private static boolean hasSurrogates(String text) {
		for (int i = 0; i < text.length(); i++) {
			if (Character.isSurrogate(text.charAt(i))) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Reads a value.
	 * @param in where from
	 * @return the value
	 * @throws IOException if it can't be decoded
	 * @throws ClassNotFoundException if a class is missing here
	 */
	public @Nullable Object read(PayloadInput in) throws IOException, ClassNotFoundException {
		int form = in.readByte();
		return (form == SERIALIZED) ? readGraph(1, in)[0] : readForm(form, in);
	}

	/**
	 * Reads values that belong together.
	 * @param in where from
	 * @return the values
	 * @throws IOException if one can't be decoded
	 * @throws ClassNotFoundException if a class is missing here
	 */
	public @Nullable Object[] readAll(PayloadInput in) throws IOException, ClassNotFoundException {
		int count = in.readCount();
		if (count > 255) {
			throw new BadFrameException("A payload claims %d values; at most 255 are possible".formatted(count));
		}
		@Nullable Object[] values = new @Nullable Object[count];
		int[] later = new int[count];
		int pending = 0;
		for (int i = 0; i < count; i++) {
			int form = in.readByte();
			if (form == SERIALIZED) {
				later[pending++] = i;
			}
			else {
				values[i] = readForm(form, in);
			}
		}
		if (pending > 0) {
			@Nullable Object[] graph = readGraph(pending, in);
			for (int i = 0; i < pending; i++) {
				values[later[i]] = graph[i];
			}
		}
		return values;
	}

	private @Nullable Object readForm(int form, PayloadInput in) throws IOException, ClassNotFoundException {
		return switch (form) {
			case NULL -> null;
			case TRUE -> true;
			case FALSE -> false;
			case BYTE -> (byte) in.readByte();
			case SHORT -> in.readShort();
			case CHAR -> (char) in.readShort();
			case INT -> in.readInt();
			case LONG -> in.readLong();
			case FLOAT -> Float.intBitsToFloat(in.readInt());
			case DOUBLE -> Double.longBitsToDouble(in.readLong());
			case UTF_8 -> in.readText(in.readCount(), this.cap);
			case UTF_16 -> new String((char[]) PrimitiveArrays.read(PrimitiveArrays.CHARS, in, this.cap));
			case FLAT_OBJECTS -> readFlat(new @Nullable Object[checkedCount(in)], in);
			case FLAT_STRINGS -> readStrings(in);
			case FLAT_LIST -> new ArrayList<>(Arrays.asList(readFlat(new @Nullable Object[checkedCount(in)], in)));
			case CODED -> readCoded(in);
			default -> {
				if (form >= FIRST_ARRAY && form < FIRST_ARRAY + PrimitiveArrays.KINDS) {
					yield PrimitiveArrays.read(form - FIRST_ARRAY, in, this.cap);
				}
				throw new BadFrameException("A payload holds a value of the unknown form " + form);
			}
		};
	}

	private static int checkedCount(PayloadInput in) throws IOException {
		int count = in.readCount();
		if (count > LONGEST_FLAT) {
			throw new BadFrameException(
					"A payload claims a flat list of %d; at most %d are possible".formatted(count, LONGEST_FLAT));
		}
		return count;
	}

	private @Nullable Object[] readFlat(@Nullable Object[] target, PayloadInput in)
			throws IOException, ClassNotFoundException {
		for (int i = 0; i < target.length; i++) {
			int form = in.readByte();
			if (form > UTF_16) {
				throw new BadFrameException("A flat list holds a value of form " + form);
			}
			target[i] = readForm(form, in);
		}
		return target;
	}

	private @Nullable String[] readStrings(PayloadInput in) throws IOException, ClassNotFoundException {
		@Nullable String[] strings = new @Nullable String[checkedCount(in)];
		for (int i = 0; i < strings.length; i++) {
			int form = in.readByte();
			if (form != NULL && form != UTF_8 && form != UTF_16) {
				throw new BadFrameException("A list of strings holds a value of form " + form);
			}
			strings[i] = (String) readForm(form, in);
		}
		return strings;
	}

	private Object readCoded(PayloadInput in) throws IOException, ClassNotFoundException {
		int number = in.readCount();
		int form = in.readByte();
		if (number >= this.codecs.size() || form != UTF_8) {
			throw new BadFrameException("A payload names codec %d; there are %d".formatted(number, this.codecs.size()));
		}
		Class<?> type = Class.forName(in.readText(in.readCount(), 1 << 16), false, this.loader);
		PayloadCodec codec = this.codecs.get(number);
		if (!codec.supports(type)) {
			throw new InvalidClassException(type.getName(),
					"is not supported by the codec '" + codec.getClass().getName() + "' that it came through");
		}
		try (Blocks.Input blocks = new Blocks.Input(in)) {
			return codec.decode(type, blocks);
		}
	}

	private @Nullable Object[] readGraph(int count, PayloadInput in) throws IOException, ClassNotFoundException {
		@Nullable Object[] values = new @Nullable Object[count];
		PayloadFilter guard = this.filter.get();
		try (GraphInput graph = new GraphInput(in, this.loader, guard)) {
			for (int i = 0; i < count; i++) {
				values[i] = graph.readObject();
			}
		}
		catch (InvalidClassException ex) {
			throw guard.explain(ex);
		}
		return values;
	}

}
