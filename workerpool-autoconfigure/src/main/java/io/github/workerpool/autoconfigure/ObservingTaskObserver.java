package io.github.workerpool.autoconfigure;

import io.github.workerpool.actuate.TaskObservations;
import io.github.workerpool.actuate.TaskObservations.ObservedRun;
import io.github.workerpool.core.TaskObserver;
import io.github.workerpool.core.TaskRun;
import org.jspecify.annotations.Nullable;

/**
 * Observes runs where there are no meters, for traces.
 */
final class ObservingTaskObserver implements TaskObserver {

	private final TaskObservations observations;

	ObservingTaskObserver(TaskObservations observations) {
		this.observations = observations;
	}

	@Override
	public @Nullable Observed started(TaskRun<?> run, long waitNanos) {
		if (!this.observations.isActive()) {
			return null;
		}
		ObservedRun observed = this.observations.start(run.poolName(), run.name(), run.id());
		return (outcome, error, runNanos) -> observed.end(outcome, error);
	}

}
