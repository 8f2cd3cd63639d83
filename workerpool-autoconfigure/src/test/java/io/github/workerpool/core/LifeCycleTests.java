package io.github.workerpool.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import io.github.workerpool.PoolState;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.RejectedTaskException.Reason;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerLocal;
import io.github.workerpool.testsupport.Gate;
import io.github.workerpool.testsupport.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Starting, pausing, stopping and closing.
 */
@ExtendWith(NoLeaks.class)
class LifeCycleTests {

	@RegisterExtension
	final TestPools pools = new TestPools();

	private static void assertRefused(TaskFuture<?> task, Reason reason) throws Exception {
		assertThat(TestPools.failureOf(task)).isInstanceOfSatisfying(RejectedTaskException.class,
				(ex) -> assertThat(ex.reason()).isEqualTo(reason));
		assertThat(task.status()).isEqualTo(TaskStatus.REJECTED);
	}

	private CompletableFuture<Void> closing(SupervisedWorkerPool pool) {
		CompletableFuture<Void> closed = new CompletableFuture<>();
		Thread closer = new Thread(() -> {
			pool.close();
			closed.complete(null);
		}, "test-closer");
		closer.setDaemon(true);
		closer.start();
		return closed;
	}

	private static void awaitDraining(SupervisedWorkerPool pool) {
		TestPools.patiently().until(() -> !pool.isStarted());
	}

	// Start

	@Test
	void tasksSubmittedBeforeTheStartWaitForIt() throws Exception {
		SupervisedWorkerPool pool = this.pools.buildThreads((settings) -> settings.size(2));
		List<TaskFuture<Integer>> tasks = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			int number = i;
			tasks.add(pool.submit(() -> number));
		}
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.NEW);
		assertThat(pool.snapshot().queue().size()).isEqualTo(10);
		assertThat(pool.isStarted()).isFalse();
		assertThat(NoLeaks.poolThreads()).noneMatch((thread) -> thread.getName().contains(pool.name() + "-w"));
		pool.start();
		assertThat(pool.isStarted()).isTrue();
		for (int i = 0; i < 10; i++) {
			assertThat(TestPools.valueOf(tasks.get(i))).isEqualTo(i);
		}
	}

	@Test
	void secondStartDoesNothing() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(2));
		TestPools.awaitAlive(pool, 2);
		pool.start();
		pool.startLazily();
		assertThat(TestPools.valueOf(pool.submit(() -> "fine"))).isEqualTo("fine");
		assertThat(pool.snapshot().workers().alive()).isEqualTo(2);
		assertThat(supervisors(pool)).isEqualTo(1);
	}

	private static long supervisors(SupervisedWorkerPool pool) {
		return NoLeaks.poolThreads()
			.stream()
			.filter((thread) -> thread.getName().equals("workerpool-" + pool.name() + "-supervisor"))
			.count();
	}

	@Test
	void allWorkersComeUpAtOnce() throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers();
		Gate gate = this.pools.gate();
		workers.opening = (backend) -> gate.pass();
		SupervisedWorkerPool pool = this.pools.start(workers, (settings) -> settings.size(4));
		gate.awaitEntered(4);
		assertThat(pool.snapshot().workers().starting()).isEqualTo(4);
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.STARTING);
		CompletableFuture<Void> ready = pool.ready();
		assertThat(ready).isNotDone();
		gate.open();
		assertThat(ready).succeedsWithin(TestPools.LONG);
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.RUNNING);
		assertThat(pool.snapshot().workers().idle()).isEqualTo(4);
		TestPools.patiently()
			.untilAsserted(() -> assertThat(this.pools.told.workerEvents()).containsExactlyInAnyOrder(
					"worker-started w1", "worker-started w2", "worker-started w3", "worker-started w4"));
	}

	@Test
	void lazyPoolHasNoWorkerBeforeItsFirstTaskAndIsReadyAllTheSame() throws Exception {
		SupervisedWorkerPool pool = this.pools.buildThreads((settings) -> settings.size(2));
		pool.startLazily();
		assertThat(pool.ready()).succeedsWithin(TestPools.LONG);
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.RUNNING);
		assertThat(pool.snapshot().workers().alive() + pool.snapshot().workers().starting()).isZero();
		assertThat(pool.broadcast(() -> null)).isEmpty();
		assertThat(TestPools.valueOf(pool.submit(() -> "first"))).isEqualTo("first");
		TestPools.awaitAlive(pool, 2);
		assertThat(pool.ready()).succeedsWithin(TestPools.LONG);
	}

	@Test
	void workerLocalsOfAllWorkersAreClosedWhenThePoolIs() throws Exception {
		AtomicInteger closed = new AtomicInteger();
		WorkerLocal<AutoCloseable> local = WorkerLocal.of(() -> closed::incrementAndGet);
		WorkerLocal<Object> failing = WorkerLocal.of(Object::new, (value) -> {
			throw new RestartTests.EvilException();
		});
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(3));
		assertThat(pool.ready()).succeedsWithin(TestPools.LONG);
		for (TaskFuture<Object> each : pool.broadcast(() -> {
			local.get();
			failing.get();
			return null;
		})) {
			TestPools.valueOf(each);
		}
		assertThat(closed).hasValue(0);
		pool.close();
		assertThat(closed).hasValue(3);
	}

	// Pause and resume

	@Test
	void pausedPoolFinishesWhatRunsAndHoldsWhatWaits() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(2));
		Gate gate = this.pools.gate();
		TaskFuture<String> running = pool.submit(() -> {
			gate.pass();
			return "done";
		});
		gate.awaitEntered(1);
		pool.pause();
		pool.pause();
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.PAUSED);
		AtomicInteger ran = new AtomicInteger();
		List<TaskFuture<Integer>> waiting = new ArrayList<>();
		for (int i = 0; i < 5; i++) {
			waiting.add(pool.submit(ran::incrementAndGet));
		}
		List<TaskFuture<Object>> broadcast = pool.broadcast(() -> null);
		gate.open();
		assertThat(TestPools.valueOf(running)).isEqualTo("done");
		TestPools.awaitSnapshot(pool, "nobody busy", (snapshot) -> snapshot.workers().busy() == 0);
		assertThat(ran).hasValue(0);
		assertThat(waiting).allMatch((task) -> task.status() == TaskStatus.QUEUED);
		assertThat(broadcast).hasSize(2).noneMatch(TaskFuture::isDone);
		assertThat(pool.snapshot().queue().size()).isEqualTo(5);
		pool.resume();
		for (TaskFuture<Integer> task : waiting) {
			TestPools.valueOf(task);
		}
		for (TaskFuture<Object> task : broadcast) {
			TestPools.valueOf(task);
		}
		TestPools.awaitState(pool, PoolState.RUNNING);
	}

	@Test
	void pauseSurvivesAStopAndAStart() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(1));
		pool.pause();
		pool.stop().get(30, TimeUnit.SECONDS);
		pool.start();
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.PAUSED);
		TaskFuture<String> task = pool.submit(() -> "in the end");
		pool.resume();
		assertThat(TestPools.valueOf(task)).isEqualTo("in the end");
	}

	// Stop and start again

	@Test
	void stoppedPoolRefusesAndCanStartAgain() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(2));
		assertThat(TestPools.valueOf(pool.submit(() -> "before"))).isEqualTo("before");
		for (int i = 0; i < 3; i++) {
			assertThat(pool.stop()).succeedsWithin(TestPools.LONG);
			assertThat(pool.snapshot().state()).isEqualTo(PoolState.STOPPED);
			assertThat(pool.snapshot().workers().alive()).isZero();
			assertRefused(pool.submit(() -> null), Reason.NOT_RUNNING);
			assertThat(TestPools.failureOf(pool.ready())).isInstanceOf(RejectedTaskException.class);
			pool.start();
			assertThat(pool.ready()).succeedsWithin(TestPools.LONG);
			assertThat(TestPools.valueOf(pool.submit(() -> "again"))).isEqualTo("again");
		}
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void startWhileStoppingStartsAgainOnceStoppedWithOneSupervisor() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(1));
		Gate gate = this.pools.gate();
		TaskFuture<String> running = pool.submit(() -> {
			gate.pass();
			return "done";
		});
		gate.awaitEntered(1);
		CompletableFuture<Void> stopped = pool.stop();
		pool.start();
		pool.start();
		assertThat(stopped).isNotDone();
		assertThat(pool.isStarted()).isFalse();
		gate.open();
		assertThat(stopped).succeedsWithin(TestPools.LONG);
		assertThat(TestPools.valueOf(running)).isEqualTo("done");
		TestPools.awaitState(pool, PoolState.RUNNING);
		assertThat(TestPools.valueOf(pool.submit(() -> "again"))).isEqualTo("again");
		TestPools.patiently().until(() -> supervisors(pool) == 1);
		pool.close();
		TestPools.patiently().until(() -> supervisors(pool) == 0);
	}

	@Test
	void laterStopTakesBackTheStartThatIsToFollow() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(1));
		Gate gate = this.pools.gate();
		pool.submit(() -> {
			gate.pass();
			return null;
		});
		gate.awaitEntered(1);
		pool.stop();
		pool.start();
		CompletableFuture<Void> stopped = pool.stop();
		gate.open();
		assertThat(stopped).succeedsWithin(TestPools.LONG);
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.STOPPED);
	}

	@Test
	void closeWhileAStartIsToFollowTheStopClosesForGood() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(1));
		Gate gate = this.pools.gate();
		pool.submit(() -> {
			gate.pass();
			return null;
		});
		gate.awaitEntered(1);
		pool.stop();
		pool.start();
		CompletableFuture<Void> closed = closing(pool);
		TestPools.awaitState(pool, PoolState.CLOSED);
		gate.open();
		assertThat(closed).succeedsWithin(TestPools.LONG);
		pool.start();
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.CLOSED);
		assertRefused(pool.submit(() -> null), Reason.CLOSED);
	}

	@Test
	void whatDependsOnAStopRunsNeitherOnTheSupervisingThreadNorUnderItsLock() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(1));
		Gate gate = this.pools.gate();
		pool.submit(() -> {
			gate.pass();
			return null;
		});
		gate.awaitEntered(1);
		AtomicReference<String> ranOn = new AtomicReference<>();
		CompletableFuture<PoolState> dependant = pool.stop().thenApply((nothing) -> {
			ranOn.set(Thread.currentThread().getName());
			return CompletableFuture.supplyAsync(() -> pool.snapshot().state()).orTimeout(10, TimeUnit.SECONDS).join();
		});
		gate.open();
		assertThat(dependant).succeedsWithin(TestPools.LONG).isEqualTo(PoolState.STOPPED);
		assertThat(ranOn.get()).doesNotContain("supervisor");
	}

	@Test
	void whatDependsOnARecyclingThatAStopCutsShortDoesNotRunUnderTheLock() throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers();
		SupervisedWorkerPool pool = this.pools.start(workers, (settings) -> settings.size(1));
		Gate gate = this.pools.gate();
		pool.submit(() -> {
			gate.pass();
			return null;
		});
		gate.awaitEntered(1);
		CompletableFuture<PoolState> dependant = pool.recycle()
			.thenApply((nothing) -> CompletableFuture.supplyAsync(() -> pool.snapshot().state())
				.orTimeout(10, TimeUnit.SECONDS)
				.join());
		CompletableFuture<Void> stopped = pool.stop();
		gate.open();
		assertThat(stopped).succeedsWithin(TestPools.LONG);
		assertThat(dependant).succeedsWithin(TestPools.LONG);
	}

	@Test
	void stopBeforeTheFirstStartCancelsWhatWaits() throws Exception {
		SupervisedWorkerPool pool = this.pools.buildThreads((settings) -> settings.size(1));
		TaskFuture<String> waiting = pool.submit(() -> "never");
		CompletableFuture<Void> ready = pool.ready();
		assertThat(pool.stop()).succeedsWithin(TestPools.LONG);
		assertThat(TestPools.failureOf(waiting)).isInstanceOf(CancellationException.class);
		assertThat(TestPools.failureOf(ready)).isInstanceOf(RejectedTaskException.class);
		pool.start();
		assertThat(TestPools.valueOf(pool.submit(() -> "fine"))).isEqualTo("fine");
	}

	// Close

	@Test
	void closeFinishesWhatRunsAndWhatWaits() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(2));
		Gate gate = this.pools.gate();
		List<TaskFuture<Integer>> tasks = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			int number = i;
			tasks.add(pool.submit(() -> {
				gate.pass();
				return number;
			}));
		}
		gate.awaitEntered(2);
		CompletableFuture<Void> closed = closing(pool);
		awaitDraining(pool);
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.CLOSED);
		assertRefused(pool.submit(() -> null), Reason.CLOSED);
		assertThat(closed).isNotDone();
		gate.open();
		assertThat(closed).succeedsWithin(TestPools.LONG);
		for (int i = 0; i < 20; i++) {
			assertThat(tasks.get(i)).isCompletedWithValue(i);
		}
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void closeCancelsWhatIsNotFinishedInTime() throws Exception {
		SupervisedWorkerPool pool = this.pools
			.threads((settings) -> settings.size(1).shutdownTimeout(Duration.ofMillis(100)));
		Gate gate = this.pools.gate();
		TaskFuture<Object> running = pool.submit(() -> {
			gate.pass();
			return null;
		});
		TaskFuture<String> waiting = pool.submit(() -> "never");
		gate.awaitEntered(1);
		pool.close();
		assertThat(TestPools.failureOf(running)).isInstanceOf(CancellationException.class);
		assertThat(TestPools.failureOf(waiting)).isInstanceOf(CancellationException.class);
		assertThat(gate.interruptions()).isEqualTo(1);
		assertThat(pool.snapshot().workers().abandoned()).isZero();
		assertThat(pool.snapshot().restarts()).isZero();
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void closeGoesOnWithoutAThreadThatIgnoresItsInterruption() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(2)
			.shutdownTimeout(Duration.ofMillis(50))
			.task((task) -> task.grace(Duration.ofMillis(50))));
		Gate gate = this.pools.gate();
		TaskFuture<Object> stubborn = pool.submit(() -> {
			gate.passStubbornly();
			return null;
		});
		gate.awaitEntered(1);
		pool.close();
		assertThat(TestPools.failureOf(stubborn)).isInstanceOf(CancellationException.class);
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.CLOSED);
		TestPools.awaitSnapshot(pool, "one abandoned", (snapshot) -> snapshot.workers().abandoned() == 1);
		assertThat(pool.snapshot().restarts()).isZero();
		TestPools.awaitSnapshot(pool, "none alive", (snapshot) -> snapshot.workers().alive() == 0);
		gate.open();
		TestPools.awaitSnapshot(pool, "none abandoned", (snapshot) -> snapshot.workers().abandoned() == 0);
	}

	@Test
	void closeKillsWhatCanBeKilled() throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers();
		workers.interrupting = false;
		SupervisedWorkerPool pool = this.pools.start(workers,
				(settings) -> settings.size(1)
					.shutdownTimeout(Duration.ZERO)
					.task((task) -> task.grace(Duration.ofMillis(20))));
		Gate gate = this.pools.gate();
		TaskFuture<Object> running = pool.submit(() -> {
			gate.pass();
			return null;
		});
		gate.awaitEntered(1);
		pool.close();
		assertThat(running).isCancelled();
		assertThat(workers.worker(0).kills.get()).isPositive();
		assertThat(workers.worker(0).closes).hasValue(1);
		assertThat(workers.factoryCloses).hasValue(1);
		assertThat(pool.snapshot().workers().abandoned()).isZero();
		assertThat(pool.snapshot().lastCrash()).isNull();
	}

	@Test
	void closeReturnsThoughAKillHasNoEffect() throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers();
		workers.interrupting = false;
		workers.killWorks = false;
		Gate closing = this.pools.gate();
		AtomicInteger closings = new AtomicInteger();
		workers.closing = (backend) -> {
			closings.incrementAndGet();
			closing.passStubbornly();
		};
		SupervisedWorkerPool pool = this.pools.start(workers,
				(settings) -> settings.size(3)
					.shutdownTimeout(Duration.ZERO)
					.task((task) -> task.grace(Duration.ofMillis(20))));
		TestPools.awaitAlive(pool, 3);
		Gate gate = this.pools.gate();
		TaskFuture<Object> running = pool.submit(() -> {
			gate.passStubbornly();
			return null;
		});
		gate.awaitEntered(1);
		pool.close();
		assertThat(running).isCancelled();
		assertThat(pool.snapshot().workers().abandoned()).isEqualTo(3);
		assertThat(closings).hasValue(2);
	}

	@Test
	void closeReturnsThoughTheFactoryFailsToClose() throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers();
		workers.factoryClosing = () -> {
			throw new RestartTests.EvilException();
		};
		SupervisedWorkerPool pool = this.pools.start(workers, (settings) -> settings.size(1));
		TestPools.awaitAlive(pool, 1);
		assertThat(closing(pool)).succeedsWithin(TestPools.LONG);
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.CLOSED);
	}

	@Test
	void workerWhoseBackendFailsToCloseIsGoneAllTheSame() throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers();
		workers.closing = (backend) -> {
			throw new RestartTests.EvilException();
		};
		SupervisedWorkerPool pool = this.pools.start(workers, (settings) -> settings.size(2));
		TestPools.awaitAlive(pool, 2);
		pool.close();
		assertThat(pool.snapshot().workers().abandoned()).isZero();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void closeWhileWorkersComeUpWaitsForNone(boolean honoursInterruption) throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers();
		workers.killable = false;
		Gate gate = this.pools.gate();
		workers.opening = (backend) -> {
			if (honoursInterruption) {
				gate.pass();
			}
			else {
				gate.passStubbornly();
			}
		};
		SupervisedWorkerPool pool = this.pools.start(workers,
				(settings) -> settings.size(2)
					.shutdownTimeout(Duration.ofMillis(50))
					.task((task) -> task.grace(honoursInterruption ? TestPools.LONG : Duration.ofMillis(50))));
		TaskFuture<String> waiting = pool.submit(() -> "never");
		CompletableFuture<Void> ready = pool.ready();
		gate.awaitEntered(2);
		pool.close();
		assertThat(TestPools.failureOf(waiting)).isInstanceOf(CancellationException.class);
		assertThat(TestPools.failureOf(ready)).isInstanceOfSatisfying(RejectedTaskException.class,
				(ex) -> assertThat(ex.reason()).isEqualTo(Reason.CLOSED));
		assertThat(pool.snapshot().workers().starting()).isZero();
		assertThat(pool.snapshot().workers().abandoned()).isEqualTo(honoursInterruption ? 0 : 2);
		assertThat(pool.snapshot().restarts()).isZero();
		gate.open();
		TestPools.awaitSnapshot(pool, "none abandoned", (snapshot) -> snapshot.workers().abandoned() == 0);
		assertThat(workers.made).allSatisfy((backend) -> assertThat(backend.ran).isEmpty());
		TestPools.patiently()
			.untilAsserted(() -> assertThat(this.pools.told.workerEvents())
				.containsExactlyInAnyOrder("worker-ended w1 stop", "worker-ended w2 stop"));
	}

	@Test
	void closeOfAPausedPoolCancelsItsQueueAtOnceAndFinishesWhatRuns() throws Exception {
		SupervisedWorkerPool pool = this.pools
			.threads((settings) -> settings.size(1).shutdownTimeout(Duration.ofMinutes(10)));
		Gate gate = this.pools.gate();
		TaskFuture<String> running = pool.submit(() -> {
			gate.pass();
			return "done";
		});
		gate.awaitEntered(1);
		pool.pause();
		TaskFuture<String> waiting = pool.submit(() -> "never");
		List<TaskFuture<Object>> broadcast = pool.broadcast(() -> null);
		CompletableFuture<Void> closed = closing(pool);
		assertThat(TestPools.failureOf(waiting)).isInstanceOf(CancellationException.class);
		gate.open();
		assertThat(closed).succeedsWithin(TestPools.LONG);
		assertThat(running).isCompletedWithValue("done");
		assertThat(broadcast).hasSize(1).allMatch(TaskFuture::isCancelled);
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void pauseWhileClosingCancelsTheQueueAtOnce() throws Exception {
		SupervisedWorkerPool pool = this.pools
			.threads((settings) -> settings.size(1).shutdownTimeout(Duration.ofMinutes(10)));
		Gate gate = this.pools.gate();
		TaskFuture<String> running = pool.submit(() -> {
			gate.pass();
			return "done";
		});
		gate.awaitEntered(1);
		TaskFuture<String> waiting = pool.submit(() -> "never");
		CompletableFuture<Void> closed = closing(pool);
		awaitDraining(pool);
		pool.pause();
		assertThat(TestPools.failureOf(waiting)).isInstanceOf(CancellationException.class);
		gate.open();
		assertThat(closed).succeedsWithin(TestPools.LONG);
		assertThat(running).isCompletedWithValue("done");
	}

	@Test
	void closeOfAFailedPoolReturns() throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers();
		SupervisedWorkerPool pool = this.pools.start(workers,
				(settings) -> settings.size(2).restart((restart) -> restart.maxRestarts(0)));
		Gate gate = this.pools.gate();
		TaskFuture<String> running = pool.submit(() -> {
			gate.pass();
			return "done";
		});
		gate.awaitEntered(1);
		TestPools.failureOf(pool.submit(ScriptedWorkers.crash(1)));
		TestPools.awaitState(pool, PoolState.FAILED);
		CompletableFuture<Void> closed = closing(pool);
		awaitDraining(pool);
		assertRefused(pool.submit(() -> null), Reason.CLOSED);
		gate.open();
		assertThat(closed).succeedsWithin(TestPools.LONG);
		assertThat(running).isCompletedWithValue("done");
	}

	@Test
	void closeBeforeTheStartCancelsWhatWaits() throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers();
		SupervisedWorkerPool pool = this.pools.build(workers, (settings) -> settings.size(1));
		TaskFuture<String> waiting = pool.submit(() -> "never");
		pool.close();
		assertThat(TestPools.failureOf(waiting)).isInstanceOf(CancellationException.class);
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.CLOSED);
		assertRefused(pool.submit(() -> null), Reason.CLOSED);
		pool.start();
		assertThat(workers.made).isEmpty();
		assertThat(workers.factoryCloses).hasValue(1);
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void closeAfterAStopClosesForGood() throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers();
		SupervisedWorkerPool pool = this.pools.start(workers, (settings) -> settings.size(1));
		pool.stop().get(30, TimeUnit.SECONDS);
		assertThat(workers.factoryCloses).hasValue(0);
		pool.close();
		assertThat(workers.factoryCloses).hasValue(1);
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.CLOSED);
		assertRefused(pool.submit(() -> null), Reason.CLOSED);
		assertThat(pool.recycle()).succeedsWithin(TestPools.LONG);
		pool.restart();
		pool.resize(1, 2);
		pool.resume();
		assertThat(pool.snapshot().workers().alive()).isZero();
		assertThat(workers.made).hasSize(1);
	}

	@Test
	void everyCloseReturnsOnceThePoolIsClosed() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(2));
		Gate gate = this.pools.gate();
		pool.submit(() -> {
			gate.pass();
			return null;
		});
		gate.awaitEntered(1);
		List<CompletableFuture<Void>> closings = new ArrayList<>();
		for (int i = 0; i < 8; i++) {
			closings.add(closing(pool));
		}
		awaitDraining(pool);
		assertThat(closings).noneMatch(CompletableFuture::isDone);
		gate.open();
		for (CompletableFuture<Void> each : closings) {
			assertThat(each).succeedsWithin(TestPools.LONG);
		}
		pool.close();
	}

	@Test
	void closeKeepsTheInterruptionOfItsCaller() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(1));
		Gate gate = this.pools.gate();
		TaskFuture<String> running = pool.submit(() -> {
			gate.pass();
			return "done";
		});
		gate.awaitEntered(1);
		CompletableFuture<Boolean> closed = new CompletableFuture<>();
		Thread closer = new Thread(() -> {
			pool.close();
			closed.complete(Thread.currentThread().isInterrupted());
		});
		closer.start();
		awaitDraining(pool);
		closer.interrupt();
		gate.open();
		assertThat(closed).succeedsWithin(TestPools.LONG).isEqualTo(true);
		assertThat(running).isCompletedWithValue("done");
	}

	@Test
	void poolCanBeClosedFromItsOwnTasks() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(2));
		TaskFuture<String> closer = pool.submit(() -> {
			pool.close();
			return "closed from within";
		});
		assertThat(TestPools.valueOf(closer)).isEqualTo("closed from within");
		assertThat(closing(pool)).succeedsWithin(TestPools.LONG);
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.CLOSED);
	}

	@Test
	void poolCanBeClosedFromADependantAndFromAListener() throws Exception {
		SupervisedWorkerPool first = this.pools.threads((settings) -> settings.size(1));
		Gate gate = this.pools.gate();
		CompletableFuture<Void> dependant = first.submit(() -> {
			gate.pass();
			return null;
		}).thenRun(first::close);
		gate.open();
		assertThat(dependant).succeedsWithin(TestPools.LONG);
		assertThat(closing(first)).succeedsWithin(TestPools.LONG);
		SupervisedWorkerPool second = this.pools.threads((settings) -> settings.size(1));
		Gate held = this.pools.gate();
		TaskFuture<Object> cancelled = second.submit(() -> {
			held.pass();
			return null;
		});
		held.awaitEntered(1);
		CompletableFuture<Void> onCallback = cancelled.handle((value, ex) -> {
			second.close();
			return null;
		});
		cancelled.cancel(true);
		assertThat(onCallback).succeedsWithin(TestPools.LONG);
		assertThat(second.snapshot().state()).isEqualTo(PoolState.CLOSED);
	}

	@Test
	void poolCanBeClosedFromAllItsCallbackThreadsAtOnce() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(2));
		pool.pause();
		List<CompletableFuture<Void>> dependants = new ArrayList<>();
		List<TaskFuture<Object>> tasks = new ArrayList<>();
		CountDownLatch all = new CountDownLatch(4);
		for (int i = 0; i < 4; i++) {
			TaskFuture<Object> task = pool.submit(() -> null);
			tasks.add(task);
			dependants.add(task.handle((value, ex) -> {
				all.countDown();
				try {
					all.await();
				}
				catch (InterruptedException interrupted) {
					throw new IllegalStateException(interrupted);
				}
				pool.close();
				return null;
			}));
		}
		tasks.forEach((task) -> task.cancel(true));
		for (CompletableFuture<Void> dependant : dependants) {
			assertThat(dependant).succeedsWithin(TestPools.LONG);
		}
	}

	@Test
	void poolCanBeClosedFromATaskOfAnother() throws Exception {
		SupervisedWorkerPool outer = this.pools.threads((settings) -> settings.size(1));
		SupervisedWorkerPool inner = this.pools.threads((settings) -> settings.size(1));
		TaskFuture<String> innerTask = inner.submit(() -> "done");
		assertThat(TestPools.valueOf(outer.submit(() -> {
			inner.close();
			return WorkerContext.isWorker();
		}))).isTrue();
		assertThat(innerTask).isCompletedWithValue("done");
		assertThat(inner.snapshot().state()).isEqualTo(PoolState.CLOSED);
	}

	// What closing finds in motion

	@Test
	void taskThatWasJustTakenFromTheQueueIsFinishedByClose() throws Exception {
		ManualClock clock = ManualClock.running();
		SupervisedWorkerPool pool = this.pools.buildThreads(this.pools.hooks(), clock.clock(),
				(settings) -> settings.size(1));
		pool.start();
		TestPools.awaitAlive(pool, 1);
		// One that finds its task at once takes the time only when that has run
		TestPools.patiently().until(() -> pool.dispatcher().workers()[0].isParked());
		Gate gate = this.pools.gate();
		AtomicBoolean once = new AtomicBoolean(true);
		AtomicLong rounds = new AtomicLong();
		clock.onRead = () -> {
			if (Thread.currentThread() instanceof PoolThread && once.compareAndSet(true, false)) {
				// Out of the queue, and not yet shown on its worker
				gate.passStubbornly();
			}
			else if (Thread.currentThread().getName().endsWith("-supervisor")) {
				rounds.incrementAndGet();
			}
		};
		TaskFuture<String> task = pool.submit(() -> "done");
		gate.awaitEntered(1);
		assertThat(pool.snapshot().queue().size()).isZero();
		CompletableFuture<Void> closed = closing(pool);
		awaitDraining(pool);
		long before = rounds.get();
		TestPools.patiently().until(() -> rounds.get() > before + 10);
		gate.open();
		assertThat(closed).succeedsWithin(TestPools.LONG);
		assertThat(TestPools.valueOf(task)).isEqualTo("done");
	}

	@Test
	void closeFinishesTheQueueThoughWorkersAreRecycledMeanwhile() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(1)
			.shutdownTimeout(Duration.ofMinutes(10))
			.recycle((recycle) -> recycle.afterTasks(1)));
		Gate gate = this.pools.gate();
		List<TaskFuture<Integer>> tasks = new ArrayList<>();
		for (int i = 0; i < 5; i++) {
			int number = i;
			tasks.add(pool.submit(() -> {
				gate.pass();
				return number;
			}));
		}
		gate.awaitEntered(1);
		CompletableFuture<Void> closed = closing(pool);
		awaitDraining(pool);
		gate.open();
		assertThat(closed).succeedsWithin(TestPools.LONG);
		for (int i = 0; i < 5; i++) {
			assertThat(tasks.get(i)).isCompletedWithValue(i);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void closeFinishesTheQueueOfAPoolThatHasNoWorkerYet(boolean lazily) throws Exception {
		SupervisedWorkerPool pool = this.pools.buildThreads(
				(settings) -> settings.minSize(lazily ? 1 : 0).maxSize(1).shutdownTimeout(Duration.ofMinutes(10)));
		List<TaskFuture<Object>> tasks = new ArrayList<>();
		// Before the supervisor can have looked
		if (lazily) {
			pool.startLazily();
		}
		else {
			pool.start();
		}
		tasks.add(pool.submit(() -> "done"));
		assertThat(closing(pool)).succeedsWithin(TestPools.LONG);
		assertThat(tasks).allSatisfy((task) -> assertThat(task).isCompletedWithValue("done"));
	}

	@Test
	void closeFinishesTheQueueThoughWorkersDieMeanwhile() throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers();
		SupervisedWorkerPool pool = this.pools.start(workers,
				(settings) -> settings.size(1)
					.shutdownTimeout(Duration.ofMinutes(10))
					.restart((restart) -> restart.backoff(CrashTests.quick())));
		Gate gate = this.pools.gate();
		TaskFuture<Object> dying = pool.submit(() -> {
			gate.pass();
			throw ScriptedWorkers.death(1, true);
		});
		TaskFuture<String> waiting = pool.submit(() -> "done");
		gate.awaitEntered(1);
		CompletableFuture<Void> closed = closing(pool);
		awaitDraining(pool);
		gate.open();
		assertThat(closed).succeedsWithin(TestPools.LONG);
		assertThat(dying.status()).isEqualTo(TaskStatus.CRASHED);
		assertThat(waiting).isCompletedWithValue("done");
		assertThat(pool.snapshot().restarts()).isEqualTo(1);
		assertThat(workers.made).hasSize(2);
	}

	@Test
	void workersThatKeepDyingEndTheDrainingOfAClosingPool() throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers();
		SupervisedWorkerPool pool = this.pools.start(workers,
				(settings) -> settings.size(1)
					.shutdownTimeout(Duration.ofMinutes(10))
					.restart((restart) -> restart.maxRestarts(3).backoff(CrashTests.quick())));
		Gate gate = this.pools.gate();
		List<TaskFuture<Object>> dying = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			dying.add(pool.submit(() -> {
				gate.pass();
				throw ScriptedWorkers.death(1, true);
			}));
		}
		gate.awaitEntered(1);
		CompletableFuture<Void> closed = closing(pool);
		awaitDraining(pool);
		gate.open();
		assertThat(closed).succeedsWithin(TestPools.LONG);
		assertThat(dying).filteredOn((task) -> task.status() == TaskStatus.CRASHED).hasSize(4);
		assertThat(dying).filteredOn((task) -> task.status() == TaskStatus.FAILED).hasSize(6);
		assertRefused(pool.submit(() -> null), Reason.CLOSED);
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void closeFinishesWhatWasBroadcast() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(2));
		assertThat(pool.ready()).succeedsWithin(TestPools.LONG);
		Gate gate = this.pools.gate();
		TaskFuture<Object> running = pool.submit(() -> {
			gate.pass();
			return null;
		});
		gate.awaitEntered(1);
		List<TaskFuture<String>> broadcast = pool.broadcast(() -> "done");
		CompletableFuture<Void> closed = closing(pool);
		awaitDraining(pool);
		gate.open();
		assertThat(closed).succeedsWithin(TestPools.LONG);
		assertThat(running).isCompleted();
		assertThat(broadcast).hasSize(2).allSatisfy((task) -> assertThat(task).isCompletedWithValue("done"));
	}

	@Test
	void submitsThatRaceWithACloseAreRefusedOrFinished() throws Exception {
		for (int round = 0; round < 30; round++) {
			SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(2));
			List<TaskFuture<Integer>> tasks = new CopyOnWriteArrayList<>();
			Gate go = this.pools.gate();
			List<Thread> submitters = new ArrayList<>();
			for (int i = 0; i < 2; i++) {
				Thread submitter = new Thread(() -> {
					go.spin();
					for (int number = 0; number < 200; number++) {
						tasks.add(pool.submit(() -> 1));
					}
				});
				submitter.start();
				submitters.add(submitter);
			}
			go.awaitEntered(2);
			go.open();
			TestPools.patiently().until(() -> !tasks.isEmpty());
			pool.close();
			for (Thread submitter : submitters) {
				submitter.join();
			}
			for (TaskFuture<Integer> task : tasks) {
				TestPools.patiently().until(task::isDone);
				assertThat(task.status()).isIn(TaskStatus.SUCCEEDED, TaskStatus.REJECTED);
			}
			TestPools.assertBooksBalance(pool);
		}
	}

	@Test
	void taskThatGotInWhileTheWorkersLeaveIsRefused() throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers();
		Gate leaving = this.pools.gate();
		workers.closing = (backend) -> leaving.passStubbornly();
		SupervisedWorkerPool pool = this.pools.start(workers,
				(settings) -> settings.size(1).task((task) -> task.grace(Duration.ofMinutes(10))));
		TestPools.awaitAlive(pool, 1);
		CompletableFuture<Void> closed = closing(pool);
		leaving.awaitEntered(1);
		// As if its submitter had seen that the pool takes tasks, and came no further
		TaskRun<Integer> task = new TaskRun<>(pool, pool.statistics().nextSequence(), TaskOptions.none());
		assertThat(pool.queue().offer(task, () -> 0)).isEqualTo(FairQueue.Offer.ACCEPTED);
		assertRefused(task, Reason.CLOSED);
		leaving.open();
		assertThat(closed).succeedsWithin(TestPools.LONG);
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void workerThatComesUpWhileAFailedPoolStopsDoesNotOpenIt() throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers();
		Gate probe = this.pools.gate();
		workers.opening = (backend) -> {
			if (workers.made.size() == 1) {
				throw new IllegalStateException("no luck");
			}
			probe.passStubbornly();
		};
		SupervisedWorkerPool pool = this.pools.start(workers,
				(settings) -> settings.size(1)
					.task((task) -> task.grace(Duration.ofMinutes(10)))
					.restart((restart) -> restart.maxRestarts(0).coolDown(Duration.ofMillis(1))));
		probe.awaitEntered(1);
		CompletableFuture<Void> closed = closing(pool);
		awaitDraining(pool);
		probe.open();
		assertThat(closed).succeedsWithin(TestPools.LONG);
		assertRefused(pool.submit(() -> 1), Reason.CLOSED);
	}

	@Test
	void taskThatIsJustTakenWhenThePoolPausesWaitsAgain() throws Exception {
		ManualClock clock = ManualClock.running();
		SupervisedWorkerPool pool = this.pools.buildThreads(this.pools.hooks(), clock.clock(),
				(settings) -> settings.size(1));
		pool.start();
		TestPools.awaitAlive(pool, 1);
		pool.pause();
		TaskFuture<String> task = pool.submit(() -> "done", TaskOptions.none().withQueueTimeout(TestPools.LONG));
		AtomicBoolean taken = new AtomicBoolean();
		clock.onRead = () -> {
			// Out of the queue, and about to be looked at whether it has waited too long
			if (Thread.currentThread() instanceof PoolThread && pool.queue().size() == 0
					&& taken.compareAndSet(false, true)) {
				pool.pause();
			}
		};
		pool.resume();
		TestPools.patiently().untilTrue(taken);
		TestPools.patiently().until(() -> pool.dispatcher().workers()[0].isParked());
		assertThat(task.status()).isEqualTo(TaskStatus.QUEUED);
		assertThat(pool.snapshot().queue().size()).isEqualTo(1);
		assertThat(pool.snapshot().workers().busy()).isZero();
		assertThat(pool.cancelQueued()).isEqualTo(1);
		assertThat(task).isCancelled();
		pool.resume();
		assertThat(TestPools.valueOf(pool.submit(() -> "another"))).isEqualTo("another");
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void pausedPoolLosesNoSubmitThatRacesWithItsClose() throws Exception {
		for (int round = 0; round < 20; round++) {
			SupervisedWorkerPool pool = this.pools
				.threads((settings) -> settings.size(1).shutdownTimeout(Duration.ofMinutes(10)));
			pool.pause();
			List<TaskFuture<Integer>> tasks = new CopyOnWriteArrayList<>();
			AtomicBoolean stop = new AtomicBoolean();
			Thread submitter = new Thread(() -> {
				while (!stop.get() && tasks.size() < 500) {
					tasks.add(pool.submit(() -> 1));
				}
			});
			submitter.start();
			TestPools.patiently().until(() -> !tasks.isEmpty());
			assertThat(closing(pool)).succeedsWithin(TestPools.LONG);
			stop.set(true);
			submitter.join();
			assertThat(tasks).allSatisfy((task) -> assertThat(task.isDone()).isTrue());
			TestPools.assertBooksBalance(pool);
		}
	}

}
