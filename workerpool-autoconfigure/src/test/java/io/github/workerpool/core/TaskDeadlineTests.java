package io.github.workerpool.core;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.workerpool.OverflowPolicy;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.TaskTimeoutException;
import io.github.workerpool.TaskTimeoutException.Phase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The two clocks of a task: one for its wait, one for its run.
 */
class TaskDeadlineTests {

	private static final Duration SHORT = Duration.ofMillis(30);

	/** Enough for a thread to get going, also on a busy machine. */
	private static final Duration AMPLE = Duration.ofSeconds(1);

	private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();

	@RegisterExtension
	final Pools pools = new Pools();

	@Test
	void aTaskThatWaitsTooLongTimesOutInTheQueueAndNeverRuns() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate gate = this.pools.occupy(pool, 1);
		AtomicBoolean ran = new AtomicBoolean();
		TaskFuture<Integer> future = pool.submit(() -> {
			ran.set(true);
			return 1;
		}, TaskOptions.none().withName("patient").withQueueTimeout(SHORT));
		assertTimedOut(future, Phase.QUEUED);
		assertThat(Pools.errorOf(future)).hasMessageContaining("'patient'")
			.hasMessageContaining(future.id())
			.hasMessageContaining("'" + pool.name() + "'")
			.hasMessageContaining(SHORT.toString());
		assertThat(pool.queue().size()).isZero();
		gate.open();
		assertThat(pool.submit(() -> 2)).succeedsWithin(Gate.PATIENCE);
		assertThat(ran).isFalse();
		assertThat(pool.snapshot().tasks().timedOut()).isEqualTo(1);
	}

	@Test
	void thePoolsQueueTimeoutHoldsForEveryTaskThatHasNoneOfItsOwn() {
		SupervisedWorkerPool pool = this.pools.ready((settings) -> settings.queue((queue) -> queue.timeout(SHORT)));
		Gate gate = this.pools.gate();
		pool.submit(gate.holding(0), TaskOptions.none().withQueueTimeout(Duration.ofHours(1)));
		gate.awaitEntered();
		TaskFuture<Integer> plain = pool.submit(() -> 1);
		TaskFuture<Integer> keyed = pool.submit(() -> 2, TaskOptions.none().withKey("k").withPriority(3));
		TaskFuture<Integer> patient = pool.submit(() -> 3, TaskOptions.none().withQueueTimeout(Duration.ofHours(1)));
		assertTimedOut(plain, Phase.QUEUED);
		assertTimedOut(keyed, Phase.QUEUED);
		assertThat(patient.status()).isEqualTo(TaskStatus.QUEUED);
		gate.open();
		assertThat(patient).succeedsWithin(Gate.PATIENCE).isEqualTo(3);
	}

	@Test
	void waitsEndInAPausedPoolToo() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		pool.pause();
		assertTimedOut(pool.submit(() -> 1, TaskOptions.none().withQueueTimeout(SHORT)), Phase.QUEUED);
	}

	@Test
	void aWaitThatEndsEarlierThanTheOthersIsNotOverlooked() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		this.pools.occupy(pool, 1);
		List<TaskFuture<Integer>> futures = new ArrayList<>();
		for (int i = 20; i > 0; i--) {
			futures.add(pool.submit(() -> 1,
					TaskOptions.none().withQueueTimeout(Duration.ofMillis((i == 1) ? 5 : 60_000 + i))));
		}
		assertTimedOut(futures.get(19), Phase.QUEUED);
		assertThat(futures.subList(0, 19)).allMatch((future) -> future.status() == TaskStatus.QUEUED);
	}

	@Test
	void aTaskWhoseWaitHasEndedDoesNotRunThoughNobodyNoticedYet() {
		SupervisedWorkerPool pool = this.pools.build((settings) -> {
		});
		AtomicBoolean ran = new AtomicBoolean();
		// Nobody supervises before the start
		TaskFuture<Integer> future = pool.submit(() -> {
			ran.set(true);
			return 1;
		}, TaskOptions.none().withQueueTimeout(Duration.ofNanos(1)));
		TaskFuture<Integer> next = pool.submit(() -> 2);
		pool.start();
		assertThat(next).succeedsWithin(Gate.PATIENCE);
		assertTimedOut(future, Phase.QUEUED);
		assertThat(ran).isFalse();
	}

	@Test
	void theQueueTimeoutEndsWhereTheRunBegins() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = pool.submit(gate.holding(1), TaskOptions.none().withQueueTimeout(AMPLE));
		gate.awaitEntered();
		TaskFuture<Integer> witness = pool.submit(() -> 1, TaskOptions.none().withQueueTimeout(AMPLE));
		assertTimedOut(witness, Phase.QUEUED);
		assertThat(future.status()).isEqualTo(TaskStatus.RUNNING);
		gate.open();
		assertThat(future).succeedsWithin(Gate.PATIENCE).isEqualTo(1);
	}

	@Test
	void aTaskThatRunsTooLongTimesOutAndIsInterrupted() {
		SupervisedWorkerPool pool = this.pools.ready((settings) -> settings.task((task) -> task.grace(Gate.PATIENCE)));
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = pool.submit(gate.holding(1),
				TaskOptions.none().withName("slow").withTimeout(AMPLE));
		assertTimedOut(future, Phase.RUNNING);
		assertThat(Pools.errorOf(future)).hasMessageContaining("'slow'")
			.hasMessageContaining(future.id())
			.hasMessageContaining("'" + pool.name() + "'")
			.hasMessageContaining(AMPLE.toString());
		gate.awaitInterrupted();
		assertThat(pool.submit(() -> 2)).succeedsWithin(Gate.PATIENCE);
		assertThat(pool.snapshot().tasks().timedOut()).isEqualTo(1);
		assertThat(pool.snapshot().restarts()).isZero();
	}

	@Test
	void thePoolsTimeoutHoldsForEveryTaskThatHasNoneOfItsOwn() {
		SupervisedWorkerPool pool = this.pools
			.ready((settings) -> settings.size(2).task((task) -> task.timeout(SHORT)));
		Gate gate = this.pools.gate();
		TaskFuture<Integer> patient = pool.submit(gate.holding(1), TaskOptions.none().withTimeout(Duration.ofHours(1)));
		TaskFuture<Integer> plain = pool.submit(gate.holding(2));
		assertTimedOut(plain, Phase.RUNNING);
		assertThat(patient.status()).isEqualTo(TaskStatus.RUNNING);
		gate.open();
		assertThat(patient).succeedsWithin(Gate.PATIENCE).isEqualTo(1);
	}

	@Test
	void theRunsClockStartsWithTheRun() throws Exception {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate before = this.pools.occupy(pool, 1);
		Duration timeout = AMPLE.multipliedBy(2);
		TaskFuture<Integer> future = pool.submit(() -> 1, TaskOptions.none().withTimeout(timeout));
		letPass(timeout.plus(SHORT));
		before.open();
		assertThat(future).succeedsWithin(Gate.PATIENCE).isEqualTo(1);
	}

	@Test
	void aSlowDependantOfTheTaskBeforeIsNotCounted() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate before = this.pools.gate();
		Duration timeout = AMPLE.multipliedBy(2);
		TaskFuture<Integer> first = pool.submit(before.holding(1));
		CompletableFuture<Void> dependant = first.thenRun(() -> letPass(timeout.plus(SHORT)));
		Gate gate = this.pools.gate();
		TaskFuture<Integer> second = pool.submit(() -> {
			gate.pass();
			return 1;
		}, TaskOptions.none().withTimeout(timeout));
		before.open();
		assertThat(dependant).succeedsWithin(Gate.PATIENCE);
		gate.open();
		assertThat(second).succeedsWithin(Gate.PATIENCE).isEqualTo(1);
	}

	@Test
	void aSlowDependantIsNeitherWaitNorRunOfTheNextTask() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate before = this.pools.gate();
		TaskFuture<Integer> first = pool.submit(before.holding(1));
		before.awaitEntered();
		CompletableFuture<Void> dependant = first.thenRun(() -> letPass(Duration.ofMillis(400)));
		TaskFuture<Integer> second = pool.submit(() -> 1);
		before.open();
		assertThat(dependant).succeedsWithin(Gate.PATIENCE);
		assertThat(second).succeedsWithin(Gate.PATIENCE);
		Pools.await(() -> assertThat(pool.snapshot().timings().queueWait().max()).isGreaterThan(390));
	}

	@Test
	void everyTaskOfManyTimesOutForItself() {
		SupervisedWorkerPool pool = this.pools.ready(2);
		Gate gate = this.pools.gate();
		List<TaskFuture<Integer>> futures = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			futures.add(pool.submit(gate.holding(1), TaskOptions.none().withTimeout(Duration.ofMillis(10))));
		}
		futures.forEach((future) -> assertTimedOut(future, Phase.RUNNING));
		Pools.awaitIdle(pool);
		assertThat(gate.interrupted()).as("all that got so far").isEqualTo(gate.entered());
		assertThat(pool.snapshot().tasks().timedOut()).isEqualTo(20);
	}

	@Test
	void aTimeoutReachesWhatIgnoresInterruptionAndItsWorkerIsReplaced() {
		SupervisedWorkerPool pool = this.pools.ready((settings) -> settings.task((task) -> task.grace(SHORT)));
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = pool.submit(gate.holdingStubbornly(1), TaskOptions.none().withTimeout(AMPLE));
		assertTimedOut(future, Phase.RUNNING);
		assertThat(pool.submit(() -> 2)).succeedsWithin(Gate.PATIENCE);
		assertThat(pool.snapshot().workers().abandoned()).isEqualTo(1);
		gate.open();
		Pools.await(() -> assertThat(pool.snapshot().workers().abandoned()).isZero());
		assertThat(pool.snapshot().workers().alive()).isEqualTo(1);
		assertTimedOut(future, Phase.RUNNING);
	}

	@Test
	void aTimeoutOfForEverIsNone() {
		SupervisedWorkerPool pool = this.pools.ready((settings) -> settings.idleTimeout(FOREVER)
			.task((task) -> task.timeout(FOREVER).grace(FOREVER))
			.queue((queue) -> queue.timeout(FOREVER).offerTimeout(FOREVER).overflow(OverflowPolicy.WAIT))
			.restart((restart) -> restart.period(FOREVER)
				.coolDown(FOREVER)
				.backoff((backoff) -> backoff.initial(FOREVER).max(FOREVER)))
			.recycle((recycle) -> recycle.afterTime(FOREVER)));
		TaskOptions forever = TaskOptions.none().withTimeout(FOREVER).withQueueTimeout(FOREVER);
		assertThat(pool.submit(() -> 1)).succeedsWithin(Gate.PATIENCE).isEqualTo(1);
		assertThat(pool.submit(() -> 2, forever)).succeedsWithin(Gate.PATIENCE).isEqualTo(2);
		Gate gate = this.pools.gate();
		TaskFuture<Integer> cancelled = pool.submit(gate.holding(3), forever);
		gate.awaitEntered();
		cancelled.cancel(true);
		assertThat(pool.submit(() -> 4, forever)).succeedsWithin(Gate.PATIENCE).isEqualTo(4);
		assertThat(pool.snapshot().restarts()).isZero();
	}

	@Test
	void aShutdownTimeoutOfForEverEndsWithTheTasks() throws Exception {
		SupervisedWorkerPool pool = this.pools.ready((settings) -> settings.shutdownTimeout(FOREVER));
		Gate gate = this.pools.occupy(pool, 1);
		Pools.Spawned<Void> closer = this.pools.spawn(() -> {
			pool.close();
			return null;
		});
		closer.awaitBlocked();
		gate.open();
		closer.get();
	}

	private static void letPass(Duration duration) {
		try {
			// Nothing to wait for: time itself must pass
			new CountDownLatch(1).await(duration.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static void assertTimedOut(TaskFuture<?> future, Phase phase) {
		assertThat(Pools.errorOf(future)).isInstanceOfSatisfying(TaskTimeoutException.class,
				(ex) -> assertThat(ex.phase()).isEqualTo(phase));
		assertThat(future.status()).isEqualTo(TaskStatus.TIMED_OUT);
		assertThat(future.isCancelled()).isFalse();
		assertThat(future.isCompletedExceptionally()).isTrue();
	}

}
