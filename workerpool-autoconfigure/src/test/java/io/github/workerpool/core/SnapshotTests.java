package io.github.workerpool.core;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSnapshot;
import io.github.workerpool.PoolState;
import io.github.workerpool.RejectedTaskException.Reason;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPoolListener;
import io.github.workerpool.WorkerSnapshot;
import io.github.workerpool.WorkerState;
import io.github.workerpool.testsupport.Gate;
import io.github.workerpool.testsupport.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * What a pool shows of itself, and what its listeners are told.
 */
@ExtendWith(NoLeaks.class)
class SnapshotTests {

	@RegisterExtension
	final TestPools pools = new TestPools();

	@Test
	void everyOutcomeIsCountedOnce() throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers();
		SupervisedWorkerPool pool = this.pools.start(workers,
				(settings) -> settings.size(1).queue((queue) -> queue.capacity(1)));
		TestPools.awaitAlive(pool, 1);
		TestPools.valueOf(pool.submit(() -> null));
		TestPools.valueOf(pool.submit(() -> null));
		TestPools.failureOf(pool.submit(() -> {
			throw new IllegalStateException();
		}));
		TestPools.failureOf(pool.submit(ScriptedWorkers.crash(1)));
		TestPools.awaitAlive(pool, 1);
		Gate gate = this.pools.gate();
		TaskFuture<Object> timedOut = pool.submit(() -> {
			gate.pass();
			return null;
		}, TaskOptions.none().withTimeout(Duration.ofMillis(500)));
		TestPools.failureOf(timedOut);
		TaskFuture<Object> running = pool.submit(() -> {
			gate.pass();
			return null;
		});
		gate.awaitEntered(2);
		TaskFuture<Object> expired = pool.submit(() -> null,
				TaskOptions.none().withQueueTimeout(Duration.ofMillis(20)));
		TestPools.failureOf(expired);
		TaskFuture<Object> queued = pool.submit(() -> null);
		TestPools.failureOf(pool.submit(() -> null));
		queued.cancel(false);
		running.complete(null);
		TestPools.awaitSnapshot(pool, "all counted", (snapshot) -> snapshot.tasks()
			.equals(new PoolSnapshot.Tasks(9, 2, 1, 1, rejected(Reason.QUEUE_FULL, 1L), 2, 2, 1)));
		gate.open();
		pool.close();
		pool.submit(() -> null);
		assertThat(pool.snapshot().tasks().rejectedByReason()).containsEntry(Reason.CLOSED, 1L)
			.containsEntry(Reason.QUEUE_FULL, 1L);
		TestPools.assertBooksBalance(pool);
	}

	private static Map<Reason, Long> rejected(Reason reason, long number) {
		Map<Reason, Long> all = new java.util.EnumMap<>(Reason.class);
		for (Reason each : Reason.values()) {
			all.put(each, 0L);
		}
		all.put(reason, number);
		return all;
	}

	@Test
	void workersAndQueueAreShownAsTheyAre() throws Exception {
		ManualClock clock = ManualClock.standing();
		SupervisedWorkerPool pool = this.pools.buildThreads(this.pools.hooks(), clock.clock(),
				(settings) -> settings.minSize(1).maxSize(3).queue((queue) -> queue.capacity(7)));
		assertThat(pool.snapshot().workers()).isEqualTo(new PoolSnapshot.Workers(1, 3, 0, 0, 0, 0, 0));
		pool.start();
		TestPools.awaitAlive(pool, 1);
		Gate gate = this.pools.gate();
		for (int i = 0; i < 3; i++) {
			pool.submit(() -> {
				gate.pass();
				return null;
			}, TaskOptions.none().withName("held"));
		}
		gate.awaitEntered(3);
		clock.advance(Duration.ofSeconds(2));
		pool.submit(() -> null);
		pool.submit(() -> null, TaskOptions.none().withPriority(9));
		clock.advance(Duration.ofSeconds(3));
		PoolSnapshot snapshot = pool.snapshot();
		assertThat(snapshot.name()).isEqualTo(pool.name());
		assertThat(snapshot.state()).isEqualTo(PoolState.RUNNING);
		assertThat(snapshot.reason()).isNull();
		assertThat(snapshot.isolation()).isEqualTo(Isolation.THREAD);
		assertThat(snapshot.workers()).isEqualTo(new PoolSnapshot.Workers(1, 3, 3, 0, 3, 0, 0));
		assertThat(snapshot.queue()).isEqualTo(new PoolSnapshot.Queue(2, 7, 3000));
		assertThat(snapshot.settings()).containsEntry("queue.capacity", 7);
		assertThat(snapshot.workerList()).hasSize(3).allSatisfy((worker) -> {
			assertThat(worker.state()).isEqualTo(WorkerState.BUSY);
			assertThat(worker.currentTask()).isNotNull();
			assertThat(worker.currentTask().name()).isEqualTo("held");
			assertThat(worker.currentTask().runningMillis()).isEqualTo(5000);
			assertThat(worker.pid()).isNull();
			assertThat(worker.cpuMillis()).isNotNull().isNotNegative();
			assertThat(worker.startedAt()).isNotNull();
		});
		assertThat(snapshot.workerList()).extracting(WorkerSnapshot::id).doesNotHaveDuplicates();
		gate.open();
		TestPools.awaitSnapshot(pool, "all idle",
				(now) -> now.workers().idle() == 3 && now.queue().size() == 0 && now.queue().oldestWaitMillis() == 0);
		assertThat(pool.snapshot().workerList())
			.allSatisfy((worker) -> assertThat(worker.state()).isEqualTo(WorkerState.IDLE));
		assertThat(pool.snapshot().workerList().stream().mapToLong(WorkerSnapshot::tasks).sum()).isEqualTo(5);
	}

	@Test
	void usageOfChildrenIsShown() throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers(Isolation.PROCESS);
		SupervisedWorkerPool pool = this.pools.start(workers, (settings) -> settings.size(1));
		TestPools.awaitAlive(pool, 1);
		workers.worker(0).usage = new WorkerBackend.Usage(4711, 2_500_000, -1, -1, 1234, 5678);
		WorkerSnapshot worker = pool.snapshot().workerList().get(0);
		assertThat(worker.pid()).isEqualTo(4711);
		assertThat(worker.cpuMillis()).isEqualTo(2);
		assertThat(worker.heapUsed()).isEqualTo(1234);
		assertThat(worker.residentSize()).isEqualTo(5678);
		workers.worker(0).usage = WorkerBackend.Usage.UNKNOWN;
		worker = pool.snapshot().workerList().get(0);
		assertThat(worker.pid()).isNull();
		assertThat(worker.cpuMillis()).isNull();
		assertThat(worker.heapUsed()).isNull();
		assertThat(worker.residentSize()).isNull();
	}

	@Test
	void utilizationIsTheBusyShareOfTheLastMinute() throws Exception {
		ManualClock clock = ManualClock.standing();
		SupervisedWorkerPool pool = this.pools.buildThreads(this.pools.hooks(), clock.clock(),
				(settings) -> settings.size(2));
		assertThat(pool.snapshot().utilization()).isZero();
		pool.start();
		TestPools.awaitAlive(pool, 2);
		advance(clock, pool, 10);
		assertThat(pool.snapshot().utilization()).isZero();
		Gate gate = this.pools.gate();
		TaskFuture<Object> one = pool.submit(() -> {
			gate.pass();
			return null;
		});
		gate.awaitEntered(1);
		advance(clock, pool, 10);
		// Ten seconds of one, of twenty of two
		assertThat(pool.snapshot().utilization()).isCloseTo(0.25, within(0.01));
		advance(clock, pool, 60);
		assertThat(pool.snapshot().utilization()).isCloseTo(0.5, within(0.01));
		gate.open();
		TestPools.valueOf(one);
		advance(clock, pool, 30);
		assertThat(pool.snapshot().utilization()).isCloseTo(0.25, within(0.05));
		advance(clock, pool, 60);
		assertThat(pool.snapshot().utilization()).isCloseTo(0, within(0.01));
	}

	private static void advance(ManualClock clock, SupervisedWorkerPool pool, int seconds) {
		for (int i = 0; i < seconds; i += 5) {
			clock.advance(Duration.ofSeconds(5));
			clock.awaitRounds(pool);
		}
	}

	@Test
	void utilizationCountsARunOnceWhileItsObserverTakesItsTime() throws Exception {
		ManualClock clock = ManualClock.standing();
		Gate observing = this.pools.gate();
		TaskObserver observer = (run, wait) -> (outcome, error, nanos) -> observing.passStubbornly();
		SupervisedWorkerPool pool = this.pools.buildThreads(PoolHooks.NONE.withObserver(observer), clock.clock(),
				(settings) -> settings.size(4));
		pool.start();
		TestPools.awaitAlive(pool, 4);
		pool.submit(() -> {
			clock.advance(Duration.ofSeconds(4));
			return null;
		});
		observing.awaitEntered(1);
		assertThat(pool.snapshot().utilization()).isCloseTo(0.25, within(0.001));
	}

	@Test
	void utilizationKeepsTheWorkOfWorkersThatHaveLeft() throws Exception {
		ManualClock clock = ManualClock.standing();
		SupervisedWorkerPool pool = this.pools.buildThreads(this.pools.hooks(), clock.clock(),
				(settings) -> settings.size(1).recycle((recycle) -> recycle.afterTasks(1).jitter(0)));
		pool.start();
		for (int i = 0; i < 4; i++) {
			TestPools.valueOf(pool.submit(() -> {
				clock.advance(Duration.ofSeconds(1));
				return null;
			}));
		}
		// A worker may still be leaving while the next one runs
		TestPools.awaitSnapshot(pool, "used mostly", (snapshot) -> snapshot.utilization() > 0.45);
	}

	@Test
	void timingsCoverTheLastMinutesOnly() throws Exception {
		ManualClock clock = ManualClock.standing();
		SupervisedWorkerPool pool = this.pools.buildThreads(this.pools.hooks(), clock.clock(),
				(settings) -> settings.size(1));
		pool.start();
		TestPools.awaitAlive(pool, 1);
		assertThat(pool.snapshot().timings()).isEqualTo(new PoolSnapshot.Timings(
				new PoolSnapshot.Percentiles(0, 0, 0, 0), new PoolSnapshot.Percentiles(0, 0, 0, 0)));
		Gate gate = this.pools.gate();
		TaskFuture<Object> slow = pool.submit(() -> {
			gate.pass();
			return null;
		});
		gate.awaitEntered(1);
		TaskFuture<Object> waiting = pool.submit(() -> null);
		clock.advance(Duration.ofSeconds(2));
		gate.open();
		TestPools.valueOf(slow);
		TestPools.valueOf(waiting);
		TestPools.awaitSnapshot(pool, "a run and a wait of two seconds", (snapshot) -> {
			PoolSnapshot.Timings timings = snapshot.timings();
			return Math.abs(timings.run().max() - 2000) < 20 && Math.abs(timings.queueWait().max() - 2000) < 20
					&& timings.run().p50() < 100 && Math.abs(timings.run().p99() - 2000) < 20;
		});
		advance(clock, pool, 120);
		assertThat(pool.snapshot().timings().run().max()).isCloseTo(2000, within(20.0));
		advance(clock, pool, 120);
		assertThat(pool.snapshot().timings().run().max()).isZero();
		assertThat(pool.snapshot().timings().queueWait().max()).isZero();
	}

	@Test
	void timingsKeepWhatWorkersDidThatHaveLeft() throws Exception {
		ManualClock clock = ManualClock.standing();
		SupervisedWorkerPool pool = this.pools.buildThreads(this.pools.hooks(), clock.clock(),
				(settings) -> settings.size(1));
		pool.start();
		TestPools.valueOf(pool.submit(() -> {
			clock.advance(Duration.ofSeconds(2));
			return null;
		}));
		assertThat(pool.recycle()).succeedsWithin(TestPools.LONG);
		TestPools.awaitSnapshot(pool, "the run of the first worker",
				(snapshot) -> Math.abs(snapshot.timings().run().max() - 2000) < 20);
	}

	@Test
	void snapshotCanBeTakenFromAnywhereAtAnyTime() throws Exception {
		AtomicInteger taken = new AtomicInteger();
		WorkerPoolListener listener = new WorkerPoolListener() {

			@Override
			public void onWorkerStarted(WorkerPool pool, String workerId, Duration startup) {
				pool.snapshot();
				taken.incrementAndGet();
			}

		};
		SupervisedWorkerPool pool = this.pools
			.buildThreads(PoolHooks.NONE.withListeners(List.of(listener)).withInitializers(List.of((name, worker) -> {
			})), (settings) -> settings.size(2));
		pool.start();
		assertThat(TestPools.valueOf(pool.submit(() -> pool.snapshot().state()))).isNotNull();
		TestPools.patiently().until(() -> taken.get() == 2);
		assertThat(pool.submit(() -> null).thenApply((value) -> pool.snapshot().name())).succeedsWithin(TestPools.LONG)
			.isEqualTo(pool.name());
	}

	// Listeners

	@Test
	void eventsComeOneAtATimeInOrderOnCallbackThreads() throws Exception {
		AtomicInteger inside = new AtomicInteger();
		AtomicBoolean overlapped = new AtomicBoolean();
		WorkerPoolListener slow = new WorkerPoolListener() {

			@Override
			public void onWorkerStarted(WorkerPool pool, String workerId, Duration startup) {
				enter();
			}

			@Override
			public void onWorkerEnded(WorkerPool pool, String workerId, String reason) {
				enter();
			}

			private void enter() {
				overlapped.compareAndSet(false, inside.incrementAndGet() > 1);
				Thread.yield();
				inside.decrementAndGet();
			}

		};
		PoolHooks hooks = PoolHooks.NONE.withListeners(List.of(slow, this.pools.told));
		SupervisedWorkerPool pool = this.pools.buildThreads(hooks,
				(settings) -> settings.size(2).recycle((recycle) -> recycle.afterTasks(1)));
		pool.start();
		for (int i = 0; i < 50; i++) {
			TestPools.valueOf(pool.submit(() -> null));
		}
		pool.close();
		NoLeaks.poolThreads().stream().filter((thread) -> thread.getName().contains(pool.name())).forEach((thread) -> {
			try {
				thread.join();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		});
		List<String> events = this.pools.told.workerEvents();
		List<String> started = events.stream().filter((event) -> event.startsWith("worker-started")).toList();
		List<String> ended = events.stream().filter((event) -> event.startsWith("worker-ended")).toList();
		assertThat(started).hasSizeGreaterThanOrEqualTo(50).doesNotHaveDuplicates();
		assertThat(ended).hasSizeGreaterThanOrEqualTo(50).doesNotHaveDuplicates();
		assertThat(overlapped).isFalse();
		assertThat(this.pools.told.threads).allSatisfy((thread) -> assertThat(thread.getName()).contains("-callback-"));
		for (String start : started) {
			String worker = start.substring(start.indexOf(' ') + 1);
			assertThat(events.indexOf(start)).as(worker).isLessThan(indexOf(events, "worker-ended " + worker + " "));
		}
	}

	private static int indexOf(List<String> events, String prefix) {
		for (int i = 0; i < events.size(); i++) {
			if (events.get(i).startsWith(prefix)) {
				return i;
			}
		}
		return -1;
	}

	@Test
	void listenerThatThrowsKeepsNothingFromTheOthers() throws Exception {
		WorkerPoolListener broken = new WorkerPoolListener() {

			@Override
			public void onWorkerStarted(WorkerPool pool, String workerId, Duration startup) {
				throw new RestartTests.EvilException();
			}

			@Override
			public void onWorkerEnded(WorkerPool pool, String workerId, String reason) {
				throw new AssertionError("listener");
			}

		};
		PoolHooks hooks = PoolHooks.NONE.withListeners(List.of(broken, this.pools.told));
		SupervisedWorkerPool pool = this.pools.buildThreads(hooks, (settings) -> settings.size(1));
		pool.start();
		this.pools.told.awaitEvent("worker-started w1");
		assertThat(pool.recycle()).succeedsWithin(TestPools.LONG);
		this.pools.told.awaitEvent("worker-ended w1 requested");
		this.pools.told.awaitEvent("worker-started w2");
	}

	@Test
	void saturationIsToldOnceAndItsEndOnce() throws Exception {
		SupervisedWorkerPool pool = this.pools
			.threads((settings) -> settings.size(1).queue((queue) -> queue.capacity(4)));
		assertThat(pool.ready()).succeedsWithin(TestPools.LONG);
		for (int round = 1; round <= 2; round++) {
			Gate gate = this.pools.gate();
			for (int i = 0; i < 8; i++) {
				pool.submit(() -> {
					gate.pass();
					return null;
				});
			}
			gate.awaitEntered(1);
			gate.open();
			int expected = 2 * round;
			TestPools.patiently().until(() -> this.pools.told.episodes().size() == expected);
		}
		this.pools.told.awaitEpisodes("saturated", "relieved", "saturated", "relieved");
	}

	@Test
	void saturationEndsWithAPoolThatIsStopped() throws Exception {
		SupervisedWorkerPool pool = this.pools
			.buildThreads((settings) -> settings.size(1).queue((queue) -> queue.capacity(1)));
		pool.submit(() -> null);
		pool.submit(() -> null);
		pool.close();
		this.pools.told.awaitEpisodes("saturated", "relieved");
	}

}
