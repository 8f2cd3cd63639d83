package io.github.workerpool.benchmarks;

import java.util.concurrent.TimeUnit;

/**
 * Counts a stretch of time, from when it is made. Loops ask it whether to go on, so that
 * every subject is warmed and measured for as long as every other.
 */
final class Clock {

	private final long start = System.nanoTime();

	private final long nanos;

	private Clock(long nanos) {
		this.nanos = nanos;
	}

	static Clock ofMillis(long millis) {
		return new Clock(TimeUnit.MILLISECONDS.toNanos(millis));
	}

	/** Whether there is time left. */
	boolean runs() {
		return elapsed() < this.nanos;
	}

	/** Nanoseconds since the start. */
	long elapsed() {
		return System.nanoTime() - this.start;
	}

	double elapsedSeconds() {
		return elapsed() / 1e9;
	}

}
