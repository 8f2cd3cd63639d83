package io.github.workerpool.core;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

/**
 * Recognises results that are promises: what a task's body returned belongs to the task,
 * which has not ended before the promise has.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface PendingResults {

	/** Knows the promises of the JDK. */
	PendingResults JDK = (result) -> {
		if (result instanceof CompletionStage<?> stage) {
			return new Pending(stage.toCompletableFuture(), () -> result);
		}
		return (result instanceof Future<?> future) ? new Pending(future, () -> result) : null;
	};

	/**
	 * Looks at what a task's body returned. Its class alone decides whether it is a
	 * promise, so that a worker need not ask again for each result of the same class.
	 * @param result the result
	 * @return how to wait for it, {@code null} if it is no promise
	 */
	@Nullable Pending pending(Object result);

	/**
	 * Asks another one where this one knows nothing.
	 * @param other the other
	 * @return both
	 */
	default PendingResults or(PendingResults other) {
		return (result) -> {
			Pending pending = pending(result);
			return (pending != null) ? pending : other.pending(result);
		};
	}

	/**
	 * A promise.
	 *
	 * @param future what to wait for; cancelled if the task is
	 * @param result what the task's result is then
	 */
	record Pending(Future<?> future, java.util.function.Supplier<?> result) {

	}

}
