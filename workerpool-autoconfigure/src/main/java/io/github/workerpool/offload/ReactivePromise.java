package io.github.workerpool.offload;

import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.core.ReactiveAdapter;

/**
 * A reactive result ({@code Mono}, {@code Flux}, …) that was subscribed to and whose end
 * can be waited for. A worker whose task returned one stays busy until then, so that the
 * work happens on the pool's time.
 *
 * @param future completes when the result does; cancelling it cancels the subscription
 * @param result the same result for the task's caller, replayed; there once the future
 * has completed without failure
 * @since 0.1.0
 */
public record ReactivePromise(Future<?> future, Supplier<?> result) {

	/** Asked for each result of each task; a search in the registry is too slow. */
	private static final ClassValue<Optional<ReactiveAdapter>> ADAPTERS = new ClassValue<>() {

		@Override
		protected Optional<ReactiveAdapter> computeValue(Class<?> type) {
			return ReturnStyle.isFuture(type) ? Optional.empty() : Optional.ofNullable(ReturnStyle.adapter(type));
		}

	};

	/**
	 * Subscribes to a result if it is reactive. Items of a multi-value result are kept
	 * until it ends.
	 * @param result what a task returned
	 * @return the promise, {@code null} if the result is not reactive or Reactor is not
	 * on the class path
	 */
	public static @Nullable ReactivePromise of(Object result) {
		ReactiveAdapter adapter = ADAPTERS.get(result.getClass()).orElse(null);
		return (adapter != null) ? ReactiveCalls.promise(result, adapter) : null;
	}

}
