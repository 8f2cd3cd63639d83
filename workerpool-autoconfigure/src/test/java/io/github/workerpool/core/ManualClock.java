package io.github.workerpool.core;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * A clock that stands still until a test moves it, and lets a test in wherever the engine
 * asks for the time.
 */
final class ManualClock implements LongSupplier {

	private final boolean standing;

	private final AtomicLong nanos = new AtomicLong(Long.MIN_VALUE / 3);

	private final AtomicLong supervisorReads = new AtomicLong();

	/** Called whenever a thread reads this clock. */
	volatile Runnable onRead = () -> {
	};

	ManualClock(boolean standing) {
		this.standing = standing;
	}

	static ManualClock standing() {
		return new ManualClock(true);
	}

	static ManualClock running() {
		return new ManualClock(false);
	}

	PoolClock clock() {
		return new PoolClock(this);
	}

	@Override
	public long getAsLong() {
		if (Thread.currentThread().getName().endsWith("-supervisor")) {
			this.supervisorReads.incrementAndGet();
		}
		this.onRead.run();
		return this.standing ? this.nanos.get() : System.nanoTime();
	}

	void advance(Duration duration) {
		this.nanos.addAndGet(duration.toNanos());
	}

	/** Lets the supervisor look at everything a few times. */
	void awaitRounds(SupervisedWorkerPool pool) {
		for (int i = 0; i < 3; i++) {
			long before = this.supervisorReads.get();
			pool.supervisor().wake();
			// Once at the beginning of a round and once at its end
			TestPools.patiently().until(() -> this.supervisorReads.get() >= before + 2);
		}
	}

}
