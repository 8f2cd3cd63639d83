package io.github.workerpool.offload;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

/**
 * The futures that methods return, whatever their kind.
 */
final class Futures {

	private Futures() {
	}

	/**
	 * Waits for a future; cancels it when interrupted.
	 * @param returned a future or stage, or nothing
	 * @return its value
	 * @throws Exception its failure, as itself
	 */
	static @Nullable Object await(@Nullable Object returned) throws Exception {
		Future<?> future;
		if (returned instanceof Future<?> itself) {
			future = itself;
		}
		else if (returned instanceof CompletionStage<?> stage) {
			future = stage.toCompletableFuture();
		}
		else {
			return returned;
		}
		try {
			return future.get();
		}
		catch (ExecutionException ex) {
			throw Thrown.asUnchecked(Thrown.causeOf(ex));
		}
		catch (InterruptedException ex) {
			future.cancel(true);
			throw ex;
		}
	}

	/**
	 * Finds why a future failed. What {@code get} tells isn't always it: of a
	 * {@link CompletionException} it tells the cause, even if that is what the method
	 * itself has thrown.
	 * @param future a future that has failed
	 * @param told what {@code get} has told
	 * @return the failure
	 */
	static Throwable failureOf(CompletableFuture<?> future, ExecutionException told) {
		Throwable failure = future.<@Nullable Throwable>handle((value, thrown) -> thrown).join();
		return (failure != null) ? failure : Thrown.causeOf(told);
	}

	/**
	 * Makes a future of anything: a future is taken for what it is, all else for a value.
	 * @param value a future, a stage or a value
	 * @return a future
	 */
	static CompletableFuture<?> completable(@Nullable Object value) {
		if (value instanceof CompletionStage<?> stage) {
			return stage.toCompletableFuture();
		}
		if (!(value instanceof Future<?> future)) {
			return CompletableFuture.completedFuture(value);
		}
		// can't be asked to tell when it is done
		CompletableFuture<@Nullable Object> waiting = CompletableFuture.supplyAsync(() -> {
			try {
				return await(future);
			}
			catch (Exception ex) {
				throw Thrown.asUnchecked(ex);
			}
		});
		waiting.whenComplete((result, failure) -> future.cancel(true));
		return waiting;
	}

}
