package io.github.workerpool.actuate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

import io.github.workerpool.PoolSnapshot;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.WorkerPool;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.BDDMockito.given;

/**
 * Tests for {@link WorkerPoolMeters} and {@link TaskTimers}.
 */
class WorkerPoolMetersTests {

	private final WorkerPool pool = PoolSnapshots.pool(PoolSnapshots.images());

	private final WorkerPoolMeters meters = new WorkerPoolMeters(() -> PoolSnapshots.pools(this.pool));

	private final TaskTimers timers = new TaskTimers();

	private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

	@Test
	void gaugesShowTheSnapshot() {
		this.meters.bindTo(this.registry);
		assertThat(workers("idle")).isOne();
		assertThat(workers("busy")).isOne();
		assertThat(workers("starting")).isZero();
		assertThat(workers("abandoned")).isZero();
		assertThat(this.registry.get("workerpool.queue.size").tag("pool", "images").gauge().value()).isZero();
		assertThat(this.registry.get("workerpool.queue.capacity").tag("pool", "images").gauge().value())
			.isEqualTo(1000);
		assertThat(this.registry.get("workerpool.utilization").tag("pool", "images").gauge().value()).isEqualTo(0.4);
	}

	@Test
	void countersShowTheSnapshot() {
		this.meters.bindTo(this.registry);
		assertThat(this.registry.get("workerpool.tasks.submitted").functionCounter().count()).isEqualTo(10);
		assertThat(completed("succeeded")).isEqualTo(8);
		assertThat(completed("failed")).isOne();
		assertThat(completed("crashed")).isOne();
		assertThat(completed("timed-out")).isZero();
		assertThat(completed("cancelled")).isZero();
		assertThat(this.registry.get("workerpool.worker.restarts").tag("reason", "crash").functionCounter().count())
			.isOne();
	}

	@Test
	void everyReasonOfARejectionHasItsCounter() {
		this.meters.bindTo(this.registry);
		assertThat(this.registry.get("workerpool.tasks.rejected").functionCounters())
			.extracting((counter) -> counter.getId().getTag("reason"))
			.containsExactlyInAnyOrder("queue-full", "share-exceeded", "pool-failed", "not-running", "closed",
					"would-deadlock")
			.hasSameSizeAs(RejectedTaskException.Reason.values());
	}

	@Test
	void metersFollowThePool() {
		PoolSnapshot before = PoolSnapshots.images();
		this.meters.bindTo(this.registry);
		PoolSnapshot after = new PoolSnapshot(before.name(), before.state(), null, before.isolation(),
				new PoolSnapshot.Workers(2, 4, 4, 1, 3, 0, 0), new PoolSnapshot.Queue(17, 1000, 5), before.tasks(), 1,
				before.restartsByReason(), 0, before.recycledByReason(), 1, before.timings(), List.of(), null,
				Map.of());
		given(this.pool.snapshot()).willReturn(after);
		await().untilAsserted(() -> assertThat(workers("busy")).isEqualTo(3));
		assertThat(this.registry.get("workerpool.queue.size").gauge().value()).isEqualTo(17);
	}

	@Test
	void newReasonGetsACounterWithItsFirstEvent() {
		this.meters.bindTo(this.registry);
		assertThat(this.registry.find("workerpool.worker.restarts").tag("reason", "heap").functionCounter()).isNull();
		PoolSnapshot before = PoolSnapshots.images();
		given(this.pool.snapshot()).willReturn(new PoolSnapshot(before.name(), before.state(), null, before.isolation(),
				before.workers(), before.queue(), before.tasks(), 3, Map.of("crash", 1L, "heap", 2L), 1,
				Map.of("moved", 1L), 1, before.timings(), List.of(), null, Map.of()));
		this.meters.onWorkerEnded(this.pool, "w1", "heap");
		await().untilAsserted(() -> assertThat(
				this.registry.get("workerpool.worker.restarts").tag("reason", "heap").functionCounter().count())
			.isEqualTo(2));
		assertThat(this.registry.get("workerpool.worker.recycled").tag("reason", "moved").functionCounter().count())
			.isOne();
	}

	@Test
	void metersOutliveTheirBinding() {
		this.meters.bindTo(this.registry);
		System.gc();
		assertThat(workers("idle")).isOne();
	}

	@Test
	void timersRecordWhatTheyAreTold() {
		this.timers.bindTo(this.registry);
		this.timers.waited("images", 5_000_000);
		this.timers.ran("images", "resize", TaskStatus.SUCCEEDED, 7_000_000);
		this.timers.ran("images", "resize", TaskStatus.TIMED_OUT, 9_000_000);
		this.timers.onWorkerStarted(this.pool, "w1", Duration.ofMillis(11));
		assertThat(total(this.registry.get("workerpool.task.wait").tag("pool", "images").timer())).isEqualTo(5);
		assertThat(total(this.registry.get("workerpool.task")
			.tags("pool", "images", "task", "resize", "outcome", "succeeded")
			.timer())).isEqualTo(7);
		assertThat(total(this.registry.get("workerpool.task")
			.tags("pool", "images", "task", "resize", "outcome", "timed-out")
			.timer())).isEqualTo(9);
		assertThat(total(this.registry.get("workerpool.worker.startup").tag("pool", "images").timer())).isEqualTo(11);
	}

	@Test
	void timersRecordIntoEveryRegistryOnce() {
		SimpleMeterRegistry other = new SimpleMeterRegistry();
		this.timers.bindTo(this.registry);
		this.timers.bindTo(other);
		this.timers.bindTo(other);
		this.timers.waited("images", 1);
		assertThat(this.registry.get("workerpool.task.wait").timer().count()).isOne();
		assertThat(other.get("workerpool.task.wait").timer().count()).isOne();
	}

	@Test
	void timersWithoutARegistryRecordNothing() {
		this.timers.waited("images", 1);
		this.timers.ran("images", "resize", TaskStatus.SUCCEEDED, 1);
		assertThat(this.registry.getMeters()).isEmpty();
	}

	@Test
	void atMostAHundredNamesPerPoolAreToldApart() {
		this.timers.bindTo(this.registry);
		for (int i = 0; i < 150; i++) {
			this.timers.ran("images", "task " + i, TaskStatus.SUCCEEDED, 1);
			this.timers.ran("images", "task " + i, TaskStatus.SUCCEEDED, 1);
		}
		this.timers.ran("csv", "task 149", TaskStatus.SUCCEEDED, 1);
		Set<String> names = this.registry.get("workerpool.task")
			.tag("pool", "images")
			.timers()
			.stream()
			.map((timer) -> timer.getId().getTag("task"))
			.collect(Collectors.toCollection(TreeSet::new));
		assertThat(names).hasSize(101).contains("task 0", "task 99", "other").doesNotContain("task 100");
		assertThat(this.registry.get("workerpool.task").tags("pool", "images", "task", "other").timer().count())
			.isEqualTo(100);
		assertThat(this.registry.get("workerpool.task").tags("pool", "csv", "task", "task 149").timer().count())
			.isOne();
	}

	@Test
	void everyMeterIsDescribedAndHasAUnit() {
		bindEverything();
		assertThat(this.registry.getMeters()).isNotEmpty().allSatisfy((meter) -> {
			assertThat(meter.getId().getDescription()).as(meter.getId().toString()).isNotBlank();
			assertThat(meter.getId().getBaseUnit()).as(meter.getId().toString()).isNotBlank();
			assertThat(meter.getId().getTag("pool")).as(meter.getId().toString()).isEqualTo("images");
		});
	}

	@Test
	void metersAreThoseOfTheReference() {
		bindEverything();
		assertThat(this.registry.getMeters().stream().map((meter) -> meter.getId().getName()).distinct())
			.containsExactlyInAnyOrder("workerpool.workers", "workerpool.queue.size", "workerpool.queue.capacity",
					"workerpool.utilization", "workerpool.tasks.submitted", "workerpool.tasks.rejected",
					"workerpool.tasks.completed", "workerpool.worker.restarts", "workerpool.worker.recycled",
					"workerpool.task.wait", "workerpool.task", "workerpool.worker.startup");
		assertThat(this.registry.get("workerpool.workers").meters()).allMatch(Gauge.class::isInstance);
		assertThat(this.registry.get("workerpool.tasks.completed").meters())
			.allMatch(FunctionCounter.class::isInstance);
		assertThat(this.registry.get("workerpool.task").meters()).allMatch(Timer.class::isInstance);
	}

	@Test
	void tagKeysAndTypesAreConstantForAName() {
		bindEverything();
		Map<String, Set<List<String>>> keys = new HashMap<>();
		Map<String, Set<Meter.Type>> types = new HashMap<>();
		for (Meter meter : this.registry.getMeters()) {
			Meter.Id id = meter.getId();
			keys.computeIfAbsent(id.getName(), (name) -> new HashSet<>())
				.add(id.getTags().stream().map(Tag::getKey).toList());
			types.computeIfAbsent(id.getName(), (name) -> new HashSet<>()).add(id.getType());
		}
		assertThat(keys).allSatisfy((name, ofName) -> assertThat(ofName).as(name).hasSize(1));
		assertThat(types).allSatisfy((name, ofName) -> assertThat(ofName).as(name).hasSize(1));
	}

	@Test
	void prometheusTakesAllOfThem() {
		PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
		AtomicReference<String> failure = new AtomicReference<>();
		prometheus.config().onMeterRegistrationFailed((id, reason) -> failure.set(id + ": " + reason));
		prometheus.throwExceptionOnRegistrationFailure();
		this.meters.bindTo(prometheus);
		this.timers.bindTo(prometheus);
		this.timers.waited("images", 1);
		this.timers.ran("images", "resize", TaskStatus.SUCCEEDED, 1);
		this.timers.onWorkerStarted(this.pool, "w1", Duration.ofMillis(1));
		assertThat(failure).hasNullValue();
		List<String> names = new ArrayList<>();
		prometheus.scrape()
			.lines()
			.filter((line) -> !line.startsWith("#"))
			.map((line) -> line.replaceAll("\\{.*", ""))
			.distinct()
			.forEach(names::add);
		assertThat(names).contains("workerpool_workers", "workerpool_queue_size_tasks",
				"workerpool_queue_capacity_tasks", "workerpool_utilization_ratio",
				"workerpool_tasks_submitted_tasks_total", "workerpool_tasks_rejected_tasks_total",
				"workerpool_tasks_completed_tasks_total", "workerpool_worker_restarts_workers_total",
				"workerpool_worker_recycled_workers_total", "workerpool_task_wait_seconds_count",
				"workerpool_task_seconds_count", "workerpool_worker_startup_seconds_count");
	}

	private void bindEverything() {
		this.meters.bindTo(this.registry);
		this.timers.bindTo(this.registry);
		this.timers.waited("images", 1);
		for (TaskStatus status : TaskStatus.values()) {
			this.timers.ran("images", "resize", status, 1);
		}
		this.timers.onWorkerStarted(this.pool, "w1", Duration.ofMillis(1));
	}

	private double workers(String state) {
		return this.registry.get("workerpool.workers").tags("pool", "images", "state", state).gauge().value();
	}

	private double completed(String outcome) {
		return this.registry.get("workerpool.tasks.completed")
			.tags("pool", "images", "outcome", outcome)
			.functionCounter()
			.count();
	}

	private static double total(Timer timer) {
		return timer.totalTime(TimeUnit.MILLISECONDS);
	}

}
