package io.github.workerpool.actuate;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * Names and tags the observation of a run. A bean of this type replaces the
 * {@link DefaultWorkerTaskObservationConvention default}.
 *
 * @since 0.1.0
 */
public interface WorkerTaskObservationConvention extends ObservationConvention<WorkerTaskObservationContext> {

	@Override
	default boolean supportsContext(Observation.Context context) {
		return context instanceof WorkerTaskObservationContext;
	}

}
