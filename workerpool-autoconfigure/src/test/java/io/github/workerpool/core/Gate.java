package io.github.workerpool.core;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.workerpool.Task;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds tasks until it is opened, and tells how many came in.
 */
final class Gate {

	static final Duration PATIENCE = Duration.ofSeconds(30);

	private final AtomicInteger entered = new AtomicInteger();

	private final AtomicInteger interrupted = new AtomicInteger();

	private final CountDownLatch open = new CountDownLatch(1);

	/** A task that waits here, and honours interruption. */
	<R> Task<R> holding(R value) {
		return () -> {
			pass();
			return value;
		};
	}

	/** A task that waits here whatever anybody does. */
	<R> Task<R> holdingStubbornly(R value) {
		return () -> {
			passStubbornly();
			return value;
		};
	}

	void pass() throws InterruptedException {
		this.entered.incrementAndGet();
		try {
			if (!this.open.await(2, TimeUnit.MINUTES)) {
				throw new IllegalStateException("Nobody opened the gate");
			}
		}
		catch (InterruptedException ex) {
			this.interrupted.incrementAndGet();
			throw ex;
		}
	}

	void passStubbornly() {
		this.entered.incrementAndGet();
		while (true) {
			try {
				if (!this.open.await(2, TimeUnit.MINUTES)) {
					throw new IllegalStateException("Nobody opened the gate");
				}
				return;
			}
			catch (InterruptedException ex) {
				this.interrupted.incrementAndGet();
			}
		}
	}

	Gate open() {
		this.open.countDown();
		return this;
	}

	int entered() {
		return this.entered.get();
	}

	int interrupted() {
		return this.interrupted.get();
	}

	Gate awaitEntered() {
		return awaitEntered(1);
	}

	Gate awaitEntered(int times) {
		Pools.await(() -> assertThat(entered()).isGreaterThanOrEqualTo(times));
		return this;
	}

	Gate awaitInterrupted() {
		Pools.await(() -> assertThat(interrupted()).isPositive());
		return this;
	}

}
