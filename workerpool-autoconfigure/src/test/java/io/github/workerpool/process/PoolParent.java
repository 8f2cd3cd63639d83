package io.github.workerpool.process;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.factory.WorkerPoolFactory;

/**
 * A JVM with a pool, for tests that do to it what they wouldn't do to their own.
 */
public final class PoolParent {

	private PoolParent() {
	}

	/**
	 * What its children are at.
	 */
	enum Occupation {

		/** Nothing. */
		IDLE(0),

		/** A loop without a call. */
		COUNTED_LOOP(0),

		/** Filling the heap and emptying it again. */
		GARBAGE(0),

		/** Waiting for three processes each, of which one is an orphan. */
		PROCESSES(3),

		/** The same, and a loop. */
		LOOP_AND_PROCESSES(3),

		/** Being initialised, which takes for ever. */
		STARTING(0);

		/** What each child has started. */
		final int processes;

		Occupation(int processes) {
			this.processes = processes;
		}

		Object begin() throws Exception {
			switch (this) {
				case COUNTED_LOOP -> Hazard.COUNTED_LOOP.happen();
				case GARBAGE -> garbage();
				case PROCESSES, LOOP_AND_PROCESSES -> Hazard.STARTS_PROCESSES.happen();
				default -> {
				}
			}
			return (this == LOOP_AND_PROCESSES) ? Hazard.ENDLESS_LOOP.happen() : this;
		}

		private static void garbage() {
			List<byte[]> all = new java.util.ArrayList<>();
			while (true) {
				all.add(new byte[1 << 12]);
				if (all.size() == 10_000) {
					all.clear();
				}
			}
		}

	}

	/**
	 * Opens a pool, occupies its children and waits for the end.
	 * @param args the occupation, the number of children, and the flag to raise when all
	 * are occupied
	 */
	public static void main(String[] args) throws Exception {
		Occupation occupation = Occupation.valueOf(args[0]);
		int size = Integer.parseInt(args[1]);
		WorkerPoolFactory factory = new WorkerPoolFactory();
		Flag starting = new Flag(args[2] + "-starting");
		if (occupation == Occupation.STARTING) {
			factory = factory.withInitializers(List.of(new Endless(starting)));
		}
		WorkerPool pool = factory.create(settings(size));
		if (occupation == Occupation.STARTING) {
			starting.awaitThere();
		}
		else {
			pool.ready().get(60, TimeUnit.SECONDS);
			Flag ready = new Flag(args[2] + "-begun");
			for (int i = 0; i < size; i++) {
				Flag begun = new Flag(ready.file() + i);
				pool.submit(() -> {
					begun.raise();
					return occupation.begin();
				});
				begun.awaitThere();
			}
		}
		new Flag(args[2]).raise();
		while (true) {
			LockSupport.park();
		}
	}

	private static PoolSettings settings(int size) {
		return PoolSettings.builder("parent")
			.isolation(Isolation.PROCESS)
			.size(size)
			.resourceLimits((limits) -> limits.maxHeapSize(64L << 20))
			.process((process) -> process.classDataSharing(ClassDataSharing.OFF).startupTimeout(Duration.ofMinutes(2)))
			.build();
	}

	/**
	 * Is never done.
	 *
	 * @param begun raised when it begins
	 */
	record Endless(Flag begun) implements io.github.workerpool.WorkerInitializer, java.io.Serializable {

		@Override
		public void initialize(String poolName, String workerId) throws Exception {
			this.begun.raise();
			Hazard.ENDLESS_LOOP.happen();
		}

	}

}
