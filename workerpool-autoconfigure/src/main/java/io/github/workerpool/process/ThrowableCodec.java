package io.github.workerpool.process;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

import io.github.workerpool.RemoteTaskException;
import org.jspecify.annotations.Nullable;

/**
 * Carries exceptions. Each travels twice: described in words (class, message, stack
 * trace, causes, what was suppressed), and as an object, as far as that can be serialized
 * here. The other side takes the object if it can, and a {@link RemoteTaskException} made
 * from the words if not. Where only a cause or something suppressed can't be serialized,
 * that alone is replaced. Whether the other side has the classes of those can't be known
 * here; so where they are an application's, the object travels once more, with words in
 * their place.
 * <p>
 * Nothing that an exception's own methods do can disturb that.
 *
 * @since 0.1.0
 */
public final class ThrowableCodec {

	/** Most exceptions of one that are described. */
	private static final int MOST_DESCRIBED = 64;

	/** As many as the JVM notes by default. */
	private static final int MOST_FRAMES = 1024;

	/** Of all that are described together. */
	private static final int MOST_FRAMES_IN_ALL = 4 * MOST_FRAMES;

	private static final int MOST_TEXT = 1 << 13;

	private static final int MOST_TEXT_BYTES = 1 << 16;

	private static final long LEAST_CAP = 1 << 22;

	private final ValueCodec values;

	/**
	 * Makes a codec.
	 * @param values carries the objects
	 */
	public ThrowableCodec(ValueCodec values) {
		this.values = values;
	}

	/**
	 * Most bytes of one exception. Those must be able to cross that can't because of a
	 * cap.
	 * @return the bytes
	 */
	public long cap() {
		return Math.max(this.values.cap(), LEAST_CAP);
	}

	/**
	 * Writes an exception.
	 * @param error the exception
	 * @param out where to
	 * @throws IOException if the other side is gone
	 */
	public void write(Throwable error, PayloadOutput out) throws IOException {
		Description description = Description.of(error);
		description.write(out);
		Bytes object = encode(error, description);
		write(object, out);
		write((object != null && description.leadsToForeignClasses()) ? encodeAlone(error, description) : null, out);
	}

	private static void write(@Nullable Bytes object, PayloadOutput out) throws IOException {
		if (object == null) {
			out.writeCount(0);
			return;
		}
		out.writeCount((int) object.size());
		for (byte[] piece : object.full()) {
			out.write(piece, 0, piece.length);
		}
		out.write(object.last(), 0, object.lastLength());
	}

	private @Nullable Bytes encode(Throwable error, Description description) {
		try {
			HeapOutput out = new HeapOutput(cap() / 8);
			this.values.write(error, out);
			return out.toBytes();
		}
		catch (OutOfMemoryError ex) {
			throw ex;
		}
		catch (Throwable ex) {
			// Something in it can't be serialized; perhaps not itself
		}
		return encode(error, description::replacement);
	}

	/** Only the exception itself, with words for those it leads to. */
	private @Nullable Bytes encodeAlone(Throwable error, Description description) {
		return encode(error, (value) -> (value != error) ? description.words(value) : value);
	}

	private @Nullable Bytes encode(Throwable error, UnaryOperator<Object> replacement) {
		try {
			HeapOutput out = new HeapOutput(cap() / 8);
			this.values.writeReplacing(error, out, replacement);
			return out.toBytes();
		}
		catch (OutOfMemoryError ex) {
			throw ex;
		}
		catch (Throwable ex) {
			return null;
		}
	}

	/**
	 * Reads an exception.
	 * @param in where from
	 * @return the exception itself, or one in its place
	 * @throws IOException if what came is no exception
	 */
	public Throwable read(PayloadInput in) throws IOException {
		Description description = Description.read(in);
		byte[] object = readObject(in);
		byte[] alone = readObject(in);
		Throwable error = decode(object);
		if (error == null) {
			error = decode(alone);
		}
		return (error != null) ? error : description.toException(0);
	}

	private byte[] readObject(PayloadInput in) throws IOException {
		int length = in.readCount();
		if (length > cap() / 8) {
			throw new BadFrameException(
					"An exception claims %d bytes; at most %d are allowed".formatted(length, cap() / 8));
		}
		byte[] object = new byte[length];
		in.readFully(object, 0, length);
		return object;
	}

	private @Nullable Throwable decode(byte[] object) {
		if (object.length == 0) {
			return null;
		}
		try {
			return (this.values.read(new ArrayInput(object)) instanceof Throwable error) ? error : null;
		}
		catch (Throwable ex) {
			// A class is missing here, or doesn't like to be made
			return null;
		}
	}

	/**
	 * Exceptions in words: one, and those it leads to.
	 */
	private static final class Description {

		private final List<Entry> entries = new ArrayList<>();

		private final Map<Throwable, Integer> numbers = new IdentityHashMap<>();

		static Description of(Throwable error) {
			Description description = new Description();
			description.add(error);
			return description;
		}

		/** Breadth first, so that what is near is there if there's too much. */
		private void add(Throwable root) {
			List<Throwable> all = new ArrayList<>();
			number(root, all);
			int frames = MOST_FRAMES_IN_ALL;
			for (int i = 0; i < all.size(); i++) {
				Throwable error = all.get(i);
				int cause = number(Careful.cause(error), all);
				List<Integer> suppressed = new ArrayList<>(0);
				for (Throwable each : error.getSuppressed()) {
					int number = number(each, all);
					if (number >= 0) {
						suppressed.add(number);
					}
				}
				StackTraceElement[] stackTrace = Careful.stackTrace(error, frames);
				frames -= stackTrace.length;
				this.entries
					.add(new Entry(error.getClass().getName(), Careful.message(error), stackTrace, cause, suppressed));
			}
		}

		private int number(@Nullable Throwable error, List<Throwable> all) {
			if (error == null) {
				return -1;
			}
			Integer known = this.numbers.get(error);
			if (known != null) {
				return known;
			}
			if (all.size() == MOST_DESCRIBED) {
				return -1;
			}
			all.add(error);
			this.numbers.put(error, all.size() - 1);
			return all.size() - 1;
		}

		/**
		 * What stands for an exception that is not the root, for one that can't be
		 * serialized.
		 */
		Object replacement(Object value) {
			if (value instanceof Throwable error && !(value instanceof RemoteTaskException)) {
				Integer number = this.numbers.get(error);
				if (number == null) {
					return new RemoteTaskException(value.getClass().getName(), Careful.message(error),
							Careful.stackTrace(error, MOST_FRAMES), null);
				}
				if (number != 0 && !Careful.isSerializable(error)) {
					return toException(number);
				}
			}
			return value;
		}

		/** What stands for any exception that is not the root. */
		Object words(Object value) {
			if (!(value instanceof Throwable error) || value instanceof RemoteTaskException) {
				return value;
			}
			Integer number = this.numbers.get(error);
			return (number != null) ? toException(number) : new RemoteTaskException(value.getClass().getName(),
					Careful.message(error), Careful.stackTrace(error, MOST_FRAMES), null);
		}

		/** Whether there are classes beside the root's that the other side may lack. */
		boolean leadsToForeignClasses() {
			for (Map.Entry<Throwable, Integer> each : this.numbers.entrySet()) {
				if (each.getValue() != 0 && each.getKey().getClass().getClassLoader() != null) {
					return true;
				}
			}
			return false;
		}

		void write(PayloadOutput out) throws IOException {
			out.writeCount(this.entries.size());
			for (Entry entry : this.entries) {
				entry.write(out);
			}
		}

		static Description read(PayloadInput in) throws IOException {
			Description description = new Description();
			int count = in.readCount();
			if (count < 1 || count > MOST_DESCRIBED) {
				throw new BadFrameException("An exception claims to consist of " + count);
			}
			for (int i = 0; i < count; i++) {
				description.entries.add(Entry.read(in));
			}
			return description;
		}

		RemoteTaskException toException(int number) {
			return toException(number, new RemoteTaskException[this.entries.size()]);
		}

		/** A cycle ends where it would close. */
		private RemoteTaskException toException(int number, @Nullable RemoteTaskException[] made) {
			Entry entry = this.entries.get(number);
			RemoteTaskException placeholder = new RemoteTaskException(entry.className, entry.message, entry.stackTrace,
					null);
			made[number] = placeholder;
			RemoteTaskException cause = null;
			if (entry.cause >= 0 && entry.cause < made.length) {
				cause = (made[entry.cause] != null) ? null : toException(entry.cause, made);
			}
			RemoteTaskException exception = (cause != null)
					? new RemoteTaskException(entry.className, entry.message, entry.stackTrace, cause) : placeholder;
			for (int suppressed : entry.suppressed) {
				if (suppressed >= 0 && suppressed < made.length && made[suppressed] == null) {
					exception.addSuppressed(toException(suppressed, made));
				}
			}
			return exception;
		}

	}

	/**
	 * One exception in words.
	 */
	private record Entry(String className, @Nullable String message, StackTraceElement[] stackTrace, int cause,
			List<Integer> suppressed) {

		void write(PayloadOutput out) throws IOException {
			out.writeText(this.className);
			out.write((this.message != null) ? 1 : 0);
			if (this.message != null) {
				out.writeText(this.message);
			}
			out.writeCount(this.stackTrace.length);
			for (StackTraceElement frame : this.stackTrace) {
				out.writeText(frame.getClassName());
				out.writeText(frame.getMethodName());
				out.writeText((frame.getFileName() != null) ? frame.getFileName() : "");
				out.writeInt(frame.getLineNumber());
			}
			out.writeCount(this.cause + 1);
			out.writeCount(this.suppressed.size());
			for (int number : this.suppressed) {
				out.writeCount(number);
			}
		}

		static Entry read(PayloadInput in) throws IOException {
			String className = text(in);
			String message = (in.readByte() != 0) ? text(in) : null;
			StackTraceElement[] stackTrace = new StackTraceElement[count(in, MOST_FRAMES)];
			for (int i = 0; i < stackTrace.length; i++) {
				String type = text(in);
				String method = text(in);
				String file = text(in);
				stackTrace[i] = new StackTraceElement(type, method, file.isEmpty() ? null : file, in.readInt());
			}
			int cause = in.readCount() - 1;
			int count = count(in, MOST_DESCRIBED);
			List<Integer> suppressed = new ArrayList<>(count);
			for (int i = 0; i < count; i++) {
				suppressed.add(in.readCount());
			}
			return new Entry(className, message, stackTrace, cause, suppressed);
		}

		private static String text(PayloadInput in) throws IOException {
			return in.readText(in.readCount(), MOST_TEXT_BYTES);
		}

		private static int count(PayloadInput in, int most) throws IOException {
			int count = in.readCount();
			if (count > most) {
				throw new BadFrameException(
						"An exception claims %d parts; at most %d are allowed".formatted(count, most));
			}
			return count;
		}

	}

	/**
	 * Asks exceptions without trusting their answers.
	 */
	private static final class Careful {

		private static @Nullable String message(Throwable error) {
			String message;
			try {
				message = error.getMessage();
			}
			catch (OutOfMemoryError ex) {
				throw ex;
			}
			catch (Throwable ex) {
				message = "(its getMessage() failed with " + ex.getClass().getName() + ")";
			}
			return (message != null && message.length() > MOST_TEXT) ? message.substring(0, MOST_TEXT) : message;
		}

		private static @Nullable Throwable cause(Throwable error) {
			try {
				return error.getCause();
			}
			catch (OutOfMemoryError ex) {
				throw ex;
			}
			catch (Throwable ex) {
				return null;
			}
		}

		private static StackTraceElement[] stackTrace(Throwable error, int left) {
			try {
				StackTraceElement[] frames = error.getStackTrace();
				int most = Math.min(MOST_FRAMES, left);
				return (frames.length > most) ? Arrays.copyOf(frames, most) : frames;
			}
			catch (OutOfMemoryError ex) {
				throw ex;
			}
			catch (Throwable ex) {
				return new StackTraceElement[0];
			}
		}

		/**
		 * Whether an exception's own fields can be serialized; others in it don't count.
		 */
		private static boolean isSerializable(Throwable error) {
			try (ObjectOutputStream trial = new TrialOutput(error)) {
				trial.writeObject(error);
				return true;
			}
			catch (OutOfMemoryError ex) {
				throw ex;
			}
			catch (Throwable ex) {
				return false;
			}
		}

	}

	/**
	 * Tries to serialize one exception, without the others that it leads to.
	 */
	private static final class TrialOutput extends ObjectOutputStream {

		private final Throwable tried;

		TrialOutput(Throwable tried) throws IOException {
			super(OutputStream.nullOutputStream());
			this.tried = tried;
			enableReplaceObject(true);
		}

		@Override
		protected @Nullable Object replaceObject(Object value) {
			return (value instanceof Throwable && value != this.tried) ? null : value;
		}

	}

}
