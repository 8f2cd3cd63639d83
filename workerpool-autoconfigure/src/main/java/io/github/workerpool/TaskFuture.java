package io.github.workerpool;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * Future of a submitted task.
 * <p>
 * {@code cancel(true)} removes a queued task and stops a running one;
 * {@code cancel(false)} only removes a queued one. Completing the future from outside
 * ({@code complete}, {@code completeExceptionally}, {@code orTimeout}, …) is
 * {@code cancel(true)} for the work, while the outsider's value stands. Dependants of a
 * success run on the worker's thread after the worker is free again; those of timeouts,
 * rejections and cancellations, and all listeners, run on a callback thread of the pool.
 * <p>
 * Waiting ({@code get}, {@code join}) on a worker's thread fails with
 * {@link RejectedTaskException} ({@code WOULD_DEADLOCK}) when every worker that could
 * serve this task would then be waiting.
 * <p>
 * Safe for use by any number of threads.
 *
 * @param <R> the type of the result
 * @since 0.1.0
 */
public abstract class TaskFuture<R extends @Nullable Object> extends CompletableFuture<R> {

	/**
	 * For engines: makes an incomplete future.
	 */
	protected TaskFuture() {
	}

	/**
	 * A future that has its value already, for code that is declared to return the future
	 * of a task but runs none: an offloaded method on its worker, a fallback, a test.
	 * @param <U> the type of the value
	 * @param value the value
	 * @return a future that has {@linkplain TaskStatus#SUCCEEDED succeeded}
	 */
	public static <U extends @Nullable Object> TaskFuture<U> completedFuture(U value) {
		return new CompletedTask<>(value);
	}

	/**
	 * Identifies the task within its pool, in logs and at the endpoint.
	 * @return the id
	 */
	public abstract String id();

	/**
	 * Name of the task, as given by its options or the offloaded method; {@code task} by
	 * default.
	 * @return the name
	 */
	public abstract String name();

	/**
	 * Where the task is in its life.
	 * @return the status
	 */
	public abstract TaskStatus status();

	/**
	 * Registers a listener for what the task {@linkplain WorkerContext#emit emits}.
	 * Events arrive one at a time, in order, on a callback thread; up to 1024 emitted
	 * before the first listener came are kept for it.
	 * @param listener called with each event
	 * @return this future
	 */
	public abstract TaskFuture<R> onEvent(Consumer<Object> listener);

	/**
	 * Registers a listener for the task's {@linkplain WorkerContext#progress progress}.
	 * Called on a callback thread with the newest value; values in between may be
	 * skipped.
	 * @param listener called with the progress
	 * @return this future
	 */
	public abstract TaskFuture<R> onProgress(DoubleConsumer listener);

	/**
	 * Completes by {@link #complete}, which the JDK's goes round.
	 */
	@Override
	public CompletableFuture<R> completeAsync(Supplier<? extends R> supplier, Executor executor) {
		Objects.requireNonNull(supplier, "'supplier' must not be null");
		executor.execute(() -> {
			if (!isDone()) {
				try {
					complete(supplier.get());
				}
				catch (Throwable ex) {
					completeExceptionally(ex);
				}
			}
		});
		return this;
	}

	@Override
	public CompletableFuture<R> completeAsync(Supplier<? extends R> supplier) {
		return completeAsync(supplier, defaultExecutor());
	}

	/**
	 * Dependent stages are ordinary futures: cancelling one of them does not reach the
	 * task.
	 */
	@Override
	public <U> CompletableFuture<U> newIncompleteFuture() {
		return new CompletableFuture<>();
	}

}
