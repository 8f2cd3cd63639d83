package io.github.workerpool.core;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The workers of a pool, by where they are in their lives, and how many there should be.
 * A worker comes up, is ready, leaves and is gone; one whose thread ignores its
 * interruption is abandoned instead, until that thread ends after all.
 * <p>
 * Guarded by the lock of the {@link Supervisor}, but for {@link #max()} and
 * {@link #isLazy()}, which may be read without.
 */
final class Crew {

	/** On their way. */
	private final Set<PoolWorker> starting = new LinkedHashSet<>();

	private final Set<PoolWorker> ready = new LinkedHashSet<>();

	/** No longer counted, not yet gone. */
	private final Set<PoolWorker> leaving = new LinkedHashSet<>();

	private final Set<PoolWorker> abandoned = new LinkedHashSet<>();

	private int min;

	private volatile int max;

	/** Workers that the restart policy did not replace. */
	private int lost;

	private volatile boolean lazy;

	Crew(int min, int max) {
		resize(min, max);
	}

	/** A worker is about to start. */
	void comes(PoolWorker worker) {
		this.starting.add(worker);
	}

	/** A worker that was about to start has no thread. */
	void neverCame(PoolWorker worker) {
		this.starting.remove(worker);
	}

	/**
	 * A worker came up.
	 * @return whether it is still expected
	 */
	boolean cameUp(PoolWorker worker) {
		return this.starting.remove(worker) && this.ready.add(worker);
	}

	/**
	 * A worker takes no more tasks.
	 * @return whether it counted until now
	 */
	boolean leaves(PoolWorker worker) {
		return discount(worker) && this.leaving.add(worker);
	}

	/**
	 * The thread of an abandoned worker goes on after all.
	 * @return whether it was abandoned
	 */
	boolean comesRound(PoolWorker worker) {
		return this.abandoned.remove(worker) && this.leaving.add(worker);
	}

	/**
	 * A worker is given up.
	 * @return whether it counted until now
	 */
	boolean abandon(PoolWorker worker) {
		boolean counted = discount(worker);
		this.leaving.remove(worker);
		this.abandoned.add(worker);
		return counted;
	}

	/** Nothing is left of a worker. */
	void gone(PoolWorker worker) {
		this.leaving.remove(worker);
		// A stop may have given it up while it was closing
		this.abandoned.remove(worker);
	}

	private boolean discount(PoolWorker worker) {
		return this.ready.remove(worker) || this.starting.remove(worker);
	}

	List<PoolWorker> starting() {
		return List.copyOf(this.starting);
	}

	List<PoolWorker> ready() {
		return List.copyOf(this.ready);
	}

	List<PoolWorker> leaving() {
		return List.copyOf(this.leaving);
	}

	/** Those of the ready ones that were not told to leave, oldest first. */
	List<PoolWorker> staying() {
		List<PoolWorker> staying = new ArrayList<>();
		for (PoolWorker worker : this.ready) {
			if (worker.leave() == null) {
				staying.add(worker);
			}
		}
		return staying;
	}

	/** All whose threads are there, but for abandoned ones: those count no more. */
	List<PoolWorker> present() {
		List<PoolWorker> all = new ArrayList<>(this.ready);
		all.addAll(this.starting);
		all.addAll(this.leaving);
		return all;
	}

	/** All that a user may want to see, abandoned ones too. */
	List<PoolWorker> shown() {
		List<PoolWorker> all = new ArrayList<>(this.ready);
		all.addAll(this.starting);
		all.addAll(this.abandoned);
		return all;
	}

	int countStarting() {
		return this.starting.size();
	}

	int countReady() {
		return this.ready.size();
	}

	int countAbandoned() {
		return this.abandoned.size();
	}

	/** Those that are ready, or will be, and stay. */
	int countUsable() {
		return this.starting.size() + staying().size();
	}

	/** Whether nobody is left but abandoned ones. */
	boolean isGone() {
		return this.ready.isEmpty() && this.starting.isEmpty() && this.leaving.isEmpty();
	}

	/** Whether the abandoned threads leave room for a new one. */
	boolean mayStart() {
		int stuck = this.abandoned.size();
		return stuck < this.max || (stuck == this.max && countUsable() == 0);
	}

	/**
	 * How many may start besides: one that leaves after its task keeps its slot until
	 * then.
	 */
	int freeSlots() {
		return most() - this.ready.size() - this.starting.size();
	}

	/** Whether there are as many as there must be. */
	boolean isComplete() {
		return this.ready.size() >= least();
	}

	void resize(int newMin, int newMax) {
		this.min = newMin;
		this.max = newMax;
	}

	int min() {
		return this.min;
	}

	int max() {
		return this.max;
	}

	/** How many there must be. */
	int least() {
		return this.lazy ? 0 : Math.max(0, this.min - this.lost);
	}

	/** How many there may be. */
	int most() {
		return this.max - this.lost;
	}

	/** One was lost that the restart policy does not replace. */
	void lose() {
		this.lost++;
	}

	int lost() {
		return this.lost;
	}

	/** All that were lost are replaced after all. */
	void makeUpForLost() {
		this.lost = 0;
	}

	/** Whether nobody needs to come before the first task does. */
	boolean isLazy() {
		return this.lazy;
	}

	void setLazy(boolean lazy) {
		this.lazy = lazy;
	}

}
