package io.github.workerpool.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.github.workerpool.PoolSettings;
import io.github.workerpool.PoolState;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.RejectedTaskException.Reason;
import io.github.workerpool.RestartPolicy;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.WorkerCrashedException;
import io.github.workerpool.WorkerStartException;
import io.github.workerpool.testsupport.Gate;
import io.github.workerpool.testsupport.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Replacement of workers that died: budget, back-off, policies, failing and recovering.
 */
@ExtendWith(NoLeaks.class)
class RestartTests {

	private static final Duration NEVER = Duration.ofHours(1);

	@RegisterExtension
	final TestPools pools = new TestPools();

	private final ScriptedWorkers workers = new ScriptedWorkers();

	private final TestPools.Told told = this.pools.told;

	private static PoolSettings.Builder budget(PoolSettings.Builder settings, int maxRestarts, Duration coolDown) {
		return settings
			.restart((restart) -> restart.maxRestarts(maxRestarts).coolDown(coolDown).backoff(CrashTests.quick()));
	}

	/** A pool that failed because no worker could start. */
	private SupervisedWorkerPool failedAtStart(int size, Duration coolDown) throws Exception {
		this.workers.opening = (backend) -> {
			throw new IllegalStateException("no licence");
		};
		SupervisedWorkerPool pool = this.pools.start(this.workers,
				(settings) -> budget(settings.size(size), 2, coolDown));
		TestPools.awaitState(pool, PoolState.FAILED);
		return pool;
	}

	// The budget

	@Test
	void poolFailsWhenMoreWorkersDiedThanItsBudgetWithoutASuccess() throws Exception {
		SupervisedWorkerPool pool = this.pools.start(this.workers, (settings) -> budget(settings.size(1), 2, NEVER));
		Gate gate = this.pools.gate();
		TaskFuture<Object> holding = pool.submit(() -> {
			gate.pass();
			throw new IllegalArgumentException("no success");
		});
		gate.awaitEntered(1);
		List<TaskFuture<Object>> poison = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			poison.add(pool.submit(ScriptedWorkers.crash(1)));
		}
		List<TaskFuture<Object>> queued = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			queued.add(pool.submit(() -> "never"));
		}
		gate.open();
		assertThat(TestPools.failureOf(holding)).isInstanceOf(IllegalArgumentException.class);
		for (TaskFuture<Object> each : poison) {
			assertThat(TestPools.failureOf(each)).isInstanceOf(WorkerCrashedException.class);
		}
		for (TaskFuture<Object> each : queued) {
			assertThat(TestPools.failureOf(each)).isInstanceOf(WorkerStartException.class)
				.hasMessageContaining(pool.name())
				.hasMessageContaining("exited with code 1");
			assertThat(each.status()).isEqualTo(TaskStatus.FAILED);
		}
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.FAILED);
		assertThat(pool.snapshot().reason()).contains("exited with code 1");
		assertThat(pool.snapshot().queue().size()).isZero();
		TaskFuture<Object> refused = pool.submit(() -> "never");
		assertThat(refused).isCompletedExceptionally();
		assertThat(TestPools.failureOf(refused)).isInstanceOfSatisfying(RejectedTaskException.class, (ex) -> {
			assertThat(ex.reason()).isEqualTo(Reason.POOL_FAILED);
			assertThat(ex).hasMessageContaining("exited with code 1").hasCauseInstanceOf(WorkerStartException.class);
		});
		assertThat(TestPools.failureOf(pool.ready())).isInstanceOf(WorkerStartException.class);
		this.told.awaitFailures("failed");
		assertThat(this.workers.made).hasSize(3);
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void budgetOfNoneIsSpentByTheFirstDeath() throws Exception {
		SupervisedWorkerPool pool = this.pools.start(this.workers, (settings) -> budget(settings.size(1), 0, NEVER));
		TestPools.failureOf(pool.submit(ScriptedWorkers.crash(1)));
		TestPools.awaitState(pool, PoolState.FAILED);
		assertThat(this.workers.made).hasSize(1);
	}

	@Test
	void eachSuccessRenewsTheBudget() throws Exception {
		SupervisedWorkerPool pool = this.pools.start(this.workers, (settings) -> budget(settings.size(1), 2, NEVER));
		for (int i = 0; i < 5; i++) {
			TestPools.failureOf(pool.submit(ScriptedWorkers.crash(1)));
			TestPools.failureOf(pool.submit(ScriptedWorkers.crash(1)));
			assertThat(TestPools.valueOf(pool.submit(() -> "fine"))).isEqualTo("fine");
		}
		TestPools.awaitSnapshot(pool, "ten restarts", (snapshot) -> snapshot.restarts() == 10);
		assertThat(this.told.episodes()).doesNotContain("failed");
	}

	@Test
	void failureOfATaskRenewsNoBudget() throws Exception {
		SupervisedWorkerPool pool = this.pools.start(this.workers, (settings) -> budget(settings.size(1), 1, NEVER));
		TestPools.failureOf(pool.submit(ScriptedWorkers.crash(1)));
		TestPools.failureOf(pool.submit(() -> {
			throw new IllegalStateException("lives, but is no success");
		}));
		TestPools.failureOf(pool.submit(ScriptedWorkers.crash(1)));
		TestPools.awaitState(pool, PoolState.FAILED);
	}

	@Test
	void deathsOutsideThePeriodAreForgotten() throws Exception {
		ManualClock clock = ManualClock.standing();
		SupervisedWorkerPool pool = this.pools.build(this.workers, this.pools.hooks(), clock.clock(),
				(settings) -> budget(settings.size(1), 1, NEVER)
					.restart((restart) -> restart.period(Duration.ofSeconds(10))));
		pool.start();
		for (int i = 0; i < 4; i++) {
			int expected = i + 1;
			TestPools.patiently().until(() -> this.workers.made.size() == expected);
			TestPools.failureOf(pool.submit(ScriptedWorkers.crash(1)));
			clock.advance(Duration.ofSeconds(11));
			clock.awaitRounds(pool);
		}
		TestPools.awaitState(pool, PoolState.RUNNING);
		TestPools.failureOf(pool.submit(ScriptedWorkers.crash(1)));
		TestPools.patiently().until(() -> {
			clock.advance(Duration.ofMillis(1));
			clock.awaitRounds(pool);
			return this.workers.made.size() == 6;
		});
		TestPools.failureOf(pool.submit(ScriptedWorkers.crash(1)));
		TestPools.awaitState(pool, PoolState.FAILED);
	}

	// Back-off

	@Test
	void firstReplacementIsImmediateAndLaterOnesWaitEverLonger() throws Exception {
		ManualClock clock = ManualClock.standing();
		SupervisedWorkerPool pool = this.pools.build(this.workers, this.pools.hooks(), clock.clock(),
				(settings) -> settings.size(1)
					.restart((restart) -> restart.maxRestarts(100)
						.period(NEVER)
						.backoff((backoff) -> backoff.initial(Duration.ofMillis(100))
							.multiplier(3)
							.max(Duration.ofMillis(500))
							.jitter(0))));
		pool.start();
		TestPools.awaitAlive(pool, 1);
		TestPools.failureOf(pool.submit(ScriptedWorkers.crash(1)));
		TestPools.patiently().until(() -> this.workers.made.size() == 2);
		int made = 2;
		for (long delay : new long[] { 100, 300, 500, 500 }) {
			TestPools.awaitAlive(pool, 1);
			TestPools.failureOf(pool.submit(ScriptedWorkers.crash(1)));
			TestPools.awaitAlive(pool, 0);
			clock.advance(Duration.ofMillis(delay).minusNanos(1));
			clock.awaitRounds(pool);
			assertThat(this.workers.made).as("before %s ms", delay).hasSize(made);
			assertThat(pool.snapshot().state()).isEqualTo(PoolState.DEGRADED);
			assertThat(pool.snapshot().reason()).contains("in back-off").contains("exited with code 1");
			clock.advance(Duration.ofNanos(1));
			clock.awaitRounds(pool);
			made++;
			assertThat(this.workers.made).as("after %s ms", delay).hasSize(made);
		}
		TestPools.awaitAlive(pool, 1);
		TestPools.valueOf(pool.submit(() -> "success"));
		TestPools.failureOf(pool.submit(ScriptedWorkers.crash(1)));
		TestPools.patiently().until(() -> this.workers.made.size() == 7);
	}

	@Test
	void backOffHoldsForGrowthTooAndShows() throws Exception {
		ManualClock clock = ManualClock.standing();
		SupervisedWorkerPool pool = this.pools.build(this.workers, this.pools.hooks(), clock.clock(),
				(settings) -> settings.minSize(0)
					.maxSize(2)
					.restart((restart) -> restart.maxRestarts(100)
						.period(NEVER)
						.backoff((backoff) -> backoff.initial(Duration.ofMillis(100)).jitter(0))));
		pool.start();
		TestPools.failureOf(pool.submit(ScriptedWorkers.crash(1)));
		TestPools.failureOf(pool.submit(ScriptedWorkers.crash(1)));
		TestPools.awaitAlive(pool, 0);
		int made = this.workers.made.size();
		TaskFuture<String> waiting = pool.submit(() -> "served");
		clock.awaitRounds(pool);
		assertThat(this.workers.made).hasSize(made);
		assertThat(waiting.status()).isEqualTo(TaskStatus.QUEUED);
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.DEGRADED);
		assertThat(pool.snapshot().reason()).contains("in back-off");
		clock.advance(Duration.ofMillis(100));
		pool.supervisor().wake();
		assertThat(TestPools.valueOf(waiting)).isEqualTo("served");
		TestPools.awaitState(pool, PoolState.RUNNING);
	}

	@Test
	void workersThatCannotEvenBeMadeAreBackedOffFromAndCounted() throws Exception {
		AtomicInteger made = new AtomicInteger();
		this.workers.making = () -> {
			if (made.incrementAndGet() <= 2) {
				throw new IllegalStateException("no room");
			}
		};
		SupervisedWorkerPool pool = this.pools.start(this.workers, (settings) -> budget(settings.size(1), 2, NEVER));
		assertThat(TestPools.valueOf(pool.submit(() -> "served"))).isEqualTo("served");
		assertThat(pool.snapshot().restartsByReason()).containsEntry("start-failure", 2L);
		assertThat(this.told.episodes()).doesNotContain("failed");
	}

	// Failing and recovering

	@Test
	void failingToStartReachesWhatWaits() throws Exception {
		this.workers.opening = (backend) -> {
			throw new IllegalStateException("no licence");
		};
		SupervisedWorkerPool pool = this.pools.build(this.workers, (settings) -> budget(settings.size(2), 2, NEVER));
		TaskFuture<Object> waiting = pool.submit(() -> null);
		CompletableFuture<Void> ready = pool.ready();
		pool.start();
		assertThat(TestPools.failureOf(waiting)).isInstanceOf(WorkerStartException.class)
			.hasMessageContaining("no licence")
			.hasRootCauseInstanceOf(IllegalStateException.class);
		assertThat(TestPools.failureOf(ready)).isInstanceOf(WorkerStartException.class)
			.hasMessageContaining("no licence");
		TestPools.awaitState(pool, PoolState.FAILED);
		assertThat(pool.snapshot().restartsByReason().get("start-failure")).isGreaterThanOrEqualTo(3);
		TestPools.patiently().untilAsserted(() -> {
			assertThat(this.workers.made).allSatisfy((backend) -> assertThat(backend.closes.get()).isEqualTo(1));
			assertThat(this.told.workerEvents()).contains("worker-ended w1 start-failure");
		});
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 3 })
	void poolRecoversAfterTheCoolDownByOneWorkerThatStarts(int size) throws Exception {
		SupervisedWorkerPool pool = failedAtStart(size, Duration.ofMillis(200));
		this.workers.opening = (backend) -> {
		};
		TestPools.awaitState(pool, PoolState.RUNNING);
		TestPools.awaitAlive(pool, size);
		this.told.awaitEvent("restarted");
		assertThat(this.told.episodes()).containsSubsequence("failed", "restarted");
		assertThat(pool.ready()).succeedsWithin(TestPools.LONG);
		assertThat(TestPools.valueOf(pool.submit(() -> "fine"))).isEqualTo("fine");
	}

	@Test
	void poolStaysFailedWhileItsProbesFailAndTellsItOnce() throws Exception {
		SupervisedWorkerPool pool = failedAtStart(3, Duration.ofMillis(20));
		AtomicInteger atOnce = new AtomicInteger();
		AtomicInteger most = new AtomicInteger();
		AtomicInteger probes = new AtomicInteger();
		this.workers.opening = (backend) -> {
			most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
			try {
				probes.incrementAndGet();
				throw new IllegalStateException("still no licence");
			}
			finally {
				atOnce.decrementAndGet();
			}
		};
		TestPools.patiently().until(() -> probes.get() >= 5);
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.FAILED);
		assertThat(most).hasValue(1);
		TestPools.patiently().until(() -> String.valueOf(pool.snapshot().reason()).contains("still no licence"));
		this.told.awaitFailures("failed");
		this.workers.opening = (backend) -> {
		};
		TestPools.awaitState(pool, PoolState.RUNNING);
		TestPools.awaitAlive(pool, 3);
		this.told.awaitFailures("failed", "restarted");
	}

	@Test
	void poolStaysFailedWhileProbesCannotBeMadeAndTellsItOnce() throws Exception {
		SupervisedWorkerPool pool = failedAtStart(1, Duration.ofMillis(20));
		AtomicInteger probes = new AtomicInteger();
		this.workers.making = () -> {
			probes.incrementAndGet();
			throw new IllegalStateException("no room");
		};
		TestPools.patiently().until(() -> probes.get() >= 3);
		this.workers.making = () -> {
		};
		this.workers.opening = (backend) -> {
		};
		TestPools.awaitState(pool, PoolState.RUNNING);
		this.told.awaitFailures("failed", "restarted");
	}

	@Test
	void restartLeavesFailedAtOnce() throws Exception {
		SupervisedWorkerPool pool = failedAtStart(2, NEVER);
		this.workers.opening = (backend) -> {
		};
		pool.restart();
		TestPools.awaitState(pool, PoolState.RUNNING);
		assertThat(pool.ready()).succeedsWithin(TestPools.LONG);
		assertThat(TestPools.valueOf(pool.submit(() -> "fine"))).isEqualTo("fine");
		TestPools.awaitAlive(pool, 2);
		this.told.awaitFailures("failed", "restarted");
	}

	@Test
	void restartGrantsANewBudget() throws Exception {
		SupervisedWorkerPool pool = failedAtStart(1, NEVER);
		int before = this.workers.made.size();
		pool.restart();
		TestPools.patiently().until(() -> this.workers.made.size() == before + 3);
		TestPools.awaitState(pool, PoolState.FAILED);
		this.told.awaitFailures("failed", "restarted", "failed");
	}

	@Test
	void restartOfAHealthyPoolHarmsNothing() throws Exception {
		SupervisedWorkerPool pool = this.pools.start(this.workers, (settings) -> settings.size(2));
		TestPools.awaitAlive(pool, 2);
		pool.restart();
		assertThat(TestPools.valueOf(pool.submit(() -> "fine"))).isEqualTo("fine");
		assertThat(this.workers.made).hasSize(2);
		assertThat(this.told.episodes()).isEmpty();
	}

	@Test
	void readinessOfAPoolThatFailedLaterFailsAndThenRecovers() throws Exception {
		SupervisedWorkerPool pool = this.pools.start(this.workers, (settings) -> budget(settings.size(1), 0, NEVER));
		assertThat(pool.ready()).succeedsWithin(TestPools.LONG);
		TestPools.failureOf(pool.submit(ScriptedWorkers.crash(1)));
		TestPools.awaitState(pool, PoolState.FAILED);
		assertThat(TestPools.failureOf(pool.ready())).isInstanceOf(WorkerStartException.class);
		pool.restart();
		assertThat(pool.ready()).succeedsWithin(TestPools.LONG);
	}

	@Test
	void workerThatCameTooLateForAFailedPoolDoesNotShortenItsCoolDown() throws Exception {
		Gate gate = this.pools.gate();
		AtomicBoolean first = new AtomicBoolean(true);
		this.workers.opening = (backend) -> {
			if (first.getAndSet(false)) {
				gate.pass();
			}
			else {
				throw new IllegalStateException("no licence");
			}
		};
		SupervisedWorkerPool pool = this.pools.start(this.workers, (settings) -> budget(settings.size(2), 2, NEVER));
		TestPools.awaitState(pool, PoolState.FAILED);
		gate.open();
		TestPools.awaitAlive(pool, 1);
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.FAILED);
		assertThat(pool.submit(() -> null).status()).isEqualTo(TaskStatus.REJECTED);
	}

	@Test
	void runningTasksOutliveTheFailureOfTheirPool() throws Exception {
		SupervisedWorkerPool pool = this.pools.start(this.workers, (settings) -> budget(settings.size(2), 0, NEVER));
		Gate gate = this.pools.gate();
		TaskFuture<String> running = pool.submit(() -> {
			gate.pass();
			return "done";
		});
		gate.awaitEntered(1);
		TestPools.failureOf(pool.submit(ScriptedWorkers.crash(1)));
		TestPools.awaitState(pool, PoolState.FAILED);
		gate.open();
		assertThat(TestPools.valueOf(running)).isEqualTo("done");
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void dependantsOfAFailedReadinessDoNotRunOnTheSupervisingThread() throws Exception {
		this.workers.opening = (backend) -> {
			throw new IllegalStateException("no licence");
		};
		SupervisedWorkerPool pool = this.pools.build(this.workers, (settings) -> budget(settings.size(1), 0, NEVER));
		AtomicReference<Thread> ranOn = new AtomicReference<>();
		CompletableFuture<Boolean> locked = pool.ready().handle((nothing, ex) -> {
			ranOn.set(Thread.currentThread());
			// Whoever holds the supervision lock here would make this wait for ever
			return CompletableFuture.supplyAsync(pool::snapshot).orTimeout(10, TimeUnit.SECONDS).join() != null;
		});
		pool.start();
		assertThat(locked).succeedsWithin(TestPools.LONG);
		assertThat(ranOn.get().getName()).contains("callback");
	}

	@Test
	void queuedTasksFailTogetherAndTheirDependantsRunOnCallbackThreads() throws Exception {
		this.workers.opening = (backend) -> {
			throw new IllegalStateException("no licence");
		};
		SupervisedWorkerPool pool = this.pools.build(this.workers, (settings) -> budget(settings.size(1), 0, NEVER));
		List<Thread> ranOn = new CopyOnWriteArrayList<>();
		List<CompletableFuture<?>> all = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			all.add(pool.submit(() -> null).whenComplete((value, ex) -> ranOn.add(Thread.currentThread())));
		}
		pool.start();
		for (CompletableFuture<?> each : all) {
			assertThat(TestPools.failureOf(each)).hasMessageContaining("no licence");
		}
		assertThat(ranOn).hasSize(20).allSatisfy((thread) -> assertThat(thread.getName()).contains("callback"));
	}

	// Policies

	@ParameterizedTest
	@CsvSource({ "ALWAYS, 0, true", "ALWAYS, 1, true", "ON_FAILURE, 0, false", "ON_FAILURE, 1, true", "NEVER, 0, false",
			"NEVER, 1, false" })
	void policySaysWhetherADeadWorkerIsReplaced(RestartPolicy policy, int exitCode, boolean replaced) throws Exception {
		SupervisedWorkerPool pool = this.pools.start(this.workers,
				(settings) -> budget(settings.size(2), 5, NEVER).restart((restart) -> restart.policy(policy)));
		TestPools.awaitAlive(pool, 2);
		TestPools.failureOf(pool.submit(ScriptedWorkers.crash(exitCode)));
		if (replaced) {
			TestPools.patiently().until(() -> this.workers.made.size() == 3);
			TestPools.awaitAlive(pool, 2);
			TestPools.awaitState(pool, PoolState.RUNNING);
			return;
		}
		TestPools.awaitState(pool, PoolState.DEGRADED);
		assertThat(pool.snapshot().reason()).contains("1 of 2").contains("1 not replaced by the restart policy");
		assertThat(TestPools.valueOf(pool.submit(() -> "by the other"))).isEqualTo("by the other");
		assertThat(this.workers.made).hasSize(2);
		assertThat(pool.snapshot().restarts()).isZero();
		this.told.awaitEvent("degraded");
		TestPools.failureOf(pool.submit(ScriptedWorkers.crash(exitCode)));
		TestPools.awaitState(pool, PoolState.FAILED);
		pool.restart();
		TestPools.awaitState(pool, PoolState.RUNNING);
		TestPools.awaitAlive(pool, 2);
	}

	@Test
	void workerThatIsNotReplacedLowersTheTargetOfAPoolThatCouldGrow() throws Exception {
		SupervisedWorkerPool pool = this.pools.start(this.workers,
				(settings) -> budget(settings.minSize(2).maxSize(4), 5, NEVER)
					.restart((restart) -> restart.policy(RestartPolicy.NEVER)));
		TestPools.awaitAlive(pool, 2);
		this.workers.worker(0).dieIdle(1);
		TestPools.awaitState(pool, PoolState.DEGRADED);
		assertThat(TestPools.valueOf(pool.submit(() -> "by the other"))).isEqualTo("by the other");
		assertThat(this.workers.made).hasSize(2);
		assertThat(pool.snapshot().workers().alive()).isEqualTo(1);
	}

	@ParameterizedTest
	@EnumSource(RestartPolicy.class)
	void killsOfThePoolItselfAreReplacedUnderEveryPolicy(RestartPolicy policy) throws Exception {
		this.workers.interrupting = false;
		SupervisedWorkerPool pool = this.pools.start(this.workers,
				(settings) -> budget(settings.size(1), 0, NEVER).task((task) -> task.grace(Duration.ofMillis(10)))
					.restart((restart) -> restart.policy(policy)));
		Gate gate = this.pools.gate();
		TaskFuture<Object> task = pool.submit(() -> {
			gate.pass();
			return null;
		}, TaskOptions.none().withTimeout(Duration.ofMillis(500)));
		assertThat(task).failsWithin(TestPools.LONG);
		assertThat(TestPools.valueOf(pool.submit(() -> "alive"))).isEqualTo("alive");
		pool.recycle().get(30, TimeUnit.SECONDS);
		assertThat(TestPools.valueOf(pool.submit(() -> "alive"))).isEqualTo("alive");
		assertThat(this.workers.made).hasSize(3);
		assertThat(this.told.episodes()).doesNotContain("failed");
	}

	@Test
	void failedPoolUnderPolicyNeverRecoversAfterItsCoolDown() throws Exception {
		SupervisedWorkerPool pool = this.pools.start(this.workers,
				(settings) -> budget(settings.size(2), 5, Duration.ofMillis(200))
					.restart((restart) -> restart.policy(RestartPolicy.NEVER)));
		TestPools.awaitAlive(pool, 2);
		this.workers.worker(0).dieIdle(1);
		this.workers.worker(1).dieIdle(1);
		this.told.awaitEvent("failed");
		TestPools.awaitState(pool, PoolState.RUNNING);
		TestPools.awaitAlive(pool, 2);
	}

	// States and episodes

	@Test
	void degradedEpisodeIsToldOnceWithItsEnd() throws Exception {
		ManualClock clock = ManualClock.standing();
		SupervisedWorkerPool pool = this.pools.build(this.workers, this.pools.hooks(), clock.clock(),
				(settings) -> settings.size(2)
					.restart((restart) -> restart.maxRestarts(100)
						.period(NEVER)
						.backoff((backoff) -> backoff.initial(Duration.ofSeconds(5)).jitter(0))));
		pool.start();
		TestPools.awaitAlive(pool, 2);
		// A single death is made up for at once and no episode
		this.workers.worker(0).dieIdle(1);
		TestPools.patiently().until(() -> this.workers.made.size() == 3);
		TestPools.awaitAlive(pool, 2);
		clock.advance(Duration.ofSeconds(1));
		clock.awaitRounds(pool);
		assertThat(this.told.episodes()).isEmpty();
		this.workers.worker(1).dieIdle(1);
		TestPools.awaitState(pool, PoolState.DEGRADED);
		for (int i = 0; i < 4; i++) {
			clock.advance(Duration.ofSeconds(1));
			clock.awaitRounds(pool);
		}
		this.told.awaitEpisodes("degraded");
		clock.advance(Duration.ofSeconds(1));
		clock.awaitRounds(pool);
		TestPools.awaitAlive(pool, 2);
		clock.awaitRounds(pool);
		this.told.awaitEpisodes("degraded", "recovered");
		assertThat(pool.snapshot().reason()).isNull();
	}

	@Test
	void episodesEndOnceAcrossAStopAndAStart() throws Exception {
		SupervisedWorkerPool pool = failedAtStart(1, NEVER);
		pool.stop().get(30, TimeUnit.SECONDS);
		TestPools.awaitState(pool, PoolState.STOPPED);
		this.workers.opening = (backend) -> {
		};
		pool.start();
		TestPools.awaitState(pool, PoolState.RUNNING);
		assertThat(pool.ready()).succeedsWithin(TestPools.LONG);
		this.told.awaitFailures("failed", "restarted");
	}

	@Test
	void firstStateThatAppliesIsShown() throws Exception {
		SupervisedWorkerPool pool = this.pools.build(this.workers, (settings) -> budget(settings.size(3), 2, NEVER)
			.restart((restart) -> restart.policy(RestartPolicy.NEVER)));
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.NEW);
		Gate gate = this.pools.gate();
		this.workers.opening = (backend) -> gate.pass();
		pool.start();
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.STARTING);
		gate.open();
		TestPools.awaitState(pool, PoolState.RUNNING);
		this.workers.worker(0).dieIdle(1);
		TestPools.awaitState(pool, PoolState.DEGRADED);
		pool.pause();
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.PAUSED);
		this.workers.worker(1).dieIdle(1);
		this.workers.worker(2).dieIdle(1);
		TestPools.awaitState(pool, PoolState.FAILED);
		pool.stop().get(30, TimeUnit.SECONDS);
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.STOPPED);
		pool.close();
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.CLOSED);
	}

	@Test
	void initializerErrorWhoseMessageCannotBeHadIsHandledLikeAnyOther() throws Exception {
		this.workers.opening = (backend) -> {
			throw new EvilException();
		};
		SupervisedWorkerPool pool = this.pools.build(this.workers, (settings) -> budget(settings.size(1), 1, NEVER));
		TaskFuture<Object> waiting = pool.submit(() -> null);
		pool.start();
		assertThat(TestPools.failureOf(waiting)).isInstanceOf(WorkerStartException.class)
			.hasMessageContaining(EvilException.class.getName())
			.hasCauseInstanceOf(EvilException.class);
		TestPools.awaitState(pool, PoolState.FAILED);
		assertThat(this.workers.made).hasSize(2);
	}

	/**
	 * An exception that can't be printed.
	 */
	static final class EvilException extends RuntimeException {

		@Override
		public String getMessage() {
			throw new IllegalStateException("no message for you");
		}

	}

}
