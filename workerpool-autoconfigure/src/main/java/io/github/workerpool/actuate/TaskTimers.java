package io.github.workerpool.actuate;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;

import io.github.workerpool.TaskStatus;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPoolListener;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Timers of waits, runs and worker start-ups. Recording looks meters up in maps of its
 * own and allocates nothing, since it happens for each task. Records into every registry
 * it is bound to, and nothing while there is none. Safe for use by any number of threads.
 *
 * @since 0.1.0
 */
public class TaskTimers implements MeterBinder, WorkerPoolListener {

	private final TaskNames names = new TaskNames();

	private final List<RegistryTimers> registries = new CopyOnWriteArrayList<>();

	@Override
	public void bindTo(MeterRegistry registry) {
		if (this.registries.stream().noneMatch((known) -> known.registry == registry)) {
			this.registries.add(new RegistryTimers(registry));
		}
	}

	/**
	 * Records a wait in the queue.
	 * @param pool name of the pool
	 * @param nanos how long it was, in nanoseconds
	 */
	public void waited(String pool, long nanos) {
		for (RegistryTimers timers : this.registries) {
			timers.of(pool).queueWait.record(nanos, TimeUnit.NANOSECONDS);
		}
	}

	/**
	 * Records a run.
	 * @param pool name of the pool
	 * @param task name of the task
	 * @param outcome what became of the task
	 * @param nanos how long it was, in nanoseconds
	 */
	public void ran(String pool, String task, TaskStatus outcome, long nanos) {
		String name = this.names.limited(pool, task);
		for (RegistryTimers timers : this.registries) {
			timers.of(pool).run(name, outcome).record(nanos, TimeUnit.NANOSECONDS);
		}
	}

	@Override
	public void onWorkerStarted(WorkerPool pool, String workerId, Duration startup) {
		for (RegistryTimers timers : this.registries) {
			timers.of(pool.name()).startup.record(startup);
		}
	}

	/**
	 * Timers in one registry.
	 */
	private static final class RegistryTimers {

		private final MeterRegistry registry;

		private final Map<String, PoolTimers> pools = new ConcurrentHashMap<>();

		RegistryTimers(MeterRegistry registry) {
			this.registry = registry;
		}

		PoolTimers of(String pool) {
			PoolTimers known = this.pools.get(pool);
			return (known != null) ? known
					: this.pools.computeIfAbsent(pool, (name) -> new PoolTimers(this.registry, name));
		}

	}

	/**
	 * Timers of one pool in one registry.
	 */
	private static final class PoolTimers {

		private final MeterRegistry registry;

		private final String pool;

		private final Timer queueWait;

		private final Timer startup;

		private final Map<String, AtomicReferenceArray<Timer>> runs = new ConcurrentHashMap<>();

		PoolTimers(MeterRegistry registry, String pool) {
			this.registry = registry;
			this.pool = pool;
			this.queueWait = timer(MeterNames.TASK_WAIT, "Time that tasks waited in the queue").register(registry);
			this.startup = timer(MeterNames.WORKER_STARTUP, "Time that workers took to come up").register(registry);
		}

		Timer run(String task, TaskStatus outcome) {
			AtomicReferenceArray<Timer> byOutcome = this.runs.get(task);
			if (byOutcome == null) {
				byOutcome = this.runs.computeIfAbsent(task,
						(name) -> new AtomicReferenceArray<>(TaskStatus.values().length));
			}
			Timer known = byOutcome.get(outcome.ordinal());
			if (known == null) {
				// made twice, it is the same one
				known = timer(MeterNames.TASK, "Time that workers were busy with tasks").tag(MeterNames.TASK_TAG, task)
					.tag(MeterNames.OUTCOME_TAG, MeterNames.outcome(outcome))
					.register(this.registry);
				byOutcome.set(outcome.ordinal(), known);
			}
			return known;
		}

		private Timer.Builder timer(String name, String description) {
			return Timer.builder(name).description(description).tag(MeterNames.POOL_TAG, this.pool);
		}

	}

}
