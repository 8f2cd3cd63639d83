package io.github.workerpool.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.PoolSnapshot;
import io.github.workerpool.PoolState;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerSnapshot;
import io.github.workerpool.factory.WorkerPoolFactory;
import io.github.workerpool.process.Hazard.Effect;
import io.github.workerpool.process.Hazard.Surroundings;
import io.github.workerpool.process.HazardousTask.Moment;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Many tasks, some of which do the worst they can, at random. Each future settles as its
 * task must, the pool goes on, its books balance, and nothing is left.
 * <p>
 * The seed is printed; {@code -Dchaos.seed=…} repeats a run as far as that is possible,
 * {@code -Dchaos.tasks=100000} makes a longer one.
 */
@ExtendWith(Leftovers.class)
@EnabledOnOs(OS.LINUX)
class ChaosIntegrationTests {

	private static final int TASKS = Integer.getInteger("chaos.tasks", 2000);

	private static final long SEED = Long.getLong("chaos.seed", System.nanoTime());

	private static final int HOSTILE_PERCENT = 15;

	private static final int SIZE = 3;

	/** Tasks on their way at the same time. */
	private static final int MOST_PENDING = 400;

	private static final List<Hazard> HAZARDS = Stream.of(Hazard.values())
		.filter((hazard) -> hazard.surroundings() != Surroundings.NARROW)
		.filter((hazard) -> hazard != Hazard.PRINTS_100_MEGABYTES && !hazard.isOnlyOnceInAWorker())
		.toList();

	@TempDir
	private static Path flags;

	private final Random random = new Random(SEED);

	private final Deque<Sent> pending = new ArrayDeque<>();

	private final Map<TaskStatus, Long> outcomes = new EnumMap<>(TaskStatus.class);

	private int settled;

	private final Map<Effect, Integer> effects = new EnumMap<>(Effect.class);

	private static ConditionFactory patiently() {
		return await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(5));
	}

	@Test
	@Timeout(value = 10, unit = TimeUnit.HOURS)
	void poolGoesOnWhateverItsTasksDo() throws Exception {
		System.out.printf("Chaos of %d tasks with seed %d%n", TASKS, SEED);
		long start = System.nanoTime();
		try (WorkerPool pool = new WorkerPoolFactory().create(settings())) {
			for (int i = 0; i < TASKS; i++) {
				this.pending.add((this.random.nextInt(100) < HOSTILE_PERCENT) ? hostile(pool) : peaceful(pool, i));
				while (this.pending.size() > MOST_PENDING) {
					settle(pool);
				}
			}
			while (!this.pending.isEmpty()) {
				settle(pool);
			}
			long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
			System.out.printf("%d ms, outcomes %s, hazards %s, %d restarts, %d recycled%n", millis, this.outcomes,
					this.effects, pool.snapshot().restarts(), pool.snapshot().recycled());
			patiently().untilAsserted(() -> assertAtRest(pool.snapshot()));
			patiently().untilAsserted(() -> {
				assertThat(Leftovers.processes()).containsExactlyInAnyOrderElementsOf(
						pool.snapshot().workerList().stream().map(WorkerSnapshot::pid).toList());
				assertThat(Leftovers.childDirectories()).hasSize(SIZE);
			});
		}
	}

	private void assertAtRest(PoolSnapshot snapshot) {
		assertThat(snapshot.state()).isEqualTo(PoolState.RUNNING);
		assertThat(snapshot.workers()).isEqualTo(new PoolSnapshot.Workers(SIZE, SIZE, SIZE, SIZE, 0, 0, 0));
		PoolSnapshot.Tasks tasks = snapshot.tasks();
		assertThat(tasks.submitted()).isEqualTo(TASKS);
		assertThat(tasks.succeeded()).isEqualTo(told(TaskStatus.SUCCEEDED));
		assertThat(tasks.failed()).isEqualTo(told(TaskStatus.FAILED));
		assertThat(tasks.timedOut()).isEqualTo(told(TaskStatus.TIMED_OUT));
		assertThat(tasks.cancelled()).isEqualTo(told(TaskStatus.CANCELLED));
		assertThat(tasks.crashed()).isEqualTo(told(TaskStatus.CRASHED));
		assertThat(tasks.rejected()).isZero();
		assertThat(this.outcomes.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(TASKS);
	}

	private long told(TaskStatus status) {
		return this.outcomes.getOrDefault(status, 0L);
	}

	private static PoolSettings settings() {
		PoolSettings.Builder builder = PoolSettings.builder("chaos").isolation(Isolation.PROCESS).size(SIZE);
		builder.resourceLimits(
				(limits) -> limits.maxHeapSize(64L << 20).maxMetaspaceSize(32L << 20).maxDirectMemorySize(16L << 20));
		builder.restart((restart) -> restart.maxRestarts(1_000_000)
			.backoff((backoff) -> backoff.initial(Duration.ofMillis(1)).max(Duration.ofMillis(10))));
		builder.task((task) -> task.grace(Duration.ofMillis(200)));
		builder.process((process) -> process.classDataSharing(ClassDataSharing.OFF)
			.maxPayloadSize(Surroundings.MAX_PAYLOAD)
			.heartbeat((heartbeat) -> heartbeat.interval(Duration.ofMillis(200)).timeout(Duration.ofMillis(5000))));
		return builder.build();
	}

	private Sent hostile(WorkerPool pool) {
		Hazard hazard = HAZARDS.get(this.random.nextInt(HAZARDS.size()));
		this.effects.merge(hazard.effect, 1, Integer::sum);
		Moment moment = Moment.RUNNING;
		if (!hazard.isAboutResults()) {
			moment = List.of(Moment.RUNNING, Moment.READING, Moment.REPLYING).get(this.random.nextInt(3));
		}
		boolean endless = hazard.effect == Effect.HANGS || hazard.effect == Effect.WAITS;
		TaskOptions options = endless ? TaskOptions.none().withTimeout(Duration.ofMillis(200)) : TaskOptions.none();
		Flag none = new Flag(flags.toString());
		return new Hostile(hazard, moment, pool.submit(new HazardousTask(hazard, moment, none, none), options));
	}

	private Sent peaceful(WorkerPool pool, int number) {
		TaskOptions options = TaskOptions.none()
			.withPriority(this.random.nextInt(3))
			.withKey("key " + this.random.nextInt(4))
			.withMaxAttempts(1 + this.random.nextInt(2));
		TaskFuture<byte[]> future = switch (this.random.nextInt(4)) {
			case 0 -> {
				byte[] payload = new byte[this.random.nextInt(1 << 17)];
				Arrays.fill(payload, (byte) number);
				yield pool.submit(() -> payload, options);
			}
			case 1 -> pool.submit(() -> {
				WorkerContext.current().orElseThrow().emit("half");
				return new byte[] { (byte) number };
			}, options);
			case 2 -> pool.submit(() -> {
				Thread.sleep(3);
				return new byte[] { (byte) number };
			}, options);
			default -> pool.submit(() -> Thread.interrupted() ? new byte[0] : new byte[] { (byte) number }, options);
		};
		boolean cancelled = this.random.nextInt(20) == 0;
		if (cancelled) {
			this.pending.stream().skip(this.random.nextInt(this.pending.size() + 1)).findFirst().ifPresent((other) -> {
				if (other instanceof Peaceful tired) {
					tired.future().cancel(true);
				}
			});
		}
		return new Peaceful((byte) number, future);
	}

	private void settle(WorkerPool pool) throws Exception {
		Sent sent = this.pending.remove();
		sent.check();
		this.outcomes.merge(sent.future().status(), 1L, Long::sum);
		if (++this.settled % 200 == 0) {
			pool.recycle();
		}
	}

	/**
	 * A task that was submitted.
	 */
	private interface Sent {

		TaskFuture<?> future();

		void check() throws Exception;

	}

	/**
	 * One that does no harm, and must come to none.
	 */
	private record Peaceful(byte number, TaskFuture<byte[]> future) implements Sent {

		@Override
		public void check() throws Exception {
			try {
				for (byte each : this.future.get(120, TimeUnit.SECONDS)) {
					assertThat(each).isEqualTo(this.number);
				}
				assertThat(this.future.status()).isEqualTo(TaskStatus.SUCCEEDED);
			}
			catch (CancellationException ex) {
				assertThat(this.future.status()).isEqualTo(TaskStatus.CANCELLED);
			}
		}

	}

	/**
	 * One that does harm, to itself alone.
	 */
	private record Hostile(Hazard hazard, Moment moment, TaskFuture<Object> future) implements Sent {

		@Override
		public void check() throws Exception {
			try {
				HazardOutcome.check(this.hazard, this.moment, HazardOutcome.errorOf(this.future), this.future);
			}
			catch (Throwable ex) {
				throw new AssertionError("%s at %s, seed %d".formatted(this.hazard, this.moment, SEED), ex);
			}
		}

	}

}
