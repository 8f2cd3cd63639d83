package io.github.workerpool.core;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.TaskTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a task's body promises belongs to the task.
 */
class PendingResultTests {

	@RegisterExtension
	final Pools pools = new Pools();

	private final SupervisedWorkerPool pool = this.pools.ready(1);

	@Test
	void theWorkerStaysBusyUntilThePromiseIsKept() {
		CompletableFuture<String> promise = new CompletableFuture<>();
		TaskFuture<CompletableFuture<String>> future = this.pool.submit(() -> promise);
		TaskFuture<Integer> next = this.pool.submit(() -> 1);
		Pools.await(() -> assertThat(promise.getNumberOfDependents()).as("somebody waits").isPositive());
		assertThat(future.status()).isEqualTo(TaskStatus.RUNNING);
		assertThat(next.status()).isEqualTo(TaskStatus.QUEUED);
		assertThat(this.pool.snapshot().workers().busy()).isEqualTo(1);
		promise.complete("kept");
		assertThat(future).succeedsWithin(Gate.PATIENCE).isSameAs(promise);
		assertThat(next).succeedsWithin(Gate.PATIENCE);
	}

	@Test
	void whatIsKeptAlreadyCostsNoWait() {
		TaskFuture<CompletableFuture<String>> future = this.pool
			.submit(() -> CompletableFuture.completedFuture("kept"));
		assertThat(future.join().join()).isEqualTo("kept");
	}

	@Test
	void aBrokenPromiseFailsTheTaskWithItsOwnError() {
		IOException own = new IOException("own");
		CompletableFuture<String> promise = new CompletableFuture<>();
		TaskFuture<CompletableFuture<String>> direct = this.pool.submit(() -> promise);
		promise.completeExceptionally(own);
		assertThat(Pools.errorOf(direct)).isSameAs(own);
		TaskFuture<CompletionStage<Integer>> derived = this.pool.submit(() -> promise.thenApply(String::length));
		assertThat(Pools.errorOf(derived)).isSameAs(own);
		TaskFuture<CompletableFuture<String>> wrapped = this.pool
			.submit(() -> CompletableFuture.failedFuture(new CompletionException(own)));
		assertThat(Pools.errorOf(wrapped)).isSameAs(own);
		assertThat(direct.status()).isEqualTo(TaskStatus.FAILED);
	}

	@Test
	void anyFutureIsAPromise() {
		Gate gate = this.pools.gate();
		FutureTask<String> promise = new FutureTask<>(() -> "kept");
		TaskFuture<Future<String>> future = this.pool.submit(() -> {
			gate.entered();
			return promise;
		});
		Pools.await(() -> assertThat(future.status()).isEqualTo(TaskStatus.RUNNING));
		promise.run();
		assertThat(future).succeedsWithin(Gate.PATIENCE).isSameAs(promise);
	}

	@Test
	void cancellingReachesThePromise() {
		CompletableFuture<String> promise = new CompletableFuture<>();
		TaskFuture<CompletableFuture<String>> future = this.pool.submit(() -> promise);
		Pools.await(() -> assertThat(promise.getNumberOfDependents()).isPositive());
		future.cancel(true);
		assertThat(future.isCancelled()).isTrue();
		Pools.await(() -> assertThat(promise.isCancelled()).isTrue());
		assertThat(this.pool.submit(() -> 1)).succeedsWithin(Gate.PATIENCE);
	}

	@Test
	void theTimeoutRunsUntilThePromiseIsKept() {
		CompletableFuture<String> promise = new CompletableFuture<>();
		TaskFuture<CompletableFuture<String>> future = this.pool.submit(() -> promise,
				TaskOptions.none().withTimeout(Duration.ofMillis(500)));
		assertThat(Pools.errorOf(future)).isInstanceOf(TaskTimeoutException.class);
		Pools.await(() -> assertThat(promise.isCancelled()).isTrue());
		assertThat(this.pool.submit(() -> 1)).succeedsWithin(Gate.PATIENCE);
	}

	@Test
	void aPromiseThatIsCancelledByOthersFailsTheTask() {
		CompletableFuture<String> promise = new CompletableFuture<>();
		TaskFuture<CompletableFuture<String>> future = this.pool.submit(() -> promise);
		promise.cancel(true);
		assertThat(Pools.errorOf(future)).isInstanceOf(CancellationException.class);
		assertThat(this.pool.submit(() -> 1)).succeedsWithin(Gate.PATIENCE);
	}

	@Test
	void aTaskOfAnotherPoolIsAPromiseToo() {
		SupervisedWorkerPool other = this.pools.ready(1);
		Gate gate = this.pools.gate();
		TaskFuture<TaskFuture<String>> future = this.pool.submit(() -> other.submit(gate.holding("kept")));
		gate.awaitEntered();
		assertThat(future.status()).isEqualTo(TaskStatus.RUNNING);
		gate.open();
		assertThat(future.join().join()).isEqualTo("kept");
	}

	@Test
	void cancellingReachesTheTaskOfAnotherPool() {
		SupervisedWorkerPool other = this.pools.ready(1);
		Gate gate = this.pools.gate();
		TaskFuture<TaskFuture<String>> future = this.pool.submit(() -> other.submit(gate.holding("kept")));
		gate.awaitEntered();
		future.cancel(true);
		gate.awaitInterrupted();
		assertThat(other.submit(() -> 1)).succeedsWithin(Gate.PATIENCE);
	}

	@Test
	void aPromiseThatNoWorkerCouldKeepIsRefused() {
		TaskFuture<TaskFuture<String>> future = this.pool.submit(() -> this.pool.submit(() -> "never"));
		assertThat(Pools.errorOf(future)).isInstanceOfSatisfying(RejectedTaskException.class,
				(ex) -> assertThat(ex.reason()).isEqualTo(RejectedTaskException.Reason.WOULD_DEADLOCK));
	}

}
