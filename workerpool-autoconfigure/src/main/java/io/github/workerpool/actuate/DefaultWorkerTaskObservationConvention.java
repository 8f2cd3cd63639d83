package io.github.workerpool.actuate;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.github.workerpool.TaskStatus;
import io.github.workerpool.actuate.WorkerPoolObservationDocumentation.HighCardinalityKeyNames;
import io.github.workerpool.actuate.WorkerPoolObservationDocumentation.LowCardinalityKeyNames;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import org.jspecify.annotations.Nullable;

/**
 * The convention that applies unless there is a bean of its own.
 *
 * @since 0.1.0
 */
public class DefaultWorkerTaskObservationConvention implements WorkerTaskObservationConvention {

	/**
	 * How many combinations are kept. Tasks that this library observes have far fewer,
	 * but their number is not up to this class.
	 */
	private static final int MOST_KEPT = 10_000;

	/** While a task runs; the keys must be the same from start to end. */
	private static final KeyValue OUTCOME_UNKNOWN = LowCardinalityKeyNames.OUTCOME.withValue("unknown");

	/** Made once for each combination: they are asked for twice per run. */
	private final Map<Combination, KeyValues> kept = new ConcurrentHashMap<>();

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
		Combination combination = new Combination(context.getPoolName(), context.getTaskName(), context.getOutcome());
		KeyValues known = this.kept.get(combination);
		if (known == null) {
			known = combination.keyValues();
			if (this.kept.size() < MOST_KEPT) {
				this.kept.put(combination, known);
			}
		}
		return known;
	}

	@Override
	public KeyValues getHighCardinalityKeyValues(WorkerTaskObservationContext context) {
		return KeyValues.of(HighCardinalityKeyNames.TASK_ID.withValue(context.getTaskId()));
	}

	/**
	 * What the values are made of.
	 *
	 * @param pool name of the pool
	 * @param task name of the task
	 * @param outcome what became of it, {@code null} while it runs
	 */
	private record Combination(String pool, String task, @Nullable TaskStatus outcome) {

		KeyValues keyValues() {
			return KeyValues.of(LowCardinalityKeyNames.POOL.withValue(this.pool),
					LowCardinalityKeyNames.TASK.withValue(this.task), outcomeValue());
		}

		private KeyValue outcomeValue() {
			return (this.outcome != null) ? LowCardinalityKeyNames.OUTCOME.withValue(MeterNames.outcome(this.outcome))
					: OUTCOME_UNKNOWN;
		}

	}

}
