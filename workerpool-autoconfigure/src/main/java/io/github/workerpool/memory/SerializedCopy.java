package io.github.workerpool.memory;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectStreamClass;
import java.io.OutputStream;
import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;

/**
 * Copies any graph by the JDK's serialization, within one JVM. The classes do not travel
 * by name: the writer remembers the very classes it met, in order, and the reader takes
 * them from there, so that no class loader is asked and none can give the wrong one. What
 * is substituted (a memory that is shared, a buffer that moves) travels the same way.
 */
final class SerializedCopy {

	private final Queue<Class<?>> classes = new ArrayDeque<>();

	private final List<Object> substitutes = new ArrayList<>();

	private final UnaryOperator<@Nullable Object> substitution;

	private final boolean lambdas;

	/**
	 * Prepares a copy of one graph.
	 * @param substitution gives what stands for an object in the copy, or {@code null}
	 * @param lambdas whether serializable lambdas may be copied
	 */
	SerializedCopy(UnaryOperator<@Nullable Object> substitution, boolean lambdas) {
		this.substitution = substitution;
		this.lambdas = lambdas;
	}

	/**
	 * Copies an object and all it refers to.
	 * @param value the object
	 * @return its copy
	 * @throws IOException if something in it can't be copied
	 * @throws ClassNotFoundException never, in fact
	 * @throws RefusedException if something in it can't be copied
	 */
	@Nullable Object copy(Object value) throws IOException, ClassNotFoundException {
		Bytes bytes = new Bytes();
		try (Writer writer = new Writer(bytes)) {
			writer.writeGraph(value);
		}
		try (Reader reader = new Reader(bytes.toInputStream())) {
			return reader.readObject();
		}
	}

	/**
	 * Bytes that are not copied to be read.
	 */
	private static final class Bytes extends ByteArrayOutputStream {

		Bytes() {
			super(512);
		}

		InputStream toInputStream() {
			return new ByteArrayInputStream(this.buf, 0, this.count);
		}

	}

	/**
	 * Stands in the bytes for something that is not copied.
	 */
	private static final class Slot implements Serializable {

		@Serial
		private static final long serialVersionUID = 1L;

		private final int index;

		Slot(int index) {
			this.index = index;
		}

	}

	private final class Writer extends StructuredOutputStream {

		Writer(OutputStream out) throws IOException {
			super(out, SerializedCopy.this.lambdas);
		}

		@Override
		protected @Nullable Object substitute(Object value) {
			Object substitute = SerializedCopy.this.substitution.apply(value);
			if (substitute == null) {
				return null;
			}
			SerializedCopy.this.substitutes.add(substitute);
			return new Slot(SerializedCopy.this.substitutes.size() - 1);
		}

		@Override
		protected void annotateClass(Class<?> type) {
			SerializedCopy.this.classes.add(type);
		}

		@Override
		protected void annotateProxyClass(Class<?> type) {
			SerializedCopy.this.classes.add(type);
		}

	}

	private final class Reader extends ObjectInputStream {

		Reader(InputStream in) throws IOException {
			super(in);
			enableResolveObject(true);
			// nothing comes from outside; a filter of the JVM would refuse the user's own
			setObjectInputFilter((info) -> ObjectInputFilter.Status.ALLOWED);
		}

		@Override
		protected Class<?> resolveClass(ObjectStreamClass descriptor) {
			return SerializedCopy.this.classes.remove();
		}

		@Override
		protected Class<?> resolveProxyClass(String[] interfaces) {
			return SerializedCopy.this.classes.remove();
		}

		@Override
		protected @Nullable Object resolveObject(@Nullable Object value) {
			return (value instanceof Slot slot) ? SerializedCopy.this.substitutes.get(slot.index) : value;
		}

	}

}
