package io.github.workerpool.process.child;

import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

/**
 * Waits for promises that tasks return: the task has not ended before its promise has.
 */
final class Promises {

	private Promises() {
	}

	/** Sees a promise in what a task returned. */
	static @Nullable Future<?> in(@Nullable Object result) {
		if (result instanceof CompletionStage<?> stage) {
			return stage.toCompletableFuture();
		}
		return (result instanceof Future<?> future) ? future : null;
	}

	/**
	 * Waits for a promise; cancels it if interrupted.
	 * @return what it was about
	 * @throws Throwable what it failed with
	 */
	static @Nullable Object await(Future<?> promise) throws Throwable {
		try {
			return promise.get();
		}
		catch (ExecutionException ex) {
			Throwable cause = ex.getCause();
			if (cause instanceof CompletionException && cause.getCause() != null) {
				cause = cause.getCause();
			}
			throw (cause != null) ? cause : ex;
		}
		catch (InterruptedException ex) {
			promise.cancel(true);
			throw ex;
		}
	}

}
