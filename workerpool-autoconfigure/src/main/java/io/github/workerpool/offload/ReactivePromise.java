package io.github.workerpool.offload;

import java.util.concurrent.Future;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * A reactive result ({@code Mono}, {@code Flux}, …) that was subscribed to and whose end
 * can be waited for. A worker whose task returned one stays busy until then, so that the
 * work happens on the pool's time.
 *
 * @param future completes when the result does; cancelling it cancels the subscription
 * @param result the same result for the task's caller, replayed
 * @since 0.1.0
 */
public record ReactivePromise(Future<?> future, Supplier<?> result) {

	/**
	 * Subscribes to a result if it is reactive.
	 * @param result what a task returned
	 * @return the promise, {@code null} if the result is not reactive or no reactive
	 * library is present
	 */
	public static @Nullable ReactivePromise of(Object result) {
		return null;
	}

}
