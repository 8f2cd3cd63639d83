package io.github.workerpool;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * A thread that runs a worker's code. For engines to extend: it ties
 * {@link WorkerContext#current()} and {@link WorkerLocal} to the worker without a global
 * table, as {@code ForkJoinWorkerThread} does for its pool.
 *
 * @since 0.1.0
 */
public abstract class WorkerThread extends Thread {

	private final Map<WorkerLocal<?>, Object> locals = new IdentityHashMap<>();

	private final Deque<Runnable> closers = new ArrayDeque<>();

	/**
	 * Makes a daemon thread that inherits no thread locals.
	 * @param target what to run
	 * @param name name of the thread
	 * @param stackSize stack size in bytes, 0 for the JVM's default
	 */
	@SuppressWarnings("this-escape")
	protected WorkerThread(Runnable target, String name, long stackSize) {
		super(null, target, name, stackSize, false);
		setDaemon(true);
	}

	/**
	 * The context of the task on this thread; called on this thread only.
	 * @return the context, or {@code null} between tasks
	 */
	protected abstract @Nullable WorkerContext workerContext();

	/**
	 * Tells whether worker code runs on this thread now; called on this thread only.
	 * @return whether it does
	 */
	protected boolean isWorking() {
		return workerContext() != null;
	}

	/**
	 * Closes the worker's {@link WorkerLocal} values, newest first; called on this thread
	 * when the worker ends.
	 * @param onError told of values that fail to close
	 */
	protected final void closeLocals(Consumer<Throwable> onError) {
		for (Runnable closer = this.closers.pollLast(); closer != null; closer = this.closers.pollLast()) {
			try {
				closer.run();
			}
			catch (Throwable ex) {
				onError.accept(ex);
			}
		}
		this.locals.clear();
	}

	@Nullable Object local(WorkerLocal<?> local) {
		return this.locals.get(local);
	}

	void local(WorkerLocal<?> local, Object value, Runnable closer) {
		this.locals.put(local, value);
		this.closers.addLast(closer);
	}

}
