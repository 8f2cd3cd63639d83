package io.github.workerpool.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Stopping a task hits that task, at once and alone.
 */
class TaskCancellationTests {

	@RegisterExtension
	final Pools pools = new Pools();

	@Test
	void theWorkerIsFreeOnlyWhenTheWorkIsGone() {
		SupervisedWorkerPool pool = this.pools.ready((settings) -> settings.task((task) -> task.grace(Gate.PATIENCE)));
		Gate gate = this.pools.gate();
		TaskFuture<Integer> cancelled = pool.submit(gate.holdingStubbornly(1));
		gate.awaitEntered();
		cancelled.cancel(true);
		assertThat(cancelled.isDone()).isTrue();
		TaskFuture<Integer> next = pool.submit(() -> 2);
		gate.awaitInterrupted();
		assertThat(pool.snapshot().workers().busy()).isEqualTo(1);
		assertThat(next.status()).isEqualTo(TaskStatus.QUEUED);
		gate.open();
		assertThat(next).succeedsWithin(Gate.PATIENCE).isEqualTo(2);
	}

	@Test
	void whatACancelledTaskReturnsOrThrowsIsDropped() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate gate = this.pools.gate();
		TaskFuture<Integer> returns = pool.submit(gate.holdingStubbornly(1));
		gate.awaitEntered();
		returns.cancel(true);
		Gate other = this.pools.gate();
		TaskFuture<Integer> fails = pool.submit(() -> {
			other.passStubbornly();
			throw new IllegalStateException("late");
		});
		gate.open();
		other.awaitEntered();
		fails.cancel(true);
		other.open();
		assertThat(pool.submit(() -> 3)).succeedsWithin(Gate.PATIENCE);
		assertThat(returns.isCancelled()).isTrue();
		assertThat(fails.isCancelled()).isTrue();
		assertThat(pool.snapshot().tasks().cancelled()).isEqualTo(2);
		assertThat(pool.snapshot().tasks().failed()).isZero();
		assertThat(pool.snapshot().tasks().succeeded()).isEqualTo(1);
	}

	@Test
	void aTaskMayCancelItself() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		CompletableFuture<TaskFuture<Boolean>> self = new CompletableFuture<>();
		AtomicBoolean interrupted = new AtomicBoolean();
		TaskFuture<Boolean> future = pool.submit(() -> {
			boolean won = self.join().cancel(true);
			interrupted.set(Thread.currentThread().isInterrupted());
			return won;
		});
		self.complete(future);
		assertThat(pool.submit(() -> Thread.currentThread().isInterrupted())).succeedsWithin(Gate.PATIENCE)
			.isEqualTo(false);
		assertThat(future.isCancelled()).isTrue();
		assertThat(interrupted).isTrue();
	}

	@Test
	void aTaskThatLeavesItsInterruptionBehindDoesNotHitTheNext() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		TaskFuture<Integer> first = pool.submit(() -> {
			Thread.currentThread().interrupt();
			return 1;
		});
		TaskFuture<Boolean> second = pool.submit(() -> Thread.currentThread().isInterrupted());
		assertThat(first).succeedsWithin(Gate.PATIENCE);
		assertThat(second).succeedsWithin(Gate.PATIENCE).isEqualTo(false);
	}

	@Test
	void cancelQueuedCancelsWhatWaitsAndNothingElse() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate gate = this.pools.gate();
		TaskFuture<Integer> running = pool.submit(gate.holding(1));
		gate.awaitEntered();
		List<TaskFuture<Integer>> queued = List.of(pool.submit(() -> 1),
				pool.submit(() -> 2, TaskOptions.none().withKey("k")),
				pool.submit(() -> 3, TaskOptions.none().withPriority(9)));
		assertThat(pool.cancelQueued()).isEqualTo(3);
		assertThat(pool.cancelQueued()).isZero();
		assertThat(queued).allMatch(TaskFuture::isCancelled);
		assertThat(running.status()).isEqualTo(TaskStatus.RUNNING);
		gate.open();
		assertThat(running).succeedsWithin(Gate.PATIENCE);
	}

	@Test
	void aTaskIsCancelledByItsIdWhereverItIs() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate gate = this.pools.gate();
		TaskFuture<Integer> running = pool.submit(gate.holding(1));
		gate.awaitEntered();
		TaskFuture<Integer> queued = pool.submit(() -> 1, TaskOptions.none().withKey("k"));
		TaskFuture<Integer> aimed = pool.broadcast(() -> 1).get(0);
		assertThat(pool.cancel("no-such-task")).isFalse();
		assertThat(pool.cancel(queued.id())).isTrue();
		assertThat(queued.isCancelled()).isTrue();
		assertThat(pool.cancel(aimed.id())).isTrue();
		assertThat(aimed.isCancelled()).isTrue();
		assertThat(pool.cancel(running.id())).isTrue();
		assertThat(running.isCancelled()).isTrue();
		gate.awaitInterrupted();
		Pools.awaitIdle(pool);
		assertThat(pool.cancel(running.id())).isFalse();
	}

	@Test
	void aTaskThatIsCancelledTheMomentItStartsIsStoppedToo() {
		SupervisedWorkerPool pool = this.pools
			.ready((settings) -> settings.task((task) -> task.grace(Duration.ofMillis(1))));
		int abandonedAtLeast = 0;
		for (int i = 0; i < 300; i++) {
			Gate gate = new Gate();
			TaskFuture<Integer> future = pool.submit(gate.holdingStubbornly(1));
			while (future.status() == TaskStatus.QUEUED) {
				Thread.onSpinWait();
			}
			future.cancel(true);
			// Whether the task got to run or not, the worker must be had again
			assertThat(pool.submit(() -> 2)).succeedsWithin(Gate.PATIENCE);
			abandonedAtLeast += gate.entered();
			gate.open();
			Pools.await(() -> assertThat(pool.snapshot().workers().abandoned()).isZero());
		}
		assertThat(pool.snapshot().tasks().cancelled()).isEqualTo(300);
		assertThat(abandonedAtLeast).isBetween(0, 300);
	}

	@Test
	void anInterruptionHitsOnlyItsOwnTask() throws Exception {
		SupervisedWorkerPool pool = this.pools
			.ready((settings) -> settings.size(2).task((task) -> task.grace(Gate.PATIENCE)));
		Queue<String> innocents = new ConcurrentLinkedQueue<>();
		AtomicInteger ran = new AtomicInteger();
		List<Pools.Spawned<Void>> submitters = new ArrayList<>();
		for (int t = 0; t < 2; t++) {
			submitters.add(this.pools.spawn(() -> {
				ThreadLocalRandom random = ThreadLocalRandom.current();
				for (int i = 0; i < 15_000; i++) {
					AtomicBoolean guilty = new AtomicBoolean();
					int work = random.nextInt(200);
					TaskFuture<Integer> future = pool.submit(() -> {
						ran.incrementAndGet();
						for (int k = 0; k <= work; k++) {
							if (Thread.currentThread().isInterrupted() && !guilty.get()) {
								innocents.add("interrupted at step " + k);
							}
						}
						return work;
					});
					if (random.nextInt(3) == 0) {
						int delay = random.nextInt(300);
						for (int k = 0; k < delay; k++) {
							Thread.onSpinWait();
						}
						guilty.set(true);
						switch (random.nextInt(3)) {
							case 0 -> future.cancel(true);
							case 1 -> future.complete(-1);
							default -> future.completeExceptionally(new CancellationException());
						}
					}
					else if (i % 50 == 0) {
						assertThat(future).succeedsWithin(Gate.PATIENCE);
					}
				}
				return null;
			}));
		}
		for (Pools.Spawned<Void> submitter : submitters) {
			submitter.get();
		}
		Pools.await(() -> {
			var tasks = pool.snapshot().tasks();
			assertThat(tasks.succeeded() + tasks.cancelled() + tasks.rejected()).isEqualTo(30_000);
		});
		assertThat(innocents).isEmpty();
		assertThat(ran.get()).isPositive();
		assertThat(pool.snapshot().restarts()).isZero();
	}

	@Test
	void cancellingWhileTasksAreTakenLosesNoneAndDoublesNone() throws Exception {
		SupervisedWorkerPool pool = this.pools
			.ready((settings) -> settings.size(2).queue((queue) -> queue.capacity(50)));
		AtomicInteger ran = new AtomicInteger();
		AtomicInteger settled = new AtomicInteger();
		Pools.Spawned<Void> submitter = this.pools.spawn(() -> {
			ThreadLocalRandom random = ThreadLocalRandom.current();
			for (int i = 0; i < 20_000; i++) {
				TaskOptions options = switch (random.nextInt(4)) {
					case 0 -> TaskOptions.none().withKey("k" + random.nextInt(3));
					case 1 -> TaskOptions.none().withPriority(random.nextInt(5));
					default -> TaskOptions.none();
				};
				TaskFuture<Integer> future = pool.submit(ran::incrementAndGet, options);
				future.whenComplete((value, ex) -> settled.incrementAndGet());
				if (random.nextBoolean()) {
					future.cancel(false);
				}
			}
			return null;
		});
		submitter.get();
		Pools.await(() -> assertThat(settled).hasValue(20_000));
		var tasks = pool.snapshot().tasks();
		assertThat(tasks.submitted()).isEqualTo(20_000);
		assertThat(tasks.succeeded() + tasks.cancelled() + tasks.rejected()).isEqualTo(20_000);
		assertThat(tasks.succeeded()).isEqualTo(ran.get());
		assertThat(pool.queue().size()).isZero();
		// Those that were cancelled while they waited go when a worker looks
		Pools.await(() -> assertThat(pool.queue().hasEntries()).isFalse());
	}

}
