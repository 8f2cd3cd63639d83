package io.github.workerpool.actuate;

import java.util.EnumMap;
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
	 * How many tasks are kept in mind. Those that this library observes are far fewer,
	 * but their number is not up to this class.
	 */
	private static final int MOST_KEPT = 10_000;

	/** While a task runs; the keys must be the same from start to end. */
	private static final KeyValue OUTCOME_UNKNOWN = LowCardinalityKeyNames.OUTCOME.withValue("unknown");

	private final Map<Observed, Described> kept = new ConcurrentHashMap<>();

	@Override
	public String getName() {
		return MeterNames.TASK;
	}

	@Override
	public String getContextualName(WorkerTaskObservationContext context) {
		return described(context).contextualName;
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(WorkerTaskObservationContext context) {
		return described(context).keyValues(context.getOutcome());
	}

	@Override
	public KeyValues getHighCardinalityKeyValues(WorkerTaskObservationContext context) {
		return KeyValues.of(HighCardinalityKeyNames.TASK_ID.withValue(context.getTaskId()));
	}

	private Described described(WorkerTaskObservationContext context) {
		Observed observed = new Observed(context.getPoolName(), context.getTaskName());
		Described known = this.kept.get(observed);
		if (known == null) {
			known = new Described(observed);
			if (this.kept.size() < MOST_KEPT) {
				this.kept.put(observed, known);
			}
		}
		return known;
	}

	/**
	 * Whose runs are described.
	 *
	 * @param pool name of the pool
	 * @param task name of the task
	 */
	private record Observed(String pool, String task) {

	}

	/**
	 * What is said of the runs of a task, made once: it is asked for several times per
	 * run.
	 */
	private static final class Described {

		private final String contextualName;

		private final KeyValues running;

		private final Map<TaskStatus, KeyValues> ended = new EnumMap<>(TaskStatus.class);

		Described(Observed observed) {
			this.contextualName = observed.pool() + " " + observed.task();
			KeyValues names = KeyValues.of(LowCardinalityKeyNames.POOL.withValue(observed.pool()),
					LowCardinalityKeyNames.TASK.withValue(observed.task()));
			this.running = names.and(OUTCOME_UNKNOWN);
			for (TaskStatus outcome : TaskStatus.values()) {
				this.ended.put(outcome,
						names.and(LowCardinalityKeyNames.OUTCOME.withValue(MeterNames.outcome(outcome))));
			}
		}

		KeyValues keyValues(@Nullable TaskStatus outcome) {
			return (outcome != null) ? this.ended.getOrDefault(outcome, this.running) : this.running;
		}

	}

}
