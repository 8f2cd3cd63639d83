package io.github.workerpool.process;

import java.io.ObjectInputStream;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.CrashReport;
import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.ResourceLimitExceededException;
import io.github.workerpool.ResourceLimitExceededException.Limit;
import io.github.workerpool.Task;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerCrashedException;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.core.PoolHooks;
import io.github.workerpool.core.SupervisedWorkerPool;
import io.github.workerpool.factory.WorkerPoolFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for the ways in which a child JVM can die, and for what becomes of its tasks.
 */
@ExtendWith(Leftovers.class)
class WorkerDeathIntegrationTests {

	private static final int SECONDS = 60;

	private static WorkerPool usual;

	/** The usual one, unless a test has opened one of its own. */
	private WorkerPool pool;

	private static PoolSettings settings(int size, Consumer<PoolSettings.Builder> further) {
		PoolSettings.Builder builder = PoolSettings.builder("death").isolation(Isolation.PROCESS).size(size);
		builder.resourceLimits(
				(limits) -> limits.maxHeapSize(64L << 20).maxMetaspaceSize(32L << 20).maxDirectMemorySize(16L << 20));
		builder.restart((restart) -> restart.maxRestarts(1000)
			.backoff((backoff) -> backoff.initial(Duration.ofMillis(1)).max(Duration.ofMillis(10))));
		builder.task((task) -> task.grace(Duration.ofMillis(300)));
		builder.process((process) -> process.classDataSharing(ClassDataSharing.OFF));
		further.accept(builder);
		return builder.build();
	}

	@BeforeEach
	void useTheUsualPool() throws Exception {
		if (usual == null) {
			usual = new WorkerPoolFactory().create(settings(1, (builder) -> {
			}));
		}
		this.pool = usual;
		poolIsWhole();
	}

	private void open(int size, Consumer<PoolSettings.Builder> further) throws Exception {
		this.pool = new WorkerPoolFactory().create(settings(size, further));
		get(this.pool.ready());
	}

	@AfterEach
	void closeOwnPool() {
		if (this.pool != usual) {
			this.pool.close();
		}
	}

	@AfterAll
	static void closeTheUsualPool() {
		usual.close();
	}

	private static <R> R get(Future<R> future) throws Exception {
		return future.get(SECONDS, TimeUnit.SECONDS);
	}

	private static Throwable failure(Future<?> future) throws Exception {
		try {
			future.get(SECONDS, TimeUnit.SECONDS);
		}
		catch (ExecutionException ex) {
			return ex.getCause();
		}
		catch (CancellationException ex) {
			return ex;
		}
		throw new AssertionError("The task succeeded");
	}

	private CrashReport crash(Task<?> task) throws Exception {
		Throwable error = failure(this.pool.submit(task));
		assertThat(error).isInstanceOf(WorkerCrashedException.class);
		return ((WorkerCrashedException) error).report();
	}

	private void poolIsWhole() throws Exception {
		assertThat(get(this.pool.submit(() -> "whole"))).isEqualTo("whole");
		await().atMost(Duration.ofSeconds(SECONDS))
			.until(() -> this.pool.snapshot().workers().alive() == this.pool.snapshot().workers().min());
	}

	private long pid() throws Exception {
		return get(this.pool.submit(() -> ProcessHandle.current().pid()));
	}

	private TaskFuture<Object> sleeping() throws Exception {
		TaskFuture<Object> future = this.pool.submit(() -> {
			WorkerContext.current().orElseThrow().emit("running");
			Thread.sleep(120_000);
			return null;
		});
		CountDownLatch running = new CountDownLatch(1);
		future.onEvent((event) -> running.countDown());
		assertThat(running.await(SECONDS, TimeUnit.SECONDS)).isTrue();
		return future;
	}

	private static void signal(String name, long pid) throws Exception {
		assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor()).isZero();
	}

	@Test
	void lastLinesOfStandardErrorAreReported() throws Exception {
		CrashReport report = crash(() -> {
			System.err.println("last words");
			System.exit(1);
			return 1;
		});
		assertThat(report.stderr()).contains("last words");
	}

	@Test
	void busyWorkerIsNotTakenForSilent() throws Exception {
		open(1, (builder) -> builder.process((process) -> process
			.heartbeat((heartbeat) -> heartbeat.interval(Duration.ofMillis(50)).timeout(Duration.ofMillis(2500)))));
		assertThat(get(this.pool.submit(() -> {
			// Collections and garbage all the time, for longer than the timeout
			List<byte[]> garbage = new ArrayList<>();
			long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(4);
			while (System.nanoTime() < end) {
				garbage.add(new byte[1 << 16]);
				if (garbage.size() > 300) {
					garbage.clear();
					System.gc();
				}
			}
			return "done";
		}))).isEqualTo("done");
	}

	@Test
	void heapThatIsFullForGoodIsALimit() throws Exception {
		assertThat(failure(this.pool.submit(() -> {
			while (true) {
				Hoard.ALL.add(new byte[1 << 10]);
			}
		}))).isInstanceOfSatisfying(ResourceLimitExceededException.class, (ex) -> {
			assertThat(ex.limit()).isEqualTo(Limit.HEAP);
			assertThat(ex).hasCauseInstanceOf(OutOfMemoryError.class);
		});
		poolIsWhole();
	}

	@Test
	void heapThatAnotherThreadExhaustsEndsTheWorker() throws Exception {
		assertThat(failure(this.pool.submit(() -> {
			Thread thread = new Thread(() -> {
				while (true) {
					Hoard.ALL.add(new byte[1 << 18]);
				}
			});
			thread.start();
			Thread.sleep(120_000);
			return 1;
		}))).isInstanceOfSatisfying(ResourceLimitExceededException.class,
				(ex) -> assertThat(ex.limit()).isEqualTo(Limit.HEAP));
		poolIsWhole();
	}

	@Test
	void outOfMemoryThatATaskHandlesIsItsOwnBusiness() throws Exception {
		long pid = pid();
		assertThat(get(this.pool.submit(() -> {
			try {
				return new byte[Integer.MAX_VALUE - 8].length;
			}
			catch (OutOfMemoryError ex) {
				return -1;
			}
		}))).isEqualTo(-1);
		assertThat(pid()).isEqualTo(pid);
	}

	@Test
	void wrappedOutOfMemoryIsALimitToo() throws Exception {
		assertThat(failure(this.pool.submit(() -> CompletableFuture.supplyAsync(() -> {
			List<byte[]> all = new ArrayList<>();
			while (true) {
				all.add(new byte[1 << 18]);
			}
		})))).isInstanceOfSatisfying(ResourceLimitExceededException.class,
				(ex) -> assertThat(ex.limit()).isEqualTo(Limit.HEAP));
		poolIsWhole();
	}

	@Test
	void crashOfATaskFailsItAlone() throws Exception {
		open(2, (builder) -> {
		});
		List<TaskFuture<Integer>> futures = new ArrayList<>();
		for (int i = 0; i < 300; i++) {
			int number = i;
			futures.add(this.pool.submit(() -> {
				if (number % 75 == 40) {
					Runtime.getRuntime().halt(5);
				}
				return number;
			}));
		}
		for (int i = 0; i < futures.size(); i++) {
			if (i % 75 == 40) {
				assertThat(failure(futures.get(i))).isInstanceOf(WorkerCrashedException.class);
			}
			else {
				assertThat(get(futures.get(i))).isEqualTo(i);
			}
		}
		poolIsWhole();
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void killsAtRandomMomentsFailOneTaskEachAtMost() throws Exception {
		open(2, (builder) -> {
		});
		Random random = new Random(1);
		int kills = 0;
		int crashed = 0;
		for (int round = 0; round < 4; round++) {
			List<TaskFuture<Integer>> futures = new ArrayList<>();
			for (int i = 0; i < 900; i++) {
				int number = i;
				futures.add(this.pool.submit(() -> number));
				if (i == 300) {
					List<Long> pids = this.pool.snapshot()
						.workerList()
						.stream()
						.map((worker) -> worker.pid())
						.filter((pid) -> pid != null)
						.toList();
					if (!pids.isEmpty() && ProcessHandle.of(pids.get(random.nextInt(pids.size())))
						.map(ProcessHandle::destroyForcibly)
						.orElse(false)) {
						kills++;
					}
				}
			}
			for (int i = 0; i < futures.size(); i++) {
				TaskFuture<Integer> future = futures.get(i);
				try {
					assertThat(get(future)).isEqualTo(i);
				}
				catch (ExecutionException ex) {
					assertThat(ex).hasCauseInstanceOf(WorkerCrashedException.class);
					crashed++;
				}
			}
		}
		assertThat(crashed).isLessThanOrEqualTo(kills);
		poolIsWhole();
	}

	@Test
	void attemptsAreRepeatedAndToldOf() throws Exception {
		Throwable error = failure(this.pool.submit(() -> {
			Runtime.getRuntime().halt(4);
			return 1;
		}, TaskOptions.none().withMaxAttempts(3)));
		assertThat(error).isInstanceOfSatisfying(WorkerCrashedException.class,
				(ex) -> assertThat(ex.report().attempts()).hasSize(3)
					.allSatisfy((attempt) -> assertThat(attempt.exitCode()).isEqualTo(4)));
		poolIsWhole();
	}

	@ParameterizedTest
	@EnumSource(HostileChild.Malice.class)
	void childThatBreaksTheRulesIsKilled(HostileChild.Malice malice) throws Exception {
		PoolSettings settings = settings(1,
				(builder) -> builder
					.process((process) -> process.environment(java.util.Map.of("MALICE", malice.name()))
						.startupTimeout(Duration.ofSeconds(20))
						.maxPayloadSize(1L << 20))
					.restart((restart) -> restart.maxRestarts(1)));
		try (SupervisedWorkerPool hostile = new SupervisedWorkerPool(settings, PoolHooks.NONE,
				new ProcessWorkerFactory(settings, PoolHooks.NONE, ChildBudget.unlimited(),
						HostileChild.class.getName(), new Regions(LoggerFactory.getLogger("test"))))) {
			hostile.start();
			TaskFuture<Integer> future = hostile.submit(() -> 1);
			Throwable error = failure(future);
			assertThat(error).isInstanceOfAny(WorkerCrashedException.class,
					io.github.workerpool.WorkerStartException.class, TaskSerializationException.class,
					io.github.workerpool.RemoteTaskException.class);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "task", "limits", "death", "heartbeat" })
	void allWorksWithoutSharedMemory(String what) throws Exception {
		Duration silence = Duration.ofSeconds(what.equals("heartbeat") ? 3 : 10);
		PoolSettings settings = settings(1, (builder) -> {
			builder.process((process) -> process
				.heartbeat((heartbeat) -> heartbeat.interval(Duration.ofMillis(100)).timeout(silence)));
			if (what.equals("limits")) {
				builder.resourceLimits((limits) -> limits.cpuTime(Duration.ofMillis(200)));
			}
		});
		this.pool = new SupervisedWorkerPool(settings, PoolHooks.NONE,
				new ProcessWorkerFactory(settings, PoolHooks.NONE, ChildBudget.unlimited(), ChildStarter.MAIN_CLASS,
						new Regions(List.of(), LoggerFactory.getLogger("test"))));
		((SupervisedWorkerPool) this.pool).start();
		switch (what) {
			case "task" -> {
				for (int i = 0; i < 300; i++) {
					int number = i;
					assertThat(get(this.pool.submit(() -> number))).isEqualTo(i);
				}
				byte[] large = new byte[20 << 20];
				assertThat(get(this.pool.submit(() -> large))).hasSize(large.length);
				TaskFuture<Object> sleeping = sleeping();
				sleeping.cancel(true);
				assertThat(get(this.pool.submit(() -> Thread.interrupted()))).isFalse();
			}
			case "limits" -> assertThat(failure(this.pool.submit(() -> {
				while (!Thread.currentThread().isInterrupted()) {
					Thread.onSpinWait();
				}
				return 1;
			}))).isInstanceOf(ResourceLimitExceededException.class);
			case "death" -> {
				assertThat(crash(() -> {
					System.exit(3);
					return 1;
				}).exitCode()).isEqualTo(3);
				assertThat(failure(this.pool.submit(() -> {
					List<byte[]> all = new ArrayList<>();
					while (true) {
						all.add(new byte[1 << 18]);
					}
				}))).isInstanceOfSatisfying(ResourceLimitExceededException.class,
						(ex) -> assertThat(ex.limit()).isEqualTo(Limit.HEAP));
			}
			default -> {
				TaskFuture<Object> future = sleeping();
				long pid = this.pool.snapshot().workerList().get(0).pid();
				await().atMost(Duration.ofSeconds(SECONDS))
					.until(() -> this.pool.snapshot().workerList().get(0).heapUsed() != null);
				signal("STOP", pid);
				assertThat(failure(future)).isInstanceOf(WorkerCrashedException.class);
			}
		}
		poolIsWhole();
	}

	@Test
	void answerIsNotReadOnceTheWorkerWasKilled() throws Exception {
		CountDownLatch release = Reading.prepare();
		try {
			cancelOnceReading(this.pool.submit(() -> {
				WorkerContext.current().orElseThrow().emit(new Reading("until interrupted"));
				return new Reading("until released");
			}));
			poolIsWhole();
			assertThat(Reading.BEGUN).containsExactly("until interrupted");
		}
		finally {
			release.countDown();
		}
	}

	@Test
	void threadThatIgnoresItsInterruptionWhileItReadsAnAnswerIsAbandoned() throws Exception {
		open(1, (builder) -> {
		});
		CountDownLatch release = Reading.prepare();
		try {
			cancelOnceReading(this.pool.submit(() -> new Reading("until released")));
			assertThat(get(this.pool.submit(() -> "another"))).isEqualTo("another");
			assertThat(this.pool.snapshot().workers().abandoned()).isEqualTo(1);
			assertThat(this.pool.snapshot().workers().alive()).isEqualTo(1);
		}
		finally {
			release.countDown();
		}
		await().atMost(Duration.ofSeconds(SECONDS)).until(() -> this.pool.snapshot().workers().abandoned() == 0);
	}

	/** Not by a timeout, which a child that has yet to begin could use up. */
	private static void cancelOnceReading(TaskFuture<?> future) throws Exception {
		await().atMost(Duration.ofSeconds(SECONDS)).until(() -> !Reading.BEGUN.isEmpty());
		assertThat(future.cancel(true)).isTrue();
		assertThat(failure(future)).isInstanceOf(CancellationException.class);
	}

	static final class Hoard {

		static final List<byte[]> ALL = new ArrayList<>();

	}

	/**
	 * Takes its time when it is read.
	 */
	static final class Reading implements Serializable {

		static final Queue<String> BEGUN = new ConcurrentLinkedQueue<>();

		private static volatile CountDownLatch release = new CountDownLatch(0);

		private final String how;

		Reading(String how) {
			this.how = how;
		}

		static CountDownLatch prepare() {
			BEGUN.clear();
			release = new CountDownLatch(1);
			return release;
		}

		private void readObject(ObjectInputStream in) throws Exception {
			in.defaultReadObject();
			BEGUN.add(this.how);
			boolean stubborn = this.how.equals("until released");
			boolean over = false;
			while (!over) {
				try {
					release.await();
					over = true;
				}
				catch (InterruptedException ex) {
					over = !stubborn;
				}
			}
		}

	}

}
