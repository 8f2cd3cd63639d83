package io.github.workerpool.process;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import io.github.workerpool.PoolSettings;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Finds children of one pool that exist but do nothing any more, such as stopped ones,
 * and has them killed. One thread, which exists while there are children.
 *
 * <h2>What silence means</h2>
 *
 * A child shows that it lives by a counter. That it stands still has many causes, and
 * only one of them is meant:
 * <ul>
 * <li>Both sides were paused, with their container or their machine. Time in which this
 * thread did not run either doesn't count: silence is the sum of the times between two
 * looks, and a look that comes much later than planned adds nothing.</li>
 * <li>The child collects garbage, or waits for all of its threads to stop for it. Then it
 * uses CPU time, which the system counts for it, and which counts as a sign of life.</li>
 * <li>Somebody debugs it. A debugger attached by the options of the pool is known from
 * those, one attached by the system's means from the state of the process; neither child
 * is ever killed for its silence.</li>
 * </ul>
 */
final class Heartbeats implements AutoCloseable {

	private final long intervalNanos;

	private final long timeoutNanos;

	private final boolean debugged;

	private final String poolName;

	private final Logger log;

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition changed = this.lock.newCondition();

	private final Map<ChildConnection, Pulse> pulses = new HashMap<>();

	private @Nullable Thread thread;

	Heartbeats(PoolSettings settings, Logger log) {
		PoolSettings.Heartbeat heartbeat = settings.process().heartbeat();
		this.intervalNanos = heartbeat.interval().toNanos();
		this.timeoutNanos = heartbeat.timeout().toNanos();
		this.debugged = settings.process().jvmArgs().stream().anyMatch((option) -> option.contains("jdwp"));
		this.poolName = settings.name();
		this.log = log;
	}

	/** Looks after a child until it is forgotten. */
	void watch(ChildConnection child) {
		this.lock.lock();
		try {
			this.pulses.put(child, new Pulse());
			if (this.thread == null) {
				Thread watching = new Thread(null, this::run, "workerpool-" + this.poolName + "-heartbeats", 0, false);
				watching.setDaemon(true);
				watching.start();
				this.thread = watching;
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	void forget(ChildConnection child) {
		this.lock.lock();
		try {
			this.pulses.remove(child);
			if (this.pulses.isEmpty()) {
				this.changed.signalAll();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private void run() {
		long before = System.nanoTime();
		while (pause()) {
			long now = System.nanoTime();
			long elapsed = now - before;
			before = now;
			List<Map.Entry<ChildConnection, Pulse>> all;
			this.lock.lock();
			try {
				all = new ArrayList<>(this.pulses.entrySet());
			}
			finally {
				this.lock.unlock();
			}
			all.forEach((entry) -> look(entry.getKey(), entry.getValue(), elapsed));
		}
	}

	/**
	 * Waits until it is time to look.
	 * @return whether there is anybody to look after
	 */
	private boolean pause() {
		this.lock.lock();
		try {
			long left = this.intervalNanos;
			while (left > 0 && !this.pulses.isEmpty()) {
				try {
					left = this.changed.awaitNanos(left);
				}
				catch (InterruptedException ex) {
					// Nobody has a reason to; the loop's condition decides
				}
			}
			if (this.pulses.isEmpty()) {
				this.thread = null;
				return false;
			}
			return true;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void look(ChildConnection child, Pulse pulse, long elapsed) {
		try {
			long beats = child.beats();
			if (beats != pulse.beats || elapsed > 2 * this.intervalNanos + TimeUnit.MILLISECONDS.toNanos(500)) {
				pulse.beats = beats;
				pulse.cpuNanos = -1;
				pulse.silentNanos = 0;
				return;
			}
			if (pulse.cpuNanos < 0) {
				pulse.cpuNanos = child.process().cpuNanos();
			}
			pulse.silentNanos += elapsed;
			if (pulse.silentNanos >= this.timeoutNanos) {
				judge(child, pulse);
			}
		}
		catch (RuntimeException ex) {
			this.log.debug("The heartbeat of process {} could not be looked at", child.process().pid(), ex);
		}
	}

	private void judge(ChildConnection child, Pulse pulse) {
		long cpuNanos = child.process().cpuNanos();
		boolean working = cpuNanos >= 0 && cpuNanos > pulse.cpuNanos;
		if (working || this.debugged || child.process().isTraced()) {
			pulse.silentNanos = 0;
			pulse.cpuNanos = cpuNanos;
			return;
		}
		child.kill("gave no sign of life for %d ms ('process.heartbeat.timeout') and was killed"
			.formatted(TimeUnit.NANOSECONDS.toMillis(pulse.silentNanos)));
	}

	@Override
	public void close() {
		this.lock.lock();
		try {
			this.pulses.clear();
			this.changed.signalAll();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * What is known of one child; used by the watching thread only.
	 */
	private static final class Pulse {

		private long beats = -1;

		private long silentNanos;

		/** CPU time at the beginning of the silence, −1 if there is none. */
		private long cpuNanos = -1;

	}

}
