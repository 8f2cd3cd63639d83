package io.github.workerpool.core;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Counts deaths: more than so many within a period, with no task succeeding in between,
 * and the pool has failed. Guarded by the pool's supervision lock, except
 * {@link #success()}.
 */
final class RestartBudget {

	private final int maxRestarts;

	private final long periodNanos;

	private final Deque<Long> deaths = new ArrayDeque<>();

	private int inARow;

	/** Read by workers after each success; usually 0. */
	private volatile boolean anyDeath;

	private volatile boolean succeededSince;

	RestartBudget(int maxRestarts, long periodNanos) {
		this.maxRestarts = maxRestarts;
		this.periodNanos = periodNanos;
	}

	/** A task succeeded; called by any worker. */
	void success() {
		if (this.anyDeath && !this.succeededSince) {
			this.succeededSince = true;
		}
	}

	/**
	 * A worker died.
	 * @return whether the budget is spent
	 */
	boolean death(long now) {
		if (this.succeededSince) {
			clear();
		}
		this.anyDeath = true;
		this.inARow++;
		this.deaths.addLast(now);
		while (now - this.deaths.getFirst() > this.periodNanos) {
			this.deaths.removeFirst();
		}
		return this.deaths.size() > this.maxRestarts;
	}

	/** Deaths since the last success. */
	int inARow() {
		return this.succeededSince ? 0 : this.inARow;
	}

	void clear() {
		this.deaths.clear();
		this.inARow = 0;
		this.anyDeath = false;
		this.succeededSince = false;
	}

}
