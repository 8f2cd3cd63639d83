package io.github.workerpool.core;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * A clock that stands still until a test moves it, and lets a test in wherever the engine
 * asks for the time.
 */
final class ManualClock implements LongSupplier {

	private static final int READS_OF_SOME_ROUNDS = 30;

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

	/**
	 * Lets the supervisor look at everything a few times. A round that has begun may have
	 * read the clock before it was moved, and reads it several times, so many readings
	 * are waited for.
	 */
	void awaitRounds(SupervisedWorkerPool pool) {
		long enough = this.supervisorReads.get() + READS_OF_SOME_ROUNDS;
		TestPools.patiently().pollInterval(Duration.ofMillis(1)).until(() -> {
			pool.supervisor().wake();
			return this.supervisorReads.get() >= enough;
		});
	}

}
