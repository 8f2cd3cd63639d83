package io.github.workerpool.actuate;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

import io.github.workerpool.CrashReport;
import io.github.workerpool.PoolSnapshot;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPools;
import io.github.workerpool.WorkerSnapshot;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.Sanitizer;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * Shows worker pools and lets an operator act on them. Read-only unless its access is set
 * to unrestricted. Everything shown comes from memory; no worker is asked.
 *
 * @since 0.1.0
 */
@Endpoint(id = "workerpool", defaultAccess = Access.READ_ONLY)
public class WorkerPoolEndpoint {

	private static final String ENVIRONMENT = "process.environment";

	private static final String JVM_ARGS = "process.jvm-args";

	private final WorkerPools pools;

	private final TaskCanceller canceller;

	private final ScriptWorkers workers;

	private final Sanitizer sanitizer;

	private final Show showValues;

	/**
	 * Makes an endpoint.
	 * @param pools the pools to show
	 * @param canceller cancels tasks
	 * @param sanitizingFunctions applied to settings
	 * @param showValues when to show values of settings that may be secret
	 */
	public WorkerPoolEndpoint(WorkerPools pools, TaskCanceller canceller,
			Iterable<SanitizingFunction> sanitizingFunctions, Show showValues) {
		this(pools, canceller, List::of, sanitizingFunctions, showValues);
	}

	/**
	 * Makes an endpoint that also shows workers that belong to no pool.
	 * @param pools the pools to show
	 * @param canceller cancels tasks
	 * @param workers tells of the workers
	 * @param sanitizingFunctions applied to settings
	 * @param showValues when to show values of settings that may be secret
	 */
	public WorkerPoolEndpoint(WorkerPools pools, TaskCanceller canceller, ScriptWorkers workers,
			Iterable<SanitizingFunction> sanitizingFunctions, Show showValues) {
		this.pools = pools;
		this.canceller = canceller;
		this.workers = workers;
		this.sanitizer = new Sanitizer(sanitizingFunctions);
		this.showValues = showValues;
	}

	/**
	 * Shows all pools, and the workers that run scripts.
	 * @return the pools by name, and the workers
	 */
	@ReadOperation
	public PoolsDescriptor pools() {
		Map<String, PoolDescriptor> descriptors = new LinkedHashMap<>();
		this.pools.stream().forEach((pool) -> descriptors.put(pool.name(), PoolDescriptor.brief(pool.snapshot())));
		List<ScriptWorkerDescriptor> scripts = this.workers.list();
		return new PoolsDescriptor(descriptors, scripts.isEmpty() ? null : scripts);
	}

	/**
	 * Shows one pool in detail.
	 * @param pool name of the pool
	 * @return the pool, {@code null} if it is unknown
	 */
	@ReadOperation
	public @Nullable PoolDescriptor pool(@Selector String pool) {
		return pool(pool, this.showValues.isShown(true));
	}

	@Nullable PoolDescriptor pool(String name, boolean showUnsanitized) {
		WorkerPool pool = find(name);
		if (pool == null) {
			return null;
		}
		PoolSnapshot snapshot = pool.snapshot();
		return PoolDescriptor.full(snapshot, sanitize(snapshot, showUnsanitized));
	}

	/**
	 * Acts on a pool, or changes its size.
	 * @param pool name of the pool
	 * @param action {@code pause}, {@code resume}, {@code recycle}, {@code restart} or
	 * {@code cancel-queued}
	 * @param minSize new minimum size, if there is no action
	 * @param maxSize new maximum size, if there is no action
	 * @return the pool afterwards, {@code null} if it is unknown
	 * @throws InvalidEndpointRequestException if the request makes no sense
	 */
	@WriteOperation
	public @Nullable PoolDescriptor change(@Selector String pool, @Nullable String action, @Nullable Integer minSize,
			@Nullable Integer maxSize) {
		WorkerPool found = find(pool);
		if (found == null) {
			return null;
		}
		if (action != null && (minSize != null || maxSize != null)) {
			throw invalid("Give either 'action' or 'minSize' and 'maxSize', not both");
		}
		if (action != null) {
			PoolAction.of(action).accept(found);
		}
		else if (minSize != null || maxSize != null) {
			resize(found, minSize, maxSize);
		}
		else {
			throw invalid("Give 'action', which is one of " + PoolAction.names() + ", or 'minSize' and 'maxSize'");
		}
		return PoolDescriptor.brief(found.snapshot());
	}

	/**
	 * Cancels a task.
	 * @param pool name of the pool
	 * @param taskId id of the task
	 * @return whether there was such a task
	 */
	@DeleteOperation
	public boolean cancel(@Selector String pool, @Selector String taskId) {
		return find(pool) != null && this.canceller.cancel(pool, taskId);
	}

	private static void resize(WorkerPool pool, @Nullable Integer minSize, @Nullable Integer maxSize) {
		PoolSnapshot.Workers now = pool.snapshot().workers();
		try {
			pool.resize((minSize != null) ? minSize : now.min(), (maxSize != null) ? maxSize : now.max());
		}
		catch (IllegalArgumentException ex) {
			throw invalid(Objects.requireNonNullElse(ex.getMessage(), "The sizes make no sense"));
		}
	}

	static InvalidEndpointRequestException invalid(String message) {
		return new InvalidEndpointRequestException(message, message);
	}

	private @Nullable WorkerPool find(String name) {
		return this.pools.names().contains(name) ? this.pools.get(name) : null;
	}

	/**
	 * All values pass the sanitizing functions. Those that may be secret by their nature
	 * are shown only to whom they may be shown.
	 */
	private Map<String, @Nullable Object> sanitize(PoolSnapshot snapshot, boolean showUnsanitized) {
		String prefix = "workerpool.pools." + snapshot.name() + ".";
		Map<String, @Nullable Object> sanitized = new TreeMap<>();
		snapshot.settings().forEach((key, value) -> {
			if (key.equals(ENVIRONMENT) && value instanceof Map<?, ?> variables) {
				Map<String, @Nullable Object> shown = new TreeMap<>();
				variables.forEach((name, content) -> shown.put(String.valueOf(name),
						sanitize(prefix + key + "." + name, content, showUnsanitized)));
				sanitized.put(key, shown);
			}
			else if (key.equals(JVM_ARGS) && value instanceof Collection<?> args) {
				List<@Nullable Object> shown = new ArrayList<>();
				for (Object arg : args) {
					shown.add(sanitize(prefix + key + "[" + shown.size() + "]", arg, showUnsanitized));
				}
				sanitized.put(key, shown);
			}
			else {
				sanitized.put(key, sanitize(prefix + key, value, true));
			}
		});
		return sanitized;
	}

	private @Nullable Object sanitize(String key, @Nullable Object value, boolean showUnsanitized) {
		return this.sanitizer.sanitize(new SanitizableData(null, key, value), showUnsanitized);
	}

	/**
	 * All pools.
	 *
	 * @param pools the pools by name
	 * @param workers workers that run scripts and belong to no pool, oldest first;
	 * {@code null} if there are none
	 */
	public record PoolsDescriptor(Map<String, PoolDescriptor> pools,
			@Nullable List<ScriptWorkerDescriptor> workers) implements OperationResponseBody {

	}

	/**
	 * A worker that runs a script and belongs to no pool.
	 *
	 * @param name its name
	 * @param isolation what it is
	 * @param pid its process id, once it is a process
	 * @param startedAt when it was started
	 * @param state how far it is: {@code STARTING}, {@code RUNNING} or {@code STOPPING}
	 */
	public record ScriptWorkerDescriptor(String name, String isolation, @Nullable Long pid, Instant startedAt,
			String state) {

	}

	/**
	 * A pool. What stands after {@code utilization} is given for a single pool only.
	 *
	 * @param state its state
	 * @param reason why it is degraded or failed, if it is
	 * @param isolation what its workers are
	 * @param workers its workers
	 * @param queue its queue
	 * @param tasks what became of its tasks
	 * @param restarts workers replaced unplanned
	 * @param recycled workers replaced as planned
	 * @param utilization busy share of worker time over the last minute, 0 to 1
	 * @param timings waits and runs over the last minutes
	 * @param lastCrash the newest crash, if there was any
	 * @param settings the settings in force
	 */
	public record PoolDescriptor(String state, @Nullable String reason, String isolation, WorkersDescriptor workers,
			QueueDescriptor queue, TasksDescriptor tasks, long restarts, long recycled, double utilization,
			@Nullable TimingsDescriptor timings, @Nullable CrashDescriptor lastCrash,
			@Nullable Map<String, @Nullable Object> settings) implements OperationResponseBody {

		static PoolDescriptor brief(PoolSnapshot pool) {
			return new PoolDescriptor(pool.state().name(), pool.reason(), pool.isolation().name(),
					WorkersDescriptor.of(pool.workers(), null), QueueDescriptor.of(pool.queue()),
					TasksDescriptor.of(pool.tasks()), pool.restarts(), pool.recycled(), pool.utilization(), null, null,
					null);
		}

		static PoolDescriptor full(PoolSnapshot pool, Map<String, @Nullable Object> settings) {
			CrashReport lastCrash = pool.lastCrash();
			return new PoolDescriptor(pool.state().name(), pool.reason(), pool.isolation().name(),
					WorkersDescriptor.of(pool.workers(), pool.workerList()), QueueDescriptor.of(pool.queue()),
					TasksDescriptor.of(pool.tasks()), pool.restarts(), pool.recycled(), pool.utilization(),
					TimingsDescriptor.of(pool.timings()), (lastCrash != null) ? CrashDescriptor.of(lastCrash) : null,
					settings);
		}

	}

	/**
	 * Workers of a pool.
	 *
	 * @param min workers kept ready
	 * @param max most workers
	 * @param alive ready workers, idle and busy
	 * @param idle those without a task
	 * @param busy those with one
	 * @param starting those on their way
	 * @param abandoned threads that ignored their interruption and have not ended
	 * @param list each of them, oldest first
	 */
	public record WorkersDescriptor(int min, int max, int alive, int idle, int busy, int starting, int abandoned,
			@Nullable List<WorkerDescriptor> list) {

		static WorkersDescriptor of(PoolSnapshot.Workers workers, @Nullable List<WorkerSnapshot> list) {
			return new WorkersDescriptor(workers.min(), workers.max(), workers.alive(), workers.idle(), workers.busy(),
					workers.starting(), workers.abandoned(),
					(list != null) ? list.stream().map(WorkerDescriptor::of).toList() : null);
		}

	}

	/**
	 * One worker.
	 *
	 * @param id its id
	 * @param state what it is doing
	 * @param pid its process id, in process isolation
	 * @param startedAt when it was started
	 * @param tasks how many tasks it has run
	 * @param currentTask what it runs now, if anything
	 * @param cpuMillis CPU time it has used, if it is known
	 * @param heapUsed its used heap in bytes, in process isolation
	 * @param residentSize its physical memory in bytes, in process isolation
	 */
	public record WorkerDescriptor(String id, String state, @Nullable Long pid, Instant startedAt, long tasks,
			@Nullable CurrentTaskDescriptor currentTask, @Nullable Long cpuMillis, @Nullable Long heapUsed,
			@Nullable Long residentSize) {

		static WorkerDescriptor of(WorkerSnapshot worker) {
			WorkerSnapshot.CurrentTask task = worker.currentTask();
			return new WorkerDescriptor(worker.id(), worker.state().name(), worker.pid(), worker.startedAt(),
					worker.tasks(),
					(task != null) ? new CurrentTaskDescriptor(task.id(), task.name(), task.runningMillis()) : null,
					worker.cpuMillis(), worker.heapUsed(), worker.residentSize());
		}

	}

	/**
	 * The task on a worker.
	 *
	 * @param id its id
	 * @param name its name
	 * @param runningMillis how long it has been running
	 */
	public record CurrentTaskDescriptor(String id, String name, long runningMillis) {

	}

	/**
	 * What waits.
	 *
	 * @param size waiting tasks
	 * @param capacity most waiting tasks
	 * @param oldestWaitMillis how long the oldest has been waiting
	 */
	public record QueueDescriptor(int size, int capacity, long oldestWaitMillis) {

		static QueueDescriptor of(PoolSnapshot.Queue queue) {
			return new QueueDescriptor(queue.size(), queue.capacity(), queue.oldestWaitMillis());
		}

	}

	/**
	 * What became of the tasks.
	 *
	 * @param submitted all that were handed over
	 * @param succeeded ended with a value
	 * @param failed ended with an exception, or at a limit
	 * @param rejected not accepted
	 * @param timedOut waited or ran too long
	 * @param cancelled cancelled or completed from outside
	 * @param crashed lost with their worker
	 */
	public record TasksDescriptor(long submitted, long succeeded, long failed, long rejected, long timedOut,
			long cancelled, long crashed) {

		static TasksDescriptor of(PoolSnapshot.Tasks tasks) {
			return new TasksDescriptor(tasks.submitted(), tasks.succeeded(), tasks.failed(), tasks.rejected(),
					tasks.timedOut(), tasks.cancelled(), tasks.crashed());
		}

	}

	/**
	 * How long tasks waited and ran over the last minutes. No record, whose components
	 * must not be named {@code wait}.
	 */
	public static final class TimingsDescriptor {

		private final PercentilesDescriptor wait;

		private final PercentilesDescriptor run;

		TimingsDescriptor(PercentilesDescriptor wait, PercentilesDescriptor run) {
			this.wait = wait;
			this.run = run;
		}

		/**
		 * Return the time in the queue.
		 * @return the percentiles
		 */
		public PercentilesDescriptor getWait() {
			return this.wait;
		}

		/**
		 * Return the time on a worker.
		 * @return the percentiles
		 */
		public PercentilesDescriptor getRun() {
			return this.run;
		}

		static TimingsDescriptor of(PoolSnapshot.Timings timings) {
			return new TimingsDescriptor(PercentilesDescriptor.of(timings.queueWait()),
					PercentilesDescriptor.of(timings.run()));
		}

	}

	/**
	 * Percentiles in milliseconds.
	 *
	 * @param p50 median
	 * @param p95 95th percentile
	 * @param p99 99th percentile
	 * @param max largest
	 */
	public record PercentilesDescriptor(double p50, double p95, double p99, double max) {

		static PercentilesDescriptor of(PoolSnapshot.Percentiles percentiles) {
			return new PercentilesDescriptor(percentiles.p50(), percentiles.p95(), percentiles.p99(),
					percentiles.max());
		}

	}

	/**
	 * The death of a worker.
	 *
	 * @param pool name of the pool
	 * @param worker id of the worker
	 * @param task name of the task it was running, if any
	 * @param taskId id of that task, if any
	 * @param pid process id, in process isolation
	 * @param exitCode exit code of the process, if it is known
	 * @param exit the exit in words
	 * @param stderr last lines of standard error, oldest first
	 * @param hsErrFile path of the JVM's error file, if it left one
	 * @param at when the death was noticed
	 * @param attempts all runs of the task that ended this way
	 */
	public record CrashDescriptor(String pool, String worker, @Nullable String task, @Nullable String taskId,
			@Nullable Long pid, @Nullable Integer exitCode, String exit, List<String> stderr,
			@Nullable String hsErrFile, Instant at, List<AttemptDescriptor> attempts) {

		static CrashDescriptor of(CrashReport crash) {
			return new CrashDescriptor(crash.pool(), crash.worker(), crash.task(), crash.taskId(), crash.pid(),
					crash.exitCode(), crash.exit(), crash.stderr(), crash.hsErrFile(), crash.at(),
					crash.attempts()
						.stream()
						.map((attempt) -> new AttemptDescriptor(attempt.worker(), attempt.pid(), attempt.exitCode(),
								attempt.exit(), attempt.at()))
						.toList());
		}

	}

	/**
	 * One run of a task that ended with the death of its worker.
	 *
	 * @param worker id of the worker
	 * @param pid process id, in process isolation
	 * @param exitCode exit code, if it is known
	 * @param exit the exit in words
	 * @param at when the death was noticed
	 */
	public record AttemptDescriptor(String worker, @Nullable Long pid, @Nullable Integer exitCode, String exit,
			Instant at) {

	}

}
