package io.github.workerpool.core;

import org.HdrHistogram.Histogram;

/**
 * How long one worker's tasks waited and ran.
 * <p>
 * Reading the clock takes longer than a tiny task. So the worker need not read it after
 * each run: runs that follow each other without a pause can be left <em>open</em>, at
 * most {@value #MOST_OPEN} of them and only while runs lately took less than a
 * microsecond, and are booked together at the next look at the clock. Their sum is exact;
 * how it is shared out among them is an assumption, the one that a run of which the sum
 * shows that it was no tiny one was alone in that.
 * <p>
 * What is booked goes into a small buffer of the worker's own, and from there into the
 * histograms when the buffer is full, when a task was not short, and before the worker
 * parks: one lock for many short tasks.
 */
final class RunTimes {

	private static final int MOST_OPEN = 16;

	private static final long TINY_NANOS = 1_000;

	private static final long LONGEST_OF_MEAN = 1_000_000;

	private static final int BUFFER = 64;

	private static final long SHORT_NANOS = 100_000;

	/** When the open runs had been accepted, in their order. */
	private final long[] open = new long[MOST_OPEN];

	private int opened;

	private long openSince;

	/** Moving mean of a run, at most {@link #LONGEST_OF_MEAN}. */
	private long mean = LONGEST_OF_MEAN;

	private final long[] buffer = new long[2 * BUFFER];

	private int used;

	private final Histogram waits = new Histogram(2);

	private final Histogram runs = new Histogram(2);

	// Called by the worker only

	/**
	 * A run has ended; it is open now.
	 * @param enqueuedAt when it was accepted
	 * @param start when it started; looked at only for the first of the open ones
	 */
	void ended(long enqueuedAt, long start) {
		if (this.opened == 0) {
			this.openSince = start;
		}
		this.open[this.opened++] = enqueuedAt;
	}

	boolean hasOpen() {
		return this.opened > 0;
	}

	/** Whether the runs that are open need not be booked yet. */
	boolean canStayOpen() {
		return this.mean < TINY_NANOS && this.opened < MOST_OPEN;
	}

	/** Moving mean of a run in nanoseconds, at most a millisecond. */
	long mean() {
		return this.mean;
	}

	/**
	 * Books the open runs, of which there is at least one.
	 * @return how long they took together
	 */
	long book(long now) {
		int number = this.opened;
		this.opened = 0;
		long sum = now - this.openSince;
		long each = sum / number;
		long last = each;
		if (number > 1 && sum > SHORT_NANOS) {
			each = Math.min(each, this.mean);
			last = sum - (number - 1) * each;
		}
		long start = this.openSince;
		for (int i = 0; i < number; i++) {
			note(Math.max(0, start - this.open[i]), (i < number - 1) ? each : last);
			start += each;
		}
		this.mean += (Math.min(sum / number, LONGEST_OF_MEAN) - this.mean) >> 2;
		return sum;
	}

	private void note(long waitNanos, long runNanos) {
		this.buffer[this.used++] = waitNanos / 1000;
		this.buffer[this.used++] = runNanos / 1000;
		if (this.used == this.buffer.length || runNanos > SHORT_NANOS) {
			flush();
		}
	}

	void flush() {
		if (this.used == 0) {
			return;
		}
		synchronized (this.waits) {
			record(this.waits, 0);
			record(this.runs, 1);
		}
		this.used = 0;
	}

	/** Tiny tasks wait and run alike, so that most go in together. */
	private void record(Histogram histogram, int first) {
		int i = first;
		while (i < this.used) {
			long value = this.buffer[i];
			int count = 0;
			while (i < this.used && this.buffer[i] == value) {
				count++;
				i += 2;
			}
			histogram.recordValueWithCount(value, count);
		}
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
