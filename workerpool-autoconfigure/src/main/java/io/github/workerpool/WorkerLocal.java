package io.github.workerpool;

import java.util.Objects;
import java.util.concurrent.Callable;

/**
 * A value made once per worker, on first use, and closed when the worker ends: a model, a
 * codec, a parser. Keep it in a {@code static final} field.
 *
 * <pre class="code">
 * private static final WorkerLocal&lt;Model&gt; MODEL = WorkerLocal.of(Model::load);
 * …
 * MODEL.get().predict(input);
 * </pre>
 *
 * Only for code that runs on a worker; tasks that a {@code caller-runs} queue runs on
 * their submitter are not on one. If making the value fails, the exception reaches the
 * task and the next use tries again.
 *
 * @param <T> the type of the value
 * @since 0.1.0
 */
public final class WorkerLocal<T> {

	private final Callable<? extends T> factory;

	private final Closer<? super T> closer;

	private WorkerLocal(Callable<? extends T> factory, Closer<? super T> closer) {
		this.factory = Objects.requireNonNull(factory, "'factory' must not be null");
		this.closer = Objects.requireNonNull(closer, "'closer' must not be null");
	}

	/**
	 * Makes a local whose values are closed if they are {@link AutoCloseable}.
	 * @param <T> the type of the value
	 * @param factory makes the value, never {@code null}
	 * @return the local
	 */
	public static <T> WorkerLocal<T> of(Callable<? extends T> factory) {
		return new WorkerLocal<>(factory, (value) -> {
			if (value instanceof AutoCloseable closeable) {
				closeable.close();
			}
		});
	}

	/**
	 * Makes a local whose values are closed in their own way.
	 * @param <T> the type of the value
	 * @param factory makes the value, never {@code null}
	 * @param closer closes it
	 * @return the local
	 */
	public static <T> WorkerLocal<T> of(Callable<? extends T> factory, Closer<? super T> closer) {
		return new WorkerLocal<>(factory, closer);
	}

	/**
	 * The value of the worker whose code runs on this thread.
	 * @return the value
	 * @throws IllegalStateException if this thread is no worker's
	 */
	@SuppressWarnings("unchecked")
	public T get() {
		if (!(Thread.currentThread() instanceof WorkerThread thread)) {
			throw new IllegalStateException("A WorkerLocal has values on workers only, but thread '"
					+ Thread.currentThread().getName() + "' is none; submit the code that uses it to a pool");
		}
		Object value = thread.local(this);
		if (value == null) {
			T made = make();
			thread.local(this, made, () -> close(made));
			return made;
		}
		return (T) value;
	}

	private T make() {
		try {
			return Objects.requireNonNull(this.factory.call(), "The factory of a WorkerLocal returned null");
		}
		catch (RuntimeException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw new IllegalStateException("The value of a WorkerLocal could not be made", ex);
		}
	}

	private void close(T value) {
		try {
			this.closer.close(value);
		}
		catch (RuntimeException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw new IllegalStateException("The value of a WorkerLocal could not be closed", ex);
		}
	}

	/**
	 * Closes a value.
	 *
	 * @param <T> the type of the value
	 */
	@FunctionalInterface
	public interface Closer<T> {

		/**
		 * Closes a value.
		 * @param value the value
		 * @throws Exception if it can't be closed; logged
		 */
		void close(T value) throws Exception;

	}

}
