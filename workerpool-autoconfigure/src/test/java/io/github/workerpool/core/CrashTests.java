package io.github.workerpool.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;

import io.github.workerpool.CrashReport;
import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.PoolState;
import io.github.workerpool.ResourceLimitExceededException;
import io.github.workerpool.ResourceLimitExceededException.Limit;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.TaskTimeoutException;
import io.github.workerpool.WorkerCrashedException;
import io.github.workerpool.testsupport.Gate;
import io.github.workerpool.testsupport.NoLeaks;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Workers that die: what becomes of the task they had, of all others, and of the pool.
 */
@ExtendWith(NoLeaks.class)
class CrashTests {

	@RegisterExtension
	final TestPools pools = new TestPools();

	private final ScriptedWorkers workers = new ScriptedWorkers();

	private SupervisedWorkerPool pool(int size) {
		return this.pools.start(this.workers,
				(settings) -> settings.size(size).restart((restart) -> restart.maxRestarts(100).backoff(quick())));
	}

	static Consumer<PoolSettings.BackoffBuilder> quick() {
		return (backoff) -> backoff.initial(Duration.ofMillis(1)).max(Duration.ofMillis(2));
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 3, 137, 143 })
	void deathInMidTaskFailsThatTaskAlone(int exitCode) throws Exception {
		SupervisedWorkerPool pool = pool(1);
		TaskFuture<Object> before = pool.submit(() -> "before");
		TaskFuture<Object> lost = pool.submit(ScriptedWorkers.crash(exitCode), TaskOptions.none().withName("poison"));
		TaskFuture<Object> after = pool.submit(() -> "after");
		assertThat(TestPools.failureOf(lost)).isInstanceOfSatisfying(WorkerCrashedException.class, (ex) -> {
			CrashReport report = ex.report();
			assertThat(report.exitCode()).isEqualTo(exitCode);
			assertThat(report.exit()).isEqualTo("exited with code " + exitCode);
			assertThat(report.task()).isEqualTo("poison");
			assertThat(report.taskId()).isEqualTo(lost.id());
			assertThat(report.pid()).isEqualTo(4711L);
			assertThat(report.stderr()).containsExactly("last words");
			assertThat(report.attempts()).hasSize(1);
			assertThat(ex).hasMessageContaining("poison").hasMessageContaining(pool.name());
		});
		assertThat(lost.status()).isEqualTo(TaskStatus.CRASHED);
		assertThat(before).succeedsWithin(TestPools.LONG).isEqualTo("before");
		assertThat(after).succeedsWithin(TestPools.LONG).isEqualTo("after");
		TestPools.awaitState(pool, PoolState.RUNNING);
		TestPools.awaitSnapshot(pool, "the crash to be counted",
				(snapshot) -> snapshot.tasks().crashed() == 1 && snapshot.restarts() == 1
						&& snapshot.restartsByReason().equals(Map.of("crash", 1L)) && snapshot.lastCrash() != null
						&& "poison".equals(snapshot.lastCrash().task()));
		TestPools.patiently().untilAsserted(() -> assertThat(this.workers.worker(0).closes).hasValue(1));
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void listenersAreToldOfACrash() throws Exception {
		SupervisedWorkerPool pool = pool(1);
		TestPools.failureOf(pool.submit(ScriptedWorkers.crash(9)));
		this.pools.told.awaitEvent("worker-started w2");
		assertThat(this.pools.told.workerEvents()).containsSubsequence("worker-started w1", "worker-started w2")
			.contains("worker-ended w1 crash", "worker-crashed exited with code 9");
		assertThat(this.pools.told.crashes).singleElement()
			.satisfies((report) -> assertThat(report.exitCode()).isEqualTo(9));
	}

	@Test
	void idleDeathFailsNobody() throws Exception {
		SupervisedWorkerPool pool = pool(1);
		TestPools.awaitAlive(pool, 1);
		this.workers.worker(0).dieIdle(1);
		TestPools.patiently().until(() -> this.workers.made.size() == 2);
		assertThat(TestPools.valueOf(pool.submit(() -> "fine"))).isEqualTo("fine");
		TestPools.awaitSnapshot(pool, "the death to be counted",
				(snapshot) -> snapshot.restarts() == 1 && snapshot.lastCrash() != null);
		assertThat(pool.snapshot().tasks().crashed()).isZero();
		assertThat(this.workers.worker(1).ran).hasSize(1);
		assertThat(this.workers.worker(0).ran).isEmpty();
	}

	@Test
	void idleDeathWithoutParticularsIsReplacedToo() throws Exception {
		SupervisedWorkerPool pool = pool(1);
		TestPools.awaitAlive(pool, 1);
		this.workers.worker(0).host.died();
		TestPools.patiently().until(() -> this.workers.made.size() == 2);
		assertThat(TestPools.valueOf(pool.submit(() -> "fine"))).isEqualTo("fine");
		assertThat(pool.snapshot().lastCrash()).isNull();
	}

	@Test
	void deathNoticeOfABusyWorkerHarmsNotItsTask() throws Exception {
		SupervisedWorkerPool pool = pool(1);
		Gate gate = this.pools.gate();
		TaskFuture<String> task = pool.submit(() -> {
			gate.pass();
			return "done";
		});
		gate.awaitEntered(1);
		this.workers.worker(0).dieIdle(1);
		TaskFuture<String> next = pool.submit(() -> "next");
		gate.open();
		assertThat(TestPools.valueOf(task)).isEqualTo("done");
		assertThat(TestPools.valueOf(next)).isEqualTo("next");
		assertThat(this.workers.worker(1).ran).hasSize(1);
	}

	@Test
	void taskThatWasNotStartedGoesBackToTheHeadOfTheQueue() throws Exception {
		SupervisedWorkerPool pool = pool(1);
		Gate gate = this.pools.gate();
		pool.submit(() -> {
			gate.pass();
			return null;
		});
		gate.awaitEntered(1);
		List<String> order = new CopyOnWriteArrayList<>();
		AtomicInteger attempts = new AtomicInteger();
		TaskFuture<String> unlucky = pool.submit(() -> {
			if (attempts.incrementAndGet() < 4) {
				throw ScriptedWorkers.death(1, false);
			}
			order.add("unlucky");
			return "in the end";
		});
		List<TaskFuture<?>> others = new ArrayList<>();
		others.add(pool.submit(() -> order.add("plain")));
		others.add(pool.submit(() -> order.add("high"), TaskOptions.none().withPriority(100)));
		gate.open();
		assertThat(TestPools.valueOf(unlucky)).isEqualTo("in the end");
		for (TaskFuture<?> other : others) {
			TestPools.valueOf(other);
		}
		// The high one overtook it in the queue; once taken out it goes back to the very
		// head
		assertThat(order).containsExactly("high", "unlucky", "plain");
		assertThat(pool.snapshot().tasks().crashed()).isZero();
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void taskThatWasNotStartedCostsNoAttempt() throws Exception {
		SupervisedWorkerPool pool = pool(1);
		AtomicInteger runs = new AtomicInteger();
		TaskFuture<Object> task = pool.submit(() -> {
			int run = runs.incrementAndGet();
			throw ScriptedWorkers.death(run, run > 3);
		}, TaskOptions.none().withMaxAttempts(2));
		assertThat(TestPools.failureOf(task)).isInstanceOfSatisfying(WorkerCrashedException.class,
				(ex) -> assertThat(ex.report().attempts()).extracting(CrashReport.Attempt::exitCode)
					.containsExactly(4, 5));
		assertThat(runs).hasValue(5);
	}

	@Test
	void taskThatWasNotStartedIsInnocentOfTheLimitItsWorkerDiedOf() throws Exception {
		SupervisedWorkerPool pool = pool(1);
		AtomicBoolean first = new AtomicBoolean(true);
		TaskFuture<String> task = pool.submit(() -> {
			if (first.getAndSet(false)) {
				throw ScriptedWorkers.deathAtLimit(Limit.HEAP, false);
			}
			return "done";
		});
		assertThat(TestPools.valueOf(task)).isEqualTo("done");
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3 })
	void crashedTaskRunsUpToItsAttemptsAndTellsOfAll(int attempts) throws Exception {
		SupervisedWorkerPool pool = pool(2);
		AtomicInteger runs = new AtomicInteger();
		TaskFuture<Object> task = pool.submit(() -> {
			throw ScriptedWorkers.death(100 + runs.incrementAndGet(), true);
		}, TaskOptions.none().withMaxAttempts(attempts));
		assertThat(TestPools.failureOf(task)).isInstanceOfSatisfying(WorkerCrashedException.class, (ex) -> {
			assertThat(ex.report().attempts()).hasSize(attempts);
			assertThat(ex.report().attempts()).extracting(CrashReport.Attempt::exitCode)
				.isEqualTo(IntStream.rangeClosed(101, 100 + attempts).boxed().toList());
			assertThat(ex.report().attempts()).extracting(CrashReport.Attempt::worker).doesNotHaveDuplicates();
			assertThat(ex.report().exitCode()).isEqualTo(100 + attempts);
		});
		assertThat(runs).hasValue(attempts);
		TestPools.awaitSnapshot(pool, "one crashed task", (snapshot) -> snapshot.tasks().crashed() == 1);
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void crashedTaskMaySucceedInItsNextAttempt() throws Exception {
		SupervisedWorkerPool pool = this.pools.start(this.workers,
				(settings) -> settings.size(1).task((task) -> task.maxAttempts(3)));
		AtomicInteger runs = new AtomicInteger();
		TaskFuture<String> task = pool.submit(() -> {
			if (runs.incrementAndGet() == 1) {
				throw ScriptedWorkers.death(1, true);
			}
			return "second time lucky";
		});
		assertThat(TestPools.valueOf(task)).isEqualTo("second time lucky");
		assertThat(task.status()).isEqualTo(TaskStatus.SUCCEEDED);
		assertThat(pool.snapshot().tasks().crashed()).isZero();
	}

	@Test
	void nothingButTheDeathOfItsWorkerRunsATaskAgain() throws Exception {
		SupervisedWorkerPool pool = this.pools.start(this.workers,
				(settings) -> settings.size(1).task((task) -> task.maxAttempts(3)));
		AtomicInteger runs = new AtomicInteger();
		TaskFuture<Object> failing = pool.submit(() -> {
			runs.incrementAndGet();
			throw new IllegalStateException("no");
		});
		TaskFuture<Object> limited = pool.submit(() -> {
			runs.incrementAndGet();
			throw ScriptedWorkers.deathAtLimit(Limit.HEAP, true);
		});
		assertThat(TestPools.failureOf(failing)).isInstanceOf(IllegalStateException.class);
		assertThat(TestPools.failureOf(limited)).isInstanceOf(ResourceLimitExceededException.class);
		assertThat(runs).hasValue(2);
	}

	@Test
	void rerunIsNotHeldAgainstItsQueueTimeout() throws Exception {
		SupervisedWorkerPool pool = pool(1);
		AtomicInteger runs = new AtomicInteger();
		TaskFuture<String> task = pool.submit(() -> {
			if (runs.incrementAndGet() == 1) {
				// Longer than it may wait
				long end = System.nanoTime() + Duration.ofMillis(2100).toNanos();
				TestPools.patiently().until(() -> System.nanoTime() - end > 0);
				throw ScriptedWorkers.death(1, true);
			}
			return "again";
		}, TaskOptions.none().withMaxAttempts(2).withQueueTimeout(Duration.ofMillis(2000)));
		assertThat(TestPools.valueOf(task)).isEqualTo("again");
	}

	@ParameterizedTest
	@EnumSource(value = Limit.class)
	void deathOfALimitFailsTheTaskWithItAndCountsAsNoDeath(Limit limit) throws Exception {
		SupervisedWorkerPool pool = this.pools.start(this.workers,
				(settings) -> settings.size(1).restart((restart) -> restart.maxRestarts(0)));
		TaskFuture<Object> task = pool.submit(() -> {
			throw ScriptedWorkers.deathAtLimit(limit, true);
		});
		assertThat(TestPools.failureOf(task)).isInstanceOfSatisfying(ResourceLimitExceededException.class,
				(ex) -> assertThat(ex.limit()).isEqualTo(limit));
		assertThat(task.status()).isEqualTo(TaskStatus.FAILED);
		assertThat(TestPools.valueOf(pool.submit(() -> "alive"))).isEqualTo("alive");
		assertThat(pool.snapshot().tasks().failed()).isEqualTo(1);
		assertThat(pool.snapshot().restarts()).isEqualTo(1);
		assertThat(this.pools.told.episodes()).doesNotContain("failed");
	}

	@Test
	void taskThatIgnoresItsTimeoutIsKilledWithItsWorker() throws Exception {
		this.workers.interrupting = false;
		SupervisedWorkerPool pool = this.pools.start(this.workers,
				(settings) -> settings.size(1)
					.task((task) -> task.timeout(Duration.ofMillis(500)).grace(Duration.ofMillis(50)))
					.restart((restart) -> restart.maxRestarts(0)));
		Gate gate = this.pools.gate();
		TaskFuture<Object> task = pool.submit(() -> {
			gate.pass();
			return null;
		});
		assertThat(TestPools.failureOf(task)).isInstanceOfSatisfying(TaskTimeoutException.class,
				(ex) -> assertThat(ex.phase()).isEqualTo(TaskTimeoutException.Phase.RUNNING));
		TestPools.patiently().until(() -> this.workers.made.size() == 2);
		ScriptedWorkers.Backend first = this.workers.worker(0);
		assertThat(first.interrupts).hasValue(1);
		assertThat(first.kills).hasValue(1);
		TestPools.patiently().until(() -> first.closes.get() == 1);
		assertThat(TestPools.valueOf(pool.submit(() -> "alive"))).isEqualTo("alive");
		assertThat(pool.snapshot().workers().abandoned()).isZero();
		assertThat(pool.snapshot().restartsByReason()).containsOnly(Map.entry("timeout", 1L));
		assertThat(pool.snapshot().tasks().timedOut()).isEqualTo(1);
		// Not a death: a budget of none has not been touched
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.RUNNING);
		assertThat(pool.snapshot().lastCrash()).isNull();
	}

	@Test
	void cancelledTaskThatStopsInTimeCostsNoWorker() throws Exception {
		SupervisedWorkerPool pool = this.pools.start(this.workers,
				(settings) -> settings.size(1).task((task) -> task.grace(TestPools.LONG)));
		Gate gate = this.pools.gate();
		TaskFuture<Object> task = pool.submit(() -> {
			gate.pass();
			return null;
		});
		gate.awaitEntered(1);
		assertThat(task.cancel(true)).isTrue();
		assertThat(TestPools.failureOf(task)).isInstanceOf(CancellationException.class);
		assertThat(TestPools.valueOf(pool.submit(() -> "next"))).isEqualTo("next");
		assertThat(this.workers.made).hasSize(1);
		assertThat(this.workers.worker(0).kills).hasValue(0);
		assertThat(pool.snapshot().restarts()).isZero();
	}

	@Test
	void deathWhileBeingStoppedIsNoCrash() throws Exception {
		SupervisedWorkerPool pool = this.pools.start(this.workers,
				(settings) -> settings.size(1).restart((restart) -> restart.maxRestarts(0)));
		Gate gate = this.pools.gate();
		TaskFuture<Object> task = pool.submit(() -> {
			try {
				gate.pass();
			}
			catch (InterruptedException ex) {
				throw ScriptedWorkers.death(1, true);
			}
			return null;
		}, TaskOptions.none().withMaxAttempts(5));
		gate.awaitEntered(1);
		task.cancel(true);
		TestPools.patiently().until(() -> this.workers.made.size() == 2);
		assertThat(TestPools.valueOf(pool.submit(() -> "alive"))).isEqualTo("alive");
		assertThat(pool.snapshot().restartsByReason()).containsOnly(Map.entry("cancelled", 1L));
		assertThat(pool.snapshot().tasks().cancelled()).isEqualTo(1);
		assertThat(pool.snapshot().tasks().crashed()).isZero();
		assertThat(gate.entered()).isEqualTo(1);
	}

	@Test
	void workerThatDoesNotBecomeReadyInTimeIsKilledAndReplaced() throws Exception {
		ScriptedWorkers children = new ScriptedWorkers(Isolation.PROCESS);
		Gate gate = this.pools.gate();
		AtomicInteger opened = new AtomicInteger();
		children.opening = (backend) -> {
			if (opened.incrementAndGet() == 1) {
				gate.pass();
			}
		};
		SupervisedWorkerPool pool = this.pools.start(children,
				(settings) -> settings.size(1).process((process) -> process.startupTimeout(Duration.ofSeconds(2))));
		TaskFuture<String> task = pool.submit(() -> "served");
		assertThat(TestPools.valueOf(task)).isEqualTo("served");
		assertThat(children.worker(0).kills).hasValue(1);
		assertThat(pool.snapshot().restartsByReason()).containsOnlyKeys("start-failure");
		TestPools.patiently().until(() -> children.worker(0).closes.get() == 1);
		TestPools.awaitSnapshot(pool, "one worker",
				(snapshot) -> snapshot.workers().alive() == 1 && snapshot.workers().starting() == 0);
	}

	@Test
	void workerThatHangsAtStartAndCannotBeKilledIsAbandoned() throws Exception {
		ScriptedWorkers children = new ScriptedWorkers(Isolation.PROCESS);
		children.killable = false;
		Gate gate = this.pools.gate();
		AtomicInteger opened = new AtomicInteger();
		children.opening = (backend) -> {
			if (opened.incrementAndGet() == 1) {
				gate.passStubbornly();
			}
		};
		SupervisedWorkerPool pool = this.pools.start(children,
				(settings) -> settings.size(1).process((process) -> process.startupTimeout(Duration.ofSeconds(2))));
		assertThat(TestPools.valueOf(pool.submit(() -> "served"))).isEqualTo("served");
		assertThat(pool.snapshot().workers().abandoned()).isEqualTo(1);
		gate.open();
		TestPools.awaitSnapshot(pool, "none abandoned", (snapshot) -> snapshot.workers().abandoned() == 0);
		assertThat(children.worker(0).ran).isEmpty();
		assertThat(pool.snapshot().workers().alive()).isEqualTo(1);
	}

	@Test
	void workerAboveItsMemoryIsRecycledBetweenTasks() throws Exception {
		ScriptedWorkers children = new ScriptedWorkers(Isolation.PROCESS);
		SupervisedWorkerPool pool = this.pools.start(children,
				(settings) -> settings.size(1).recycle((recycle) -> recycle.aboveMemory(1000)));
		Gate gate = this.pools.gate();
		TaskFuture<String> task = pool.submit(() -> {
			gate.pass();
			return "unharmed";
		});
		gate.awaitEntered(1);
		children.worker(0).usage = new WorkerBackend.Usage(1, 1, -1, -1, 1001, -1);
		pool.supervisor().wake();
		// Told to leave, but not before its task has ended
		TestPools.patiently().until(() -> pool.dispatcher().workers()[0].shallLeave());
		gate.open();
		assertThat(TestPools.valueOf(task)).isEqualTo("unharmed");
		TestPools.awaitSnapshot(pool, "recycled once",
				(snapshot) -> snapshot.recycledByReason().equals(Map.of("above-memory", 1L))
						&& snapshot.workers().alive() == 1);
		assertThat(pool.snapshot().restarts()).isZero();
		assertThat(pool.snapshot().recycled()).isEqualTo(1);
	}

	@Test
	void workerBelowItsMemoryStays() throws Exception {
		ScriptedWorkers children = new ScriptedWorkers(Isolation.PROCESS);
		SupervisedWorkerPool pool = this.pools.start(children,
				(settings) -> settings.size(1).recycle((recycle) -> recycle.aboveMemory(1000)));
		TestPools.awaitAlive(pool, 1);
		children.worker(0).usage = new WorkerBackend.Usage(1, 1, -1, -1, 1000, -1);
		pool.supervisor().wake();
		TestPools.valueOf(pool.submit(() -> null));
		pool.supervisor().wake();
		TestPools.valueOf(pool.submit(() -> null));
		assertThat(children.made).hasSize(1);
	}

	@Test
	void residentSizeAboveItsLimitFailsTheTaskAndReplacesTheWorker() throws Exception {
		ScriptedWorkers children = new ScriptedWorkers(Isolation.PROCESS);
		children.interrupting = false;
		SupervisedWorkerPool pool = this.pools.start(children,
				(settings) -> settings.size(1)
					.resourceLimits((limits) -> limits.maxResidentSize(64 << 20))
					.task((task) -> task.grace(Duration.ofMillis(20))));
		Gate gate = this.pools.gate();
		TaskFuture<Object> task = pool.submit(() -> {
			gate.pass();
			return null;
		});
		gate.awaitEntered(1);
		children.worker(0).usage = new WorkerBackend.Usage(1, 1, -1, -1, -1, (64 << 20) + 1);
		assertThat(TestPools.failureOf(task)).isInstanceOfSatisfying(ResourceLimitExceededException.class, (ex) -> {
			assertThat(ex.limit()).isEqualTo(Limit.RESIDENT_SIZE);
			assertThat(ex).hasMessageContaining("resource-limits.max-resident-size").hasMessageContaining(pool.name());
		});
		assertThat(TestPools.valueOf(pool.submit(() -> "alive"))).isEqualTo("alive");
		assertThat(children.made).hasSize(2);
		assertThat(pool.snapshot().restartsByReason()).containsOnly(Map.entry("resident-size", 1L));
	}

	@Test
	void broadcastToAWorkerThatDiesFirstRunsOnNoOther() throws Exception {
		SupervisedWorkerPool pool = this.pools.start(this.workers,
				(settings) -> settings.size(2)
					.task((task) -> task.maxAttempts(3))
					.restart((restart) -> restart.backoff(quick())));
		TestPools.awaitAlive(pool, 2);
		ScriptedWorkers.Backend doomed = this.workers.worker(0);
		List<ScriptedWorkers.Backend> ranOn = new CopyOnWriteArrayList<>();
		List<TaskFuture<Object>> futures = pool.broadcast(() -> {
			if (this.workers.current() == doomed) {
				throw ScriptedWorkers.death(1, ranOn.size() % 2 == 0);
			}
			ranOn.add(this.workers.current());
			return null;
		});
		assertThat(futures).hasSize(2);
		TestPools.patiently().until(() -> futures.stream().allMatch(TaskFuture::isDone));
		assertThat(ranOn).containsExactly(this.workers.worker(1));
		TestPools.awaitAlive(pool, 2);
		assertThat(ranOn).containsExactly(this.workers.worker(1));
		TestPools.assertBooksBalance(pool);
	}

	@RepeatedTest(3)
	void putBackAndCancelAtTheSameTimeLeaveNothingInTheQueue() throws Exception {
		SupervisedWorkerPool pool = this.pools.start(this.workers,
				(settings) -> settings.size(2)
					.queue((queue) -> queue.share(0.5).capacity(100))
					.restart((restart) -> restart.maxRestarts(1_000_000).backoff(quick())));
		TaskOptions options = TaskOptions.none()
			.withKey("k")
			.withPriority(1)
			.withMaxAttempts(1000)
			.withQueueTimeout(Duration.ofMinutes(10));
		for (int i = 0; i < 60; i++) {
			AtomicInteger runs = new AtomicInteger();
			AtomicBoolean stop = new AtomicBoolean();
			boolean started = i % 2 == 0;
			TaskFuture<Object> task = pool.submit(() -> {
				runs.incrementAndGet();
				if (stop.get()) {
					return null;
				}
				pool.submit(() -> null);
				throw ScriptedWorkers.death(1, started);
			}, options);
			int bound = 1 + i % 3;
			while (runs.get() < bound && !task.isDone()) {
				Thread.onSpinWait();
			}
			task.cancel(i % 5 != 0);
			stop.set(true);
			TestPools.patiently().until(task::isDone);
		}
		TestPools.patiently().until(() -> pool.queue().size() == 0);
		assertThat(pool.queue().nextDeadline()).as("deadline of a task that is no more").isZero();
		// The share of the key is free again: it may hold half of the queue
		pool.pause();
		List<TaskFuture<Object>> held = new ArrayList<>();
		for (int i = 0; i < 50; i++) {
			held.add(pool.submit(() -> null, options));
		}
		assertThat(held).allMatch((task) -> task.status() == TaskStatus.QUEUED);
		assertThat(TestPools.failureOf(pool.submit(() -> null, options))).hasMessageContaining("queue.share");
		pool.resume();
		for (TaskFuture<Object> task : held) {
			task.get(30, TimeUnit.SECONDS);
		}
		TestPools.assertBooksBalance(pool);
	}

}
