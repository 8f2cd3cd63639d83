package io.github.workerpool.memory;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

import org.jspecify.annotations.Nullable;

/**
 * File operations of a thread that may be interrupted. An interruption closes the
 * {@code FileChannel} it meets, and a file that has no name any more is lost with it; but
 * a task that is being cancelled must not destroy memory that others share.
 */
final class Uninterrupted {

	private Uninterrupted() {
	}

	/**
	 * Repeats an operation, which must begin from the beginning, until no interruption
	 * comes in between. The thread's interruption is kept.
	 * @param <T> type of the result
	 * @param operation what to do
	 * @return its result
	 * @throws IOException if it fails
	 */
	static <T> T repeat(Operation<T> operation) throws IOException {
		boolean interrupted = false;
		try {
			while (true) {
				interrupted |= Thread.interrupted();
				try {
					return operation.call();
				}
				catch (ClosedByInterruptException ex) {
					interrupted = true;
				}
			}
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	/**
	 * Runs an operation that can't be repeated on a thread that nobody interrupts.
	 * @param <T> type of the result
	 * @param name name of the thread
	 * @param stackSize size of its stack in bytes, 0 for the JVM's default
	 * @param operation what to do
	 * @return its result
	 * @throws Exception what the operation threw
	 */
	static <T extends @Nullable Object> T elsewhere(String name, long stackSize, Callable<T> operation)
			throws Exception {
		FutureTask<T> future = new FutureTask<>(operation);
		Thread thread = new Thread(null, future, name, stackSize, false);
		thread.setDaemon(true);
		thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
		thread.start();
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

	/**
	 * An operation on a file.
	 *
	 * @param <T> type of the result
	 */
	@FunctionalInterface
	interface Operation<T> {

		T call() throws IOException;

	}

}
