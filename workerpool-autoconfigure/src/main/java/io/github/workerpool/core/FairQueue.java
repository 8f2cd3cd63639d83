package io.github.workerpool.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

import org.jspecify.annotations.Nullable;

/**
 * The tasks that wait: bounded, by priority, and fair by key.
 *
 * <h2>Order</h2>
 *
 * Each priority is a {@link Lane}. In a lane the keys with waiting tasks take turns, and
 * within a key it is first in, first out; tasks without a key are one key. Among the
 * lanes the one goes first whose next task has the highest priority, raised by one for
 * each second it has been waiting. Since everything ages at the same rate this order
 * never changes while tasks wait: it is the order of {@code enqueuedAt − priority × 1 s}.
 *
 * <h2>Two structures, one order</h2>
 *
 * Nearly all tasks have neither a key nor a priority. They wait in {@link #plain}, a
 * lock-free queue, and while nothing else waits ({@link #ordered} is 0) nothing else is
 * looked at. As soon as one task with a key or a priority waits, takers go through the
 * lock, and {@code plain} counts as the keyless turn in the lane of priority 0.
 * <strong>Hazard:</strong> a taker that saw {@code ordered == 0} may still poll
 * {@code plain} while another holds the lock, so whoever holds it must take what it
 * peeked by {@code remove(task)} and look again if that fails.
 *
 * <h2>The bound</h2>
 *
 * {@link #waiting} counts live tasks and is raised before a task is added, so the bound
 * holds for every kind of task. Workers that are free take their task out of the queue at
 * once; what they will take does not count. That number of free workers is read apart
 * from the count, so the count carries a version that makes the compare-and-set fail if
 * anything moved in between.
 * <p>
 * A task that is settled while it waits is not searched for: it stays as a corpse, which
 * takers skip, and the queue is swept when there are more corpses than tasks.
 */
final class FairQueue {

	private static final long VERSION = 1L << 32;

	private static final long SECOND = 1_000_000_000L;

	private final int capacity;

	private final long maxBytes;

	/** Most waiting tasks of one key; the capacity if there is no such bound. */
	private final int share;

	private final ConcurrentLinkedQueue<TaskRun<?>> plain = new ConcurrentLinkedQueue<>();

	/** Number of live tasks in the lower half, a version in the upper. */
	private final AtomicLong waiting = new AtomicLong();

	private final AtomicLong bytes = new AtomicLong();

	private final AtomicInteger corpses = new AtomicInteger();

	private final ConcurrentSkipListSet<TaskRun<?>> deadlines = new ConcurrentSkipListSet<>(
			Comparator.<TaskRun<?>>comparingLong((run) -> run.queueDeadline).thenComparingLong(TaskRun::sequence));

	private final ReentrantLock lock = new ReentrantLock();

	/** Entries outside {@code plain}, corpses included; written under the lock. */
	private volatile int ordered;

	private final TreeMap<Integer, Lane> lanes = new TreeMap<>(Comparator.reverseOrder());

	private final Lane middle = new Lane(0);

	/** Tasks whose worker died before it had started them; they go first. */
	private final Deque<TaskRun<?>> returned = new ArrayDeque<>();

	private final Map<String, Integer> perKey = new HashMap<>();

	FairQueue(int capacity, long maxBytes, @Nullable Double share) {
		this.capacity = capacity;
		this.maxBytes = maxBytes;
		this.share = (share != null) ? Math.max(1, (int) (share * capacity)) : Integer.MAX_VALUE;
		this.lanes.put(0, this.middle);
		this.middle.turns.addLast(new PlainTurn());
	}

	/**
	 * What became of an offer.
	 */
	enum Offer {

		ACCEPTED, FULL, SHARE_EXCEEDED

	}

	/**
	 * Takes a task in, if there is room.
	 * @param run the task
	 * @param free workers that would take a task out at once, asked only when the queue
	 * looks full
	 */
	Offer offer(TaskRun<?> run, IntSupplier free) {
		if (!reserve(free)) {
			return Offer.FULL;
		}
		if (run.bytes > 0 && this.bytes.addAndGet(run.bytes) > this.maxBytes && size() > 1) {
			this.bytes.addAndGet(-run.bytes);
			release();
			return Offer.FULL;
		}
		if (run.key() == null && run.priority() == 0) {
			add(run);
			this.plain.add(run);
			return Offer.ACCEPTED;
		}
		this.lock.lock();
		try {
			if (!takeShare(run)) {
				this.bytes.addAndGet(-run.bytes);
				release();
				return Offer.SHARE_EXCEEDED;
			}
			add(run);
			this.lanes.computeIfAbsent(run.priority(), Lane::new).add(run);
			this.ordered++;
			return Offer.ACCEPTED;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void add(TaskRun<?> run) {
		if (run.queueDeadline != 0) {
			this.deadlines.add(run);
		}
	}

	/** Whether an offer of this task would fail now for want of room. */
	boolean isFullFor(TaskRun<?> run, int free) {
		int size = size();
		return size >= this.capacity + free
				|| (run.bytes > 0 && size > 0 && this.bytes.get() + run.bytes > this.maxBytes);
	}

	private boolean reserve(IntSupplier free) {
		while (true) {
			long seen = this.waiting.get();
			if ((int) seen >= this.capacity && (int) seen >= this.capacity + free.getAsInt()) {
				return false;
			}
			if (this.waiting.compareAndSet(seen, seen + VERSION + 1)) {
				return true;
			}
		}
	}

	private void release() {
		this.waiting.addAndGet(VERSION - 1);
	}

	private boolean takeShare(TaskRun<?> run) {
		String key = run.key();
		if (key == null || this.share == Integer.MAX_VALUE) {
			return true;
		}
		int held = this.perKey.getOrDefault(key, 0);
		if (held >= this.share) {
			return false;
		}
		this.perKey.put(key, held + 1);
		return true;
	}

	/**
	 * Takes the next entry out. It may be a corpse: the caller must try to start it, and
	 * then report {@link #taken} or {@link #skipped}.
	 */
	@Nullable TaskRun<?> poll() {
		return (this.ordered == 0) ? this.plain.poll() : pollOrdered();
	}

	private @Nullable TaskRun<?> pollOrdered() {
		this.lock.lock();
		try {
			while (true) {
				TaskRun<?> first = this.returned.pollFirst();
				if (first != null) {
					this.ordered--;
					return first;
				}
				Lane best = best();
				if (best == null) {
					return null;
				}
				TaskRun<?> run = best.take();
				if (run != null) {
					return run;
				}
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private @Nullable Lane best() {
		Lane best = null;
		long bestRank = 0;
		Iterator<Lane> all = this.lanes.values().iterator();
		while (all.hasNext()) {
			Lane lane = all.next();
			TaskRun<?> candidate = lane.candidate();
			if (candidate == null) {
				if (lane != this.middle) {
					all.remove();
				}
				continue;
			}
			long rank = candidate.enqueuedAt - lane.priority * SECOND;
			if (best == null || rank < bestRank) {
				best = lane;
				bestRank = rank;
			}
		}
		return best;
	}

	/** A polled entry was started. */
	void taken(TaskRun<?> run) {
		left(run);
	}

	/** A polled entry was a corpse. */
	void skipped() {
		this.corpses.decrementAndGet();
	}

	/** A task was settled while it waited. */
	void settled(TaskRun<?> run) {
		left(run);
		int dead = this.corpses.incrementAndGet();
		if (dead > 64 && dead > size()) {
			sweep();
		}
	}

	private void left(TaskRun<?> run) {
		release();
		if (run.queueDeadline != 0) {
			this.deadlines.remove(run);
		}
		if (run.bytes > 0) {
			this.bytes.addAndGet(-run.bytes);
		}
		String key = run.key();
		if (key != null && this.share != Integer.MAX_VALUE) {
			this.lock.lock();
			try {
				this.perKey.computeIfPresent(key, (ignored, held) -> (held > 1) ? held - 1 : null);
			}
			finally {
				this.lock.unlock();
			}
		}
	}

	/** Puts a task that was taken, but not started, back to the head, past any bound. */
	void putBack(TaskRun<?> run) {
		this.waiting.addAndGet(VERSION + 1);
		this.bytes.addAndGet(run.bytes);
		if (run.queueDeadline != 0) {
			this.deadlines.add(run);
		}
		this.lock.lock();
		try {
			String key = run.key();
			if (key != null && this.share != Integer.MAX_VALUE) {
				this.perKey.merge(key, 1, Integer::sum);
			}
			this.returned.addFirst(run);
			this.ordered++;
		}
		finally {
			this.lock.unlock();
		}
	}

	int size() {
		return (int) this.waiting.get();
	}

	int capacity() {
		return this.capacity;
	}

	/** Whether there is an entry to poll, dead or alive. */
	boolean hasEntries() {
		return this.ordered > 0 || !this.plain.isEmpty();
	}

	/** When the wait of the next task ends, 0 for never. */
	long nextDeadline() {
		if (this.deadlines.isEmpty()) {
			return 0;
		}
		Iterator<TaskRun<?>> first = this.deadlines.iterator();
		return first.hasNext() ? first.next().queueDeadline : 0;
	}

	/** Tasks whose wait has ended. */
	List<TaskRun<?>> expired(long now) {
		List<TaskRun<?>> expired = new ArrayList<>();
		for (TaskRun<?> run : this.deadlines) {
			if (run.queueDeadline > now) {
				break;
			}
			expired.add(run);
		}
		return expired;
	}

	/** All that wait now, in no order that matters. */
	List<TaskRun<?>> waitingRuns() {
		List<TaskRun<?>> all = new ArrayList<>();
		Consumer<TaskRun<?>> collect = (run) -> {
			if (run.isQueued()) {
				all.add(run);
			}
		};
		this.plain.forEach(collect);
		this.lock.lock();
		try {
			this.returned.forEach(collect);
			this.lanes.values().forEach((lane) -> lane.forEach(collect));
		}
		finally {
			this.lock.unlock();
		}
		return all;
	}

	/** When the task that has waited longest was accepted, 0 if none waits. */
	long oldest() {
		long[] oldest = { 0 };
		Consumer<TaskRun<?>> compare = (run) -> {
			if (run.isQueued() && (oldest[0] == 0 || run.enqueuedAt < oldest[0])) {
				oldest[0] = run.enqueuedAt;
			}
		};
		for (TaskRun<?> run : this.plain) {
			if (run.isQueued()) {
				compare.accept(run);
				break;
			}
		}
		if (this.ordered > 0) {
			this.lock.lock();
			try {
				this.returned.forEach(compare);
				this.lanes.values().forEach((lane) -> lane.turns.forEach((turn) -> {
					TaskRun<?> head = turn.peek();
					if (head != null) {
						compare.accept(head);
					}
				}));
			}
			finally {
				this.lock.unlock();
			}
		}
		return oldest[0];
	}

	private void sweep() {
		this.lock.lock();
		try {
			int[] swept = { 0 };
			this.plain.removeIf((run) -> {
				boolean dead = !run.isQueued();
				swept[0] += dead ? 1 : 0;
				return dead;
			});
			int ofReturned = this.returned.size();
			this.returned.removeIf((run) -> !run.isQueued());
			int fromLanes = ofReturned - this.returned.size();
			for (Lane lane : this.lanes.values()) {
				fromLanes += lane.sweep();
			}
			this.ordered -= fromLanes;
			this.corpses.addAndGet(-swept[0] - fromLanes);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * The waiting tasks of one priority. Guarded by the lock.
	 */
	private final class Lane {

		final int priority;

		final Deque<Turn> turns = new ArrayDeque<>();

		private final Map<String, KeyTurn> byKey = new HashMap<>();

		Lane(int priority) {
			this.priority = priority;
		}

		void add(TaskRun<?> run) {
			String key = (run.key() != null) ? "k" + run.key() : "";
			KeyTurn turn = this.byKey.get(key);
			if (turn == null) {
				turn = new KeyTurn(key);
				this.byKey.put(key, turn);
				this.turns.addLast(turn);
			}
			turn.append(run);
		}

		/** The next task, which stays where it is. */
		@Nullable TaskRun<?> candidate() {
			for (int i = this.turns.size(); i > 0; i--) {
				Turn turn = this.turns.getFirst();
				TaskRun<?> head = turn.peek();
				if (head != null) {
					return head;
				}
				this.turns.removeFirst();
				keepIfPlain(turn);
			}
			return null;
		}

		/** Takes the candidate; its key goes to the end of the line. */
		@Nullable TaskRun<?> take() {
			Turn turn = this.turns.removeFirst();
			TaskRun<?> run = turn.take();
			if (turn.peek() != null) {
				this.turns.addLast(turn);
			}
			else {
				keepIfPlain(turn);
			}
			return run;
		}

		private void keepIfPlain(Turn turn) {
			if (turn instanceof KeyTurn keyTurn) {
				this.byKey.remove(keyTurn.key);
			}
			else {
				this.turns.addLast(turn);
			}
		}

		void forEach(Consumer<TaskRun<?>> action) {
			this.byKey.values().forEach((turn) -> turn.forEach(action));
		}

		int sweep() {
			int swept = 0;
			for (KeyTurn turn : this.byKey.values()) {
				swept += turn.sweep();
			}
			return swept;
		}

	}

	/**
	 * The waiting tasks of one key, first in, first out.
	 */
	private sealed interface Turn {

		/** The first live task. */
		@Nullable TaskRun<?> peek();

		/** Takes the first live task out. */
		@Nullable TaskRun<?> take();

	}

	/**
	 * The tasks without a key in the lane of priority 0.
	 */
	private final class PlainTurn implements Turn {

		@Override
		public @Nullable TaskRun<?> peek() {
			while (true) {
				TaskRun<?> head = FairQueue.this.plain.peek();
				if (head == null || head.isQueued()) {
					return head;
				}
				if (FairQueue.this.plain.remove(head)) {
					skipped();
				}
			}
		}

		@Override
		public @Nullable TaskRun<?> take() {
			TaskRun<?> head = peek();
			return (head != null && FairQueue.this.plain.remove(head)) ? head : null;
		}

	}

	/**
	 * The tasks of one key, linked through themselves.
	 */
	private final class KeyTurn implements Turn {

		final String key;

		private @Nullable TaskRun<?> head;

		private @Nullable TaskRun<?> tail;

		KeyTurn(String key) {
			this.key = key;
		}

		void append(TaskRun<?> run) {
			TaskRun<?> last = this.tail;
			if (last == null) {
				this.head = run;
			}
			else {
				last.next = run;
			}
			this.tail = run;
		}

		@Override
		public @Nullable TaskRun<?> peek() {
			TaskRun<?> first = this.head;
			while (first != null && !first.isQueued()) {
				removeHead(first);
				skipped();
				first = this.head;
			}
			return first;
		}

		@Override
		public @Nullable TaskRun<?> take() {
			TaskRun<?> first = peek();
			if (first != null) {
				removeHead(first);
			}
			return first;
		}

		private void removeHead(TaskRun<?> first) {
			this.head = first.next;
			first.next = null;
			if (this.head == null) {
				this.tail = null;
			}
			FairQueue.this.ordered--;
		}

		void forEach(Consumer<TaskRun<?>> action) {
			for (TaskRun<?> run = this.head; run != null; run = run.next) {
				action.accept(run);
			}
		}

		int sweep() {
			int swept = 0;
			TaskRun<?> run = this.head;
			this.head = null;
			this.tail = null;
			while (run != null) {
				TaskRun<?> following = run.next;
				run.next = null;
				if (run.isQueued()) {
					append(run);
				}
				else {
					swept++;
				}
				run = following;
			}
			return swept;
		}

	}

}
