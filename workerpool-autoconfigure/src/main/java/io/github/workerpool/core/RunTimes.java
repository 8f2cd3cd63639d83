package io.github.workerpool.core;

import org.HdrHistogram.Histogram;

/**
 * How long one worker's tasks waited and ran. The worker notes each task in a small
 * buffer of its own and moves that into the histograms when it is full, when a task was
 * not short, and before the worker parks: one lock for many short tasks.
 */
final class RunTimes {

	private static final int BUFFER = 64;

	private static final long SHORT_NANOS = 100_000;

	private final long[] buffer = new long[2 * BUFFER];

	private int used;

	private final Histogram waits = new Histogram(2);

	private final Histogram runs = new Histogram(2);

	/** Called by the worker only. */
	void note(long waitNanos, long runNanos) {
		this.buffer[this.used++] = waitNanos / 1000;
		this.buffer[this.used++] = runNanos / 1000;
		if (this.used == this.buffer.length || runNanos > SHORT_NANOS) {
			flush();
		}
	}

	/** Called by the worker only. */
	void flush() {
		if (this.used == 0) {
			return;
		}
		synchronized (this.waits) {
			for (int i = 0; i < this.used; i += 2) {
				this.waits.recordValue(this.buffer[i]);
				this.runs.recordValue(this.buffer[i + 1]);
			}
		}
		this.used = 0;
	}

	/** Moves what is in the histograms to others; called by anybody. */
	void drainTo(Histogram allWaits, Histogram allRuns) {
		synchronized (this.waits) {
			if (this.waits.getTotalCount() > 0) {
				allWaits.add(this.waits);
				allRuns.add(this.runs);
				this.waits.reset();
				this.runs.reset();
			}
		}
	}

}
