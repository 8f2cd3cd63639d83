package io.github.workerpool.actuate;

import java.util.Iterator;

import io.github.workerpool.TaskStatus;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;

/**
 * Context of the observation of one run of a task.
 *
 * @since 0.1.0
 */
public class WorkerTaskObservationContext extends Observation.Context {

	private final String poolName;

	private final String taskName;

	private final String taskId;

	private @Nullable TaskStatus outcome;

	/** Whether any key was ever added. */
	private boolean hasKeys;

	/** What all keys were added as, if they were added together. */
	private @Nullable KeyValues added;

	/**
	 * Makes a context.
	 * @param poolName name of the pool
	 * @param taskName name of the task, one of a limited number
	 * @param taskId id of the task
	 */
	public WorkerTaskObservationContext(String poolName, String taskName, String taskId) {
		this.poolName = poolName;
		this.taskName = taskName;
		this.taskId = taskId;
	}

	/**
	 * Return the name of the pool.
	 * @return the name
	 */
	public String getPoolName() {
		return this.poolName;
	}

	/**
	 * Return the name of the task. At most a hundred names of each pool are told apart.
	 * @return the name, or {@code other}
	 */
	public String getTaskName() {
		return this.taskName;
	}

	/**
	 * Return the id of the task.
	 * @return the id
	 */
	public String getTaskId() {
		return this.taskId;
	}

	/**
	 * Return what became of the task.
	 * @return the outcome, {@code null} while the task runs
	 */
	public @Nullable TaskStatus getOutcome() {
		return this.outcome;
	}

	/**
	 * Set what became of the task.
	 * @param outcome the outcome
	 */
	public void setOutcome(@Nullable TaskStatus outcome) {
		this.outcome = outcome;
	}

	// The meter handler asks for all keys twice per run, and making them is the dearest
	// part of that; mostly they are just what a convention has added as a whole

	@Override
	public Observation.Context addLowCardinalityKeyValue(KeyValue keyValue) {
		this.hasKeys = true;
		this.added = null;
		return super.addLowCardinalityKeyValue(keyValue);
	}

	@Override
	public Observation.Context addLowCardinalityKeyValues(KeyValues keyValues) {
		boolean whole = !this.hasKeys || (this.added != null && haveSameKeys(this.added, keyValues));
		super.addLowCardinalityKeyValues(keyValues);
		this.added = whole ? keyValues : null;
		return this;
	}

	@Override
	public Observation.Context removeLowCardinalityKeyValue(String keyName) {
		this.added = null;
		return super.removeLowCardinalityKeyValue(keyName);
	}

	@Override
	public Observation.Context removeLowCardinalityKeyValues(String... keyNames) {
		this.added = null;
		return super.removeLowCardinalityKeyValues(keyNames);
	}

	@Override
	public KeyValues getLowCardinalityKeyValues() {
		KeyValues known = this.added;
		return (known != null) ? known : super.getLowCardinalityKeyValues();
	}

	private static boolean haveSameKeys(KeyValues some, KeyValues others) {
		Iterator<KeyValue> left = some.iterator();
		Iterator<KeyValue> right = others.iterator();
		while (left.hasNext() && right.hasNext()) {
			if (!left.next().getKey().equals(right.next().getKey())) {
				return false;
			}
		}
		return !left.hasNext() && !right.hasNext();
	}

}
