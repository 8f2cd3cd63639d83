package io.github.workerpool.sample.demo;

import java.io.Serializable;
import java.time.Duration;
import java.util.Objects;

import io.github.workerpool.Isolation;
import io.github.workerpool.memory.SharedIntArray;
import io.github.workerpool.memory.SharedMemory;
import io.github.workerpool.message.WorkerOptions;
import io.github.workerpool.message.WorkerScope;
import io.github.workerpool.message.WorkerScript;

/**
 * Several workers that count in one cell of shared memory.
 */
final class Counting {

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private static final int ATTEMPTS = 50;

	private static final long CHILD_HEAP = 32 << 20;

	/**
	 * Cells on cache lines of their own: those who wait don't slow down those who count.
	 */
	private static final int COUNTER = 0;

	private static final int ARRIVED = 16;

	private static final int GO = 32;

	private static final int BYTES = 48 * Integer.BYTES;

	private final int workers;

	private final int increments;

	Counting(int workers, int increments) {
		this.workers = workers;
		this.increments = increments;
	}

	/**
	 * Has every worker add 1 to the same cell again and again.
	 * @param isolation what the workers are
	 * @param atomic whether one addition is one operation, or a look and then a write
	 * @return what the cell holds in the end
	 */
	int count(Isolation isolation, boolean atomic) throws InterruptedException {
		WorkerOptions options = WorkerOptions.defaults().withIsolation(isolation);
		if (isolation == Isolation.PROCESS) {
			options = options.withResourceLimits((limits) -> limits.maxHeapSize(CHILD_HEAP));
		}
		try (SharedMemory memory = SharedMemory.allocate(BYTES); Crew crew = new Crew(PATIENCE)) {
			Order order = new Order(memory.ints(), this.workers, this.increments, atomic);
			for (int i = 0; i < this.workers; i++) {
				crew.start(Counter.class, options.withWorkerData(order));
			}
			for (int i = 0; i < this.workers; i++) {
				crew.hear();
			}
			return order.cells().get(COUNTER);
		}
	}

	/**
	 * Has threads add without atomics. On busy processors they may happen to run one
	 * after the other, and lose nothing; then they try again, a few times at most.
	 * @return what the cell holds in the end, the last time
	 */
	int countCarelessly() throws InterruptedException {
		int sum = this.workers * this.increments;
		int attempts = (this.workers > 1) ? ATTEMPTS : 1;
		int count = sum;
		for (int attempt = 0; attempt < attempts && count == sum; attempt++) {
			count = count(Isolation.THREAD, false);
		}
		return count;
	}

	/**
	 * What a worker is to do.
	 *
	 * @param cells memory that all of them see
	 * @param workers how many there are
	 * @param increments how often each adds 1
	 * @param atomic whether an addition is one operation
	 */
	record Order(SharedIntArray cells, int workers, int increments, boolean atomic) implements Serializable {

		void carryOut() throws InterruptedException {
			awaitAll();
			if (this.atomic) {
				for (int i = 0; i < this.increments; i++) {
					this.cells.getAndAdd(COUNTER, 1);
				}
			}
			else {
				for (int i = 0; i < this.increments; i++) {
					this.cells.set(COUNTER, this.cells.get(COUNTER) + 1);
				}
			}
		}

		/** Sleeps until all workers are here, so that they really count at once. */
		private void awaitAll() throws InterruptedException {
			if (this.cells.getAndAdd(ARRIVED, 1) + 1 == this.workers) {
				this.cells.set(GO, 1);
				this.cells.signal(GO, Integer.MAX_VALUE);
			}
			while (this.cells.get(GO) == 0) {
				this.cells.await(GO, 0);
			}
		}

	}

	/**
	 * A worker that counts, says so and ends.
	 */
	static final class Counter implements WorkerScript {

		@Override
		public void run(WorkerScope scope) throws InterruptedException {
			Order order = (Order) Objects.requireNonNull(scope.workerData());
			order.carryOut();
			scope.parentPort().postMessage("done");
		}

	}

}
