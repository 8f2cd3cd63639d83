package io.github.workerpool.core;

import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;

import io.github.workerpool.PoolSettings;

/**
 * How long to wait before a worker is replaced: not at all after the first death, then
 * exponentially longer with each further one in a row, with jitter so that pools that
 * fell together don't rise together.
 */
final class Backoff {

	private final PoolSettings.Backoff settings;

	private final DoubleSupplier random;

	Backoff(PoolSettings.Backoff settings) {
		this(settings, () -> ThreadLocalRandom.current().nextDouble());
	}

	Backoff(PoolSettings.Backoff settings, DoubleSupplier random) {
		this.settings = settings;
		this.random = random;
	}

	/**
	 * The delay before the next start.
	 * @param deathsInARow how many workers died since the last success
	 * @return the delay in nanoseconds
	 */
	long nanosAfter(int deathsInARow) {
		if (deathsInARow <= 1) {
			return 0;
		}
		double delay = this.settings.initial().toNanos() * Math.pow(this.settings.multiplier(), deathsInARow - 2);
		double capped = Math.min(delay, this.settings.max().toNanos());
		double jitter = 1 + this.settings.jitter() * (2 * this.random.getAsDouble() - 1);
		return (long) Math.min(capped * jitter, this.settings.max().toNanos());
	}

}
