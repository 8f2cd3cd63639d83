package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.Task;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.TaskTimeoutException;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerCrashedException;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.core.TaskContext;
import io.github.workerpool.factory.WorkerPoolFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for tasks so small that a child gets several at once.
 */
@ExtendWith(Leftovers.class)
class TasksAheadIntegrationTests {

	private static final int SECONDS = 60;

	/** In a child: how many tasks of {@link #tiny} have run there. */
	private static final AtomicInteger RUN = new AtomicInteger();

	private WorkerPool pool;

	@AfterEach
	void close() {
		this.pool.close();
	}

	private void open(int size, Consumer<PoolSettings.Builder> further) {
		open(new WorkerPoolFactory(), size, further);
	}

	private void open(WorkerPoolFactory factory, int size, Consumer<PoolSettings.Builder> further) {
		PoolSettings.Builder builder = PoolSettings.builder("ahead").isolation(Isolation.PROCESS).size(size);
		builder.resourceLimits((limits) -> limits.maxHeapSize(128L << 20));
		builder.process((process) -> process.classDataSharing(ClassDataSharing.OFF));
		builder.queue((queue) -> queue.capacity(100_000));
		further.accept(builder);
		this.pool = factory.create(builder.build());
	}

	private void open(int size) {
		open(size, (builder) -> {
		});
	}

	private static <R> R get(Future<R> future) throws Exception {
		return future.get(SECONDS, TimeUnit.SECONDS);
	}

	private static Task<Integer> tiny(int value) {
		return () -> {
			RUN.incrementAndGet();
			return value;
		};
	}

	private <R> List<TaskFuture<R>> submit(int count, IntFunction<Task<R>> tasks) {
		List<TaskFuture<R>> futures = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			futures.add(this.pool.submit(tasks.apply(i)));
		}
		return futures;
	}

	/**
	 * Runs tiny tasks until the only worker, or one of several, has got more than one at
	 * once.
	 */
	private void warmUp() {
		int workers = this.pool.snapshot().workers().alive();
		await().atMost(Duration.ofSeconds(SECONDS)).until(() -> {
			List<TaskFuture<Integer>> futures = submit(5000, TasksAheadIntegrationTests::tiny);
			boolean several = false;
			while (!futures.get(futures.size() - 1).isDone()) {
				several |= futures.stream().filter((future) -> future.status() == TaskStatus.RUNNING).count() > workers;
			}
			for (TaskFuture<Integer> future : futures) {
				get(future);
			}
			return several;
		});
	}

	@Test
	void tinyTasksRunInTheirOrder() throws Exception {
		open(1);
		warmUp();
		int before = get(this.pool.submit(() -> RUN.get()));
		List<TaskFuture<Integer>> futures = submit(20_000, (i) -> () -> RUN.incrementAndGet());
		for (int i = 0; i < futures.size(); i++) {
			assertThat(get(futures.get(i))).isEqualTo(before + 1 + i);
		}
	}

	@Test
	void noneWaitsBehindALongOneWhileAnotherWorkerIsFree(@TempDir Path directory) throws Exception {
		open(2);
		warmUp();
		for (int round = 0; round < 20; round++) {
			Flag flag = Flag.in(directory);
			List<TaskFuture<Integer>> futures = submit(100, TasksAheadIntegrationTests::tiny);
			TaskFuture<Integer> blocker = this.pool.submit(() -> {
				flag.awaitThere();
				return -1;
			});
			futures.addAll(submit(1000, TasksAheadIntegrationTests::tiny));
			for (TaskFuture<Integer> future : futures) {
				get(future);
			}
			assertThat(blocker).isNotDone();
			flag.raise();
			assertThat(get(blocker)).isEqualTo(-1);
		}
	}

	@Test
	void whatHasNotBegunCanBeCancelledAndNeverRuns(@TempDir Path directory) throws Exception {
		open(1);
		for (int round = 0; round < 10; round++) {
			warmUp();
			Flag flag = Flag.in(directory);
			List<TaskFuture<Integer>> before = submit(100, TasksAheadIntegrationTests::tiny);
			TaskFuture<Integer> blocker = this.pool.submit(() -> {
				WorkerContext.current().orElseThrow().progress(0);
				flag.awaitThere();
				return RUN.get();
			});
			// A worker that is heard is sent nothing more before its task has ended
			CountDownLatch begun = new CountDownLatch(1);
			blocker.onProgress((progress) -> begun.countDown());
			List<TaskFuture<Integer>> behind = submit(200, TasksAheadIntegrationTests::tiny);
			for (TaskFuture<Integer> future : before) {
				get(future);
			}
			assertThat(begun.await(SECONDS, TimeUnit.SECONDS)).isTrue();
			await().atMost(Duration.ofSeconds(SECONDS)).untilAsserted(() -> {
				assertThat(blocker.status()).isEqualTo(TaskStatus.RUNNING);
				assertThat(behind).extracting(TaskFuture::status).containsOnly(TaskStatus.QUEUED);
				assertThat(this.pool.snapshot().queue().size()).isEqualTo(behind.size());
			});
			for (TaskFuture<Integer> future : behind) {
				assertThat(future.cancel(false)).isTrue();
			}
			flag.raise();
			int until = get(blocker);
			assertThat(get(this.pool.submit(() -> RUN.get()))).isEqualTo(until);
		}
	}

	@Test
	void cancellingInTheMiddleOfABurstStopsNobodyElse() throws Exception {
		open(2, (builder) -> builder.task((task) -> task.grace(Duration.ofSeconds(30))));
		warmUp();
		for (int round = 0; round < 20; round++) {
			List<TaskFuture<Integer>> futures = submit(2000, TasksAheadIntegrationTests::tiny);
			for (int i = 0; i < futures.size(); i += 7) {
				futures.get(i).cancel(true);
			}
			for (int i = 0; i < futures.size(); i++) {
				TaskFuture<Integer> future = futures.get(i);
				if (i % 7 != 0 || !future.isCancelled()) {
					assertThat(get(future)).isEqualTo(i);
				}
			}
		}
		await().atMost(Duration.ofSeconds(SECONDS))
			.untilAsserted(() -> assertThat(this.pool.snapshot().workers().idle()).isEqualTo(2));
		assertThat(this.pool.snapshot().restarts()).isZero();
	}

	@Test
	void deathOfAWorkerFailsTheTaskThatRanAndNoOtherRunsTwice(@TempDir Path directory) throws Exception {
		open(2, (builder) -> builder.restart((restart) -> restart.maxRestarts(1000)));
		for (int round = 0; round < 10; round++) {
			warmUp();
			Path files = Files.createDirectory(directory.resolve("round-" + round));
			String prefix = files.toString();
			List<TaskFuture<Integer>> futures = submit(300, (i) -> () -> once(prefix, i));
			TaskFuture<Integer> deadly = this.pool.submit(() -> {
				Runtime.getRuntime().halt(3);
				return 0;
			});
			futures.addAll(submit(300, (i) -> () -> once(prefix, 300 + i)));
			for (int i = 0; i < futures.size(); i++) {
				assertThat(get(futures.get(i))).isEqualTo(i);
			}
			assertThat(failure(deadly)).isInstanceOf(WorkerCrashedException.class);
		}
	}

	private static int once(String directory, int number) throws IOException {
		Files.createFile(Path.of(directory, Integer.toString(number)));
		return number;
	}

	@Test
	void killOfATaskThatDoesNotEndHitsNobodyElse() throws Exception {
		open(2, (builder) -> builder.task((task) -> task.grace(Duration.ofMillis(1))));
		for (int round = 0; round < 10; round++) {
			warmUp();
			// Some end at the very moment at which patience with them does
			long nanos = TimeUnit.MILLISECONDS.toNanos((round % 2 == 0) ? 20 + round : 10_000);
			List<TaskFuture<Integer>> futures = submit(300, TasksAheadIntegrationTests::tiny);
			TaskFuture<Integer> busy = this.pool.submit(() -> {
				long end = System.nanoTime() + nanos;
				while (System.nanoTime() - end < 0) {
					Thread.onSpinWait();
				}
				return -1;
			}, TaskOptions.none().withTimeout(Duration.ofMillis(24)));
			futures.addAll(submit(300, (i) -> tiny(300 + i)));
			for (int i = 0; i < futures.size(); i++) {
				assertThat(get(futures.get(i))).isEqualTo(i);
			}
			if (busy.status() != TaskStatus.TIMED_OUT) {
				assertThat(busy.handle((value, ex) -> (ex != null) ? ex : value).get(SECONDS, TimeUnit.SECONDS))
					.satisfiesAnyOf((outcome) -> assertThat(outcome).isEqualTo(-1),
							(outcome) -> assertThat(outcome).isInstanceOf(TaskTimeoutException.class));
			}
		}
	}

	@Test
	void dependantMayWaitForATaskThatCameLater() throws Exception {
		open(2);
		for (int round = 0; round < 20; round++) {
			warmUp();
			boolean paused = round % 2 == 0;
			if (paused) {
				this.pool.pause();
			}
			List<TaskFuture<Integer>> futures = submit(400, TasksAheadIntegrationTests::tiny);
			int which = 20 * round;
			CompletableFuture<Integer> sum = futures.get(which)
				.thenApply((value) -> value + futures.get(which + 5).join() + futures.get(which + 19).join());
			if (paused) {
				this.pool.resume();
			}
			Object outcome = get(sum.<Object>handle((value, ex) -> (ex != null) ? ex.getCause() : value));
			if (!paused && outcome instanceof RejectedTaskException rejection) {
				// It came in the very moment in which its task ended
				assertThat(rejection.reason()).isEqualTo(RejectedTaskException.Reason.WOULD_DEADLOCK);
			}
			else {
				assertThat(outcome).isEqualTo(3 * which + 24);
			}
			for (TaskFuture<Integer> future : futures) {
				get(future);
			}
		}
	}

	@Test
	void allKindsOfAnswersArriveInBetween() throws Exception {
		open(2);
		warmUp();
		List<Object> events = new ArrayList<>();
		List<TaskFuture<Object>> futures = submit(3000, (i) -> switch ((i % 50 == 0) ? i / 50 % 5 : 9) {
			case 0 -> () -> List.of(List.of(i));
			case 1 -> () -> {
				throw new IllegalStateException("no " + i);
			};
			case 2 -> () -> {
				WorkerContext.current().orElseThrow().emit(i);
				return i;
			};
			case 3 -> () -> "x".repeat(300_000) + i;
			case 4 -> () -> Thread.currentThread().isInterrupted();
			default -> () -> i;
		});
		for (int i = 100; i < futures.size(); i += 250) {
			futures.get(i).onEvent((event) -> {
				synchronized (events) {
					events.add(event);
				}
			});
		}
		for (int i = 0; i < futures.size(); i++) {
			TaskFuture<Object> future = futures.get(i);
			switch ((i % 50 == 0) ? i / 50 % 5 : 9) {
				case 0 -> assertThat(get(future)).isEqualTo(List.of(List.of(i)));
				case 1 -> assertThat(failure(future)).isInstanceOf(IllegalStateException.class).hasMessage("no " + i);
				case 3 -> assertThat(get(future)).isEqualTo("x".repeat(300_000) + i);
				case 4 -> assertThat(get(future)).isEqualTo(false);
				default -> assertThat(get(future)).isEqualTo(i);
			}
		}
		await().atMost(Duration.ofSeconds(SECONDS)).untilAsserted(() -> {
			synchronized (events) {
				assertThat(events).containsExactlyInAnyOrderElementsOf(
						IntStream.range(0, 12).mapToObj((i) -> (Object) (100 + 250 * i)).toList());
			}
		});
	}

	@Test
	void contextThatBreaksFailsItsOwnTaskAlone() throws Exception {
		AtomicInteger captured = new AtomicInteger();
		TaskContext context = () -> (captured.incrementAndGet() % 50 == 0) ? new Broken() : null;
		open(new WorkerPoolFactory().withContext(context), 1, (builder) -> {
		});
		List<TaskFuture<Integer>> futures = submit(20_000, TasksAheadIntegrationTests::tiny);
		for (int i = 0; i < futures.size(); i++) {
			if (i % 50 == 49) {
				assertThat(failure(futures.get(i))).isInstanceOf(IllegalStateException.class).hasMessage("broken");
			}
			else {
				assertThat(get(futures.get(i))).isEqualTo(i);
			}
		}
		assertThat(this.pool.snapshot().restarts()).isZero();
	}

	@Test
	void bigAnswersOfManySmallTasksDoNotBlockTheirWorker() throws Exception {
		open(1);
		warmUp();
		List<TaskFuture<String>> futures = submit(300, (i) -> () -> "y".repeat(100_000) + i);
		for (int i = 0; i < futures.size(); i++) {
			assertThat(get(futures.get(i))).isEqualTo("y".repeat(100_000) + i);
		}
	}

	@Test
	void workerTakesNoMoreTasksThanItMayBeforeItIsRecycled() throws Exception {
		open(2, (builder) -> builder.recycle((recycle) -> recycle.afterTasks(2000L).jitter(0)));
		List<TaskFuture<Long>> futures = submit(9000, (i) -> () -> ProcessHandle.current().pid());
		Map<Long, Integer> tasks = futures.stream()
			.map(TaskFuture::join)
			.collect(Collectors.toMap((pid) -> pid, (pid) -> 1, Integer::sum));
		assertThat(tasks.values()).allMatch((count) -> count <= 2000);
		assertThat(tasks.size()).isBetween(5, 6);
		assertThat(this.pool.snapshot().recycledByReason()).containsKey("after-tasks");
	}

	@Test
	void pauseLeavesNothingWithTheWorker() throws Exception {
		open(1);
		warmUp();
		for (int round = 0; round < 10; round++) {
			List<TaskFuture<Integer>> futures = submit(20_000, TasksAheadIntegrationTests::tiny);
			this.pool.pause();
			await().atMost(Duration.ofSeconds(SECONDS)).untilAsserted(() -> {
				assertThat(futures.stream().filter((future) -> future.status() == TaskStatus.RUNNING)).isEmpty();
				long ended = futures.stream().filter((future) -> future.status().isFinal()).count();
				assertThat(this.pool.snapshot().queue().size()).isEqualTo((int) (futures.size() - ended));
			});
			this.pool.resume();
			for (int i = 0; i < futures.size(); i++) {
				assertThat(get(futures.get(i))).isEqualTo(i);
			}
		}
	}

	@Test
	void closingInTheMiddleSettlesEveryTask() throws Exception {
		open(2, (builder) -> builder.shutdownTimeout(Duration.ZERO));
		warmUp();
		List<TaskFuture<Integer>> futures = submit(50_000, TasksAheadIntegrationTests::tiny);
		this.pool.close();
		assertThat(futures).allMatch(TaskFuture::isDone);
		assertThat(futures).extracting(TaskFuture::status)
			.containsAnyOf(TaskStatus.SUCCEEDED, TaskStatus.CANCELLED)
			.doesNotContain(TaskStatus.CRASHED, TaskStatus.FAILED);
	}

	private static Throwable failure(Future<?> future) throws Exception {
		try {
			future.get(SECONDS, TimeUnit.SECONDS);
		}
		catch (ExecutionException ex) {
			return ex.getCause();
		}
		throw new AssertionError("The task succeeded");
	}

	/**
	 * A context that can't be established.
	 */
	private static final class Broken implements TaskContext.Captured {

		@Override
		public <R> R call(Callable<R> body) {
			throw new IllegalStateException("broken");
		}

	}

}
