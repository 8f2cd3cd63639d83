package io.github.workerpool.core;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;

/**
 * Where workers come for their next task, and wait for it.
 * <p>
 * Workers pull; nobody hands them anything. A submitter adds to the queue and then wakes
 * at most one parked worker, and not even that while some worker is <em>searching</em>
 * (spinning, or woken and not yet arrived): it will find the task. A searcher that found
 * one wakes the next if more is waiting. So a burst of submits costs one wake-up, not one
 * each, while no task is left alone with a parked worker.
 * <p>
 * <strong>Why none is missed.</strong> All accesses below are volatile and so in one
 * total order. The submitter adds, then reads {@code parked} and {@code searching}. A
 * worker raises {@code parked}, then looks into the queue again before it parks; whoever
 * lowers {@code searching} looks again after, also when it leaves or found nobody to
 * wake. Whichever comes first, one of the two sees the other.
 * <p>
 * <strong>Spinning.</strong> Only one worker spins, only where there is a second
 * processor, and only if lately the next task came within a few microseconds of the last
 * one's end. The gap is measured up to the task's arrival, not up to the worker's
 * wake-up, so that a worker that has stopped spinning can find out that it pays again.
 */
final class Dispatcher {

	static final boolean MULTIPROCESSOR = Runtime.getRuntime().availableProcessors() > 1;

	static final long WORTH_SPINNING_NANOS = 25_000;

	private static final long SPIN_NANOS = 50_000;

	/** How often a submitter that waits for room looks for itself. */
	private static final long ROOM_POLL_NANOS = 10_000_000;

	private final FairQueue queue;

	private final PoolClock clock;

	private final AtomicInteger parked = new AtomicInteger();

	private final AtomicInteger searching = new AtomicInteger();

	private volatile Crew crew = new Crew(new PoolWorker[0], 0);

	private volatile boolean paused;

	private final ReentrantLock roomLock = new ReentrantLock();

	private final Condition room = this.roomLock.newCondition();

	private final AtomicInteger waitingForRoom = new AtomicInteger();

	Dispatcher(FairQueue queue, PoolClock clock) {
		this.queue = queue;
		this.clock = clock;
	}

	PoolWorker[] workers() {
		return this.crew.workers();
	}

	/** Workers that are coming or could come at once. */
	int coming() {
		return this.crew.coming();
	}

	/** Called under the pool's supervision lock. */
	void crew(PoolWorker[] workers, int coming) {
		this.crew = new Crew(workers, coming);
	}

	void pause() {
		this.paused = true;
	}

	void resume() {
		this.paused = false;
		wakeAll();
	}

	boolean isPaused() {
		return this.paused;
	}

	/** Workers that would take a task at once. */
	int free() {
		if (this.paused) {
			return 0;
		}
		int free = 0;
		for (PoolWorker worker : workers()) {
			if (worker.isFree()) {
				free++;
			}
		}
		return free;
	}

	/**
	 * Workers that would take a task at once, or as soon as they are there.
	 */
	int freeOrComing() {
		while (!this.paused) {
			Crew seen = this.crew;
			int takers = seen.coming();
			for (PoolWorker worker : seen.workers()) {
				if (worker.isFreeOrReplaced()) {
					takers++;
				}
			}
			// Else one may have been counted twice, or not at all
			if (this.crew == seen) {
				return takers;
			}
		}
		return 0;
	}

	/** A task was added to the queue. */
	void signal() {
		if (this.parked.get() > 0 && this.searching.get() == 0 && !this.paused) {
			wakeOne();
		}
	}

	private void wakeOne() {
		do {
			if (!this.searching.compareAndSet(0, 1)) {
				return;
			}
			for (PoolWorker worker : workers()) {
				if (worker.isParked() && worker.unpark(true)) {
					this.parked.decrementAndGet();
					LockSupport.unpark(worker.thread());
					return;
				}
			}
			this.searching.decrementAndGet();
			// Others have trusted in a searcher that was none
		}
		while (this.queue.hasEntries() && this.parked.get() > 0 && !this.paused);
	}

	/** Something other than the queue wants this worker's attention. */
	void wake(PoolWorker worker) {
		if (worker.unpark(false)) {
			this.parked.decrementAndGet();
			LockSupport.unpark(worker.thread());
		}
	}

	void wakeAll() {
		for (PoolWorker worker : workers()) {
			wake(worker);
		}
	}

	/**
	 * Waits for the worker's next task and starts it.
	 * @return the task, {@code null} if the worker shall leave
	 */
	@Nullable TaskRun<?> next(PoolWorker worker) {
		worker.waited = false;
		// One that is there now was left by a dependant or an observer of the last task
		Thread.interrupted();
		while (true) {
			TaskRun<?> run = find(worker);
			if (run != null) {
				found(worker);
				return run;
			}
			if (worker.shallLeave()) {
				// It may have been woken for a task that another must take now, or have
				// been counted as parked in another's stead
				stopSearching(worker);
				signalIfAnyWait();
				return null;
			}
			worker.waits();
			if (!worker.searching && worthSpinning(worker) && this.searching.compareAndSet(0, 1)) {
				worker.searching = true;
				if (spin(worker)) {
					continue;
				}
			}
			stopSearching(worker);
			park(worker);
		}
	}

	private @Nullable TaskRun<?> find(PoolWorker worker) {
		if (this.paused) {
			return null;
		}
		TaskRun<?> own = worker.startOwn();
		if (own != null) {
			return own;
		}
		boolean skipped = false;
		while (!worker.shallLeave()) {
			// Whoever counts waiting tasks and free workers sees both change or neither
			worker.taking();
			TaskRun<?> run = this.queue.poll();
			if (run == null) {
				worker.idle();
				return null;
			}
			worker.took(run);
			if (!isExpired(run) && worker.begin(run)) {
				this.queue.taken(run);
				if (isPutBack(run)) {
					worker.letGo();
					return null;
				}
				madeRoom();
				worker.noteGap(run.enqueuedAt);
				return run;
			}
			// It looks free only when there is nothing behind this one
			worker.taking();
			this.queue.skipped(run);
			skipped = true;
		}
		if (skipped) {
			worker.idle();
		}
		return null;
	}

	/**
	 * A task that was taken while the pool was paused waits again: who submits after the
	 * pause may rely on it.
	 */
	private boolean isPutBack(TaskRun<?> run) {
		return this.paused && run.pool().putBack(run);
	}

	/**
	 * Takes a task for a worker that has one still.
	 * @return the task, which shows as running, {@code null} if there is none
	 */
	@Nullable TaskRun<?> takeAhead(PoolWorker worker) {
		while (!this.paused) {
			TaskRun<?> run = this.queue.poll();
			if (run == null) {
				return null;
			}
			if (!isExpired(run) && run.start(worker)) {
				this.queue.taken(run);
				if (isPutBack(run)) {
					return null;
				}
				madeRoom();
				return run;
			}
			this.queue.skipped(run);
		}
		return null;
	}

	private boolean isExpired(TaskRun<?> run) {
		return run.queueDeadline != 0 && run.queueDeadline <= this.clock.now() && run.pool().expire(run);
	}

	/** What is waiting still may have been left to this worker by its submitter. */
	private void found(PoolWorker worker) {
		if (worker.searching) {
			stopSearching(worker);
			signalIfAnyWait();
		}
	}

	private void signalIfAnyWait() {
		if (this.queue.hasEntries()) {
			signal();
		}
	}

	private void stopSearching(PoolWorker worker) {
		if (worker.searching) {
			worker.searching = false;
			this.searching.decrementAndGet();
		}
	}

	private boolean hasWork(PoolWorker worker) {
		return worker.shallLeave() || (!this.paused && (this.queue.hasEntries() || worker.hasOwn()));
	}

	private static boolean worthSpinning(PoolWorker worker) {
		return MULTIPROCESSOR && worker.gapNanos() < WORTH_SPINNING_NANOS;
	}

	private boolean spin(PoolWorker worker) {
		long end = System.nanoTime() + SPIN_NANOS;
		while (true) {
			for (int i = 0; i < 16; i++) {
				if (hasWork(worker)) {
					return true;
				}
				Thread.onSpinWait();
			}
			if (System.nanoTime() - end >= 0) {
				return false;
			}
		}
	}

	private void park(PoolWorker worker) {
		worker.park();
		this.parked.incrementAndGet();
		if (hasWork(worker) && worker.unpark(false)) {
			this.parked.decrementAndGet();
			return;
		}
		while (worker.isParked()) {
			LockSupport.park(this);
			// An interruption here was meant for a task that has ended
			Thread.interrupted();
		}
		worker.searching = worker.wokenToSearch();
	}

	// Submitters that wait for room

	/**
	 * Waits until there may be room in the queue.
	 * @param nanos how long at most
	 * @return how much of that is left
	 */
	long awaitRoom(long nanos, BooleanSupplier full) throws InterruptedException {
		this.roomLock.lockInterruptibly();
		this.waitingForRoom.incrementAndGet();
		try {
			long left = nanos;
			while (left > 0 && full.getAsBoolean()) {
				long slice = Math.min(left, ROOM_POLL_NANOS);
				left -= slice - this.room.awaitNanos(slice);
			}
			return left;
		}
		finally {
			this.waitingForRoom.decrementAndGet();
			this.roomLock.unlock();
		}
	}

	/** How many submitters wait. */
	int submittersWaiting() {
		return this.waitingForRoom.get();
	}

	/**
	 * The queue got shorter, or a worker free. Submitters that wait are woken when a
	 * sixteenth of the queue is free, not for each place: else each task would cost a
	 * wake-up of its own. For what comes slower they look for themselves.
	 */
	void madeRoom() {
		if (this.waitingForRoom.get() > 0 && this.queue.size() <= this.queue.capacity() - this.queue.capacity() / 16) {
			this.roomLock.lock();
			try {
				this.room.signalAll();
			}
			finally {
				this.roomLock.unlock();
			}
		}
	}

	/**
	 * Who is there, and who will be. Both in one object, so that a worker that comes up,
	 * or one that is replaced, is never missing from the sum.
	 *
	 * @param workers ready workers, oldest first; never changed
	 * @param coming workers that are coming or could come at once
	 */
	private record Crew(PoolWorker[] workers, int coming) {

	}

}
