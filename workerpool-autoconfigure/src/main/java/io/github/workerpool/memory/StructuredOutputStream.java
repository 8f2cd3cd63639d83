package io.github.workerpool.memory;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.lang.invoke.SerializedLambda;

import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskSerializationException.Part;
import org.jspecify.annotations.Nullable;

/**
 * Serializes by the rules of a structured clone: records and {@code Optional} need not be
 * {@code Serializable}, lambdas cross only where they are wanted, cycles through records
 * are refused, and whatever can't cross is named with its path. Any
 * {@link java.io.ObjectInputStream} of a JVM that has this library reads it. Not
 * thread-safe.
 *
 * @since 0.1.0
 */
public class StructuredOutputStream extends ObjectOutputStream {

	private final boolean lambdas;

	private boolean valueSeen;

	/**
	 * Makes a stream and writes the header.
	 * @param out where to write to
	 * @param lambdas whether serializable lambdas may cross, as in tasks
	 * @throws IOException if {@code out} fails
	 */
	public StructuredOutputStream(OutputStream out, boolean lambdas) throws IOException {
		super(out);
		this.lambdas = lambdas;
		enableReplaceObject(true);
	}

	/**
	 * Writes an object with all it refers to.
	 * @param part what the object is to the task, for the error
	 * @param rootName how the path in the error begins
	 * @param root the object
	 * @throws TaskSerializationException if something in it can't cross; the stream is
	 * then of no more use
	 * @throws StackOverflowError if the graph is too deep for this thread's stack
	 */
	public final void writeGraph(Part part, String rootName, @Nullable Object root) throws TaskSerializationException {
		try {
			writeGraph(root);
		}
		catch (TaskSerializationException ex) {
			throw ex;
		}
		catch (IOException | RuntimeException | LinkageError ex) {
			throw SerializationFailure.describe(part, rootName, root, ex);
		}
	}

	final void writeGraph(@Nullable Object root) throws IOException {
		this.valueSeen = false;
		writeObject(root);
		if (this.valueSeen && root != null) {
			refuseCycles(root);
		}
	}

	static void refuseCycles(Object root) {
		Object culprit = RecordCycles.find(root);
		if (culprit != null) {
			throw new RefusedException(culprit, "it is part of a cycle, which can't be rebuilt through a "
					+ (culprit.getClass().isRecord() ? "record" : culprit.getClass().getName()), null);
		}
	}

	/**
	 * Gives something else to write in an object's place, such as a handle. Called once
	 * for every object met, after its own {@code writeReplace}.
	 * @param value the object
	 * @return what to write, or {@code null} to write the object itself
	 * @throws IOException if the object can't cross
	 */
	protected @Nullable Object substitute(Object value) throws IOException {
		return null;
	}

	@Override
	protected final Object replaceObject(Object value) throws IOException {
		Object substitute = substitute(value);
		if (substitute != null) {
			return substitute;
		}
		if (value instanceof SerializedLambda && !this.lambdas) {
			throw new RefusedException(value, "code does not cross", null);
		}
		if (value.getClass().isRecord()) {
			this.valueSeen = true;
			return (value instanceof Serializable) ? value : form(value);
		}
		if (value instanceof Serializable) {
			// the form of the JDK's immutable collections
			this.valueSeen |= value.getClass().getName().equals("java.util.CollSer");
			return value;
		}
		OptionalForm optional = OptionalForm.of(value);
		if (optional != null) {
			this.valueSeen = true;
			return optional;
		}
		throw new RefusedException(value, "it is not serializable", null);
	}

	private static Object form(Object record) {
		if (!RecordShape.of(record.getClass()).isOpen()) {
			throw DirectCopy.closedRecord(record);
		}
		return new RecordForm(record);
	}

}
