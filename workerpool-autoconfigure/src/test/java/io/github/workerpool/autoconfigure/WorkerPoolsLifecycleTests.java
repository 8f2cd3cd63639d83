package io.github.workerpool.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.workerpool.PoolState;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.WorkerInitializer;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPools;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.concurrent.ExecutorConfigurationSupport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link WorkerPoolsLifecycle}.
 */
@ExtendWith(OutputCaptureExtension.class)
class WorkerPoolsLifecycleTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(WorkerPoolAutoConfiguration.class))
		.withPropertyValues("workerpool.pools.images.size=2");

	@Test
	void poolsAreReadyWhenTheContextIs() {
		this.contextRunner.run((context) -> {
			WorkerPool pool = context.getBean(WorkerPools.class).get("images");
			assertThat(pool.snapshot().state()).isEqualTo(PoolState.RUNNING);
			assertThat(pool.snapshot().workers().alive()).isEqualTo(2);
		});
	}

	@Test
	void nothingIsStartedBeforeTheLifecycle() {
		AtomicBoolean initialized = new AtomicBoolean();
		this.contextRunner.withBean(WorkerInitializer.class, () -> (pool, worker) -> initialized.set(true))
			.withBean(BeforeLifecycle.class, () -> new BeforeLifecycle(initialized))
			.withPropertyValues("workerpool.pools.unstarted.size=1")
			.run((context) -> {
				assertThat(context.getBean(BeforeLifecycle.class).threads).isEmpty();
				assertThat(context.getBean(BeforeLifecycle.class).wasInitialized).isFalse();
				assertThat(initialized).isTrue();
			});
	}

	@Test
	void phaseIsBelowTheWebServerAndTheExecutors() {
		this.contextRunner.run((context) -> assertThat(context.getBean(WorkerPoolsLifecycle.class).getPhase())
			.isLessThan(WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE)
			.isLessThan(ExecutorConfigurationSupport.DEFAULT_PHASE));
	}

	@Test
	void poolsStopWithTheContextAndCanStartAgain() {
		this.contextRunner.run((context) -> {
			WorkerPool pool = context.getBean(WorkerPools.class).get("images");
			for (int i = 0; i < 3; i++) {
				context.getSourceApplicationContext().stop();
				assertThat(pool.snapshot().state()).isEqualTo(PoolState.STOPPED);
				assertThat(pool.snapshot().workers().alive()).isZero();
				assertThat(context.getBean(WorkerPoolsLifecycle.class).isRunning()).isFalse();
				assertRejected(pool.submit(() -> 1), RejectedTaskException.Reason.NOT_RUNNING);
				context.getSourceApplicationContext().start();
				assertThat(pool.snapshot().state()).isEqualTo(PoolState.RUNNING);
				assertThat(pool.submit(() -> 1).get(30, TimeUnit.SECONDS)).isOne();
			}
		});
	}

	@Test
	void poolsPauseWithTheContext() {
		this.contextRunner.run((context) -> {
			ConfigurableApplicationContext source = context.getSourceApplicationContext();
			WorkerPool pool = context.getBean(WorkerPools.class).get("images");
			assertThat(context.getBean(WorkerPoolsLifecycle.class).isPauseable()).isTrue();
			source.pause();
			assertThat(pool.snapshot().state()).isEqualTo(PoolState.STOPPED);
			source.restart();
			assertThat(pool.submit(() -> 1).get(30, TimeUnit.SECONDS)).isOne();
		});
	}

	@Test
	void lazyPoolIsLazyAgainAfterARestart() {
		this.contextRunner.run((context) -> {
			WorkerPool pool = context.getBean(WorkerPools.class).getDefault();
			assertThat(pool.submit(() -> 1).get(30, TimeUnit.SECONDS)).isOne();
			ConfigurableApplicationContext source = context.getSourceApplicationContext();
			source.stop();
			source.start();
			assertThat(pool.snapshot().workers().alive()).isZero();
			assertThat(pool.submit(() -> 2).get(30, TimeUnit.SECONDS)).isEqualTo(2);
		});
	}

	@Test
	void poolsAreClosedWithTheContext() {
		List<WorkerPool> pools = new CopyOnWriteArrayList<>();
		this.contextRunner.run((context) -> context.getBean(WorkerPools.class).stream().forEach(pools::add));
		assertThat(pools).hasSize(2).allSatisfy((pool) -> {
			assertThat(pool.snapshot().state()).isEqualTo(PoolState.CLOSED);
			assertRejected(pool.submit(() -> 1), RejectedTaskException.Reason.CLOSED);
		});
		await().untilAsserted(() -> assertThat(threadsOf("images")).isEmpty());
	}

	@Test
	void tasksAreFinishedBeforeTheContextIsClosed() {
		CountDownLatch running = new CountDownLatch(1);
		CountDownLatch finish = new CountDownLatch(1);
		List<TaskFuture<String>> futures = new CopyOnWriteArrayList<>();
		this.contextRunner.run((context) -> {
			WorkerPool pool = context.getBean(WorkerPools.class).get("images");
			futures.add(pool.submit(() -> {
				running.countDown();
				finish.await();
				return "finished";
			}));
			assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
			CompletableFuture.runAsync(() -> {
				await().until(() -> pool.submit(() -> null).isCompletedExceptionally());
				finish.countDown();
			});
		});
		assertThat(futures.get(0).isDone()).isTrue();
		assertThat(futures.get(0).join()).isEqualTo("finished");
	}

	@Test
	void poolsStopSideBySide() {
		CountDownLatch bothRunning = new CountDownLatch(2);
		CountDownLatch bothInterrupted = new CountDownLatch(2);
		this.contextRunner
			.withPropertyValues("workerpool.defaults.shutdown-timeout=200ms", "workerpool.defaults.task.grace=60s",
					"workerpool.pools.csv.size=1")
			.run((context) -> {
				for (String name : List.of("images", "csv")) {
					context.getBean(WorkerPools.class).get(name).submit(() -> {
						bothRunning.countDown();
						try {
							new CountDownLatch(1).await();
						}
						catch (InterruptedException ex) {
							bothInterrupted.countDown();
							// neither pool is done before the other was told, too
							bothInterrupted.await(30, TimeUnit.SECONDS);
						}
						return null;
					});
				}
				assertThat(bothRunning.await(30, TimeUnit.SECONDS)).isTrue();
			});
		assertThat(bothInterrupted.getCount()).isZero();
	}

	@Test
	void stopCallsBackEvenIfATaskIgnoresItsInterruption() throws Exception {
		CountDownLatch running = new CountDownLatch(1);
		AtomicBoolean finish = new AtomicBoolean();
		try {
			this.contextRunner
				.withPropertyValues("workerpool.defaults.shutdown-timeout=100ms",
						"workerpool.defaults.task.grace=100ms")
				.run((context) -> {
					context.getBean(WorkerPools.class).get("images").submit(() -> {
						running.countDown();
						while (!finish.get()) {
							Thread.onSpinWait();
						}
						return null;
					});
					assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
					CountDownLatch stopped = new CountDownLatch(1);
					context.getBean(WorkerPoolsLifecycle.class).stop(stopped::countDown);
					assertThat(stopped.await(30, TimeUnit.SECONDS)).isTrue();
				});
		}
		finally {
			finish.set(true);
		}
		await().untilAsserted(() -> assertThat(threadsOf("images")).isEmpty());
	}

	@Test
	void stopBeforeStartCallsBack() {
		this.contextRunner.run((context) -> {
			WorkerPoolsLifecycle lifecycle = context.getBean(WorkerPoolsLifecycle.class);
			CountDownLatch twice = new CountDownLatch(2);
			lifecycle.stop(twice::countDown);
			lifecycle.stop(twice::countDown);
			assertThat(twice.await(30, TimeUnit.SECONDS)).isTrue();
		});
	}

	@Test
	void startGoesOnDegradedIfWorkersDoNotComeUpInTime(CapturedOutput output) {
		CountDownLatch release = new CountDownLatch(1);
		this.contextRunner.withBean(WorkerInitializer.class, () -> (pool, worker) -> release.await())
			.withPropertyValues("workerpool.defaults.process.startup-timeout=200ms",
					"workerpool.defaults.restart.max-restarts=1000")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				WorkerPool pool = context.getBean(WorkerPools.class).get("images");
				assertThat(pool.snapshot().workers().alive()).isZero();
				assertThat(output).contains("WARN").contains("Pool 'images' is not ready after 200 ms: 0 of 2 workers");
				release.countDown();
			});
	}

	@Test
	void startGoesOnIfWorkersCanNotStart(CapturedOutput output) {
		this.contextRunner.withBean(WorkerInitializer.class, () -> (pool, worker) -> {
			throw new IllegalStateException("no model");
		}).withPropertyValues("workerpool.defaults.restart.max-restarts=0").run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(WorkerPools.class).get("images").snapshot().state()).isEqualTo(PoolState.FAILED);
			assertThat(output).contains("Pool 'images' did not become ready").contains("no model");
		});
	}

	@Test
	void startDoesNotWaitIfTold() {
		CountDownLatch release = new CountDownLatch(1);
		this.contextRunner.withBean(WorkerInitializer.class, () -> (pool, worker) -> release.await())
			.withPropertyValues("workerpool.pools.images.startup-wait=false")
			.run((context) -> {
				assertThat(context.getBean(WorkerPools.class).get("images").snapshot().workers().alive()).isZero();
				release.countDown();
				assertThat(context.getBean(WorkerPools.class).get("images").ready())
					.succeedsWithin(Duration.ofSeconds(30));
			});
	}

	@Test
	void failedStartOfTheContextLeavesNoWorker() {
		this.contextRunner.withBean(FailingLast.class).run((context) -> assertThat(context).hasFailed());
		await().untilAsserted(() -> assertThat(threadsOf("images")).isEmpty());
	}

	private static void assertRejected(TaskFuture<?> future, RejectedTaskException.Reason reason) {
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> future.get(30, TimeUnit.SECONDS))
			.withCauseInstanceOf(RejectedTaskException.class)
			.satisfies((ex) -> assertThat(((RejectedTaskException) ex.getCause()).reason()).isEqualTo(reason));
	}

	private static List<String> threadsOf(String pool) {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter(Thread::isAlive)
			.map(Thread::getName)
			.filter((name) -> name.contains(pool))
			.toList();
	}

	/** Starts before all others: what it sees is what a training run would see. */
	static class BeforeLifecycle implements SmartLifecycle {

		private final AtomicBoolean initialized;

		private List<String> threads = List.of("not looked yet");

		private boolean wasInitialized;

		BeforeLifecycle(AtomicBoolean initialized) {
			this.initialized = initialized;
		}

		@Override
		public void start() {
			this.threads = threadsOf("unstarted");
			this.wasInitialized = this.initialized.get();
		}

		@Override
		public void stop() {
		}

		@Override
		public boolean isRunning() {
			return false;
		}

		@Override
		public int getPhase() {
			return Integer.MIN_VALUE;
		}

	}

	static class FailingLast implements SmartLifecycle {

		@Override
		public void start() {
			throw new IllegalStateException("Port in use");
		}

		@Override
		public void stop() {
		}

		@Override
		public boolean isRunning() {
			return false;
		}

	}

}
