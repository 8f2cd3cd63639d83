package io.github.workerpool.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.InvalidPoolSettingException;
import io.github.workerpool.Isolation;
import io.github.workerpool.MapOptions;
import io.github.workerpool.Outcome;
import io.github.workerpool.PayloadCodec;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.RemoteTaskException;
import io.github.workerpool.ResourceLimitExceededException;
import io.github.workerpool.Task;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskSerializationException.Part;
import io.github.workerpool.TaskTimeoutException;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerInitializer;
import io.github.workerpool.WorkerLocal;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.core.TaskContext;
import io.github.workerpool.factory.WorkerPoolFactory;
import io.github.workerpool.process.child.InterruptHandler;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for pools whose workers are child JVMs.
 */
@ExtendWith(Leftovers.class)
class ProcessWorkerPoolIntegrationTests {

	private static final int SECONDS = 60;

	private static PoolSettings settings(int size, Consumer<PoolSettings.Builder> further) {
		PoolSettings.Builder builder = PoolSettings.builder("test").isolation(Isolation.PROCESS).size(size);
		builder.resourceLimits((limits) -> limits.maxHeapSize(256L << 20));
		builder.process((process) -> process.classDataSharing(ClassDataSharing.OFF));
		further.accept(builder);
		return builder.build();
	}

	private static WorkerPool pool(int size, Consumer<PoolSettings.Builder> further) {
		return new WorkerPoolFactory().create(settings(size, further));
	}

	private static WorkerPool pool(int size) {
		return pool(size, (builder) -> {
		});
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

	private static long pid(WorkerPool pool) throws Exception {
		return get(pool.submit(() -> ProcessHandle.current().pid()));
	}

	/**
	 * What a worker does that goes on living.
	 */
	@Nested
	@TestInstance(TestInstance.Lifecycle.PER_CLASS)
	class WithOneWorker {

		private WorkerPool pool;

		private long pid;

		@BeforeAll
		void open() throws Exception {
			this.pool = pool(1, (builder) -> {
				builder.process((process) -> process.maxPayloadSize(64L << 20));
				builder.task((task) -> task.grace(Duration.ofSeconds(30)));
			});
			this.pid = pid(this.pool);
		}

		@AfterAll
		void close() throws Exception {
			assertThat(pid(this.pool)).as("still the same worker").isEqualTo(this.pid);
			this.pool.close();
			assertThat(ProcessHandle.of(this.pid)).isEmpty();
		}

		@Test
		void taskRunsInAnotherJvm() {
			assertThat(this.pid).isNotEqualTo(ProcessHandle.current().pid());
			assertThat(this.pool.snapshot().workerList().get(0).pid()).isEqualTo(this.pid);
		}

		@Test
		void taskKnowsWhereItRuns() throws Exception {
			TaskFuture<List<Object>> future = this.pool.submit(() -> {
				WorkerContext context = WorkerContext.current().orElseThrow();
				return List.of(context.poolName(), context.workerId(), context.taskId(), context.isolation(),
						context.isCancelled(), WorkerContext.isWorker());
			});
			assertThat(get(future)).containsExactly("test", "test-w1", future.id(), Isolation.PROCESS, false, true);
		}

		@Test
		void interruptedTerminalDoesNotEndTheChild() throws Exception {
			assertThat(get(this.pool.submit(InterruptHandler::await))).isEqualTo("ignored");
		}

		@Test
		void nothingIsAResult() throws Exception {
			Object nothing = get(this.pool.submit(() -> null));
			assertThat(nothing).isNull();
		}

		@Test
		void methodIsCalled() throws Exception {
			Method method = Calculator.class.getMethod("add", int.class, Integer.class);
			assertThat(get(this.pool.submit(new TestCall<>("calculator", method, new Object[] { 1, 2 }, () -> -1))))
				.isEqualTo(3);
			Method count = Calculator.class.getMethod("count");
			get(this.pool.submit(new TestCall<>("calculator", count, new Object[0], () -> -1)));
			assertThat(get(this.pool.submit(new TestCall<>("calculator", count, new Object[0], () -> -1))))
				.as("the target stays the same")
				.isEqualTo(2);
		}

		@Test
		void ownExceptionComesBackWithItsStackTrace() throws Exception {
			Throwable error = failure(this.pool.submit(() -> {
				throw new IOException("outer", new IllegalStateException("inner"));
			}));
			assertThat(error).isExactlyInstanceOf(IOException.class)
				.hasMessage("outer")
				.hasCauseExactlyInstanceOf(IllegalStateException.class);
			assertThat(error.getStackTrace()[0].getClassName()).contains("ProcessWorkerPoolIntegrationTests");
		}

		@Test
		void exceptionsOfAllKindsComeBack() throws Exception {
			assertThat(failure(this.pool.submit(() -> {
				throw new AssertionError("error");
			}))).isExactlyInstanceOf(AssertionError.class);
			assertThat(failure(this.pool.submit(() -> {
				throw new NotSerializable();
			}))).isInstanceOfSatisfying(RemoteTaskException.class,
					(ex) -> assertThat(ex.className()).isEqualTo(NotSerializable.class.getName()));
			assertThat(failure(this.pool.submit(() -> {
				Exception one = new Exception("one");
				one.initCause(new Exception("two", one));
				throw one;
			}))).hasMessage("one").cause().hasMessage("two");
			assertThat(failure(this.pool.submit(() -> {
				throw null;
			}))).isInstanceOf(NullPointerException.class);
		}

		@Test
		void stackOverflowIsALimit() throws Exception {
			assertThat(failure(this.pool.submit(() -> Recursion.endless(0))))
				.isInstanceOfSatisfying(ResourceLimitExceededException.class, (ex) -> {
					assertThat(ex.limit()).isEqualTo(ResourceLimitExceededException.Limit.STACK);
					assertThat(ex).hasCauseInstanceOf(StackOverflowError.class)
						.hasMessageContaining("'resource-limits.stack-size'");
				});
		}

		@Test
		void whatCannotCrossThereIsRefusedAtSubmit() throws Exception {
			Object lock = new Object();
			assertThat(failure(this.pool.submit(() -> lock.hashCode()))).isInstanceOfSatisfying(
					TaskSerializationException.class, (ex) -> assertThat(ex.part()).isEqualTo(Part.TASK));
		}

		@Test
		void resultThatCannotCrossIsNamed() throws Exception {
			assertThat(failure(this.pool.submit(() -> new ArrayList<>(List.of(1, new Object())))))
				.isInstanceOfSatisfying(TaskSerializationException.class, (ex) -> {
					assertThat(ex.part()).isEqualTo(Part.RESULT);
					assertThat(ex.path()).isEqualTo("result[1]");
				});
			// When much of it was on its way already
			assertThat(failure(this.pool.submit(() -> new Object[] { new byte[10 << 20], Thread.currentThread() })))
				.isInstanceOfSatisfying(TaskSerializationException.class,
						(ex) -> assertThat(ex.path()).isEqualTo("result[1]"));
		}

		@Test
		void resultOfAClassThatMayNotComeBackIsRefused() throws Exception {
			assertThat(failure(this.pool.submit(() -> (Object) new java.net.URL("http://localhost"))))
				.isInstanceOfSatisfying(TaskSerializationException.class, (ex) -> {
					assertThat(ex.part()).isEqualTo(Part.RESULT);
					assertThat(ex).hasMessageContaining("java.net.URL")
						.hasMessageContaining("'process.serialization-filter'");
				});
		}

		@Test
		void largePayloadsGoBothWays() throws Exception {
			byte[] large = new byte[60 << 20];
			Arrays.fill(large, (byte) 7);
			byte[] crossed = get(this.pool.submit(() -> large));
			assertThat(Arrays.equals(crossed, large)).isTrue();
			assertThat(get(this.pool.submit(() -> IntStream.range(0, 5_000_000).toArray()))).hasSize(5_000_000)
				.startsWith(0, 1)
				.endsWith(4_999_999);
			List<String> strings = IntStream.range(0, 200_000).mapToObj((i) -> "number " + i).toList();
			assertThat(get(this.pool.submit(() -> new ArrayList<>(strings)))).isEqualTo(strings);
		}

		@Test
		void payloadsThatAreTooLargeAreRefusedBothWays() throws Exception {
			byte[] large = new byte[65 << 20];
			assertThat(failure(this.pool.submit(() -> large.length)))
				.isInstanceOfSatisfying(TaskSerializationException.class, (ex) -> {
					assertThat(ex.part()).isEqualTo(Part.TASK);
					assertThat(ex).hasMessageContaining("'process.max-payload-size'");
				});
			assertThat(failure(this.pool.submit(() -> new byte[65 << 20])))
				.isInstanceOfSatisfying(TaskSerializationException.class, (ex) -> {
					assertThat(ex.part()).isEqualTo(Part.RESULT);
					assertThat(ex).hasMessageContaining("'process.max-payload-size'");
				});
			assertThat(failure(this.pool.submit(() -> {
				WorkerContext.current().orElseThrow().emit(new byte[65 << 20]);
				return 1;
			}))).isInstanceOfSatisfying(TaskSerializationException.class,
					(ex) -> assertThat(ex.part()).isEqualTo(Part.EVENT));
		}

		@Test
		void eventsAndProgressArriveWhileTheTaskRuns() throws Exception {
			List<Object> events = new CopyOnWriteArrayList<>();
			List<Double> progress = new CopyOnWriteArrayList<>();
			TaskFuture<String> future = this.pool.submit(() -> {
				WorkerContext context = WorkerContext.current().orElseThrow();
				context.progress(0.25);
				for (int i = 0; i < 100; i++) {
					context.emit("event " + i);
				}
				while (!context.isCancelled()) {
					Thread.onSpinWait();
				}
				return "ended";
			});
			future.onEvent(events::add).onProgress(progress::add);
			await().atMost(Duration.ofSeconds(SECONDS)).until(() -> events.size() == 100 && !progress.isEmpty());
			assertThat(events.get(0)).isEqualTo("event 0");
			assertThat(events.get(99)).isEqualTo("event 99");
			assertThat(progress).containsExactly(0.25);
			assertThat(future).isNotDone();
			future.cancel(true);
			assertThat(future).isCancelled();
		}

		@Test
		void eventsOfOtherThreadsOfTheTaskArriveWhole() throws Exception {
			List<Object> events = new CopyOnWriteArrayList<>();
			CountDownLatch all = new CountDownLatch(400);
			TaskFuture<Integer> future = this.pool.submit(() -> {
				WorkerContext context = WorkerContext.current().orElseThrow();
				List<Thread> threads = new ArrayList<>();
				for (int i = 0; i < 4; i++) {
					int number = i;
					Thread thread = new Thread(() -> {
						for (int j = 0; j < 100; j++) {
							context.emit((number + "").repeat(1000 * (j % 20)));
						}
					});
					thread.start();
					threads.add(thread);
				}
				for (Thread thread : threads) {
					thread.join();
				}
				return 1;
			});
			future.onEvent((event) -> {
				events.add(event);
				all.countDown();
			});
			assertThat(get(future)).isEqualTo(1);
			assertThat(all.await(SECONDS, TimeUnit.SECONDS)).isTrue();
			assertThat(events)
				.allSatisfy((event) -> assertThat(((String) event).chars().distinct().count()).isLessThanOrEqualTo(1));
		}

		@Test
		void eventThatCannotCrossFailsWhoeverEmitsIt() throws Exception {
			assertThat(failure(this.pool.submit(() -> {
				WorkerContext.current().orElseThrow().emit(new ArrayList<>(List.of(new Object())));
				return 1;
			}))).isInstanceOfSatisfying(TaskSerializationException.class, (ex) -> {
				assertThat(ex.part()).isEqualTo(Part.EVENT);
				assertThat(ex.path()).isEqualTo("event[0]");
			});
		}

		@Test
		void eventThatMayNotComeBackFailsTheTask() throws Exception {
			assertThat(failure(this.pool.submit(() -> {
				WorkerContext.current().orElseThrow().emit(new java.net.URL("http://localhost"));
				return 1;
			}))).isInstanceOfSatisfying(TaskSerializationException.class,
					(ex) -> assertThat(ex.part()).isEqualTo(Part.EVENT));
		}

		@Test
		void lateEventsAreNotHeard() throws Exception {
			CopyOnWriteArrayList<Object> events = new CopyOnWriteArrayList<>();
			TaskFuture<Integer> future = this.pool.submit(() -> {
				WorkerContext context = WorkerContext.current().orElseThrow();
				Thread late = new Thread(() -> {
					for (int i = 0; i < 2000; i++) {
						context.emit("late");
						context.progress(i);
					}
				});
				late.setDaemon(true);
				late.start();
				return 1;
			});
			future.onEvent(events::add);
			assertThat(get(future)).isEqualTo(1);
			for (int i = 0; i < 50; i++) {
				int number = i;
				assertThat(get(this.pool.submit(() -> number))).isEqualTo(i);
			}
		}

		@Test
		void cancelInterruptsTheTaskAndNoOther() throws Exception {
			for (int i = 0; i < 20; i++) {
				TaskFuture<Object> sleeping = this.pool.submit(() -> {
					WorkerContext.current().orElseThrow().emit("running");
					Thread.sleep(60_000);
					return null;
				});
				CountDownLatch running = new CountDownLatch(1);
				sleeping.onEvent((event) -> running.countDown());
				assertThat(running.await(SECONDS, TimeUnit.SECONDS)).isTrue();
				sleeping.cancel(true);
				assertThat(get(this.pool.submit(() -> {
					Thread.sleep(1);
					return Thread.interrupted();
				}))).isFalse();
				assertThat(sleeping).isCancelled();
			}
		}

		@Test
		void cancellingManyAtRandomMomentsHitsNoOther() throws Exception {
			List<TaskFuture<Boolean>> cancelled = new ArrayList<>();
			List<TaskFuture<Boolean>> others = new ArrayList<>();
			for (int i = 0; i < 400; i++) {
				TaskFuture<Boolean> future = this.pool
					.submit(() -> Thread.currentThread().isInterrupted() && !cancelledHere());
				((i % 2 == 0) ? cancelled : others).add(future);
				if (i % 7 == 0) {
					cancelled.forEach((each) -> each.cancel(true));
				}
			}
			for (TaskFuture<Boolean> other : others) {
				assertThat(get(other)).isFalse();
			}
		}

		@Test
		void timeoutInterruptsTheTask() throws Exception {
			TaskFuture<Object> future = this.pool.submit(() -> {
				Thread.sleep(60_000);
				return null;
			}, TaskOptions.none().withTimeout(Duration.ofMillis(100)));
			assertThat(failure(future)).isInstanceOfSatisfying(TaskTimeoutException.class,
					(ex) -> assertThat(ex.phase()).isEqualTo(TaskTimeoutException.Phase.RUNNING));
		}

		@Test
		void promiseBelongsToTheTask() throws Exception {
			CompletableFuture<String> completed = get(
					this.pool.submit(() -> CompletableFuture.supplyAsync(() -> "promised")));
			assertThat(completed).isCompletedWithValue("promised");
			Future<Integer> plain = get(this.pool.submit(() -> {
				FutureTask<Integer> task = new FutureTask<>(() -> 5);
				new Thread(task).start();
				return task;
			}));
			assertThat(plain.get()).isEqualTo(5);
			assertThat(failure(this.pool.submit(() -> CompletableFuture.supplyAsync(() -> {
				throw new IllegalStateException("broken");
			})))).isExactlyInstanceOf(IllegalStateException.class).hasMessage("broken");
		}

		@Test
		void promiseThatNeverCompletesIsCancelledWithTheTask() throws Exception {
			TaskFuture<Object> future = this.pool.submit(() -> new CompletableFuture<>(),
					TaskOptions.none().withTimeout(Duration.ofMillis(50)));
			assertThat(failure(future)).isInstanceOf(TaskTimeoutException.class);
		}

		@Test
		void workerLocalIsMadeOncePerWorker() throws Exception {
			long first = get(this.pool.submit(() -> Local.COUNTER.get()));
			assertThat(get(this.pool.submit(() -> Local.COUNTER.get()))).isEqualTo(first);
		}

		@Test
		void mapWorks() throws Exception {
			List<Integer> items = IntStream.range(0, 1000).boxed().toList();
			assertThat(get(this.pool.map(items, (item) -> item * 2))).hasSize(1000).startsWith(0, 2, 4);
			List<Outcome<Integer>> outcomes = get(
					this.pool.mapOutcomes(List.of(1, 0, 2), (item) -> 10 / item, MapOptions.none()));
			assertThat(outcomes.get(0).value()).isEqualTo(10);
			assertThat(outcomes.get(1).error()).isInstanceOf(ArithmeticException.class);
			assertThat(outcomes.get(2).value()).isEqualTo(5);
			assertThat(failure(this.pool.map(items, (item) -> 10 / (item - 500))))
				.isInstanceOf(ArithmeticException.class);
		}

		@Test
		void manyShortTasksKeepTheirOrder() throws Exception {
			List<TaskFuture<Integer>> futures = new ArrayList<>();
			int before = get(this.pool.submit(() -> Sequence.next()));
			for (int i = 0; i < 900; i++) {
				futures.add(this.pool.submit(() -> Sequence.next()));
			}
			for (int i = 0; i < futures.size(); i++) {
				assertThat(get(futures.get(i))).isEqualTo(before + i + 1);
			}
		}

		@Test
		void longTaskAmongShortOnesGivesTheOthersBack() throws Exception {
			for (int round = 0; round < 5; round++) {
				List<TaskFuture<Integer>> futures = new ArrayList<>();
				for (int i = 0; i < 300; i++) {
					int number = i;
					futures.add(this.pool.submit(() -> {
						if (number % 100 == 50) {
							Thread.sleep(20);
						}
						return number;
					}));
				}
				for (int i = 0; i < futures.size(); i++) {
					assertThat(get(futures.get(i))).isEqualTo(i);
				}
			}
		}

		@Test
		void classThatCannotBeInitializedIsNamed() throws Exception {
			assertThat(failure(this.pool.submit(new Unlucky())))
				.isInstanceOfAny(TaskSerializationException.class, ExceptionInInitializerError.class,
						NoClassDefFoundError.class)
				.hasStackTraceContaining("Unlucky");
		}

		@Test
		void argumentThatFailsToBeReadIsAnError() throws Exception {
			assertThat(failure(this.pool.submit(new UnreadableTask())))
				.isInstanceOfSatisfying(TaskSerializationException.class, (ex) -> {
					assertThat(ex.part()).isEqualTo(Part.TASK);
					assertThat(ex).hasMessageContaining("can't be read there");
				});
		}

		@Test
		void outputOfATaskDoesNoHarm() throws Exception {
			assertThat(get(this.pool.submit(() -> {
				System.out.println("x".repeat(100_000));
				System.out.write(new byte[] { 0, -1, 10, 27, 13 });
				System.err.println("to stderr");
				System.out.close();
				return 1;
			}))).isEqualTo(1);
		}

		@Test
		void usageIsKnown() throws Exception {
			await().atMost(Duration.ofSeconds(SECONDS)).untilAsserted(() -> {
				var worker = this.pool.snapshot().workerList().get(0);
				assertThat(worker.heapUsed()).isPositive();
				assertThat(worker.pid()).isEqualTo(this.pid);
			});
		}

	}

	@Test
	void initializersRunFirst() throws Exception {
		WorkerInitializer serializable = (WorkerInitializer & Serializable) (pool, worker) -> System
			.setProperty("initialized", pool + "/" + worker);
		try (WorkerPool pool = new WorkerPoolFactory().withInitializers(List.of(serializable, new MadeThere()))
			.create(settings(1, (builder) -> {
			}))) {
			assertThat(get(pool.submit(() -> System.getProperty("initialized")))).isEqualTo("test/test-w1");
			assertThat(get(pool.submit(() -> System.getProperty("made")))).isEqualTo("there");
		}
	}

	@Test
	void initializerThatCannotCrossIsRefusedAtTheStart() {
		Object lock = new Object();
		WorkerInitializer captured = (pool, worker) -> lock.hashCode();
		assertThatExceptionOfType(InvalidPoolSettingException.class).isThrownBy(
				() -> new WorkerPoolFactory().withInitializers(List.of(captured)).build(settings(1, (builder) -> {
				})))
			.withMessageContaining("WorkerInitializer")
			.withMessageContaining("public no-arg constructor");
	}

	@Test
	void initializerThatFailsIsAFailureToStart() throws Exception {
		WorkerInitializer failing = (WorkerInitializer & Serializable) (pool, worker) -> {
			throw new IllegalStateException("no model");
		};
		try (WorkerPool pool = new WorkerPoolFactory().withInitializers(List.of(failing))
			.create(settings(1, (builder) -> builder.restart((restart) -> restart.maxRestarts(0))))) {
			assertThat(failure(pool.submit(() -> 1))).hasMessageContaining("no model");
		}
	}

	@Test
	void filterPatternThatIsNoneIsRefusedAtTheStart() {
		assertThatExceptionOfType(InvalidPoolSettingException.class)
			.isThrownBy(() -> new WorkerPoolFactory().build(settings(1,
					(builder) -> builder.process((process) -> process.serializationFilter("maxdepth=deep")))))
			.withMessageContaining("process.serialization-filter");
	}

	@Test
	void codecCarriesWhatJdkSerializationCannot() throws Exception {
		try (WorkerPool pool = new WorkerPoolFactory().withCodecs(List.of(new PointCodec()))
			.create(settings(1, (builder) -> {
			}))) {
			assertThat(get(pool.submit(() -> new Point(1, 2))).x).isEqualTo(1);
			Method method = Geometry.class.getMethod("flip", Point.class);
			Point flipped = get(
					pool.submit(new TestCall<Point>("geometry", method, new Object[] { new Point(3, 4) }, () -> null)));
			assertThat(flipped.x).isEqualTo(4);
		}
	}

	@Test
	void contextTravelsIfItIsSerializable() throws Exception {
		try (WorkerPool pool = new WorkerPoolFactory().withContext(() -> new NameInProperty("ada"))
			.create(settings(1, (builder) -> {
			}))) {
			assertThat(get(pool.submit(() -> System.getProperty("context")))).isEqualTo("ada");
		}
	}

	@Test
	void contextThatCannotCrossIsLeftBehind() throws Exception {
		try (WorkerPool pool = new WorkerPoolFactory().withContext(() -> Runner::call).create(settings(1, (builder) -> {
		}))) {
			assertThat(get(pool.submit(() -> 1))).isEqualTo(1);
		}
	}

	@Test
	void severalWorkersShareTheWork() throws Exception {
		try (WorkerPool pool = pool(2)) {
			get(pool.ready());
			List<Long> pids = new ArrayList<>();
			for (TaskFuture<Long> future : pool.broadcast(() -> ProcessHandle.current().pid())) {
				pids.add(get(future));
			}
			assertThat(pids).hasSize(2).doesNotHaveDuplicates();
			List<Integer> items = IntStream.range(0, 5000).boxed().toList();
			assertThat(get(pool.map(items, (item) -> item + 1))).hasSize(5000).endsWith(5000);
		}
	}

	@Test
	void cpuTimeAndAllocationAreLimited() throws Exception {
		try (WorkerPool pool = pool(1, (builder) -> builder
			.resourceLimits((limits) -> limits.cpuTime(Duration.ofMillis(300)).allocation(64L << 20)))) {
			assertThat(failure(pool.submit(() -> {
				while (!Thread.currentThread().isInterrupted()) {
					Thread.onSpinWait();
				}
				return 1;
			}))).isInstanceOfSatisfying(ResourceLimitExceededException.class,
					(ex) -> assertThat(ex.limit()).isEqualTo(ResourceLimitExceededException.Limit.CPU_TIME));
			assertThat(failure(pool.submit(() -> {
				long sum = 0;
				// No more than it takes, as it takes CPU time too
				for (int i = 0; i < 65; i++) {
					sum += new byte[1 << 20].length;
				}
				Thread.sleep(120_000);
				return sum;
			}))).isInstanceOfSatisfying(ResourceLimitExceededException.class,
					(ex) -> assertThat(ex.limit()).isEqualTo(ResourceLimitExceededException.Limit.ALLOCATION));
			assertThat(get(pool.submit(() -> 1))).isEqualTo(1);
		}
	}

	@Test
	void workerLocalsAreClosedWhenTheWorkerLeaves(@org.junit.jupiter.api.io.TempDir java.nio.file.Path directory)
			throws Exception {
		String file = directory.resolve("closed").toString();
		try (WorkerPool pool = pool(1, (builder) -> builder.task((task) -> task.grace(Duration.ofSeconds(30))))) {
			get(pool.submit(() -> {
				System.setProperty("closing", file);
				return Local.CLOSING.get().toString();
			}));
		}
		assertThat(java.nio.file.Path.of(file)).exists();
	}

	private static boolean cancelledHere() {
		return WorkerContext.current().orElseThrow().isCancelled();
	}

	/**
	 * Something to call.
	 */
	public static class Calculator {

		private int calls;

		public int add(int a, Integer b) {
			return a + b;
		}

		public int count() {
			return ++this.calls;
		}

	}

	/**
	 * Something to call.
	 */
	public static class Geometry {

		public Point flip(Point point) {
			return new Point(point.y, point.x);
		}

	}

	static final class Recursion {

		static int endless(int depth) {
			return endless(depth + 1) + 1;
		}

	}

	static final class Sequence {

		private static int last;

		static int next() {
			return ++last;
		}

	}

	static final class Local {

		static final WorkerLocal<Long> COUNTER = WorkerLocal.of(System::nanoTime);

		static final WorkerLocal<StringBuilder> CLOSING = WorkerLocal.of(StringBuilder::new,
				(value) -> java.nio.file.Files.createFile(java.nio.file.Path.of(System.getProperty("closing"))));

	}

	static final class NotSerializable extends RuntimeException {

		private final Object lock = new Object();

		Object lock() {
			return this.lock;
		}

	}

	/**
	 * Initializer that a child can make.
	 */
	public static final class MadeThere implements WorkerInitializer {

		@Override
		public void initialize(String poolName, String workerId) {
			System.setProperty("made", "there");
		}

	}

	static final class Unlucky implements Task<Integer> {

		@Override
		public Integer call() {
			return Holder.VALUE;
		}

		static final class Holder {

			static final int VALUE = fail();

			private static int fail() {
				throw new IllegalStateException("Unlucky");
			}

		}

	}

	static final class UnreadableTask implements Task<Integer> {

		private void readObject(java.io.ObjectInputStream in) {
			throw new IllegalStateException("can't be read there");
		}

		@Override
		public Integer call() {
			return 1;
		}

	}

	/**
	 * Not serializable.
	 */
	public static final class Point {

		final int x;

		final int y;

		Point(int x, int y) {
			this.x = x;
			this.y = y;
		}

	}

	/**
	 * Carries points.
	 */
	public static final class PointCodec implements PayloadCodec {

		@Override
		public boolean supports(Class<?> type) {
			return type == Point.class;
		}

		@Override
		public void encode(Object value, OutputStream out) throws IOException {
			out.write(((Point) value).x);
			out.write(((Point) value).y);
		}

		@Override
		public Object decode(Class<?> type, InputStream in) throws IOException {
			return new Point(in.read(), in.read());
		}

	}

	record NameInProperty(String name) implements TaskContext.Captured, Serializable {

		@Override
		public <R> R call(java.util.concurrent.Callable<R> body) throws Exception {
			System.setProperty("context", this.name);
			try {
				return body.call();
			}
			finally {
				System.clearProperty("context");
			}
		}

	}

	static final class Runner {

		static <R> R call(java.util.concurrent.Callable<R> body) throws Exception {
			return body.call();
		}

	}

	@Test
	void onlyWhatCrossesIsCapturedHoweverThePoolIsMade() throws Exception {
		AtomicInteger captured = new AtomicInteger();
		TaskContext context = new TaskContext() {

			@Override
			public @Nullable Captured capture() {
				captured.incrementAndGet();
				return null;
			}

			@Override
			public TaskContext acrossJvms() {
				return TaskContext.NONE;
			}

		};
		try (WorkerPool pool = new WorkerPoolFactory().withContext(context).create(settings(1, (builder) -> {
		}))) {
			assertThat(pool.submit(() -> 42).get(30, TimeUnit.SECONDS)).isEqualTo(42);
			assertThat(captured).hasValue(0);
		}
	}

}
