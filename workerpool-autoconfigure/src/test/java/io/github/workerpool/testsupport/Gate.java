package io.github.workerpool.testsupport;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.awaitility.Awaitility.await;

/**
 * Holds tasks until a test lets them go.
 */
public final class Gate {

	private final CountDownLatch latch = new CountDownLatch(1);

	private final AtomicInteger entered = new AtomicInteger();

	private final AtomicInteger inside = new AtomicInteger();

	private final AtomicInteger interruptions = new AtomicInteger();

	private volatile boolean open;

	/** Waits as a well-behaved task does. */
	public void pass() throws InterruptedException {
		enter();
		try {
			this.latch.await();
		}
		catch (InterruptedException ex) {
			this.interruptions.incrementAndGet();
			throw ex;
		}
		finally {
			this.inside.decrementAndGet();
		}
	}

	/** Waits and ignores any interruption. */
	public void passStubbornly() {
		enter();
		try {
			while (!this.open) {
				try {
					this.latch.await(1, TimeUnit.HOURS);
				}
				catch (InterruptedException ex) {
					this.interruptions.incrementAndGet();
				}
			}
		}
		finally {
			this.inside.decrementAndGet();
		}
	}

	/** Burns the processor and never looks at the interruption. */
	public void spin() {
		enter();
		try {
			while (!this.open) {
				Thread.onSpinWait();
			}
		}
		finally {
			this.inside.decrementAndGet();
		}
	}

	private void enter() {
		this.inside.incrementAndGet();
		this.entered.incrementAndGet();
	}

	/** Lets everybody go, now and later. */
	public void open() {
		this.open = true;
		this.latch.countDown();
	}

	public boolean isOpen() {
		return this.open;
	}

	/** Waits until so many have come, since the gate was made. */
	public void awaitEntered(int number) {
		await("tasks at the gate").atMost(Duration.ofSeconds(30))
			.pollDelay(Duration.ZERO)
			.pollInterval(Duration.ofMillis(5))
			.until(() -> this.entered.get() >= number);
	}

	/** Waits until so many were interrupted, since the gate was made. */
	public void awaitInterruptions(int number) {
		await("interruptions at the gate").atMost(Duration.ofSeconds(30))
			.pollDelay(Duration.ZERO)
			.pollInterval(Duration.ofMillis(5))
			.until(() -> this.interruptions.get() >= number);
	}

	public int entered() {
		return this.entered.get();
	}

	public int inside() {
		return this.inside.get();
	}

	public int interruptions() {
		return this.interruptions.get();
	}

}
