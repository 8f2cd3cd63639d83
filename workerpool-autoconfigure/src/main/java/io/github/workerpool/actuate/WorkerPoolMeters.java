package io.github.workerpool.actuate;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

import io.github.workerpool.PoolSnapshot;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPoolListener;
import io.github.workerpool.WorkerPools;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Gauges and counters of all pools, read from their snapshots. Reasons for which workers
 * are replaced are an open set: those that are known are there from the start, so that
 * their rates begin at zero, others come with their first event.
 *
 * @since 0.1.0
 */
public class WorkerPoolMeters implements MeterBinder, WorkerPoolListener {

	private static final List<String> RESTART_REASONS = List.of("crash", "start-failure", "timeout", "cancelled");

	private static final List<String> RECYCLE_REASONS = List.of("after-tasks", "after-time", "above-memory",
			"requested");

	private static final List<TaskStatus> OUTCOMES = Arrays.stream(TaskStatus.values())
		.filter((status) -> status.isFinal() && status != TaskStatus.REJECTED)
		.toList();

	private final Supplier<? extends WorkerPools> pools;

	/** Meters hold what they read weakly. */
	private final List<PoolMeters> bound = new CopyOnWriteArrayList<>();

	/**
	 * Makes a binder.
	 * @param pools gives the pools; asked when a registry is bound
	 */
	public WorkerPoolMeters(Supplier<? extends WorkerPools> pools) {
		this.pools = pools;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		this.pools.get().stream().forEach((pool) -> {
			PoolMeters meters = new PoolMeters(pool, registry);
			this.bound.add(meters);
			meters.bind();
		});
	}

	@Override
	public void onWorkerStarted(WorkerPool pool, String workerId, Duration startup) {
		bindNewReasons(pool);
	}

	@Override
	public void onWorkerEnded(WorkerPool pool, String workerId, String reason) {
		bindNewReasons(pool);
	}

	private void bindNewReasons(WorkerPool pool) {
		for (PoolMeters meters : this.bound) {
			if (meters.pool == pool) {
				meters.bindNewReasons();
			}
		}
	}

	/**
	 * Meters of one pool in one registry.
	 */
	private static final class PoolMeters {

		private final WorkerPool pool;

		private final MeterRegistry registry;

		private final Tags tags;

		private final Set<String> restartReasons = ConcurrentHashMap.newKeySet();

		private final Set<String> recycleReasons = ConcurrentHashMap.newKeySet();

		PoolMeters(WorkerPool pool, MeterRegistry registry) {
			this.pool = pool;
			this.registry = registry;
			this.tags = Tags.of(MeterNames.POOL_TAG, pool.name());
		}

		void bind() {
			workers("idle", PoolSnapshot.Workers::idle);
			workers("busy", PoolSnapshot.Workers::busy);
			workers("starting", PoolSnapshot.Workers::starting);
			workers("abandoned", PoolSnapshot.Workers::abandoned);
			gauge(MeterNames.QUEUE_SIZE, "Tasks that wait", MeterNames.TASKS_UNIT, this.tags,
					(snapshot) -> snapshot.queue().size());
			gauge(MeterNames.QUEUE_CAPACITY, "Most tasks that may wait", MeterNames.TASKS_UNIT, this.tags,
					(snapshot) -> snapshot.queue().capacity());
			gauge(MeterNames.UTILIZATION, "Busy share of worker time over the last minute", MeterNames.RATIO_UNIT,
					this.tags, PoolSnapshot::utilization);
			counter(MeterNames.TASKS_SUBMITTED, "Tasks that were handed over, refused ones included",
					MeterNames.TASKS_UNIT, this.tags, (snapshot) -> snapshot.tasks().submitted());
			for (RejectedTaskException.Reason reason : RejectedTaskException.Reason.values()) {
				counter(MeterNames.TASKS_REJECTED, "Tasks that were not accepted", MeterNames.TASKS_UNIT,
						this.tags.and(MeterNames.REASON_TAG, MeterNames.tagValue(reason)),
						(snapshot) -> snapshot.tasks().rejectedByReason().getOrDefault(reason, 0L));
			}
			for (TaskStatus outcome : OUTCOMES) {
				counter(MeterNames.TASKS_COMPLETED, "Tasks that ended after they were accepted", MeterNames.TASKS_UNIT,
						this.tags.and(MeterNames.OUTCOME_TAG, MeterNames.tagValue(outcome)),
						(snapshot) -> completed(snapshot.tasks(), outcome));
			}
			RESTART_REASONS.forEach(this::bindRestarts);
			RECYCLE_REASONS.forEach(this::bindRecycled);
			bindNewReasons();
		}

		void bindNewReasons() {
			PoolSnapshot snapshot = this.pool.snapshot();
			snapshot.restartsByReason().keySet().forEach(this::bindRestarts);
			snapshot.recycledByReason().keySet().forEach(this::bindRecycled);
		}

		private void bindRestarts(String reason) {
			bindReason(MeterNames.WORKER_RESTARTS, "Workers that were replaced unplanned", reason, this.restartReasons,
					PoolSnapshot::restartsByReason);
		}

		private void bindRecycled(String reason) {
			bindReason(MeterNames.WORKER_RECYCLED, "Workers that were replaced as planned", reason, this.recycleReasons,
					PoolSnapshot::recycledByReason);
		}

		private void bindReason(String name, String description, String reason, Set<String> known,
				Function<PoolSnapshot, Map<String, Long>> counts) {
			if (known.add(reason)) {
				counter(name, description, MeterNames.WORKERS_UNIT, this.tags.and(MeterNames.REASON_TAG, reason),
						(snapshot) -> counts.apply(snapshot).getOrDefault(reason, 0L));
			}
		}

		private void workers(String state, ToDoubleFunction<PoolSnapshot.Workers> value) {
			gauge(MeterNames.WORKERS, "Workers by what they are doing", MeterNames.WORKERS_UNIT,
					this.tags.and(MeterNames.STATE_TAG, state), (snapshot) -> value.applyAsDouble(snapshot.workers()));
		}

		private void gauge(String name, String description, String unit, Tags tags,
				ToDoubleFunction<PoolSnapshot> value) {
			Gauge.builder(name, this, (meters) -> value.applyAsDouble(meters.pool.snapshot()))
				.description(description)
				.baseUnit(unit)
				.tags(tags)
				.register(this.registry);
		}

		private void counter(String name, String description, String unit, Tags tags,
				ToDoubleFunction<PoolSnapshot> value) {
			FunctionCounter.builder(name, this, (meters) -> value.applyAsDouble(meters.pool.snapshot()))
				.description(description)
				.baseUnit(unit)
				.tags(tags)
				.register(this.registry);
		}

		private static double completed(PoolSnapshot.Tasks tasks, TaskStatus outcome) {
			return switch (outcome) {
				case SUCCEEDED -> tasks.succeeded();
				case FAILED -> tasks.failed();
				case CRASHED -> tasks.crashed();
				case TIMED_OUT -> tasks.timedOut();
				case CANCELLED -> tasks.cancelled();
				case REJECTED -> tasks.rejected();
				case QUEUED, RUNNING -> throw new IllegalArgumentException("'" + outcome + "' is no outcome");
			};
		}

	}

}
