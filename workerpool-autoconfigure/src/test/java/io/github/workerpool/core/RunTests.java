package io.github.workerpool.core;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.WorkerCrashedException;
import io.github.workerpool.testsupport.Gate;
import io.github.workerpool.testsupport.NoLeaks;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

/**
 * One run on its worker: how it begins, is stopped, ends, and what may go wrong around
 * it.
 */
@ExtendWith(NoLeaks.class)
class RunTests {

	@RegisterExtension
	final TestPools pools = new TestPools();

	private PoolHooks hooks(TaskContext context, @Nullable TaskObserver observer) {
		PoolHooks hooks = PoolHooks.NONE.withContext(context);
		return (observer != null) ? hooks.withObserver(observer) : hooks;
	}

	private static boolean onWorker() {
		return Thread.currentThread() instanceof PoolThread;
	}

	// Being stopped

	@Test
	void taskThatIsCancelledBeforeItsCodeBeginsNeverBegins() throws Exception {
		ManualClock clock = ManualClock.running();
		SupervisedWorkerPool pool = this.pools.buildThreads(this.pools.hooks(), clock.clock(),
				(settings) -> settings.size(1));
		pool.start();
		TestPools.awaitAlive(pool, 1);
		// One that finds its task at once takes the time only when that has run
		TestPools.patiently().until(() -> pool.dispatcher().workers()[0].isParked());
		AtomicReference<TaskFuture<Object>> task = new AtomicReference<>();
		AtomicBoolean began = new AtomicBoolean();
		CountDownLatch submitted = new CountDownLatch(1);
		AtomicBoolean once = new AtomicBoolean(true);
		clock.onRead = () -> {
			if (onWorker() && once.compareAndSet(true, false)) {
				// It has been started, and has not shown itself on its worker yet
				await(submitted);
				assertThat(task.get().status()).isEqualTo(TaskStatus.RUNNING);
				task.get().cancel(true);
			}
		};
		task.set(pool.submit(() -> began.getAndSet(true)));
		submitted.countDown();
		assertThat(TestPools.failureOf(task.get())).isInstanceOf(CancellationException.class);
		assertThat(TestPools.valueOf(pool.submit(Thread::interrupted))).isFalse();
		assertThat(began).isFalse();
		assertThat(pool.snapshot().restarts()).isZero();
		TestPools.assertBooksBalance(pool);
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void lateWordForARunThatHasEndedDoesNotDisplaceTheOneForTheNext() throws Exception {
		SupervisedWorkerPool pool = this.pools
			.threads((settings) -> settings.size(1).task((task) -> task.grace(Duration.ofMillis(300))));
		TaskRun<Object> ended = (TaskRun<Object>) pool.submit(() -> (Object) "ended");
		TestPools.valueOf(ended);
		Gate gate = this.pools.gate();
		TaskFuture<Object> stubborn = pool.submit(() -> {
			gate.passStubbornly();
			return null;
		});
		gate.awaitEntered(1);
		PoolWorker worker = pool.dispatcher().workers()[0];
		stubborn.cancel(true);
		worker.stop(new PoolWorker.Stop(ended, Long.MAX_VALUE - 1, "cancelled", PoolWorker.Stop.Stage.ASKED));
		TestPools.awaitSnapshot(pool, "the stubborn one to be abandoned",
				(snapshot) -> snapshot.workers().abandoned() == 1);
	}

	@Test
	void wordForARunThatHasEndedHarmsNotTheNext() throws Exception {
		SupervisedWorkerPool pool = this.pools
			.threads((settings) -> settings.size(1).task((task) -> task.grace(Duration.ZERO)));
		TaskRun<Object> ended = (TaskRun<Object>) pool.submit(() -> (Object) "ended");
		TestPools.valueOf(ended);
		Gate gate = this.pools.gate();
		TaskFuture<String> next = pool.submit(() -> {
			gate.pass();
			return "unharmed";
		});
		gate.awaitEntered(1);
		pool.supervisor().stopRun(ended, "cancelled");
		pool.supervisor().wake();
		gate.open();
		assertThat(TestPools.valueOf(next)).isEqualTo("unharmed");
		assertThat(TestPools.valueOf(pool.submit(() -> "too"))).isEqualTo("too");
		assertThat(pool.snapshot().restarts()).isZero();
	}

	@Test
	void cancelNeverHitsTheNextTaskOnTheSameWorker() throws Exception {
		SupervisedWorkerPool pool = this.pools
			.threads((settings) -> settings.size(1).task((task) -> task.grace(TestPools.LONG)));
		AtomicInteger hit = new AtomicInteger();
		for (int i = 0; i < 2000; i++) {
			TaskFuture<Object> victim = pool.submit(() -> null);
			TaskFuture<Object> next = pool.submit(() -> {
				if (Thread.currentThread().isInterrupted()) {
					hit.incrementAndGet();
				}
				for (int spin = 0; spin < 200; spin++) {
					Thread.onSpinWait();
				}
				if (Thread.currentThread().isInterrupted()) {
					hit.incrementAndGet();
				}
				return null;
			});
			victim.cancel(true);
			TestPools.valueOf(next);
		}
		assertThat(hit).hasValue(0);
		assertThat(pool.snapshot().restarts()).isZero();
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void interruptionLeftBehindByADependantDoesNotHitTheNextTask() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(1));
		Gate gate = this.pools.gate();
		TaskFuture<Object> first = pool.submit(() -> {
			gate.pass();
			return null;
		});
		CompletableFuture<Thread> dependant = first.thenApply((value) -> {
			Thread.currentThread().interrupt();
			return Thread.currentThread();
		});
		TaskFuture<Boolean> next = pool.submit(() -> Thread.currentThread().isInterrupted());
		TaskFuture<Thread> nextThread = pool.submit(Thread::currentThread);
		gate.open();
		assertThat(TestPools.valueOf(next)).isFalse();
		assertThat(dependant.join()).isSameAs(TestPools.valueOf(nextThread));
	}

	@Test
	void interruptionLeftBehindByAnInitializerDoesNotHitTheFirstTask() throws Exception {
		PoolHooks hooks = PoolHooks.NONE
			.withInitializers(List.of((pool, worker) -> Thread.currentThread().interrupt()));
		SupervisedWorkerPool pool = this.pools.buildThreads(hooks, (settings) -> settings.size(1));
		TaskFuture<Boolean> first = pool.submit(() -> Thread.currentThread().isInterrupted());
		pool.start();
		assertThat(TestPools.valueOf(first)).isFalse();
	}

	// Time

	@Test
	void dependantsOfOneTaskDoNotUseUpTheTimeoutOfTheNext() throws Exception {
		ManualClock clock = ManualClock.standing();
		SupervisedWorkerPool pool = this.pools.buildThreads(this.pools.hooks(), clock.clock(),
				(settings) -> settings.size(1));
		pool.start();
		Gate gate = this.pools.gate();
		TaskFuture<Object> first = pool.submit(() -> {
			gate.pass();
			return null;
		});
		gate.awaitEntered(1);
		first.thenRun(() -> clock.advance(Duration.ofSeconds(10)));
		Gate second = this.pools.gate();
		TaskFuture<String> next = pool.submit(() -> {
			second.pass();
			return "in time";
		}, TaskOptions.none().withTimeout(Duration.ofSeconds(5)));
		TaskFuture<String> last = pool.submit(() -> "done");
		gate.open();
		second.awaitEntered(1);
		clock.advance(Duration.ofSeconds(1));
		clock.awaitRounds(pool);
		assertThat(pool.snapshot().workerList().get(0).currentTask().runningMillis()).isEqualTo(1000);
		second.open();
		assertThat(TestPools.valueOf(next)).isEqualTo("in time");
		assertThat(TestPools.valueOf(last)).isEqualTo("done");
		// Nor do they count as its run
		TestPools.awaitSnapshot(pool, "three runs of a second at most",
				(snapshot) -> snapshot.timings().run().max() >= 900 && snapshot.timings().run().max() <= 1100);
	}

	@Test
	void durationsBeyondReckoningAreForEver() throws Exception {
		Duration forever = ChronoUnit.FOREVER.getDuration();
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(1)
			.idleTimeout(forever)
			.queue((queue) -> queue.timeout(forever).offerTimeout(forever))
			.task((task) -> task.timeout(forever).grace(forever))
			.recycle((recycle) -> recycle.afterTime(forever))
			.restart((restart) -> restart.period(forever)
				.coolDown(forever)
				.backoff((backoff) -> backoff.initial(forever).max(forever))));
		Gate gate = this.pools.gate();
		TaskFuture<String> task = pool.submit(() -> {
			gate.pass();
			return "done";
		}, TaskOptions.none().withTimeout(forever).withQueueTimeout(forever));
		TaskFuture<String> next = pool.submit(() -> "done");
		gate.awaitEntered(1);
		assertThat(task.cancel(true)).isTrue();
		assertThat(TestPools.valueOf(next)).isEqualTo("done");
		assertThat(pool.snapshot().restarts()).isZero();
	}

	@Test
	void supervisorRestsWhileARunThatEndedPastItsDeadlineTakesItsTimeToLeave() throws Exception {
		Gate gate = this.pools.gate();
		TaskObserver observer = (run, wait) -> (outcome, error, nanos) -> gate.passStubbornly();
		ManualClock clock = ManualClock.standing();
		SupervisedWorkerPool pool = this.pools.buildThreads(hooks(TaskContext.NONE, observer), clock.clock(),
				(settings) -> settings.size(1));
		pool.start();
		TaskFuture<String> task = pool.submit(() -> "done", TaskOptions.none().withTimeout(Duration.ofSeconds(1)));
		gate.awaitEntered(1);
		clock.advance(Duration.ofSeconds(2));
		pool.supervisor().wake();
		Thread supervisor = NoLeaks.poolThreads()
			.stream()
			.filter((thread) -> thread.getName().equals("workerpool-" + pool.name() + "-supervisor"))
			.findFirst()
			.orElseThrow();
		TestPools.patiently().until(() -> supervisor.getState() == Thread.State.TIMED_WAITING);
		gate.open();
		assertThat(TestPools.valueOf(task)).isEqualTo("done");
	}

	// Context and observer

	@Test
	void resultSurvivesAContextThatCannotBeRemoved() throws Exception {
		TaskContext breaking = () -> new TaskContext.Captured() {

			@Override
			public <R extends @Nullable Object> R call(Callable<R> body) throws Exception {
				body.call();
				throw new IllegalStateException("can't be removed");
			}

		};
		SupervisedWorkerPool pool = this.pools.buildThreads(hooks(breaking, null), (settings) -> settings.size(1));
		pool.start();
		assertThat(TestPools.valueOf(pool.submit(() -> "kept"))).isEqualTo("kept");
		assertThat(TestPools.failureOf(pool.submit(() -> {
			throw new java.io.IOException("kept too");
		}))).isInstanceOf(java.io.IOException.class).hasMessage("kept too");
		assertThat(pool.snapshot().tasks().succeeded()).isEqualTo(1);
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void taskFailsIfItsContextCannotBeSet() throws Exception {
		TaskContext breaking = () -> new TaskContext.Captured() {

			@Override
			public <R extends @Nullable Object> R call(Callable<R> body) {
				throw new IllegalStateException("can't be set");
			}

		};
		SupervisedWorkerPool pool = this.pools.buildThreads(hooks(breaking, null), (settings) -> settings.size(1));
		pool.start();
		AtomicBoolean ran = new AtomicBoolean();
		TaskFuture<Object> task = pool.submit(() -> ran.getAndSet(true));
		assertThat(TestPools.failureOf(task)).isInstanceOf(IllegalStateException.class).hasMessage("can't be set");
		assertThat(ran).isFalse();
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void taskFailsIfItsContextNeverRunsIt() throws Exception {
		TaskContext forgetful = () -> new TaskContext.Captured() {

			@Override
			@SuppressWarnings("NullAway")
			public <R extends @Nullable Object> R call(Callable<R> body) {
				return null;
			}

		};
		SupervisedWorkerPool pool = this.pools.buildThreads(hooks(forgetful, null), (settings) -> settings.size(1));
		pool.start();
		assertThat(TestPools.failureOf(pool.submit(() -> "forgotten", TaskOptions.none().withName("poor"))))
			.isInstanceOf(IllegalStateException.class)
			.hasMessageContaining("poor");
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void contextThatCannotBeCapturedFailsTheTaskAlone() throws Exception {
		AtomicBoolean broken = new AtomicBoolean(true);
		TaskContext breaking = () -> {
			if (broken.get()) {
				throw new IllegalStateException("can't be captured");
			}
			return null;
		};
		SupervisedWorkerPool pool = this.pools.buildThreads(hooks(breaking, null), (settings) -> settings.size(1));
		pool.start();
		assertThat(TestPools.failureOf(pool.submit(() -> null))).hasMessage("can't be captured");
		broken.set(false);
		assertThat(TestPools.valueOf(pool.submit(() -> "fine"))).isEqualTo("fine");
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void observerSeesEveryRunAndItsEnd() throws Exception {
		List<String> seen = new CopyOnWriteArrayList<>();
		TaskObserver observer = (run, wait) -> {
			assertThat(wait).isNotNegative();
			seen.add(run.name() + " started");
			return (outcome, error, nanos) -> seen
				.add(run.name() + " " + outcome + " " + ((error != null) ? error.getClass().getSimpleName() : "-"));
		};
		ScriptedWorkers workers = new ScriptedWorkers();
		SupervisedWorkerPool pool = this.pools.build(workers, hooks(TaskContext.NONE, observer), new PoolClock(),
				(settings) -> settings.size(1));
		pool.start();
		TestPools.valueOf(pool.submit(() -> null, TaskOptions.none().withName("good")));
		TestPools.failureOf(pool.submit(() -> {
			throw new IllegalStateException();
		}, TaskOptions.none().withName("bad")));
		AtomicInteger runs = new AtomicInteger();
		TestPools.valueOf(pool.submit(() -> {
			if (runs.incrementAndGet() == 1) {
				throw ScriptedWorkers.death(1, true);
			}
			return null;
		}, TaskOptions.none().withName("twice").withMaxAttempts(2)));
		TestPools.failureOf(pool.submit(ScriptedWorkers.crash(1), TaskOptions.none().withName("lost")));
		Gate gate = this.pools.gate();
		TaskFuture<Object> cancelled = pool.submit(() -> {
			gate.pass();
			return null;
		}, TaskOptions.none().withName("cancelled"));
		gate.awaitEntered(1);
		cancelled.cancel(true);
		TestPools.valueOf(pool.submit(() -> null, TaskOptions.none().withName("last")));
		TestPools.patiently()
			.untilAsserted(() -> assertThat(seen).containsExactly("good started", "good SUCCEEDED -", "bad started",
					"bad FAILED IllegalStateException", "twice started", "twice CRASHED -", "twice started",
					"twice SUCCEEDED -", "lost started", "lost CRASHED WorkerCrashedException", "cancelled started",
					"cancelled CANCELLED CancellationException", "last started", "last SUCCEEDED -"));
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void observerThatThrowsHarmsNoTask(boolean atStart) throws Exception {
		TaskObserver observer = (run, wait) -> {
			if (atStart) {
				throw new IllegalStateException("observer");
			}
			return (outcome, error, nanos) -> {
				throw new StackOverflowError();
			};
		};
		SupervisedWorkerPool pool = this.pools.buildThreads(hooks(TaskContext.NONE, observer),
				(settings) -> settings.size(1));
		pool.start();
		for (int i = 0; i < 3; i++) {
			assertThat(TestPools.valueOf(pool.submit(() -> "fine"))).isEqualTo("fine");
		}
		assertThat(pool.snapshot().restarts()).isZero();
	}

	// The pool's own failures

	@Test
	void taskInHandIsSettledWhenThePoolItselfFailsBeforeItsRun() throws Exception {
		ManualClock clock = ManualClock.running();
		SupervisedWorkerPool pool = this.pools.buildThreads(this.pools.hooks(), clock.clock(),
				(settings) -> settings.size(1));
		pool.start();
		TestPools.awaitAlive(pool, 1);
		// One that finds its task at once takes the time only when that has run
		TestPools.patiently().until(() -> pool.dispatcher().workers()[0].isParked());
		AtomicBoolean once = new AtomicBoolean(true);
		clock.onRead = () -> {
			if (onWorker() && once.compareAndSet(true, false)) {
				throw new OutOfMemoryError("the pool's own");
			}
		};
		TaskFuture<String> task = pool.submit(() -> "never");
		assertThat(TestPools.failureOf(task)).isInstanceOfSatisfying(WorkerCrashedException.class,
				(ex) -> assertThat(ex.report().exit()).contains("the pool's own"));
		assertThat(task.status()).isEqualTo(TaskStatus.CRASHED);
		assertThat(TestPools.valueOf(pool.submit(() -> "fine"))).isEqualTo("fine");
		assertThat(pool.snapshot().restartsByReason()).containsExactly(entry("internal-error", 1L));
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void resultIsPublishedThoughThePoolItselfFailsAfterTheRun() throws Exception {
		ManualClock clock = ManualClock.running();
		SupervisedWorkerPool pool = this.pools.buildThreads(this.pools.hooks(), clock.clock(),
				(settings) -> settings.size(1));
		pool.start();
		TestPools.awaitAlive(pool, 1);
		AtomicBoolean ran = new AtomicBoolean();
		clock.onRead = () -> {
			if (onWorker() && ran.compareAndSet(true, false)) {
				throw new OutOfMemoryError("the pool's own");
			}
		};
		assertThat(TestPools.valueOf(pool.submit(() -> {
			ran.set(true);
			return "kept";
		}))).isEqualTo("kept");
		assertThat(TestPools.valueOf(pool.submit(() -> "fine"))).isEqualTo("fine");
		TestPools.assertBooksBalance(pool);
	}

	@Test
	void supervisorSurvivesItsOwnFailures() throws Exception {
		ManualClock clock = ManualClock.running();
		SupervisedWorkerPool pool = this.pools.buildThreads(this.pools.hooks(), clock.clock(),
				(settings) -> settings.size(1));
		pool.start();
		TestPools.awaitAlive(pool, 1);
		AtomicInteger failures = new AtomicInteger();
		ThreadLocal<Integer> reads = ThreadLocal.withInitial(() -> 0);
		clock.onRead = () -> {
			if (Thread.currentThread().getName().endsWith("-supervisor") && failures.get() < 3) {
				reads.set(reads.get() + 1);
				if (reads.get() % 2 == 1) {
					failures.incrementAndGet();
					throw new OutOfMemoryError("the pool's own");
				}
			}
		};
		pool.supervisor().wake();
		TestPools.patiently().until(() -> failures.get() == 3);
		TaskFuture<Object> task = pool.submit(() -> {
			this.pools.gate().pass();
			return null;
		}, TaskOptions.none().withTimeout(Duration.ofMillis(20)));
		assertThat(task).failsWithin(TestPools.LONG);
	}

	// Exceptions

	@Test
	void exceptionThatCannotSpeakReachesWaitersAndDependantsAndHarmsNoWorker() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(1));
		RestartTests.EvilException evil = new RestartTests.EvilException();
		Gate gate = this.pools.gate();
		TaskFuture<Object> task = pool.submit(() -> {
			gate.pass();
			throw evil;
		});
		CompletableFuture<String> dependant = task.thenApply(String::valueOf);
		CompletableFuture<String> handled = task.handle((value, ex) -> ex.getClass().getName());
		gate.open();
		assertThat(TestPools.failureOf(task)).isSameAs(evil);
		assertThat(task.status()).isEqualTo(TaskStatus.FAILED);
		TestPools.patiently().until(dependant::isDone);
		assertThat(dependant).isCompletedExceptionally();
		TestPools.patiently().until(handled::isDone);
		Throwable joined = org.assertj.core.api.Assertions.catchThrowable(task::join);
		assertThat(joined.getCause()).isSameAs(evil);
		assertThat(TestPools.valueOf(pool.submit(() -> "alive"))).isEqualTo("alive");
		assertThat(pool.snapshot().restarts()).isZero();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void dependantThatThrowsWhatCannotBeNotedKeepsNothingFromTheOthers(boolean success) throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(1));
		Gate gate = this.pools.gate();
		TaskFuture<Object> task = pool.submit(() -> {
			gate.pass();
			if (!success) {
				throw new IllegalStateException("a failure");
			}
			return "a success";
		});
		AtomicInteger told = new AtomicInteger();
		for (int i = 0; i < 3; i++) {
			task.whenComplete((value, ex) -> told.incrementAndGet());
			task.handle((value, ex) -> {
				throw new RestartTests.EvilException();
			});
		}
		task.whenComplete((value, ex) -> told.incrementAndGet());
		gate.open();
		TestPools.patiently().until(() -> told.get() == 4);
		assertThat(TestPools.valueOf(pool.submit(() -> "alive"))).isEqualTo("alive");
		assertThat(pool.snapshot().restarts()).isZero();
		assertThat(task.status()).isEqualTo(success ? TaskStatus.SUCCEEDED : TaskStatus.FAILED);
	}

	@Test
	void wakeUpForATaskIsPassedOnByAWorkerThatLeavesInstead() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.minSize(1).maxSize(2));
		Gate gate = this.pools.gate();
		for (int i = 0; i < 2; i++) {
			pool.submit(() -> {
				gate.pass();
				return null;
			});
		}
		gate.awaitEntered(2);
		gate.open();
		for (PoolWorker worker : pool.dispatcher().workers()) {
			TestPools.patiently().until(worker::isParked);
		}
		// Told to leave, but not yet woken for it: the wake-up for the task comes first
		pool.dispatcher().workers()[0].leave(WorkerEnd.planned("idle"));
		assertThat(TestPools.valueOf(pool.submit(() -> "served"))).isEqualTo("served");
		TestPools.awaitAlive(pool, 1);
	}

}
