package io.github.workerpool.actuate;

import java.util.Iterator;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

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

	private static final AtomicReferenceFieldUpdater<WorkerTaskObservationContext, @Nullable Whole> WHOLE = AtomicReferenceFieldUpdater
		.newUpdater(WorkerTaskObservationContext.class, Whole.class, "whole");

	private final String poolName;

	private final String taskName;

	private final String taskId;

	private @Nullable TaskStatus outcome;

	/** All keys as long as they only come as a whole; then the superclass has them. */
	private volatile @Nullable Whole whole = Whole.NOTHING;

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

	// A convention gives all keys at once, at the start and again at the end, and its
	// handlers ask for all of them. Kept as they come, they need not be put into maps one
	// by one and be made anew from there, which is the dearest part of an observation.
	// Others may add keys at any time, on any thread

	@Override
	public Observation.Context addLowCardinalityKeyValues(KeyValues keyValues) {
		Whole known = this.whole;
		if (known != null && replaces(keyValues, known.low())
				&& WHOLE.compareAndSet(this, known, new Whole(keyValues, known.high()))) {
			return this;
		}
		spread();
		return super.addLowCardinalityKeyValues(keyValues);
	}

	@Override
	public Observation.Context addHighCardinalityKeyValues(KeyValues keyValues) {
		Whole known = this.whole;
		if (known != null && replaces(keyValues, known.high())
				&& WHOLE.compareAndSet(this, known, new Whole(known.low(), keyValues))) {
			return this;
		}
		spread();
		return super.addHighCardinalityKeyValues(keyValues);
	}

	@Override
	public Observation.Context addLowCardinalityKeyValue(KeyValue keyValue) {
		spread();
		return super.addLowCardinalityKeyValue(keyValue);
	}

	@Override
	public Observation.Context addHighCardinalityKeyValue(KeyValue keyValue) {
		spread();
		return super.addHighCardinalityKeyValue(keyValue);
	}

	@Override
	public Observation.Context removeLowCardinalityKeyValue(String keyName) {
		spread();
		return super.removeLowCardinalityKeyValue(keyName);
	}

	@Override
	public Observation.Context removeHighCardinalityKeyValue(String keyName) {
		spread();
		return super.removeHighCardinalityKeyValue(keyName);
	}

	@Override
	public Observation.Context removeLowCardinalityKeyValues(String... keyNames) {
		spread();
		return super.removeLowCardinalityKeyValues(keyNames);
	}

	@Override
	public Observation.Context removeHighCardinalityKeyValues(String... keyNames) {
		spread();
		return super.removeHighCardinalityKeyValues(keyNames);
	}

	@Override
	public KeyValues getLowCardinalityKeyValues() {
		Whole known = this.whole;
		return (known != null) ? known.low() : super.getLowCardinalityKeyValues();
	}

	@Override
	public KeyValues getHighCardinalityKeyValues() {
		Whole known = this.whole;
		return (known != null) ? known.high() : super.getHighCardinalityKeyValues();
	}

	@Override
	public @Nullable KeyValue getLowCardinalityKeyValue(String keyName) {
		spread();
		return super.getLowCardinalityKeyValue(keyName);
	}

	@Override
	public @Nullable KeyValue getHighCardinalityKeyValue(String keyName) {
		spread();
		return super.getHighCardinalityKeyValue(keyName);
	}

	@Override
	public String toString() {
		spread();
		return super.toString();
	}

	/**
	 * From now on keys are the superclass' business. It has them before they are gone
	 * from here.
	 */
	private void spread() {
		if (this.whole == null) {
			return;
		}
		synchronized (this) {
			for (Whole known = this.whole; known != null; known = this.whole) {
				known.low().forEach(super::addLowCardinalityKeyValue);
				known.high().forEach(super::addHighCardinalityKeyValue);
				WHOLE.compareAndSet(this, known, null);
			}
		}
	}

	private static boolean replaces(KeyValues some, KeyValues others) {
		return others == KeyValues.empty() || haveSameKeys(some, others);
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

	/**
	 * Keys as a convention gave them.
	 */
	private record Whole(KeyValues low, KeyValues high) {

		static final Whole NOTHING = new Whole(KeyValues.empty(), KeyValues.empty());

	}

}
