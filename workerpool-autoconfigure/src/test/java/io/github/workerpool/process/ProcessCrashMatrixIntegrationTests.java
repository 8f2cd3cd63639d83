package io.github.workerpool.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.PoolSnapshot;
import io.github.workerpool.PoolState;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerSnapshot;
import io.github.workerpool.factory.WorkerPoolFactory;
import io.github.workerpool.process.Hazard.Effect;
import io.github.workerpool.process.Hazard.Surroundings;
import io.github.workerpool.process.HazardousTask.Moment;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Everything a task can do to a worker that is a child JVM, at every moment it can do it.
 * Each time the task's future settles once with the named error, all others are unharmed,
 * the pool is back at its size, and of the child nothing is left: no process, no thread,
 * no file.
 */
@ExtendWith(Leftovers.class)
@EnabledOnOs(OS.LINUX)
class ProcessCrashMatrixIntegrationTests {

	private static final int SIZE = 2;

	private static final int SECONDS = 60;

	private static final Duration TIMEOUT = Duration.ofMillis(300);

	/** For a child that has run nothing yet, and shall get as far as its hazard. */
	private static final Duration FIRST_TIMEOUT = Duration.ofSeconds(5);

	private static final Duration GRACE = Duration.ofMillis(300);

	@TempDir
	private static Path flags;

	private static final Map<Surroundings, WorkerPool> POOLS = new EnumMap<>(Surroundings.class);

	private static final Map<Surroundings, HazardousTask.AtStart> STARTS = new EnumMap<>(Surroundings.class);

	private static final Map<Moment, Integer> CELLS = new EnumMap<>(Moment.class);

	private static final Map<String, List<Long>> MILLIS = new TreeMap<>();

	@AfterAll
	static void close() {
		POOLS.values().forEach(WorkerPool::close);
		POOLS.clear();
		StringBuilder told = new StringBuilder("Cells by moment: ").append(CELLS);
		MILLIS.forEach((what, all) -> {
			List<Long> sorted = all.stream().sorted().toList();
			told.append("\n%s: median %d ms, longest %d ms, of %d".formatted(what, sorted.get(sorted.size() / 2),
					sorted.get(sorted.size() - 1), sorted.size()));
		});
		System.out.println(told);
		CELLS.clear();
		MILLIS.clear();
	}

	private static ConditionFactory patiently() {
		return await().atMost(Duration.ofSeconds(SECONDS)).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5));
	}

	private static PoolSettings settings(Surroundings surroundings, int size) {
		PoolSettings.Builder builder = PoolSettings.builder("matrix").isolation(Isolation.PROCESS).size(size);
		builder.resourceLimits(
				(limits) -> limits.maxHeapSize(64L << 20).maxMetaspaceSize(32L << 20).maxDirectMemorySize(16L << 20));
		builder.restart((restart) -> restart.maxRestarts(1000)
			.backoff((backoff) -> backoff.initial(Duration.ofMillis(1)).max(Duration.ofMillis(10))));
		builder.task((task) -> task.grace(GRACE));
		builder.process((process) -> process.classDataSharing(ClassDataSharing.OFF)
			.maxPayloadSize(Surroundings.MAX_PAYLOAD)
			.startupTimeout(Duration.ofSeconds(4)));
		if (surroundings == Surroundings.ALERT) {
			builder.process((process) -> process
				.heartbeat((heartbeat) -> heartbeat.interval(Duration.ofMillis(100)).timeout(Duration.ofMillis(3000))));
		}
		if (surroundings == Surroundings.NARROW) {
			builder.resourceLimits((limits) -> limits.cpuTime(Duration.ofMillis(1500))
				.allocation(64L << 20)
				.maxResidentSize(250L << 20));
		}
		return builder.build();
	}

	private static WorkerPool pool(Surroundings surroundings) {
		return POOLS.computeIfAbsent(surroundings, (key) -> {
			HazardousTask.AtStart start = new HazardousTask.AtStart(Flag.in(flags), false);
			STARTS.put(key, start);
			return new WorkerPoolFactory().withInitializers(List.of(start)).create(settings(key, SIZE));
		});
	}

	static Stream<Arguments> cells() {
		return Stream.of(Hazard.values())
			.flatMap((hazard) -> moments(hazard).stream().map((moment) -> Arguments.of(hazard, moment)));
	}

	private static Set<Moment> moments(Hazard hazard) {
		if (hazard.isAboutResults()) {
			return EnumSet.of(Moment.RUNNING);
		}
		if (hazard.isOnlyOnceInAWorker()) {
			return EnumSet.of(Moment.RUNNING);
		}
		EnumSet<Moment> moments = EnumSet.allOf(Moment.class);
		switch (hazard.effect) {
			case THROWS, THROWS_ANOTHER -> {
				if (hazard != Hazard.ERROR && hazard != Hazard.STACK_OVERFLOW) {
					// Nobody looks which one it is
					moments.removeAll(EnumSet.of(Moment.IDLE, Moment.STOPPING));
				}
				if (hazard != Hazard.CHECKED_EXCEPTION && hazard.effect == Effect.THROWS) {
					moments.removeAll(EnumSet.of(Moment.STARTING, Moment.CLOSING));
				}
			}
			case HANGS, WAITS -> {
				if (hazard != Hazard.ENDLESS_LOOP) {
					// One of them is enough where it takes seconds until patience ends
					moments.removeAll(EnumSet.of(Moment.STARTING, Moment.STOPPING, Moment.IDLE));
				}
				if (hazard != Hazard.ENDLESS_LOOP && hazard != Hazard.SLEEP) {
					moments.remove(Moment.CLOSING);
				}
			}
			default -> {
				if (hazard == Hazard.EXIT_0 || hazard == Hazard.SIGNAL_TERM) {
					// It waits for itself, as EXIT_3 does
					moments.remove(Moment.STOPPING);
				}
			}
		}
		if (hazard.surroundings() == Surroundings.NARROW) {
			moments.remove(Moment.CLOSING);
		}
		return moments;
	}

	@ParameterizedTest
	@MethodSource("cells")
	void harmStaysWhereItHappens(Hazard hazard, Moment moment) throws Exception {
		CELLS.merge(moment, 1, Integer::sum);
		if (moment == Moment.CLOSING) {
			whileClosing(hazard);
			return;
		}
		WorkerPool pool = pool(hazard.surroundings());
		assertIsWhole(pool);
		PoolSnapshot before = pool.snapshot();
		Flag release = Flag.in(flags);
		Flag started = Flag.in(flags);
		List<TaskFuture<String>> others = new ArrayList<>();
		others.add(pool.submit(() -> {
			started.raise();
			release.awaitThere();
			return Thread.interrupted() ? "harmed" : "unharmed";
		}));
		started.awaitHere();
		int tasks;
		try {
			tasks = switch (moment) {
				case STARTING -> whileStarting(pool, hazard, others);
				case IDLE -> whileIdle(pool, hazard, others);
				case STOPPING -> whileStopping(pool, hazard, others);
				default -> inTask(pool, hazard, moment, others);
			};
		}
		finally {
			release.raise();
		}
		for (TaskFuture<String> other : others) {
			assertThat(other.get(SECONDS, TimeUnit.SECONDS)).isEqualTo("unharmed");
		}
		assertIsWhole(pool);
		assertBooks(before, pool, hazard, moment, tasks);
		if (hazard.effect == Effect.LEAVES || moment == Moment.IDLE && !ends(hazard)) {
			pool.recycle().get(SECONDS, TimeUnit.SECONDS);
			assertIsWhole(pool);
		}
		assertNothingIsLeft(pool);
	}

	/** Whether the child doesn't survive it. */
	private static boolean ends(Hazard hazard) {
		return hazard.effect == Effect.DIES || hazard.effect == Effect.STOPS || hazard.effect == Effect.HANGS;
	}

	private static void submitOthers(WorkerPool pool, List<TaskFuture<String>> others) {
		for (int i = 0; i < 20; i++) {
			others.add(pool.submit(() -> Thread.interrupted() ? "harmed" : "unharmed"));
		}
	}

	private static int inTask(WorkerPool pool, Hazard hazard, Moment moment, List<TaskFuture<String>> others)
			throws Exception {
		List<Long> pids = pids(pool);
		TaskOptions options = (hazard.limit == null) ? TaskOptions.none().withTimeout(timeout(hazard, TIMEOUT))
				: TaskOptions.none();
		long start = System.nanoTime();
		TaskFuture<Object> future = pool.submit(new HazardousTask(hazard, moment, Flag.in(flags), Flag.in(flags)),
				options.withName("hazard"));
		AtomicInteger settled = new AtomicInteger();
		future.whenComplete((value, error) -> settled.incrementAndGet());
		submitOthers(pool, others);
		Throwable error = HazardOutcome.errorOf(future);
		long end = System.nanoTime();
		HazardOutcome.check(hazard, moment, error, future);
		if (hazard.effect == Effect.HANGS && hazard.limit == null) {
			note("Timeout too late", end - start - TIMEOUT.toNanos());
			patiently().until(() -> pids.stream().anyMatch((pid) -> ProcessIdentity.of(pid) == null));
			note("Kill after timeout and grace", System.nanoTime() - end - GRACE.toNanos());
		}
		if (ends(hazard)) {
			patiently().until(() -> pids.stream().anyMatch((pid) -> ProcessIdentity.of(pid) == null));
			long gone = System.nanoTime();
			patiently().until(() -> pool.snapshot().workers().alive() == SIZE && !pids(pool).equals(pids));
			note("Replacement after " + hazard.effect, System.nanoTime() - gone);
		}
		patiently().until(() -> settled.get() == 1);
		return 1;
	}

	private static Duration timeout(Hazard hazard, Duration ofEndless) {
		boolean endless = hazard.effect == Effect.HANGS || hazard.effect == Effect.WAITS;
		return endless ? ofEndless : Duration.ofSeconds(SECONDS);
	}

	/** The idle worker's successor has an accident at its start. */
	private static int whileStarting(WorkerPool pool, Hazard hazard, List<TaskFuture<String>> others) throws Exception {
		HazardousTask.AtStart start = STARTS.get(hazard.surroundings());
		start.prepare(hazard);
		pool.recycle();
		submitOthers(pool, others);
		patiently().until(() -> !start.flag().isRaised());
		return 0;
	}

	private static int whileIdle(WorkerPool pool, Hazard hazard, List<TaskFuture<String>> others) throws Exception {
		Flag now = Flag.in(flags);
		Flag go = Flag.in(flags);
		Object pid = pool.submit(new HazardousTask(hazard, Moment.IDLE, now, go)).get(SECONDS, TimeUnit.SECONDS);
		go.raise();
		now.awaitHere();
		boolean dies = hazard.effect == Effect.DIES || hazard.effect == Effect.STOPS;
		if (dies) {
			patiently().until(() -> ProcessIdentity.of((long) pid) == null);
		}
		submitOthers(pool, others);
		if (dies) {
			// As long as the pool doesn't know, that worker gets what is for all
			patiently().until(() -> !pids(pool).contains(pid));
		}
		return 1;
	}

	private static int whileStopping(WorkerPool pool, Hazard hazard, List<TaskFuture<String>> others) throws Exception {
		Flag now = Flag.in(flags);
		Object pid = pool.submit(new HazardousTask(hazard, Moment.STOPPING, now, Flag.in(flags)))
			.get(SECONDS, TimeUnit.SECONDS);
		pool.recycle();
		now.awaitHere();
		submitOthers(pool, others);
		patiently().until(() -> ProcessIdentity.of((long) pid) == null);
		return 1;
	}

	/** It happens to a task that the pool waits for before it ends. */
	private static void whileClosing(Hazard hazard) throws Exception {
		Flag now = Flag.in(flags);
		Flag go = Flag.in(flags);
		try (WorkerPool pool = new WorkerPoolFactory().create(settings(hazard.surroundings(), 1))) {
			TaskFuture<Object> future = pool.submit(new HazardousTask(hazard, Moment.CLOSING, now, go),
					TaskOptions.none().withTimeout(timeout(hazard, FIRST_TIMEOUT)));
			AtomicInteger settled = new AtomicInteger();
			future.whenComplete((value, error) -> settled.incrementAndGet());
			TaskFuture<String> other = pool.submit(() -> "unharmed");
			patiently().until(() -> now.isRaised() || future.isDone());
			CompletableFuture<Void> closed = new CompletableFuture<>();
			Thread closer = new Thread(() -> {
				pool.close();
				closed.complete(null);
			});
			closer.start();
			patiently().until(() -> pool.snapshot().state() == PoolState.CLOSED);
			go.raise();
			HazardOutcome.check(hazard, Moment.CLOSING, HazardOutcome.errorOf(future), future);
			assertThat(other.get(SECONDS, TimeUnit.SECONDS)).isEqualTo("unharmed");
			closed.get(SECONDS, TimeUnit.SECONDS);
			patiently().until(() -> settled.get() == 1);
			assertThat(pool.snapshot().workers().alive()).isZero();
			assertNothingIsLeft(pool);
		}
	}

	private static List<Long> pids(WorkerPool pool) {
		return pool.snapshot().workerList().stream().map(WorkerSnapshot::pid).toList();
	}

	private static void assertIsWhole(WorkerPool pool) {
		patiently().untilAsserted(() -> {
			PoolSnapshot snapshot = pool.snapshot();
			assertThat(snapshot.state()).isEqualTo(PoolState.RUNNING);
			assertThat(snapshot.workers()).isEqualTo(new PoolSnapshot.Workers(SIZE, SIZE, SIZE, SIZE, 0, 0, 0));
			for (TaskFuture<String> each : pool.broadcast(() -> "served")) {
				assertThat(each.get(SECONDS, TimeUnit.SECONDS)).isEqualTo("served");
			}
		});
	}

	private static void assertBooks(PoolSnapshot before, WorkerPool pool, Hazard hazard, Moment moment, int tasks) {
		PoolSnapshot.Tasks then = before.tasks();
		patiently().untilAsserted(() -> {
			PoolSnapshot.Tasks now = pool.snapshot().tasks();
			assertThat(now.submitted()).isEqualTo(
					now.succeeded() + now.failed() + now.rejected() + now.timedOut() + now.cancelled() + now.crashed());
			TaskStatus status = (tasks == 0 || moment == Moment.IDLE || moment == Moment.STOPPING)
					? TaskStatus.SUCCEEDED : HazardOutcome.status(hazard);
			assertThat(now.failed() - then.failed()).isEqualTo((status == TaskStatus.FAILED) ? 1 : 0);
			assertThat(now.timedOut() - then.timedOut()).isEqualTo((status == TaskStatus.TIMED_OUT) ? 1 : 0);
			assertThat(now.crashed() - then.crashed()).isEqualTo((status == TaskStatus.CRASHED) ? 1 : 0);
			assertThat(now.rejected() - then.rejected()).isZero();
		});
	}

	/** Nothing is left but what belongs to the workers that are there. */
	private static void assertNothingIsLeft(WorkerPool pool) {
		patiently().untilAsserted(() -> {
			List<WorkerSnapshot> workers = pool.snapshot().workerList();
			assertThat(Leftovers.processes()).containsAll(workers.stream().map(WorkerSnapshot::pid).toList())
				.hasSize(allWorkers());
			assertThat(Leftovers.childDirectories()).hasSize(allWorkers());
			assertThat(Leftovers.threads()).allSatisfy((thread) -> {
				if (thread.contains("matrix-w")) {
					assertThat(POOLS.values()).anyMatch((each) -> each.snapshot()
						.workerList()
						.stream()
						.anyMatch((worker) -> (thread + "-").contains(worker.id() + "-")));
				}
			});
		});
	}

	private static int allWorkers() {
		return POOLS.values().stream().mapToInt((each) -> each.snapshot().workerList().size()).sum();
	}

	private static void note(String what, long nanos) {
		MILLIS.computeIfAbsent(what, (key) -> new ArrayList<>()).add(TimeUnit.NANOSECONDS.toMillis(nanos));
	}

}
