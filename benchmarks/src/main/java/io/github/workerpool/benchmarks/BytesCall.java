package io.github.workerpool.benchmarks;

import java.io.Serial;
import java.lang.reflect.Method;

import io.github.workerpool.MethodTask;
import io.github.workerpool.memory.TransferableBuffer;

/**
 * The call of a method that changes a byte of what it is given and returns it, in the
 * form an {@code @Offload} method has.
 *
 * @param <T> an array or a buffer
 */
final class BytesCall<T> implements MethodTask<T> {

	@Serial
	private static final long serialVersionUID = 1;

	private static final Target TARGET = new Target();

	private static final Method ARRAY = method(byte[].class);

	private static final Method BUFFER = method(TransferableBuffer.class);

	private final transient T bytes;

	BytesCall(T bytes) {
		this.bytes = bytes;
	}

	private static Method method(Class<?> parameter) {
		try {
			return Target.class.getMethod("change", parameter);
		}
		catch (NoSuchMethodException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public String beanName() {
		return "target";
	}

	@Override
	public Method method() {
		return (this.bytes instanceof byte[]) ? ARRAY : BUFFER;
	}

	@Override
	public Object[] arguments() {
		return new Object[] { this.bytes };
	}

	@Override
	@SuppressWarnings("unchecked")
	public MethodTask<T> withArguments(Object[] arguments) {
		return new BytesCall<>((T) arguments[0]);
	}

	@Override
	@SuppressWarnings("unchecked")
	public T call() {
		return (T) ((this.bytes instanceof byte[] array) ? TARGET.change(array)
				: TARGET.change((TransferableBuffer) this.bytes));
	}

	/**
	 * What is called.
	 */
	public static final class Target {

		/**
		 * Changes the first byte.
		 */
		public byte[] change(byte[] bytes) {
			bytes[0]++;
			return bytes;
		}

		/**
		 * Changes the first byte.
		 */
		public TransferableBuffer change(TransferableBuffer bytes) {
			bytes.asBuffer().put(0, (byte) (bytes.asBuffer().get(0) + 1));
			return bytes;
		}

	}

}
