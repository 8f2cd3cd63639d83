package io.github.workerpool.core;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.RejectedTaskException.Reason;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.WorkerContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * A task for every worker.
 */
class BroadcastTests {

	@RegisterExtension
	final Pools pools = new Pools();

	@Test
	void runsOnceOnEveryWorker() {
		SupervisedWorkerPool pool = this.pools.ready(3);
		List<TaskFuture<String>> futures = pool.broadcast(() -> WorkerContext.current().orElseThrow().workerId());
		assertThat(futures).hasSize(3);
		Set<String> workers = new HashSet<>();
		futures.forEach((future) -> workers.add(future.join()));
		assertThat(workers).containsExactlyInAnyOrderElementsOf(
				pool.snapshot().workerList().stream().map((worker) -> worker.id()).toList());
		assertThat(pool.snapshot().tasks().submitted()).isEqualTo(3);
		Pools.await(() -> assertThat(pool.snapshot().tasks().succeeded()).isEqualTo(3));
	}

	@Test
	void goesPastTheQueueButNotPastARunningTask() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate gate = this.pools.occupy(pool, 1);
		Gate queued = this.pools.gate();
		TaskFuture<Integer> waiting = pool.submit(queued.holding(1));
		List<TaskFuture<String>> futures = pool.broadcast(() -> "told");
		assertThat(futures).singleElement().satisfies((future) -> {
			assertThat(future.status()).isEqualTo(TaskStatus.QUEUED);
			assertThat(pool.queue().size()).isEqualTo(1);
			gate.open();
			assertThat(future).succeedsWithin(Gate.PATIENCE).isEqualTo("told");
		});
		queued.awaitEntered().open();
		assertThat(waiting).succeedsWithin(Gate.PATIENCE);
	}

	@Test
	void reachesIdleWorkersBesideBusyOnes() {
		SupervisedWorkerPool pool = this.pools.ready(2);
		Gate gate = this.pools.occupy(pool, 1);
		List<TaskFuture<Integer>> futures = pool.broadcast(() -> 1);
		Pools.await(() -> assertThat(futures.stream().filter(TaskFuture::isDone)).hasSize(1));
		gate.open();
		futures.forEach((future) -> assertThat(future).succeedsWithin(Gate.PATIENCE));
	}

	@Test
	void isNotHeldUpByAFullQueue() {
		SupervisedWorkerPool pool = this.pools
			.ready((settings) -> settings.size(2).queue((queue) -> queue.capacity(0)));
		pool.broadcast(() -> 1).forEach((future) -> assertThat(future).succeedsWithin(Gate.PATIENCE));
	}

	@Test
	void isBoundedAllTheSame() {
		SupervisedWorkerPool pool = this.pools.ready((settings) -> settings.queue((queue) -> queue.capacity(3)));
		Gate gate = this.pools.occupy(pool, 1);
		int accepted = 0;
		TaskFuture<Integer> refused = null;
		for (int i = 0; i < 100 && refused == null; i++) {
			TaskFuture<Integer> future = pool.broadcast(() -> 1).get(0);
			if (future.status() == TaskStatus.REJECTED) {
				refused = future;
			}
			else {
				accepted++;
			}
		}
		assertThat(accepted).isBetween(3, 4);
		assertThat(Pools.errorOf(refused)).isInstanceOfSatisfying(RejectedTaskException.class,
				(ex) -> assertThat(ex.reason()).isEqualTo(Reason.QUEUE_FULL));
		gate.open();
	}

	@Test
	void failsForEachWorkerByItself() {
		SupervisedWorkerPool pool = this.pools.ready(2);
		IOException own = new IOException("own");
		List<TaskFuture<Integer>> futures = pool.broadcast(() -> {
			throw own;
		});
		assertThat(futures).hasSize(2).allSatisfy((future) -> assertThat(Pools.errorOf(future)).isSameAs(own));
		assertThat(pool.submit(() -> 1)).succeedsWithin(Gate.PATIENCE);
	}

	@Test
	void canBeCancelledWhileItWaitsAndWhileItRuns() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate before = this.pools.occupy(pool, 1);
		TaskFuture<Integer> waiting = pool.broadcast(() -> 1).get(0);
		assertThat(waiting.cancel(false)).isTrue();
		before.open();
		Gate gate = this.pools.gate();
		TaskFuture<Integer> running = pool.broadcast(gate.holding(1)).get(0);
		gate.awaitEntered();
		assertThat(running.cancel(true)).isTrue();
		gate.awaitInterrupted();
		assertThat(pool.submit(() -> 1)).succeedsWithin(Gate.PATIENCE);
		assertThat(pool.queue().size()).isZero();
	}

	@Test
	void theTimeoutOfThePoolHoldsForIt() {
		SupervisedWorkerPool pool = this.pools
			.ready((settings) -> settings.task((task) -> task.timeout(Duration.ofMillis(30))));
		Gate gate = this.pools.gate();
		assertThat(pool.broadcast(gate.holding(1)).get(0)).failsWithin(Gate.PATIENCE)
			.withThrowableThat()
			.havingCause()
			.isInstanceOf(io.github.workerpool.TaskTimeoutException.class);
	}

	@Test
	void withoutWorkersThereIsNobodyToTell() {
		assertThat(this.pools.build((settings) -> {
		}).broadcast(() -> 1)).isEmpty();
		SupervisedWorkerPool idle = this.pools.start((settings) -> settings.minSize(0).maxSize(2));
		assertThat(idle.broadcast(() -> 1)).isEmpty();
		SupervisedWorkerPool closed = this.pools.ready(1);
		closed.close();
		assertThat(closed.broadcast(() -> 1)).isEmpty();
	}

	@Test
	void aPausedPoolHoldsItBack() {
		SupervisedWorkerPool pool = this.pools.ready(2);
		pool.pause();
		List<TaskFuture<Integer>> futures = pool.broadcast(() -> 1);
		assertThat(futures).hasSize(2).allMatch((future) -> future.status() == TaskStatus.QUEUED);
		pool.resume();
		futures.forEach((future) -> assertThat(future).succeedsWithin(Gate.PATIENCE));
	}

	@Test
	void everyBroadcastSettlesWhileWorkersComeAndGo() {
		SupervisedWorkerPool pool = this.pools.ready(2);
		for (int i = 0; i < 100; i++) {
			CompletableFuture<Void> recycled = pool.recycle();
			List<TaskFuture<Integer>> futures = pool.broadcast(() -> 1);
			Pools.await(() -> assertThat(futures).allMatch(TaskFuture::isDone));
			assertThat(futures).allMatch(
					(future) -> future.status() == TaskStatus.SUCCEEDED || future.status() == TaskStatus.CANCELLED);
			assertThat(recycled).succeedsWithin(Gate.PATIENCE);
		}
	}

	@Test
	void nothingCannotBeBroadcast() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		assertThatNullPointerException().isThrownBy(() -> pool.broadcast(null)).withMessageContaining("'task'");
		assertThat(pool.submit(() -> 1, TaskOptions.none())).succeedsWithin(Gate.PATIENCE);
	}

}
