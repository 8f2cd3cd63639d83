package io.github.workerpool.process;

import java.io.ObjectInputFilter;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.CrashReport;
import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.PoolSnapshot;
import io.github.workerpool.PoolState;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerCrashedException;
import io.github.workerpool.WorkerInitializer;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerSnapshot;
import io.github.workerpool.core.ManagedWorkerPool;
import io.github.workerpool.factory.WorkerPoolFactory;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Children that are kept aside.
 */
@ExtendWith(Leftovers.class)
class SpareIntegrationTests {

	private static final String REHEARSAL = "io.github.workerpool.process.RehearsedTasks";

	private static ConditionFactory patiently() {
		return Awaitility.await().atMost(Duration.ofSeconds(30));
	}

	private static PoolSettings settings(String name, Consumer<PoolSettings.Builder> further) {
		// The JVM that makes an archive would count as a child
		PoolSettings.Builder builder = PoolSettings.builder(name)
			.isolation(Isolation.PROCESS)
			.size(1)
			.resourceLimits((limits) -> limits.maxHeapSize(64 << 20))
			.process((process) -> process.spares(1).classDataSharing(ClassDataSharing.OFF));
		further.accept(builder);
		return builder.build();
	}

	private static Set<Long> children() {
		return ProcessHandle.current().children().map(ProcessHandle::pid).collect(Collectors.toSet());
	}

	private static long pid(WorkerPool pool) {
		List<WorkerSnapshot> workers = pool.snapshot().workerList();
		assertThat(workers).hasSize(1);
		Long pid = workers.get(0).pid();
		assertThat(pid).isNotNull();
		return pid;
	}

	private static long awaitSpare(WorkerPool pool, Set<Long> before) {
		long worker = pid(pool);
		patiently().until(() -> children().stream().filter((pid) -> !before.contains(pid)).count() == 2);
		return children().stream().filter((pid) -> pid != worker && !before.contains(pid)).findFirst().orElseThrow();
	}

	private static <R> R valueOf(TaskFuture<R> future) throws Exception {
		return future.get(30, TimeUnit.SECONDS);
	}

	@Test
	void deadWorkerIsReplacedByTheSpare() throws Exception {
		Set<Long> before = children();
		try (WorkerPool pool = new WorkerPoolFactory().create(settings("spared", (settings) -> {
		}))) {
			pool.ready().get(30, TimeUnit.SECONDS);
			long spare = awaitSpare(pool, before);
			// The process may be there before it takes tasks
			valueOf(pool.submit(() -> 1));
			patiently().until(
					() -> ProcessHandle.of(spare).flatMap((process) -> process.info().totalCpuDuration()).isPresent());
			poison(pool);
			TaskFuture<List<String>> next = pool.submit(() -> List.of(Long.toString(ProcessHandle.current().pid()),
					WorkerContext.current().orElseThrow().workerId(), Thread.currentThread().getName()));
			List<String> who = valueOf(next);
			assertThat(who.get(1)).isEqualTo("spared-w2");
			assertThat(who.get(2)).isEqualTo("workerpool-spared-w2");
			assertThat(pid(pool)).isEqualTo(Long.parseLong(who.get(0)));
			// And another is kept aside in its stead
			awaitSpare(pool, before);
		}
	}

	@Test
	@DisabledOnOs(OS.WINDOWS)
	void spareHasRehearsedTasksAndNobodyCanTell(@TempDir Path directory) throws Exception {
		Set<Long> before = children();
		String log = "-Xlog:class+load:file=" + directory.resolve("classes-%p");
		PoolSettings settings = settings("rehearsed",
				(further) -> further.resourceLimits((limits) -> limits.cpuTime(Duration.ofMinutes(5)))
					.process((process) -> process.jvmArgs(List.of(log))));
		List<WorkerInitializer> initializers = List.of(new CountingInitializer());
		try (WorkerPool pool = new WorkerPoolFactory().withInitializers(initializers).create(settings)) {
			pool.ready().get(30, TimeUnit.SECONDS);
			long worker = pid(pool);
			long spare = awaitSpare(pool, before);
			awaitRehearsal(pool, directory, spare);
			poison(pool);
			TaskFuture<List<Object>> first = pool.submit(SpareIntegrationTests::describeRun);
			assertThat(valueOf(first)).containsExactly(spare, "rehearsed-w2", first.id(), 1, false,
					"workerpool-rehearsed-w2");
			// Nobody had time for that where it was waited for
			assertThat(Files.readString(directory.resolve("classes-" + worker))).contains("TaskLoop")
				.doesNotContain(REHEARSAL);
			patiently().until(() -> pool.snapshot().workerList().get(0).tasks() == 1);
			PoolSnapshot snapshot = pool.snapshot();
			assertThat(snapshot.tasks().succeeded()).isEqualTo(1);
			assertThat(snapshot.tasks().failed()).isZero();
			assertThat(snapshot.restarts()).isEqualTo(1);
			CrashReport crash = snapshot.lastCrash();
			assertThat(crash).isNotNull();
			assertThat(crash.pid()).isEqualTo(worker);
		}
	}

	@Test
	@DisabledOnOs(OS.WINDOWS)
	void spareTakesTasksThoughItsRehearsalFailed(@TempDir Path directory) throws Exception {
		Set<Long> before = children();
		String log = "-Xlog:class+load:file=" + directory.resolve("classes-%p");
		PoolSettings settings = settings("unrehearsed",
				(further) -> further.process((process) -> process.jvmArgs(List.of(log))));
		List<WorkerInitializer> initializers = List.of(new RefusingInitializer());
		try (WorkerPool pool = new WorkerPoolFactory().withInitializers(initializers).create(settings)) {
			pool.ready().get(30, TimeUnit.SECONDS);
			long spare = awaitSpare(pool, before);
			awaitRehearsal(pool, directory, spare);
			poison(pool);
			TaskFuture<List<Object>> first = pool.submit(() -> List.of(ProcessHandle.current().pid(),
					ObjectInputFilter.Config.getSerialFilter().toString()));
			assertThat(valueOf(first)).containsExactly(spare, RefusingInitializer.FILTER);
			assertThat(valueOf(pool.submit(() -> 42))).isEqualTo(42);
			assertThat(pool.snapshot().restarts()).isEqualTo(1);
		}
	}

	private static void awaitRehearsal(WorkerPool pool, Path directory, long spare) {
		Path classes = directory.resolve("classes-" + spare);
		patiently().until(() -> Files.exists(classes) && Files.readString(classes).contains(REHEARSAL));
		// Who makes spares goes when there are enough
		String maker = "workerpool-" + pool.name() + "-spares";
		patiently().until(() -> Thread.getAllStackTraces()
			.keySet()
			.stream()
			.noneMatch((thread) -> thread.getName().equals(maker)));
	}

	private static void poison(WorkerPool pool) {
		TaskFuture<Object> poison = pool.submit(() -> {
			Runtime.getRuntime().halt(7);
			return null;
		});
		assertThatExceptionOfType(java.util.concurrent.ExecutionException.class)
			.isThrownBy(() -> poison.get(30, TimeUnit.SECONDS))
			.withCauseInstanceOf(WorkerCrashedException.class);
	}

	private static List<Object> describeRun() {
		WorkerContext context = WorkerContext.current().orElseThrow();
		return List.of(ProcessHandle.current().pid(), context.workerId(), context.taskId(),
				CountingInitializer.COUNT.get(), Thread.currentThread().isInterrupted(),
				Thread.currentThread().getName());
	}

	@Test
	void spareThatDiesHarmsNobodyAndIsMadeAgain() throws Exception {
		Set<Long> before = children();
		try (WorkerPool pool = new WorkerPoolFactory().create(settings("mourned", (settings) -> {
		}))) {
			pool.ready().get(30, TimeUnit.SECONDS);
			long spare = awaitSpare(pool, before);
			ProcessHandle.of(spare).orElseThrow().destroyForcibly();
			patiently().until(() -> !children().contains(spare));
			assertThat(awaitSpare(pool, before)).isNotEqualTo(spare);
			assertThat(valueOf(pool.submit(() -> 42))).isEqualTo(42);
			PoolSnapshot snapshot = pool.snapshot();
			assertThat(snapshot.restarts()).isZero();
			assertThat(snapshot.state()).isEqualTo(PoolState.RUNNING);
			assertThat(snapshot.workers().alive()).isEqualTo(1);
		}
	}

	@Test
	void spareThatDoesNotComeUpInTimeIsGivenUp() throws Exception {
		Set<Long> before = children();
		PoolSettings settings = settings("patient",
				(further) -> further.process((process) -> process.startupTimeout(Duration.ofSeconds(5))));
		WorkerInitializer stuck = new StuckFirstSpare();
		try (WorkerPool pool = new WorkerPoolFactory().withInitializers(List.of(stuck)).create(settings)) {
			pool.ready().get(30, TimeUnit.SECONDS);
			long spare = awaitSpare(pool, before);
			patiently().until(() -> !children().contains(spare));
			awaitSpare(pool, before);
			assertThat(valueOf(pool.submit(() -> 42))).isEqualTo(42);
		}
	}

	@Test
	void stoppedPoolKeepsNoSpare() throws Exception {
		Set<Long> before = children();
		ManagedWorkerPool pool = new WorkerPoolFactory().build(settings("paused", (settings) -> {
		}));
		try {
			pool.start();
			pool.ready().get(30, TimeUnit.SECONDS);
			awaitSpare(pool, before);
			pool.stop().get(30, TimeUnit.SECONDS);
			assertThat(children()).isEqualTo(before);
			pool.start();
			pool.ready().get(30, TimeUnit.SECONDS);
			awaitSpare(pool, before);
		}
		finally {
			pool.close();
		}
	}

	@Test
	void spareGivesWayToAWorkerOfAnotherPool() throws Exception {
		WorkerPoolFactory factory = new WorkerPoolFactory().withChildBudget(ChildBudget.of(2));
		Set<Long> before = children();
		try (WorkerPool rich = factory.create(settings("rich", (settings) -> {
		}))) {
			rich.ready().get(30, TimeUnit.SECONDS);
			awaitSpare(rich, before);
			try (WorkerPool poor = factory
				.create(settings("poor", (settings) -> settings.process((process) -> process.spares(0))))) {
				assertThat(valueOf(poor.submit(() -> 42))).isEqualTo(42);
				assertThat(poor.snapshot().restarts()).isZero();
			}
		}
	}

	@Test
	void poolThatFindsNoRoomWaitsAndDoesNotFail() throws Exception {
		WorkerPoolFactory factory = new WorkerPoolFactory().withChildBudget(ChildBudget.of(1));
		WorkerPool first = factory
			.create(settings("first", (settings) -> settings.process((process) -> process.spares(0))));
		first.ready().get(30, TimeUnit.SECONDS);
		try (WorkerPool second = factory.create(settings("second",
				(settings) -> settings.process((process) -> process.spares(0).startupTimeout(Duration.ofSeconds(10)))
					.restart((restart) -> restart.maxRestarts(0))))) {
			TaskFuture<Integer> waiting = second.submit(() -> 42);
			assertThat(valueOf(first.submit(() -> 1))).isEqualTo(1);
			assertThat(second.snapshot().state()).isEqualTo(PoolState.STARTING);
			first.close();
			assertThat(valueOf(waiting)).isEqualTo(42);
			assertThat(second.snapshot().restarts()).isZero();
		}
		finally {
			first.close();
		}
	}

	static final class CountingInitializer implements WorkerInitializer, Serializable {

		private static final long serialVersionUID = 1L;

		static final AtomicInteger COUNT = new AtomicInteger();

		@Override
		public void initialize(String pool, String worker) {
			COUNT.incrementAndGet();
		}

	}

	/**
	 * Has the JVM refuse what is in the tasks that are rehearsed.
	 */
	static final class RefusingInitializer implements WorkerInitializer, Serializable {

		private static final long serialVersionUID = 1L;

		static final String FILTER = "!io.github.workerpool.process.RehearsedTasks$*;*";

		@Override
		public void initialize(String pool, String worker) {
			ObjectInputFilter.Config.setSerialFilter(ObjectInputFilter.Config.createFilter(FILTER));
		}

	}

	static final class StuckFirstSpare implements WorkerInitializer, Serializable {

		private static final long serialVersionUID = 1L;

		@Override
		public void initialize(String pool, String worker) throws Exception {
			if (worker.endsWith("-s1")) {
				new CountDownLatch(1).await();
			}
		}

	}

}
