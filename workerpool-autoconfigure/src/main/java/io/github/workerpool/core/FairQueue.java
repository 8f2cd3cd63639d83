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
 * lock-free ring, and while nothing else waits ({@link #ordered} is 0) nothing else is
 * looked at. As soon as a task with a key or a priority waits, takers go through the
 * lock, and the ring counts as the keyless turn in the lane of priority 0. What does not
 * fit into the ring, because it is full of corpses or shorter than the capacity, waits
 * behind it in that turn. <strong>Hazard:</strong> a taker that saw {@code ordered == 0}
 * may still poll the ring while another holds the lock, so whoever holds it must take
 * what it peeked by {@code remove(task)} and look again if that fails.
 *
 * <h2>The bound</h2>
 *
 * The waiting tasks are those in the ring, less its corpses, and those elsewhere. The
 * bound holds for every kind of task, since one word admits them all. Workers that are
 * free take their task out of the queue at once; what they will take does not count. That
 * number of free workers is read apart, but a worker stops being free before it takes,
 * and a submitter waits for one that is just taking; neither is a task accepted nor one
 * refused if anything moved in between.
 * <p>
 * A task that is settled while it waits is not searched for: it stays as a corpse, which
 * takers skip. The lanes are swept when there are more corpses than tasks; in the ring
 * corpses at the head are let go, and the others are as many as it has places at most.
 */
final class FairQueue {

	private static final long SECOND = 1_000_000_000L;

	private static final int LARGEST_RING = 1 << 20;

	private final int capacity;

	private final long maxBytes;

	/** Most waiting tasks of one key; the capacity if there is no such bound. */
	private final int share;

	private final TaskRing plain;

	private final AtomicInteger plainCorpses = new AtomicInteger();

	/** Corpses outside the ring. */
	private final AtomicInteger corpses = new AtomicInteger();

	/** Entries outside the ring, corpses included; written under the lock. */
	private volatile int ordered;

	private final AtomicLong bytes = new AtomicLong();

	private final ConcurrentSkipListSet<TaskRun<?>> deadlines = new ConcurrentSkipListSet<>(
			Comparator.<TaskRun<?>>comparingLong((run) -> run.queueDeadline).thenComparingLong(TaskRun::sequence));

	private final ReentrantLock lock = new ReentrantLock();

	private final TreeMap<Integer, Lane> lanes = new TreeMap<>(Comparator.reverseOrder());

	private final Lane middle = new Lane(0);

	private final PlainTurn plainTurn;

	/** Tasks that have come back from a worker; they go first. */
	private final Deque<TaskRun<?>> returned = new ArrayDeque<>();

	private final Map<String, Integer> perKey = new HashMap<>();

	FairQueue(int capacity, long maxBytes, @Nullable Double share) {
		this.capacity = capacity;
		this.maxBytes = maxBytes;
		this.share = (share != null) ? Math.max(1, (int) (share * capacity)) : Integer.MAX_VALUE;
		this.plain = new TaskRing((int) Math.min(LARGEST_RING, capacity + capacity / 2L + 64));
		this.lanes.put(0, this.middle);
		this.plainTurn = new PlainTurn();
		this.middle.turns.addLast(this.plainTurn);
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
		if (run.bytes > 0 && !takeBytes(run)) {
			return Offer.FULL;
		}
		Offer offer = (run.key() == null && run.priority() == 0) ? offerPlain(run, free) : offerOrdered(run, free);
		if (offer == Offer.ACCEPTED) {
			watch(run);
		}
		else if (run.bytes > 0) {
			this.bytes.addAndGet(-run.bytes);
		}
		return offer;
	}

	/**
	 * Lets the wait of a task end in time. Only of one that has got in: whoever ends a
	 * wait gives the task's place back.
	 */
	private void watch(TaskRun<?> run) {
		if (run.queueDeadline != 0) {
			this.deadlines.add(run);
			if (!run.isQueued()) {
				this.deadlines.remove(run);
			}
		}
	}

	private boolean takeBytes(TaskRun<?> run) {
		if (this.bytes.addAndGet(run.bytes) > this.maxBytes && size() > 0) {
			this.bytes.addAndGet(-run.bytes);
			return false;
		}
		return true;
	}

	private void forget(TaskRun<?> run) {
		if (run.queueDeadline != 0) {
			this.deadlines.remove(run);
		}
		if (run.bytes > 0) {
			this.bytes.addAndGet(-run.bytes);
		}
	}

	private Offer offerPlain(TaskRun<?> run, IntSupplier free) {
		while (!this.plainTurn.hasOverflow()) {
			long word = this.plain.word();
			int bound = Math.min(this.plain.places(), roomFor(word));
			if (!this.plain.surelyBelow(word, bound)) {
				int size = this.plain.sizeAt(word);
				if (isFull(word, size, free)) {
					if (word == this.plain.word() && size == this.plain.sizeAt(word)) {
						return Offer.FULL;
					}
					continue;
				}
				if (size >= this.plain.places()) {
					break;
				}
			}
			run.inRing = true;
			if (this.plain.add(word, run)) {
				return Offer.ACCEPTED;
			}
		}
		return offerBehindRing(run, free);
	}

	private boolean isFull(long word, int size, IntSupplier free) {
		int room = roomFor(word);
		return size >= room && size >= (long) room + free.getAsInt();
	}

	/** How many entries the ring may have, its corpses included. */
	private int roomFor(long word) {
		return (int) Math.min(Integer.MAX_VALUE,
				(long) this.capacity - TaskRing.elsewhere(word) + this.plainCorpses.get());
	}

	private Offer offerBehindRing(TaskRun<?> run, IntSupplier free) {
		run.inRing = false;
		if (!takePlaceElsewhere(free)) {
			return Offer.FULL;
		}
		this.lock.lock();
		try {
			this.plainTurn.append(run);
			this.ordered++;
			return Offer.ACCEPTED;
		}
		finally {
			this.lock.unlock();
		}
	}

	private Offer offerOrdered(TaskRun<?> run, IntSupplier free) {
		run.inRing = false;
		// Before the lock: a worker that is waited for may need it
		int takers = isShared(run) ? free.getAsInt() : 0;
		if (!takePlaceElsewhere(free)) {
			return Offer.FULL;
		}
		this.lock.lock();
		try {
			if (!takeShare(run, takers)) {
				this.plain.removeElsewhere();
				return Offer.SHARE_EXCEEDED;
			}
			this.lanes.computeIfAbsent(run.priority(), Lane::new).add(run);
			this.ordered++;
			return Offer.ACCEPTED;
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean takePlaceElsewhere(IntSupplier free) {
		while (true) {
			long word = this.plain.word();
			int size = this.plain.sizeAt(word);
			if (isFull(word, size, free)) {
				if (word == this.plain.word() && size == this.plain.sizeAt(word)) {
					return false;
				}
			}
			else if (this.plain.addElsewhere(word)) {
				return true;
			}
		}
	}

	/** Whether an offer of this task would fail now for want of room. */
	boolean isFullFor(TaskRun<?> run, int free) {
		int size = size();
		return size >= (long) this.capacity + free
				|| (run.bytes > 0 && size > 0 && this.bytes.get() + run.bytes > this.maxBytes);
	}

	private boolean isShared(TaskRun<?> run) {
		return this.share != Integer.MAX_VALUE && run.key() != null;
	}

	private boolean takeShare(TaskRun<?> run, int takers) {
		String key = run.key();
		if (key == null || !isShared(run)) {
			return true;
		}
		int held = this.perKey.getOrDefault(key, 0);
		if (held >= this.share && size() > takers) {
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
					this.plain.removeElsewhere();
					return first;
				}
				Lane best = best();
				if (best == null) {
					return null;
				}
				TaskRun<?> run = best.take();
				if (run != null) {
					if (!run.inRing) {
						this.plain.removeElsewhere();
					}
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
		forget(run);
		releaseShare(run);
	}

	/** A polled entry had been settled; whoever settled it counts it out as well. */
	void skipped(TaskRun<?> run) {
		if (!run.inRing) {
			this.plain.addElsewhere();
		}
		buried(run);
	}

	private void buried(TaskRun<?> run) {
		(run.inRing ? this.plainCorpses : this.corpses).decrementAndGet();
	}

	/** A task was settled while it waited. */
	void settled(TaskRun<?> run) {
		left(run);
		if (run.inRing) {
			if (this.plainCorpses.incrementAndGet() > 64) {
				letGoOfHead();
			}
			return;
		}
		int dead = this.corpses.incrementAndGet();
		if (dead > 64 && dead > TaskRing.elsewhere(this.plain.word())) {
			sweep();
		}
	}

	private void left(TaskRun<?> run) {
		forget(run);
		if (!run.inRing) {
			this.plain.removeElsewhere();
		}
		releaseShare(run);
	}

	private void releaseShare(TaskRun<?> run) {
		String key = run.key();
		if (key != null && isShared(run)) {
			this.lock.lock();
			try {
				this.perKey.computeIfPresent(key, (ignored, held) -> (held > 1) ? held - 1 : null);
			}
			finally {
				this.lock.unlock();
			}
		}
	}

	/**
	 * Puts a task that was taken back to the head, past any bound. It is booked in before
	 * it can be settled as a waiting one, so that whoever settles it finds what to book
	 * out.
	 * @return whether it waits again; not if it was settled as a running one
	 */
	boolean putBack(TaskRun<?> run) {
		run.inRing = false;
		this.plain.addElsewhere();
		if (run.bytes > 0) {
			this.bytes.addAndGet(run.bytes);
		}
		if (run.queueDeadline != 0) {
			this.deadlines.add(run);
		}
		this.lock.lock();
		try {
			String key = run.key();
			if (key != null && this.share != Integer.MAX_VALUE) {
				this.perKey.merge(key, 1, Integer::sum);
			}
			if (!run.restart()) {
				left(run);
				return false;
			}
			this.returned.addFirst(run);
			this.ordered++;
			return true;
		}
		finally {
			this.lock.unlock();
		}
	}

	int size() {
		long word = this.plain.word();
		// A corpse that is just taken out is counted out twice for a moment
		return Math.max(0, Math.max(0, this.plain.sizeAt(word) - this.plainCorpses.get()) + TaskRing.elsewhere(word));
	}

	/** Everything that is held on to, corpses included. */
	int entries() {
		return this.ordered + this.plain.sizeAt(this.plain.word());
	}

	int ringPlaces() {
		return this.plain.places();
	}

	int capacity() {
		return this.capacity;
	}

	/** Whether there is an entry to poll, dead or alive. */
	boolean hasEntries() {
		return this.ordered > 0 || this.plain.hasEntries();
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
			this.plainTurn.forEachBehind(collect);
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
		this.plain.forEach(compare);
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

	/** Takes corpses from the head of the ring. */
	private void letGoOfHead() {
		for (TaskRun<?> head = this.plain.peek(); head != null && !head.isQueued(); head = this.plain.peek()) {
			if (this.plain.remove(head)) {
				buried(head);
			}
		}
	}

	private void sweep() {
		this.lock.lock();
		try {
			int before = this.returned.size();
			this.returned.removeIf((run) -> !run.isQueued());
			int swept = before - this.returned.size() + this.plainTurn.sweep();
			for (Lane lane : this.lanes.values()) {
				swept += lane.sweep();
			}
			this.ordered -= swept;
			// Not by counting: a taker may have come upon the same corpse
			this.corpses.set(0);
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
	 * The tasks without a key in the lane of priority 0: the ring, and what waits behind
	 * it.
	 */
	private final class PlainTurn implements Turn {

		private final KeyTurn behind = new KeyTurn("");

		/** Read without the lock by submitters. */
		private volatile boolean overflow;

		boolean hasOverflow() {
			return this.overflow;
		}

		void append(TaskRun<?> run) {
			this.behind.append(run);
			this.overflow = true;
		}

		@Override
		public @Nullable TaskRun<?> peek() {
			while (true) {
				TaskRun<?> head = FairQueue.this.plain.peek();
				if (head == null) {
					return peekBehind();
				}
				if (head.isQueued()) {
					return head;
				}
				if (FairQueue.this.plain.remove(head)) {
					buried(head);
				}
			}
		}

		private @Nullable TaskRun<?> peekBehind() {
			TaskRun<?> head = this.behind.peek();
			if (head == null && this.overflow) {
				this.overflow = false;
			}
			return head;
		}

		@Override
		public @Nullable TaskRun<?> take() {
			TaskRun<?> head = peek();
			if (head == null) {
				return null;
			}
			if (!head.inRing) {
				return this.behind.take();
			}
			return FairQueue.this.plain.remove(head) ? head : null;
		}

		void forEachBehind(Consumer<TaskRun<?>> action) {
			this.behind.forEach(action);
		}

		int sweep() {
			return this.behind.sweep();
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
				buried(first);
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
