package io.github.workerpool.actuate;

import io.github.workerpool.TaskStatus;
import io.github.workerpool.actuate.WorkerPoolObservationDocumentation.HighCardinalityKeyNames;
import io.github.workerpool.actuate.WorkerPoolObservationDocumentation.LowCardinalityKeyNames;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;

/**
 * The convention that applies unless there is a bean of its own.
 *
 * @since 0.1.0
 */
public class DefaultWorkerTaskObservationConvention implements WorkerTaskObservationConvention {

	/** While a task runs; the keys must be the same from start to end. */
	private static final KeyValue OUTCOME_UNKNOWN = LowCardinalityKeyNames.OUTCOME.withValue("unknown");

	@Override
	public String getName() {
		return MeterNames.TASK;
	}

	@Override
	public String getContextualName(WorkerTaskObservationContext context) {
		return context.getPoolName() + " " + context.getTaskName();
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(WorkerTaskObservationContext context) {
		return KeyValues.of(LowCardinalityKeyNames.POOL.withValue(context.getPoolName()),
				LowCardinalityKeyNames.TASK.withValue(context.getTaskName()), outcome(context));
	}

	@Override
	public KeyValues getHighCardinalityKeyValues(WorkerTaskObservationContext context) {
		return KeyValues.of(HighCardinalityKeyNames.TASK_ID.withValue(context.getTaskId()));
	}

	private static KeyValue outcome(WorkerTaskObservationContext context) {
		TaskStatus outcome = context.getOutcome();
		return (outcome != null) ? LowCardinalityKeyNames.OUTCOME.withValue(MeterNames.outcome(outcome))
				: OUTCOME_UNKNOWN;
	}

}
