package io.github.workerpool.offload;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;

import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskStatus;
import org.jspecify.annotations.Nullable;

/**
 * A task's future whose failure is replaced by what a fallback makes of it. To its caller
 * it is the task: cancelling it, completing it from outside and waiting for it are done
 * to that.
 */
final class RescuedFuture extends TaskFuture<@Nullable Object> {

	private final CompletableFuture<?> source;

	private final String id;

	private final String name;

	private RescuedFuture(CompletableFuture<?> source, String id, String name) {
		this.source = source;
		this.id = id;
		this.name = name;
	}

	/**
	 * Attaches a fallback.
	 * @param source the future that may fail
	 * @param id id of the task
	 * @param name name of the task
	 * @param fallback called with its failure where that arrives; throws it where there
	 * is nothing to be done
	 * @return the future for the caller
	 */
	static RescuedFuture of(CompletableFuture<?> source, String id, String name, Rescue fallback) {
		RescuedFuture rescued = new RescuedFuture(source, id, name);
		source.whenComplete((value, failure) -> {
			if (failure == null) {
				rescued.complete(value);
			}
			else if (!rescued.isDone()) {
				// a stage wraps the failure of the one before; a task tells its own
				rescued.rescue((source instanceof TaskFuture) ? failure : Thrown.causeOf(failure), fallback);
			}
		});
		rescued.whenComplete((value, failure) -> source.cancel(true));
		return rescued;
	}

	private void rescue(Throwable failure, Rescue fallback) {
		try {
			Futures.completable(fallback.call(failure)).whenComplete((value, further) -> {
				if (further == null) {
					complete(value);
				}
				else {
					completeExceptionally(Thrown.causeOf(further));
				}
			});
		}
		catch (Throwable ex) {
			completeExceptionally(ex);
		}
	}

	@Override
	public String id() {
		return this.id;
	}

	@Override
	public String name() {
		return this.name;
	}

	@Override
	public TaskStatus status() {
		if (this.source instanceof TaskFuture<?> task) {
			return task.status();
		}
		if (!this.source.isDone()) {
			return TaskStatus.RUNNING;
		}
		if (this.source.isCancelled()) {
			return TaskStatus.CANCELLED;
		}
		return this.source.isCompletedExceptionally() ? TaskStatus.FAILED : TaskStatus.SUCCEEDED;
	}

	@Override
	public TaskFuture<@Nullable Object> onEvent(Consumer<Object> listener) {
		if (this.source instanceof TaskFuture<?> task) {
			task.onEvent(listener);
		}
		return this;
	}

	@Override
	public TaskFuture<@Nullable Object> onProgress(DoubleConsumer listener) {
		if (this.source instanceof TaskFuture<?> task) {
			task.onProgress(listener);
		}
		return this;
	}

	@Override
	public boolean cancel(boolean mayInterruptIfRunning) {
		// a running task that may not be interrupted stays as it is
		return (this.source.isDone() || this.source.cancel(mayInterruptIfRunning))
				&& super.cancel(mayInterruptIfRunning);
	}

	/** Waits for the task first, which may refuse to be waited for. */
	@Override
	public @Nullable Object get() throws InterruptedException, ExecutionException {
		if (!isDone()) {
			try {
				this.source.get();
			}
			catch (ExecutionException | CancellationException ex) {
				// what becomes of it is told by this future
			}
		}
		return super.get();
	}

	@Override
	public @Nullable Object get(long timeout, TimeUnit unit)
			throws InterruptedException, ExecutionException, TimeoutException {
		long deadline = System.nanoTime() + unit.toNanos(timeout);
		if (!isDone()) {
			try {
				this.source.get(timeout, unit);
			}
			catch (ExecutionException | CancellationException ex) {
				// what becomes of it is told by this future
			}
		}
		return super.get(Math.max(deadline - System.nanoTime(), 0), TimeUnit.NANOSECONDS);
	}

	@Override
	public @Nullable Object join() {
		if (!isDone()) {
			try {
				this.source.join();
			}
			catch (CompletionException | CancellationException ex) {
				// what becomes of it is told by this future
			}
		}
		return super.join();
	}

	/**
	 * Makes a result of a failure.
	 */
	@FunctionalInterface
	interface Rescue {

		/**
		 * Calls the fallback.
		 * @param failure why the task failed
		 * @return a value, or a future of one
		 * @throws Throwable the failure, or the fallback's own
		 */
		@Nullable Object call(Throwable failure) throws Throwable;

	}

}
