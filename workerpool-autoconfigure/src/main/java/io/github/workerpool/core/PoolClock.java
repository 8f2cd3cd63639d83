package io.github.workerpool.core;

import java.util.function.LongSupplier;

/**
 * Monotonic time since the pool was built, in nanoseconds and always more than zero, so
 * that 0 can mean never. Not affected by changes of the wall clock.
 */
final class PoolClock {

	private final LongSupplier source;

	private final long origin;

	PoolClock() {
		this(System::nanoTime);
	}

	PoolClock(LongSupplier source) {
		this.source = source;
		this.origin = source.getAsLong() - 1;
	}

	long now() {
		return this.source.getAsLong() - this.origin;
	}

	/** A time from now, without overflow. */
	static long after(long now, long nanos) {
		long sum = now + nanos;
		return (sum < 0) ? Long.MAX_VALUE : sum;
	}

}
