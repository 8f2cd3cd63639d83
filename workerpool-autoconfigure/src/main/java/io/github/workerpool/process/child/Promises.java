package io.github.workerpool.process.child;

import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

import io.github.workerpool.process.TaskForm;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * Waits for promises that tasks return: the task has not ended before its promise has.
 */
final class Promises {

	private static final boolean REACTIVE = isPresent("org.reactivestreams.Publisher");

	private Promises() {
	}

	private static boolean isPresent(String name) {
		try {
			Class.forName(name, false, Promises.class.getClassLoader());
			return true;
		}
		catch (ClassNotFoundException | LinkageError ex) {
			return false;
		}
	}

	/**
	 * Sees something reactive in what a task returned.
	 * @return {@link TaskForm#MONO}, {@link TaskForm#FLUX}, or 0 if it is neither
	 */
	static long reactive(@Nullable Object result) {
		if (REACTIVE && result instanceof Publisher<?>) {
			for (Class<?> type = result.getClass(); type != null; type = type.getSuperclass()) {
				if (type.getName().equals("reactor.core.publisher.Mono")) {
					return TaskForm.MONO;
				}
				if (type.getName().equals("reactor.core.publisher.Flux")) {
					return TaskForm.FLUX;
				}
			}
		}
		return 0;
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
