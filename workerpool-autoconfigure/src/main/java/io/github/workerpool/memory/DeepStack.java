package io.github.workerpool.memory;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

import org.jspecify.annotations.Nullable;

/**
 * A stack deep enough for a linked list of some hundred thousand nodes, which the JDK's
 * serialization walks by recursion. The memory is reserved, but used only as far as the
 * list is long, and given back at the end.
 */
final class DeepStack {

	/** Bytes. */
	static final long SIZE = 1L << 29;

	private DeepStack() {
	}

	/**
	 * Runs an action on a thread of its own and waits for it; an interruption is kept for
	 * later, as the action ends by itself.
	 * @param <T> type of the result
	 * @param action what to do
	 * @return its result
	 * @throws DirectCopy.TooDeepException if the system has no room for the stack
	 * @throws Exception what the action threw
	 */
	static <T extends @Nullable Object> T call(Callable<T> action) throws Exception {
		FutureTask<T> future = new FutureTask<>(action);
		Thread thread = new Thread(null, future, "workerpool-deep-clone", SIZE, false);
		thread.setDaemon(true);
		thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
		try {
			thread.start();
		}
		catch (OutOfMemoryError ex) {
			throw DirectCopy.TooDeepException.INSTANCE;
		}
		return await(future);
	}

	private static <T extends @Nullable Object> T await(FutureTask<T> future) throws Exception {
		boolean interrupted = false;
		try {
			while (true) {
				try {
					return future.get();
				}
				catch (InterruptedException ex) {
					interrupted = true;
				}
				catch (ExecutionException ex) {
					if (ex.getCause() instanceof Error error) {
						throw error;
					}
					throw (ex.getCause() instanceof Exception cause) ? cause : ex;
				}
			}
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

}
