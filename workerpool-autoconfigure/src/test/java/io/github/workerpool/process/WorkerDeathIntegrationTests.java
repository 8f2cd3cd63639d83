package io.github.workerpool.process;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.CrashReport;
import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.PoolSnapshot;
import io.github.workerpool.ResourceLimitExceededException;
import io.github.workerpool.ResourceLimitExceededException.Limit;
import io.github.workerpool.Task;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskTimeoutException;
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
import org.junit.jupiter.params.provider.CsvSource;
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

	@ParameterizedTest
	@ValueSource(ints = { 0, 3, 7 })
	void exitIsACrashWithItsCode(int code) throws Exception {
		CrashReport report = crash(() -> {
			System.exit(code);
			return 1;
		});
		assertThat(report.exitCode()).isEqualTo(code);
		assertThat(report.exit()).isEqualTo("exit code " + code);
		assertThat(report.task()).isEqualTo("task");
		assertThat(report.pid()).isPositive();
		poolIsWhole();
	}

	@Test
	void haltIsACrash() throws Exception {
		assertThat(crash(() -> {
			Runtime.getRuntime().halt(9);
			return 1;
		}).exitCode()).isEqualTo(9);
		poolIsWhole();
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

	@ParameterizedTest
	@CsvSource({ "KILL, 137, SIGKILL", "TERM, 143, SIGTERM", "SEGV, 134, ''" })
	@EnabledOnOs(OS.LINUX)
	void signalInMidTaskIsACrash(String signal, int code, String words) throws Exception {
		long pid = pid();
		TaskFuture<Object> future = sleeping();
		signal(signal, pid);
		assertThat(failure(future)).isInstanceOfSatisfying(WorkerCrashedException.class, (ex) -> {
			assertThat(ex.report().exitCode()).isEqualTo(code);
			assertThat(ex.report().exit()).contains(words);
		});
		poolIsWhole();
		assertThat(pid()).isNotEqualTo(pid);
	}

	@ParameterizedTest
	@ValueSource(strings = { "KILL", "TERM" })
	@EnabledOnOs(OS.LINUX)
	void deathOfAnIdleWorkerFailsNobody(String signal) throws Exception {
		PoolSnapshot.Tasks before = this.pool.snapshot().tasks();
		long pid = pid();
		signal(signal, pid);
		await().atMost(Duration.ofSeconds(SECONDS)).until(() -> ProcessHandle.of(pid).isEmpty());
		assertThat(pid()).isNotEqualTo(pid);
		assertThat(this.pool.snapshot().tasks().failed()).isEqualTo(before.failed());
		assertThat(this.pool.snapshot().tasks().crashed()).isEqualTo(before.crashed());
		poolIsWhole();
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void stoppedWorkerIsFoundByItsSilence() throws Exception {
		open(1, (builder) -> builder.process((process) -> process
			.heartbeat((heartbeat) -> heartbeat.interval(Duration.ofMillis(100)).timeout(Duration.ofMillis(1000)))));
		long pid = pid();
		TaskFuture<Object> future = sleeping();
		signal("STOP", pid);
		assertThat(failure(future)).isInstanceOfSatisfying(WorkerCrashedException.class,
				(ex) -> assertThat(ex.report().exit()).contains("no sign of life")
					.contains("'process.heartbeat.timeout'"));
		poolIsWhole();
		long idle = pid();
		signal("STOP", idle);
		await().atMost(Duration.ofSeconds(SECONDS)).until(() -> ProcessHandle.of(idle).isEmpty());
		poolIsWhole();
	}

	@Test
	void busyWorkerIsNotTakenForSilent() throws Exception {
		open(1, (builder) -> builder.process((process) -> process
			.heartbeat((heartbeat) -> heartbeat.interval(Duration.ofMillis(50)).timeout(Duration.ofMillis(300)))));
		assertThat(get(this.pool.submit(() -> {
			// Collections and garbage all the time, for longer than the timeout
			List<byte[]> garbage = new ArrayList<>();
			long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1500);
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
	void heapThatRunsOutIsALimit() throws Exception {
		assertThat(failure(this.pool.submit(() -> {
			List<byte[]> all = new ArrayList<>();
			while (true) {
				all.add(new byte[1 << 18]);
			}
		}))).isInstanceOfSatisfying(ResourceLimitExceededException.class, (ex) -> {
			assertThat(ex.limit()).isEqualTo(Limit.HEAP);
			assertThat(ex).hasCauseInstanceOf(OutOfMemoryError.class)
				.hasMessageContaining("Java heap space")
				.hasMessageContaining("'resource-limits.max-heap-size'");
		});
		poolIsWhole();
		CrashReport last = this.pool.snapshot().lastCrash();
		assertThat(last).isNotNull();
		assertThat(last.exit()).isEqualTo("out of memory: Java heap space");
		assertThat(last.task()).isEqualTo("task");
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
	void directMemoryThatRunsOutIsALimit() throws Exception {
		assertThat(failure(this.pool.submit(() -> {
			List<ByteBuffer> all = new ArrayList<>();
			while (true) {
				all.add(ByteBuffer.allocateDirect(1 << 20));
			}
		}))).isInstanceOfSatisfying(ResourceLimitExceededException.class, (ex) -> {
			assertThat(ex.limit()).isEqualTo(Limit.DIRECT_MEMORY);
			assertThat(ex).hasMessageContaining("'resource-limits.max-direct-memory-size'");
		});
		poolIsWhole();
	}

	@Test
	void metaspaceThatRunsOutIsALimit() throws Exception {
		assertThat(failure(this.pool.submit(() -> {
			List<Class<?>> all = new ArrayList<>();
			while (true) {
				all.add(java.lang.reflect.Proxy
					.newProxyInstance(new java.net.URLClassLoader(new java.net.URL[0]),
							new Class<?>[] { Runnable.class }, (proxy, method, arguments) -> null)
					.getClass());
			}
		}))).isInstanceOfSatisfying(ResourceLimitExceededException.class, (ex) -> {
			assertThat(ex.limit()).isEqualTo(Limit.METASPACE);
			assertThat(ex).hasMessageContaining("'resource-limits.max-metaspace-size'");
		});
		poolIsWhole();
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

	@ParameterizedTest
	@EnumSource(Stubbornness.class)
	void taskThatIgnoresItsInterruptionIsKilled(Stubbornness how) throws Exception {
		long pid = pid();
		TaskFuture<Long> future = this.pool.submit(how::run, TaskOptions.none().withTimeout(Duration.ofMillis(200)));
		assertThat(failure(future)).isInstanceOf(TaskTimeoutException.class);
		poolIsWhole();
		assertThat(pid()).isNotEqualTo(pid);
		assertThat(ProcessHandle.of(pid)).isEmpty();
	}

	@Test
	void argumentWhoseReadingExitsIsACrash() throws Exception {
		assertThat(crash(new ExitingWhenRead()).exitCode()).isEqualTo(5);
		poolIsWhole();
	}

	@Test
	void argumentWhoseReadingHangsIsATimeout() throws Exception {
		assertThat(failure(
				this.pool.submit(new HangingWhenRead(true), TaskOptions.none().withTimeout(Duration.ofMillis(300)))))
			.isInstanceOf(TaskTimeoutException.class);
		poolIsWhole();
	}

	@Test
	void resultWhoseReadingHangsIsATimeout() throws Exception {
		assertThat(failure(
				this.pool.submit(() -> new HangingResult(), TaskOptions.none().withTimeout(Duration.ofMillis(300)))))
			.isInstanceOf(TaskTimeoutException.class);
		poolIsWhole();
	}

	@Test
	void resultWhoseReadingFailsIsAnError() throws Exception {
		long pid = pid();
		assertThat(failure(this.pool.submit(() -> new FailingResult()))).isInstanceOfSatisfying(
				TaskSerializationException.class,
				(ex) -> assertThat(ex.part()).isEqualTo(TaskSerializationException.Part.RESULT));
		assertThat(pid()).isEqualTo(pid);
	}

	@Test
	void deathWhileTheResultIsWrittenIsACrash() throws Exception {
		assertThat(crash(() -> new ExitingWhenWritten()).exitCode()).isEqualTo(6);
		poolIsWhole();
	}

	@Test
	void whatATaskStartedGoesWithItsWorker() throws Exception {
		TaskFuture<Long> future = this.pool.submit(() -> {
			Thread endless = new Thread(() -> {
				while (true) {
					Thread.onSpinWait();
				}
			});
			endless.start();
			Runtime.getRuntime().addShutdownHook(new Thread(() -> {
				while (true) {
					Thread.onSpinWait();
				}
			}));
			return new ProcessBuilder("sleep", "300").inheritIO().start().pid();
		});
		long grandchild = get(future);
		assertThat(ProcessHandle.of(grandchild)).isPresent();
		this.pool.recycle();
		await().atMost(Duration.ofSeconds(SECONDS)).until(() -> ProcessHandle.of(grandchild).isEmpty());
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

	@Test
	void childThatCannotStartFailsThePool() throws Exception {
		WorkerPool broken = new WorkerPoolFactory().create(settings(1, (builder) -> builder
			.process((process) -> process.classDataSharing(ClassDataSharing.OFF).jvmArgs(List.of("-XX:+NoSuchOption")))
			.restart((restart) -> restart.maxRestarts(1))));
		try (broken) {
			assertThat(failure(broken.submit(() -> 1))).hasMessageContaining("NoSuchOption");
		}
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
		PoolSettings settings = settings(1, (builder) -> {
			builder.process((process) -> process
				.heartbeat((heartbeat) -> heartbeat.interval(Duration.ofMillis(100)).timeout(Duration.ofMillis(1000))));
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

	/**
	 * Ways not to listen.
	 */
	enum Stubbornness {

		BUSY_LOOP {

			@Override
			long run() {
				while (true) {
					Thread.onSpinWait();
				}
			}

		},

		COUNTED_LOOP {

			@Override
			long run() {
				long sum = 0;
				while (true) {
					for (int i = 0; i < Integer.MAX_VALUE; i++) {
						sum += i ^ (sum << 1);
					}
				}
			}

		},

		SLEEP_AGAIN {

			@Override
			long run() {
				while (true) {
					try {
						Thread.sleep(10_000);
					}
					catch (InterruptedException ex) {
						// No
					}
				}
			}

		},

		DEADLOCK {

			@Override
			long run() throws Exception {
				Object lock = new Object();
				CountDownLatch held = new CountDownLatch(1);
				new Thread(() -> {
					synchronized (lock) {
						held.countDown();
						while (true) {
							Thread.onSpinWait();
						}
					}
				}).start();
				held.await();
				synchronized (lock) {
					return 1;
				}
			}

		},

		BLOCKING_READ {

			@Override
			long run() throws Exception {
				Process process = new ProcessBuilder("sleep", "300").start();
				return process.getInputStream().read();
			}

		};

		abstract long run() throws Exception;

	}

	static final class Hoard {

		static final List<byte[]> ALL = new ArrayList<>();

	}

	static final class ExitingWhenRead implements Task<Integer> {

		private void readObject(java.io.ObjectInputStream in) {
			System.exit(5);
		}

		@Override
		public Integer call() {
			return 1;
		}

	}

	static final class HangingWhenRead implements Task<Integer> {

		private final boolean hang;

		HangingWhenRead(boolean hang) {
			this.hang = hang;
		}

		private void readObject(java.io.ObjectInputStream in) {
			while (true) {
				Thread.onSpinWait();
			}
		}

		@Override
		public Integer call() {
			return this.hang ? 1 : 0;
		}

	}

	static final class HangingResult implements java.io.Serializable {

		private void readObject(java.io.ObjectInputStream in) throws Exception {
			Thread.sleep(120_000);
		}

	}

	static final class FailingResult implements java.io.Serializable {

		private void readObject(java.io.ObjectInputStream in) {
			throw new IllegalStateException("can't be read");
		}

	}

	static final class ExitingWhenWritten implements java.io.Serializable {

		private void writeObject(java.io.ObjectOutputStream out) throws java.io.IOException {
			out.writeObject(new byte[1 << 20]);
			out.flush();
			Runtime.getRuntime().halt(6);
		}

	}

}
