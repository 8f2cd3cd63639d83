package io.github.workerpool.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.github.workerpool.PoolState;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerLocal;
import io.github.workerpool.WorkerSnapshot;
import io.github.workerpool.testsupport.Gate;
import io.github.workerpool.testsupport.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Planned replacement of workers.
 */
@ExtendWith(NoLeaks.class)
class RecyclingTests {

	@RegisterExtension
	final TestPools pools = new TestPools();

	private static String workerId() {
		return WorkerContext.current().orElseThrow().workerId();
	}

	@Test
	void workerIsReplacedAfterItsTasks() throws Exception {
		SupervisedWorkerPool pool = this.pools
			.threads((settings) -> settings.size(1).recycle((recycle) -> recycle.afterTasks(3).jitter(0)));
		List<String> ids = new ArrayList<>();
		for (int i = 0; i < 9; i++) {
			ids.add(TestPools.valueOf(pool.submit(RecyclingTests::workerId)));
		}
		String name = pool.name();
		assertThat(ids).containsExactly(name + "-w1", name + "-w1", name + "-w1", name + "-w2", name + "-w2",
				name + "-w2", name + "-w3", name + "-w3", name + "-w3");
		TestPools.awaitSnapshot(pool, "three recycled",
				(snapshot) -> snapshot.recycledByReason().equals(Map.of("after-tasks", 3L)) && snapshot.recycled() == 3
						&& snapshot.workers().alive() == 1);
		assertThat(pool.snapshot().restarts()).isZero();
		this.pools.told.awaitEvent("worker-ended w3 after-tasks");
		assertThat(this.pools.told.episodes()).isEmpty();
	}

	@Test
	void failedTasksCountTowardsRecyclingToo() throws Exception {
		SupervisedWorkerPool pool = this.pools
			.threads((settings) -> settings.size(1).recycle((recycle) -> recycle.afterTasks(2).jitter(0)));
		AtomicReference<String> id = new AtomicReference<>();
		for (int i = 0; i < 2; i++) {
			TestPools.failureOf(pool.submit(() -> {
				id.set(workerId());
				throw new IllegalStateException();
			}));
		}
		assertThat(id.get()).endsWith("-w1");
		assertThat(TestPools.valueOf(pool.submit(RecyclingTests::workerId))).endsWith("-w2");
	}

	@Test
	void jitterBringsRecyclingForwardNeverBack() throws Exception {
		SupervisedWorkerPool pool = this.pools
			.threads((settings) -> settings.size(1).recycle((recycle) -> recycle.afterTasks(20).jitter(1)));
		Map<String, Integer> tasks = new java.util.TreeMap<>();
		for (int i = 0; i < 400; i++) {
			tasks.merge(TestPools.valueOf(pool.submit(RecyclingTests::workerId)), 1, Integer::sum);
		}
		assertThat(tasks.values()).allMatch((number) -> number >= 1 && number <= 20);
		assertThat(new HashSet<>(tasks.values())).as("not all alike").hasSizeGreaterThan(1);
	}

	@Test
	void workerIsReplacedAfterItsTimeWhenItIsIdle() throws Exception {
		ManualClock clock = ManualClock.standing();
		SupervisedWorkerPool pool = this.pools.buildThreads(this.pools.hooks(), clock.clock(),
				(settings) -> settings.size(2)
					.recycle((recycle) -> recycle.afterTime(Duration.ofMinutes(10)).jitter(0)));
		pool.start();
		TestPools.awaitAlive(pool, 2);
		Set<String> before = ids(pool);
		clock.advance(Duration.ofMinutes(10).minusNanos(1));
		clock.awaitRounds(pool);
		assertThat(ids(pool)).isEqualTo(before);
		clock.advance(Duration.ofNanos(1));
		pool.supervisor().wake();
		TestPools.awaitSnapshot(pool, "two recycled",
				(snapshot) -> snapshot.recycledByReason().equals(Map.of("after-time", 2L))
						&& snapshot.workers().alive() == 2);
		assertThat(ids(pool)).doesNotContainAnyElementsOf(before);
	}

	private static Set<String> ids(SupervisedWorkerPool pool) {
		Set<String> ids = new HashSet<>();
		pool.snapshot().workerList().stream().map(WorkerSnapshot::id).forEach(ids::add);
		return ids;
	}

	@Test
	void workerPastItsTimeFinishesItsTaskFirst() throws Exception {
		ManualClock clock = ManualClock.standing();
		SupervisedWorkerPool pool = this.pools.buildThreads(this.pools.hooks(), clock.clock(),
				(settings) -> settings.size(1)
					.recycle((recycle) -> recycle.afterTime(Duration.ofMinutes(10)).jitter(0)));
		pool.start();
		Gate gate = this.pools.gate();
		TaskFuture<String> running = pool.submit(() -> {
			gate.pass();
			return workerId();
		});
		gate.awaitEntered(1);
		TaskFuture<String> next = pool.submit(RecyclingTests::workerId);
		clock.advance(Duration.ofMinutes(11));
		clock.awaitRounds(pool);
		assertThat(running).isNotDone();
		assertThat(next).isNotDone();
		assertThat(pool.snapshot().workers().alive()).isEqualTo(1);
		gate.open();
		assertThat(TestPools.valueOf(running)).endsWith("-w1");
		assertThat(TestPools.valueOf(next)).endsWith("-w2");
		assertThat(gate.interruptions()).isZero();
	}

	@Test
	void requestReplacesEveryWorkerAndCompletesWhenTheLastIs() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(3));
		TestPools.awaitAlive(pool, 3);
		Set<String> before = ids(pool);
		Gate gate = this.pools.gate();
		TaskFuture<String> running = pool.submit(() -> {
			gate.pass();
			return "unharmed";
		});
		gate.awaitEntered(1);
		CompletableFuture<Void> recycled = pool.recycle();
		// The second request also replaces what came for the first one meanwhile
		CompletableFuture<Void> again = pool.recycle();
		TestPools.awaitSnapshot(pool, "all but the busy one recycled",
				(snapshot) -> snapshot.recycled() >= 2 && snapshot.workers().idle() == 2);
		assertThat(recycled).isNotDone();
		assertThat(again).isNotDone();
		gate.open();
		assertThat(recycled).succeedsWithin(TestPools.LONG);
		assertThat(again).succeedsWithin(TestPools.LONG);
		assertThat(TestPools.valueOf(running)).isEqualTo("unharmed");
		assertThat(ids(pool)).hasSize(3).doesNotContainAnyElementsOf(before);
		assertThat(pool.snapshot().recycledByReason()).containsOnlyKeys("requested");
		assertThat(pool.snapshot().recycled()).isBetween(3L, 5L);
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.RUNNING);
		assertThat(this.pools.told.episodes()).isEmpty();
	}

	@Test
	void requestIsDoneAtOnceWhereThereIsNothingToReplace() throws Exception {
		SupervisedWorkerPool pool = this.pools.buildThreads((settings) -> settings.size(1));
		assertThat(pool.recycle()).isDone();
		pool.startLazily();
		assertThat(pool.recycle()).succeedsWithin(TestPools.LONG);
		pool.close();
		assertThat(pool.recycle()).isDone();
	}

	@Test
	void requestOutlivesWorkersThatDieOrAreAbandonedMeanwhile() throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers();
		workers.killable = false;
		workers.interrupting = false;
		SupervisedWorkerPool pool = this.pools.start(workers,
				(settings) -> settings.size(2)
					.task((task) -> task.grace(Duration.ofMillis(10)))
					.restart((restart) -> restart.backoff(CrashTests.quick())));
		Gate dying = this.pools.gate();
		Gate stuck = this.pools.gate();
		pool.submit(() -> {
			dying.pass();
			throw ScriptedWorkers.death(1, true);
		});
		TaskFuture<Object> stubborn = pool.submit(() -> {
			stuck.passStubbornly();
			return null;
		});
		dying.awaitEntered(1);
		stuck.awaitEntered(1);
		CompletableFuture<Void> recycled = pool.recycle();
		dying.open();
		stubborn.cancel(true);
		assertThat(recycled).succeedsWithin(TestPools.LONG);
		TestPools.awaitAlive(pool, 2);
	}

	@Test
	void recyclingLosesNoTask() throws Exception {
		SupervisedWorkerPool pool = this.pools
			.threads((settings) -> settings.size(2).recycle((recycle) -> recycle.afterTasks(2).jitter(0.5)));
		AtomicInteger ran = new AtomicInteger();
		List<TaskFuture<Integer>> tasks = new ArrayList<>();
		for (int i = 0; i < 300; i++) {
			tasks.add(pool.submit(ran::incrementAndGet));
			if (i % 50 == 0) {
				pool.recycle();
			}
		}
		for (TaskFuture<Integer> task : tasks) {
			TestPools.valueOf(task);
		}
		assertThat(ran).hasValue(300);
		TestPools.awaitAlive(pool, 2);
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void workerLocalIsClosedWithItsWorkerAndMadeAnewInTheNext() throws Exception {
		AtomicInteger made = new AtomicInteger();
		CountDownLatch closed = new CountDownLatch(1);
		WorkerLocal<Integer> local = WorkerLocal.of(made::incrementAndGet, (value) -> closed.countDown());
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(1));
		assertThat(TestPools.valueOf(pool.submit(local::get))).isEqualTo(1);
		assertThat(TestPools.valueOf(pool.submit(local::get))).isEqualTo(1);
		assertThat(pool.recycle()).succeedsWithin(TestPools.LONG);
		assertThat(closed.await(30, TimeUnit.SECONDS)).isTrue();
		assertThat(TestPools.valueOf(pool.submit(local::get))).isEqualTo(2);
	}

	@Test
	void recyclingEndsWhenThePoolGetsSmaller() throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers();
		Gate last = this.pools.gate();
		workers.opening = (backend) -> {
			if (workers.made.indexOf(backend) == 3) {
				last.passStubbornly();
			}
		};
		SupervisedWorkerPool pool = this.pools.start(workers, (settings) -> settings.size(2));
		TestPools.awaitAlive(pool, 2);
		CompletableFuture<Void> recycled = pool.recycle();
		last.awaitEntered(1);
		TestPools.awaitAlive(pool, 1);
		assertThat(recycled).isNotDone();
		pool.resize(1, 2);
		TestPools.patiently().until(recycled::isDone);
		assertThat(last.inside()).isEqualTo(1);
	}

}
