package io.github.workerpool.process;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.workerpool.InvalidPoolSettingException;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.WorkerStartException;
import org.jspecify.annotations.Nullable;

/**
 * How many child JVMs there may be, over all pools and worker scripts that share this
 * budget. A child counts from before its launch until its process is gone. Whoever finds
 * the budget spent waits for its turn: the next place goes to who waits longest, so that
 * no pool starves another. Safe for use by any number of threads.
 *
 * @since 0.1.0
 */
public final class ChildBudget {

	private final int max;

	private final Semaphore places;

	private final ConcurrentMap<String, Integer> inUse = new ConcurrentSkipListMap<>();

	/** Those who keep children that are of no use yet. */
	private final Set<Runnable> yielders = ConcurrentHashMap.newKeySet();

	private ChildBudget(int max) {
		this.max = max;
		this.places = new Semaphore(max, true);
	}

	/**
	 * A budget that is never spent.
	 * @return the budget
	 */
	public static ChildBudget unlimited() {
		return new ChildBudget(Integer.MAX_VALUE);
	}

	/**
	 * A budget of some children.
	 * @param max most children alive at once, at least 1
	 * @return the budget
	 */
	public static ChildBudget of(int max) {
		if (max < 1) {
			throw new IllegalArgumentException(
					"'workerpool.process.max-children' can't be '%d': it must be at least 1".formatted(max));
		}
		return new ChildBudget(max);
	}

	/**
	 * Refuses a pool that could never have its workers.
	 * @param settings settings of the pool
	 * @throws InvalidPoolSettingException if it wants more workers than there may be
	 */
	void check(PoolSettings settings) {
		if (settings.minSize() > this.max) {
			throw new InvalidPoolSettingException(settings.name(), "min-size", settings.minSize(),
					"'workerpool.process.max-children' allows %d child JVMs over all pools; lower the one or raise the other"
						.formatted(this.max));
		}
	}

	/**
	 * Has somebody asked to end a child that is kept aside, when a place is wanted for
	 * one that isn't.
	 */
	void addYielder(Runnable yielder) {
		this.yielders.add(yielder);
	}

	void removeYielder(Runnable yielder) {
		this.yielders.remove(yielder);
	}

	/**
	 * Takes a place if there is one at once; if not, asks those who could do with fewer
	 * children.
	 */
	@Nullable Place tryTake(String pool) throws InterruptedException {
		// With a time even if it is none: the other form passes those who wait already
		if (this.places.tryAcquire(0, TimeUnit.NANOSECONDS)) {
			return taken(pool);
		}
		makeRoom();
		return null;
	}

	private Place taken(String pool) {
		this.inUse.merge(pool, 1, Integer::sum);
		return new Place(pool);
	}

	private void makeRoom() {
		this.yielders.forEach(Runnable::run);
	}

	/**
	 * Tells whether a child could be launched at once.
	 */
	boolean hasRoom() {
		return this.places.availablePermits() > 0 && !this.places.hasQueuedThreads();
	}

	/**
	 * Takes a place, waiting for one if need be.
	 * @param pool name of the pool
	 * @param patience longest wait
	 * @return the place, to be given back
	 * @throws WorkerStartException if there is none in time
	 * @throws InterruptedException if this thread is interrupted while it waits
	 */
	Place take(String pool, Duration patience) throws InterruptedException {
		Place place = tryTake(pool);
		if (place != null) {
			return place;
		}
		if (!this.places.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
			throw new WorkerStartException(
					"Pool '%s': no further child JVM may start: 'workerpool.process.max-children' is %d, in use are %s. Raise it, or lower sizes"
						.formatted(pool, this.max, this.inUse),
					null);
		}
		return taken(pool);
	}

	/**
	 * How many children of each pool there are.
	 */
	Map<String, Integer> inUse() {
		return Map.copyOf(this.inUse);
	}

	/**
	 * A place in the budget.
	 */
	final class Place {

		private final String pool;

		private final AtomicBoolean taken = new AtomicBoolean(true);

		private Place(String pool) {
			this.pool = pool;
		}

		/**
		 * Gives the place back; only the first call counts.
		 */
		void giveBack() {
			if (this.taken.compareAndSet(true, false)) {
				ChildBudget.this.inUse.computeIfPresent(this.pool, (pool, count) -> (count > 1) ? count - 1 : null);
				ChildBudget.this.places.release();
			}
		}

	}

}
