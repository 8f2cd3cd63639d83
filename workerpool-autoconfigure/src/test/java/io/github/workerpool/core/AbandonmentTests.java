package io.github.workerpool.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.workerpool.PoolState;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.RejectedTaskException.Reason;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.TaskTimeoutException;
import io.github.workerpool.WorkerSnapshot;
import io.github.workerpool.WorkerStartException;
import io.github.workerpool.WorkerState;
import io.github.workerpool.testsupport.Gate;
import io.github.workerpool.testsupport.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Threads that ignore their interruption.
 */
@ExtendWith(NoLeaks.class)
class AbandonmentTests {

	@RegisterExtension
	final TestPools pools = new TestPools();

	private SupervisedWorkerPool pool(int size) {
		return this.pools.threads((settings) -> settings.size(size)
			.task((task) -> task.grace(Duration.ofMillis(20)))
			.restart((restart) -> restart.maxRestarts(0)));
	}

	private static TaskFuture<Object> stuck(SupervisedWorkerPool pool, Gate gate) {
		int before = gate.entered();
		TaskFuture<Object> task = pool.submit(() -> {
			gate.passStubbornly();
			return "too late";
		});
		gate.awaitEntered(before + 1);
		return task;
	}

	private static void awaitAbandoned(SupervisedWorkerPool pool, int number) {
		TestPools.awaitSnapshot(pool, number + " abandoned", (snapshot) -> snapshot.workers().abandoned() == number);
	}

	@Test
	void threadThatIgnoresItsInterruptionIsReplacedAndCountedUntilItEnds() throws Exception {
		SupervisedWorkerPool pool = pool(2);
		Gate gate = this.pools.gate();
		TaskFuture<Object> task = stuck(pool, gate);
		assertThat(task.cancel(true)).isTrue();
		// The future fails at once, whatever the work does
		assertThat(task).isCancelled();
		awaitAbandoned(pool, 1);
		TestPools.awaitAlive(pool, 2);
		gate.awaitInterruptions(1);
		WorkerSnapshot abandoned = pool.snapshot()
			.workerList()
			.stream()
			.filter((worker) -> worker.state() == WorkerState.ABANDONED)
			.findFirst()
			.orElseThrow();
		assertThat(abandoned.currentTask()).isNotNull();
		assertThat(abandoned.currentTask().id()).isEqualTo(task.id());
		assertThat(pool.snapshot().restartsByReason()).isEqualTo(Map.of("cancelled", 1L));
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.RUNNING);
		gate.open();
		awaitAbandoned(pool, 0);
		assertThat(pool.snapshot().workers().alive()).isEqualTo(2);
		// Its late result is nobody's
		assertThat(task.status()).isEqualTo(TaskStatus.CANCELLED);
		assertThat(TestPools.failureOf(task)).isInstanceOf(CancellationException.class);
		assertThat(pool.snapshot().tasks().succeeded()).isZero();
		TestPools.assertBooksBalance(pool);
		assertThat(this.pools.told.episodes()).doesNotContain("failed");
	}

	@Test
	void abandonedWorkerTakesNoFurtherTaskWhenItsThreadIsFreeAgain() throws Exception {
		SupervisedWorkerPool pool = pool(1);
		Gate gate = this.pools.gate();
		TaskFuture<Object> task = stuck(pool, gate);
		Thread old = pool.dispatcher().workers()[0].thread();
		task.cancel(true);
		awaitAbandoned(pool, 1);
		Gate second = this.pools.gate();
		pool.submit(() -> {
			second.pass();
			return null;
		});
		second.awaitEntered(1);
		TaskFuture<Thread> next = pool.submit(Thread::currentThread);
		gate.open();
		TestPools.patiently().until(() -> !old.isAlive());
		assertThat(next.status()).isEqualTo(TaskStatus.QUEUED);
		second.open();
		assertThat(TestPools.valueOf(next)).isNotSameAs(old);
	}

	@Test
	void poolOfOneSurvivesItsFirstAndFailsAtItsSecondUntilOneEnds() throws Exception {
		SupervisedWorkerPool pool = pool(1);
		Gate first = this.pools.gate();
		stuck(pool, first).cancel(true);
		awaitAbandoned(pool, 1);
		assertThat(TestPools.valueOf(pool.submit(() -> "served"))).isEqualTo("served");
		TestPools.awaitState(pool, PoolState.DEGRADED);
		assertThat(pool.snapshot().reason()).contains("1 abandoned");
		this.pools.told.awaitEpisodes("degraded");
		Gate second = this.pools.gate();
		TaskFuture<Object> stuck = stuck(pool, second);
		TaskFuture<String> queued = pool.submit(() -> "never");
		stuck.cancel(true);
		assertThat(TestPools.failureOf(queued)).isInstanceOf(WorkerStartException.class)
			.hasMessageContaining("2 abandoned")
			.hasMessageContaining(pool.name());
		TestPools.awaitState(pool, PoolState.FAILED);
		assertThat(TestPools.failureOf(pool.submit(() -> null))).isInstanceOfSatisfying(RejectedTaskException.class,
				(ex) -> assertThat(ex.reason()).isEqualTo(Reason.POOL_FAILED));
		assertThat(pool.snapshot().workers().alive()).isZero();
		// A restart has no place to start a thread in
		pool.restart();
		TestPools.awaitState(pool, PoolState.FAILED);
		second.open();
		TestPools.awaitState(pool, PoolState.DEGRADED);
		assertThat(TestPools.valueOf(pool.submit(() -> "served"))).isEqualTo("served");
		first.open();
		TestPools.awaitState(pool, PoolState.RUNNING);
		this.pools.told.awaitEvent("recovered");
		assertThat(this.pools.told.episodes()).containsExactly("degraded", "failed", "restarted", "failed", "restarted",
				"recovered");
	}

	@Test
	void noMoreThreadsAreStartedBesideTooManyAbandonedOnes() throws Exception {
		SupervisedWorkerPool pool = pool(2);
		Gate gate = this.pools.gate();
		for (int i = 1; i <= 3; i++) {
			stuck(pool, gate).cancel(true);
			awaitAbandoned(pool, i);
			if (i == 1) {
				TestPools.awaitAlive(pool, 2);
				TestPools.awaitState(pool, PoolState.RUNNING);
			}
			else if (i == 2) {
				// The one that was idle is still there, and stays the only one
				TestPools.awaitAlive(pool, 1);
				TestPools.awaitState(pool, PoolState.DEGRADED);
			}
		}
		TestPools.awaitState(pool, PoolState.FAILED);
		assertThat(gate.inside()).isEqualTo(3);
		gate.open();
		TestPools.awaitState(pool, PoolState.RUNNING);
		TestPools.awaitAlive(pool, 2);
	}

	@Test
	void resizeMakesRoomBesideAbandonedThreads() throws Exception {
		SupervisedWorkerPool pool = pool(1);
		Gate gate = this.pools.gate();
		stuck(pool, gate).cancel(true);
		stuck(pool, gate).cancel(true);
		TestPools.awaitState(pool, PoolState.FAILED);
		pool.resize(1, 3);
		TestPools.awaitState(pool, PoolState.RUNNING);
		assertThat(TestPools.valueOf(pool.submit(() -> "served"))).isEqualTo("served");
	}

	@Test
	void timeoutOfAStubbornTaskFailsItOnceAndDisturbsNoOther() throws Exception {
		SupervisedWorkerPool pool = pool(3);
		Gate stubborn = this.pools.gate();
		Gate good = this.pools.gate();
		List<TaskFuture<String>> others = new ArrayList<>();
		for (int i = 0; i < 2; i++) {
			others.add(pool.submit(() -> {
				good.pass();
				return "unharmed";
			}));
		}
		AtomicInteger settled = new AtomicInteger();
		TaskFuture<Object> task = pool.submit(() -> {
			stubborn.passStubbornly();
			return null;
		}, TaskOptions.none().withTimeout(Duration.ofMillis(500)));
		task.whenComplete((value, ex) -> settled.incrementAndGet());
		assertThat(TestPools.failureOf(task)).isInstanceOfSatisfying(TaskTimeoutException.class,
				(ex) -> assertThat(ex.phase()).isEqualTo(TaskTimeoutException.Phase.RUNNING));
		awaitAbandoned(pool, 1);
		stubborn.open();
		awaitAbandoned(pool, 0);
		good.open();
		for (TaskFuture<String> other : others) {
			assertThat(TestPools.valueOf(other)).isEqualTo("unharmed");
		}
		assertThat(good.interruptions()).isZero();
		TestPools.patiently().until(() -> settled.get() == 1);
		assertThat(pool.snapshot().tasks().timedOut()).isEqualTo(1);
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void whatWasBroadcastToAWorkerThatIsAbandonedIsCancelled() throws Exception {
		SupervisedWorkerPool pool = pool(1);
		Gate gate = this.pools.gate();
		TaskFuture<Object> task = stuck(pool, gate);
		List<TaskFuture<Object>> broadcast = pool.broadcast(() -> null);
		task.cancel(true);
		assertThat(broadcast).hasSize(1);
		assertThat(TestPools.failureOf(broadcast.get(0))).isInstanceOf(CancellationException.class);
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void abandonedThreadsSurviveAStopAndStillCountAfterTheNextStart() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(1)
			.shutdownTimeout(Duration.ZERO)
			.task((task) -> task.grace(Duration.ofMillis(20))));
		Gate gate = this.pools.gate();
		TaskFuture<Object> task = stuck(pool, gate);
		assertThat(pool.stop()).succeedsWithin(TestPools.LONG);
		assertThat(task).isCancelled();
		assertThat(pool.snapshot().workers().abandoned()).isEqualTo(1);
		assertThat(pool.snapshot().restarts()).isZero();
		pool.start();
		assertThat(TestPools.valueOf(pool.submit(() -> "served"))).isEqualTo("served");
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.DEGRADED);
		gate.open();
		TestPools.awaitState(pool, PoolState.RUNNING);
	}

	@Test
	void utilizationLeavesAbandonedThreadsOut() throws Exception {
		ManualClock clock = ManualClock.standing();
		SupervisedWorkerPool pool = this.pools.buildThreads(this.pools.hooks(), clock.clock(),
				(settings) -> settings.size(2).task((task) -> task.grace(Duration.ofMillis(20))));
		pool.start();
		TestPools.awaitAlive(pool, 2);
		Gate stubborn = this.pools.gate();
		Gate good = this.pools.gate();
		TaskFuture<Object> task = stuck(pool, stubborn);
		pool.submit(() -> {
			good.pass();
			return null;
		});
		good.awaitEntered(1);
		clock.advance(Duration.ofSeconds(10));
		clock.awaitRounds(pool);
		assertThat(pool.snapshot().utilization()).isEqualTo(1);
		task.cancel(true);
		clock.advance(Duration.ofMillis(20));
		clock.awaitRounds(pool);
		awaitAbandoned(pool, 1);
		TestPools.awaitAlive(pool, 2);
		// Ten seconds in which one of two is busy and a thread is abandoned
		for (int i = 0; i < 20; i++) {
			clock.advance(Duration.ofSeconds(5));
			clock.awaitRounds(pool);
		}
		assertThat(pool.snapshot().utilization()).isBetween(0.49, 0.51);
		stubborn.open();
		awaitAbandoned(pool, 0);
		clock.advance(Duration.ofSeconds(5));
		clock.awaitRounds(pool);
		assertThat(pool.snapshot().utilization()).isBetween(0.49, 0.51);
	}

}
