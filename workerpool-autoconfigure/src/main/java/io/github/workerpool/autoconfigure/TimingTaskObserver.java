package io.github.workerpool.autoconfigure;

import io.github.workerpool.actuate.TaskObservations;
import io.github.workerpool.actuate.TaskObservations.ObservedRun;
import io.github.workerpool.actuate.TaskTimers;
import io.github.workerpool.core.TaskObserver;
import io.github.workerpool.core.TaskRun;
import org.jspecify.annotations.Nullable;

/**
 * Times waits and runs. A run is an observation where anybody handles observations, for
 * then its timer comes from there; else it is timed directly.
 */
final class TimingTaskObserver implements TaskObserver {

	private final TaskTimers timers;

	private final @Nullable TaskObservations observations;

	TimingTaskObserver(TaskTimers timers, @Nullable TaskObservations observations) {
		this.timers = timers;
		this.observations = observations;
	}

	@Override
	public Observed started(TaskRun<?> run, long waitNanos) {
		String pool = run.poolName();
		this.timers.waited(pool, waitNanos);
		if (this.observations != null && this.observations.isActive()) {
			ObservedRun observed = this.observations.start(pool, run.name(), run.id());
			return (outcome, error, runNanos) -> observed.end(outcome, error);
		}
		return (outcome, error, runNanos) -> this.timers.ran(pool, run.name(), outcome, runNanos);
	}

}
