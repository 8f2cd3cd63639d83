package io.github.workerpool.process;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps some things that take long to make ready for whoever needs one at once, such as
 * children that are up but belong to nobody yet. They are made one after the other, on a
 * thread that exists only while there are too few, and not at once: whoever has just
 * taken one has work for it that shall not have to share the processors. What can't be
 * made, or breaks while it waits, is tried again ever more rarely; it is nobody's loss,
 * so nobody hears of it.
 * <p>
 * Nothing is made before the first {@link #fill()}, and none after {@link #drain()} until
 * the next. Safe for use by any number of threads; only {@link #close()} and
 * {@link #awaitMaker()} wait.
 *
 * @param <T> the things kept
 */
final class Spares<T> implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Spares.class);

	private static final long CLOSE_MILLIS = 2000;

	private final String name;

	private final int size;

	private final Callable<@Nullable T> maker;

	private final Predicate<T> usable;

	private final Consumer<T> disposer;

	private final long headStart;

	private final long firstPause;

	private final long longestPause;

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition changed = this.lock.newCondition();

	private final Deque<T> ready = new ArrayDeque<>();

	private @Nullable Thread filler;

	private boolean wanted;

	private boolean closed;

	private int failures;

	/**
	 * Prepares to keep things.
	 * @param name names the thread that makes them
	 * @param size how many are kept
	 * @param maker makes one; {@code null} if none can be made at the moment. Is
	 * interrupted when none is needed any more
	 * @param usable tells whether one that has waited can still be used
	 * @param disposer disposes of one that is no longer needed or usable; must not wait
	 */
	Spares(String name, int size, Callable<@Nullable T> maker, Predicate<T> usable, Consumer<T> disposer) {
		this(name, size, maker, usable, disposer, Duration.ofMillis(100), Duration.ofMillis(200),
				Duration.ofSeconds(30));
	}

	Spares(String name, int size, Callable<@Nullable T> maker, Predicate<T> usable, Consumer<T> disposer,
			Duration headStart, Duration firstPause, Duration longestPause) {
		this.name = name;
		this.size = size;
		this.maker = maker;
		this.usable = usable;
		this.disposer = disposer;
		this.headStart = headStart.toNanos();
		this.firstPause = firstPause.toNanos();
		this.longestPause = longestPause.toNanos();
	}

	/**
	 * Sees to it that there are as many as there should be.
	 */
	void fill() {
		fill(true);
	}

	/** Replaces what is missing, unless none are wanted any more. */
	private void refill() {
		fill(false);
	}

	private void fill(boolean now) {
		this.lock.lock();
		try {
			if (this.closed || this.size == 0 || !(this.wanted || now)) {
				return;
			}
			this.wanted = true;
			if (this.filler == null && this.ready.size() < this.size) {
				Thread thread = new Thread(null, this::makeMissing, this.name, 0, false);
				thread.setDaemon(true);
				thread.start();
				this.filler = thread;
			}
		}
		catch (OutOfMemoryError ex) {
			// no thread to be had now; perhaps next time
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Takes one, and has another made in its stead if any are wanted at the moment.
	 * @return the oldest that is usable, {@code null} if there is none
	 */
	@Nullable T take() {
		try {
			while (true) {
				T spare = poll();
				if (spare == null) {
					return null;
				}
				if (this.usable.test(spare)) {
					succeeded();
					return spare;
				}
				this.disposer.accept(spare);
			}
		}
		finally {
			refill();
		}
	}

	private @Nullable T poll() {
		this.lock.lock();
		try {
			return this.ready.pollFirst();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Tells that one broke while it waited. Does nothing if it was taken before.
	 * @param spare the broken one
	 */
	void broken(T spare) {
		boolean kept;
		this.lock.lock();
		try {
			kept = this.ready.remove(spare);
			if (kept) {
				this.failures++;
			}
		}
		finally {
			this.lock.unlock();
		}
		if (kept) {
			this.disposer.accept(spare);
			refill();
		}
	}

	/**
	 * Whether any are wanted at all; for a maker that takes its time.
	 */
	boolean isWanted() {
		this.lock.lock();
		try {
			return this.wanted;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Disposes of one for others' sake, if there is one. It is made again when it can be.
	 */
	void yieldOne() {
		T spare = poll();
		if (spare != null) {
			this.disposer.accept(spare);
			this.lock.lock();
			try {
				this.failures++;
			}
			finally {
				this.lock.unlock();
			}
			refill();
		}
	}

	/**
	 * How many are ready.
	 */
	int count() {
		this.lock.lock();
		try {
			return this.ready.size();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Disposes of all, and makes no more until they are wanted again.
	 */
	void drain() {
		List<T> drained;
		this.lock.lock();
		try {
			this.wanted = false;
			this.failures = 0;
			drained = new ArrayList<>(this.ready);
			this.ready.clear();
			this.changed.signalAll();
			if (this.filler != null) {
				this.filler.interrupt();
			}
		}
		finally {
			this.lock.unlock();
		}
		drained.forEach(this.disposer);
	}

	/**
	 * Disposes of all for good.
	 */
	@Override
	public void close() {
		this.lock.lock();
		try {
			this.closed = true;
		}
		finally {
			this.lock.unlock();
		}
		drain();
		awaitMaker();
	}

	/** Waits until nothing is being made, for a while at most. */
	void awaitMaker() {
		Thread thread;
		this.lock.lock();
		try {
			thread = this.filler;
		}
		finally {
			this.lock.unlock();
		}
		if (thread != null && thread != Thread.currentThread()) {
			try {
				thread.join(CLOSE_MILLIS);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}
	}

	private void makeMissing() {
		while (awaitTurn()) {
			T spare = null;
			try {
				spare = this.maker.call();
			}
			catch (Throwable ex) {
				logger.debug("{}: can't make a spare", this.name, ex);
			}
			if (spare == null) {
				failed();
			}
			else if (!keep(spare)) {
				this.disposer.accept(spare);
			}
		}
	}

	/**
	 * Waits until one should be made: for a moment, and longer after each failure.
	 * @return whether one should; if not, this thread is done
	 */
	private boolean awaitTurn() {
		this.lock.lock();
		try {
			long left = pause();
			while (left > 0 && this.wanted && this.ready.size() < this.size) {
				try {
					left = this.changed.awaitNanos(left);
				}
				catch (InterruptedException ex) {
					// told to look again
				}
			}
			if (!this.wanted || this.ready.size() >= this.size) {
				this.filler = null;
				return false;
			}
			return true;
		}
		finally {
			this.lock.unlock();
		}
	}

	private long pause() {
		if (this.failures == 0) {
			return this.headStart;
		}
		return Math.min(this.longestPause, this.firstPause << Math.min(this.failures - 1, 20));
	}

	private void failed() {
		this.lock.lock();
		try {
			this.failures++;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void succeeded() {
		this.lock.lock();
		try {
			this.failures = 0;
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean keep(T spare) {
		this.lock.lock();
		try {
			if (!this.wanted) {
				return false;
			}
			this.ready.addLast(spare);
			return true;
		}
		finally {
			this.lock.unlock();
		}
	}

}
