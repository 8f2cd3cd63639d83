package io.github.workerpool.sample.demo;

import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Ticks every 5 ms until a future is done, and notes the longest pause between two ticks:
 * what a thread with better things to do than to compute would have seen.
 */
final class Ticker {

	private static final long PERIOD_MILLIS = 5;

	private int ticks;

	private long longestPause;

	/**
	 * Ticks on this thread until the future is done.
	 */
	void tickUntilDone(Future<?> future) throws InterruptedException {
		long last = System.nanoTime();
		while (true) {
			boolean done = isDoneWithinPeriod(future);
			long now = System.nanoTime();
			this.longestPause = Math.max(this.longestPause, now - last);
			last = now;
			if (done) {
				return;
			}
			this.ticks++;
		}
	}

	private static boolean isDoneWithinPeriod(Future<?> future) throws InterruptedException {
		try {
			future.get(PERIOD_MILLIS, TimeUnit.MILLISECONDS);
			return true;
		}
		// Failed is done as well; whoever wants the result will hear of it
		catch (ExecutionException | CancellationException ex) {
			return true;
		}
		catch (TimeoutException ex) {
			return false;
		}
	}

	int ticks() {
		return this.ticks;
	}

	double longestPauseMillis() {
		return this.longestPause / 1_000 / 1_000.0;
	}

}
