package io.github.workerpool.core;

import java.util.Collection;

import io.github.workerpool.PoolSettings;
import io.github.workerpool.ResourceLimitExceededException;
import io.github.workerpool.ResourceLimitExceededException.Limit;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.TaskTimeoutException;

/**
 * What a pool grants a run: so much time, CPU time and memory. Whoever takes more is
 * settled and told to stop; whoever has not stopped when the grace is over loses its
 * worker.
 * <p>
 * Only the {@link Supervisor} calls it, under its lock. The runs go on meanwhile: each
 * decision is a compare-and-set of the run's status, or of its worker's order to stop,
 * and who loses it has nothing to do.
 */
final class RunLimits {

	/** How often the resources that running tasks use are looked at. */
	private static final long POLL_NANOS = 10_000_000;

	/** Long enough for a worker to read an answer that has come. */
	private static final long REPRIEVE_NANOS = 1_000_000_000;

	private final SupervisedWorkerPool pool;

	private final Supervisor supervisor;

	private final PoolSettings.ResourceLimits bounds;

	private final boolean polling;

	RunLimits(SupervisedWorkerPool pool, Supervisor supervisor) {
		this.pool = pool;
		this.supervisor = supervisor;
		this.bounds = pool.settings().resourceLimits();
		this.polling = this.bounds.cpuTime() != null || this.bounds.allocation() != null
				|| this.bounds.maxResidentSize() != null;
	}

	/**
	 * When a run that has just begun must be looked at.
	 * @param now when it began
	 * @param deadline when its time is over, or 0
	 * @return the moment, or {@link Supervisor#NEVER}
	 */
	long firstLook(long now, long deadline) {
		long first = (deadline != 0) ? deadline : Supervisor.NEVER;
		return this.polling ? Math.min(first, PoolClock.after(now, POLL_NANOS)) : first;
	}

	/**
	 * Ends the runs that have had what they were granted.
	 * @param workers the workers whose runs to look at
	 * @param now the time
	 * @return when to look again
	 */
	long enforce(Collection<PoolWorker> workers, long now) {
		long next = Supervisor.NEVER;
		for (PoolWorker worker : workers) {
			TaskRun<?> run = worker.current();
			if (run != null) {
				next = Math.min(next, enforce(worker, run, now));
			}
		}
		return next;
	}

	private long enforce(PoolWorker worker, TaskRun<?> run, long now) {
		PoolWorker.Stop stop = worker.stop();
		if (stop != null && stop.run() == run) {
			return (now >= stop.killAt()) ? giveUpOn(worker, stop, now) : stop.killAt();
		}
		// Maybe already the next run's, but then this one has ended
		long deadline = worker.runDeadline();
		if (deadline != 0 && now >= deadline) {
			// One that was settled by others either ends now, or they tell how to go on
			return timeOut(run) ? now : Supervisor.NEVER;
		}
		long next = (deadline != 0) ? deadline : Supervisor.NEVER;
		if (this.polling) {
			next = Math.min(next, overLimit(worker, run) ? now : PoolClock.after(now, POLL_NANOS));
		}
		return next;
	}

	private boolean timeOut(TaskRun<?> run) {
		if (run.decide(TaskStatus.RUNNING, TaskStatus.TIMED_OUT)) {
			this.pool.statistics().count(TaskStatus.TIMED_OUT);
			run.publishElsewhere(new TaskTimeoutException(TaskTimeoutException.Phase.RUNNING,
					"Task '" + run.name() + "' (" + run.id() + ") in pool '" + this.pool.name()
							+ "' ran longer than its timeout of " + this.pool.timeout(run)));
			this.supervisor.stopRun(run, "timeout");
			return true;
		}
		return false;
	}

	private boolean overLimit(PoolWorker worker, TaskRun<?> run) {
		WorkerBackend.Usage usage = worker.backend().usage();
		if (this.bounds.cpuTime() != null && usage.taskCpuNanos() > PoolClock.nanos(this.bounds.cpuTime())) {
			return stopAtLimit(run, Limit.CPU_TIME, "used more than " + this.bounds.cpuTime() + " of CPU time",
					"resource-limits.cpu-time");
		}
		if (this.bounds.allocation() != null && usage.taskAllocatedBytes() > this.bounds.allocation()) {
			return stopAtLimit(run, Limit.ALLOCATION, "allocated more than " + this.bounds.allocation() + " bytes",
					"resource-limits.allocation");
		}
		if (this.bounds.maxResidentSize() != null && usage.residentSize() > this.bounds.maxResidentSize()) {
			return stopAtLimit(run, Limit.RESIDENT_SIZE,
					"made its worker use more than " + this.bounds.maxResidentSize() + " bytes of physical memory",
					"resource-limits.max-resident-size");
		}
		return false;
	}

	private boolean stopAtLimit(TaskRun<?> run, Limit limit, String what, String key) {
		if (run.decide(TaskStatus.RUNNING, TaskStatus.FAILED)) {
			this.pool.statistics().count(TaskStatus.FAILED);
			run.publishElsewhere(new ResourceLimitExceededException(limit, "Task '" + run.name() + "' (" + run.id()
					+ ") in pool '" + this.pool.name() + "' " + what + "; the limit is '" + key + "'", null));
			this.supervisor.stopRun(run, PoolWorker.reasonOf(limit));
			return true;
		}
		return false;
	}

	/**
	 * Ends a worker whose task does not end.
	 * @return when to look again
	 */
	private long giveUpOn(PoolWorker worker, PoolWorker.Stop stop, long now) {
		if (stop.stage() == PoolWorker.Stop.Stage.KILLED) {
			// What it returned is still being read, by code that doesn't end either
			worker.thread().interrupt();
			abandon(worker, stop);
			return Supervisor.NEVER;
		}
		PoolWorker.Stop condemned = worker.condemn(stop);
		if (condemned == null) {
			return Supervisor.NEVER;
		}
		if (!worker.backend().confine(stop.run(), stop.isCondemned())) {
			// The run has ended, and the worker is about to see that
			long until = PoolClock.after(now, REPRIEVE_NANOS);
			worker.reprieve(condemned, PoolWorker.Stop.Stage.CONDEMNED, until);
			return until;
		}
		if (worker.backend().kill()) {
			warn(stop, "worker '" + worker.workerId() + "' is killed");
			long until = PoolClock.after(now, Supervisor.LAST_PATIENCE_NANOS);
			worker.reprieve(condemned, PoolWorker.Stop.Stage.KILLED, until);
			return until;
		}
		abandon(worker, stop);
		return Supervisor.NEVER;
	}

	private void abandon(PoolWorker worker, PoolWorker.Stop stop) {
		this.supervisor.abandon(worker, WorkerEnd.killed(stop.reason()));
		warn(stop, "thread '" + worker.thread().getName() + "' is abandoned");
	}

	private void warn(PoolWorker.Stop stop, String what) {
		this.pool.log()
			.warn("Task '{}' ({}) ignored its interruption for {}; its {} and replaced", stop.run().name(),
					stop.run().id(), this.pool.settings().task().grace(), what);
	}

}
