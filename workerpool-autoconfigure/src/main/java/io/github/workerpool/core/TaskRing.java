package io.github.workerpool.core;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * A bounded first-in-first-out ring of tasks for any number of submitters and workers,
 * without locks.
 * <p>
 * {@code tail} and {@code head} only grow, modulo 2<sup>32</sup>. A submitter claims the
 * place {@code tail} by moving it, then fills it; a worker reads the place {@code head},
 * claims it by moving {@code head}, then empties it. Whoever fills a place may have to
 * wait for the worker that is just emptying it, one round ago. A place that is claimed
 * but not yet filled looks empty, and so do all behind it, to workers; that is no loss,
 * since submitters signal after filling.
 * <p>
 * Submitters and workers share as little as possible: a submitter needs {@code head} only
 * when the ring looks full by {@link #headSeen}, an older value, and a worker needs no
 * {@code tail}. {@code head} and {@code tail} are kept apart from each other so that
 * neither side's writes take away the other's cache line.
 */
final class TaskRing {

	private static final VarHandle HEAD;

	private static final VarHandle WORD;

	private static final VarHandle SLOTS = MethodHandles.arrayElementVarHandle(TaskRun[].class);

	static {
		try {
			MethodHandles.Lookup lookup = MethodHandles.lookup();
			HEAD = lookup.findVarHandle(Head.class, "head", long.class);
			WORD = lookup.findVarHandle(Tail.class, "word", long.class);
		}
		catch (ReflectiveOperationException ex) {
			throw new ExceptionInInitializerError(ex);
		}
	}

	private static final long ONE_ELSEWHERE = 1L << 32;

	private static final long ELSEWHERE = -1L << 32;

	private final TaskRun<?>[] slots;

	private final int mask;

	private final Head heads = new Head();

	private final Tail tails = new Tail();

	/**
	 * Makes a ring.
	 * @param places least number of places; rounded up to a power of two
	 */
	TaskRing(int places) {
		int length = Integer.highestOneBit(Math.max(2, places) - 1) << 1;
		this.slots = new TaskRun<?>[length];
		this.mask = length - 1;
	}

	/** The state that a claim is based on. */
	long word() {
		return this.tails.word;
	}

	/** Tasks that wait elsewhere, by a word. */
	static int elsewhere(long word) {
		return (int) (word >>> 32);
	}

	/** Whether less than so many are in the ring for sure, by an older head. */
	boolean surelyBelow(long word, int bound) {
		int size = (int) word - this.tails.headSeen;
		return size >= 0 && size < bound;
	}

	/** Entries in the ring, dead or alive, by a word and the newest head. */
	int sizeAt(long word) {
		int head = (int) this.heads.head;
		this.tails.headSeen = head;
		return (int) word - head;
	}

	int places() {
		return this.slots.length;
	}

	/** Adds a task, unless anything was admitted since the word was read. */
	boolean add(long word, TaskRun<?> run) {
		if (!WORD.compareAndSet(this.tails, word, (word & ELSEWHERE) | ((word + 1) & ~ELSEWHERE))) {
			return false;
		}
		int index = (int) word & this.mask;
		while (SLOTS.getAcquire(this.slots, index) != null) {
			Thread.onSpinWait();
		}
		SLOTS.setVolatile(this.slots, index, run);
		return true;
	}

	/** Counts a task that waits elsewhere, unless anything was admitted since. */
	boolean addElsewhere(long word) {
		return WORD.compareAndSet(this.tails, word, word + ONE_ELSEWHERE);
	}

	/** Counts a task that waits elsewhere, past any bound. */
	void addElsewhere() {
		WORD.getAndAdd(this.tails, ONE_ELSEWHERE);
	}

	/** A task that waited elsewhere waits no more. */
	void removeElsewhere() {
		WORD.getAndAdd(this.tails, -ONE_ELSEWHERE);
	}

	@Nullable TaskRun<?> poll() {
		while (true) {
			long head = this.heads.head;
			int index = (int) head & this.mask;
			TaskRun<?> run = (TaskRun<?>) SLOTS.getVolatile(this.slots, index);
			if (run == null) {
				if (head == this.heads.head) {
					return null;
				}
			}
			else if (HEAD.compareAndSet(this.heads, head, head + 1)) {
				SLOTS.setRelease(this.slots, index, null);
				return run;
			}
		}
	}

	@Nullable TaskRun<?> peek() {
		while (true) {
			long head = this.heads.head;
			TaskRun<?> run = (TaskRun<?>) SLOTS.getVolatile(this.slots, (int) head & this.mask);
			if (head == this.heads.head) {
				return run;
			}
		}
	}

	/** Takes the first out if it is this one. */
	boolean remove(TaskRun<?> run) {
		long head = this.heads.head;
		int index = (int) head & this.mask;
		if (SLOTS.getVolatile(this.slots, index) == run && HEAD.compareAndSet(this.heads, head, head + 1)) {
			SLOTS.setRelease(this.slots, index, null);
			return true;
		}
		return false;
	}

	boolean hasEntries() {
		return peek() != null;
	}

	/** Shows what is in the ring, in order, as far as it stays. */
	void forEach(Consumer<TaskRun<?>> action) {
		int tail = (int) this.tails.word;
		for (int place = (int) this.heads.head; place != tail; place++) {
			TaskRun<?> run = (TaskRun<?>) SLOTS.getVolatile(this.slots, place & this.mask);
			if (run != null) {
				action.accept(run);
			}
		}
	}

	/**
	 * Where workers are.
	 */
	@SuppressWarnings("unused")
	private static final class Head {

		long p00, p01, p02, p03, p04, p05, p06, p07, p08, p09, p10, p11, p12, p13, p14;

		volatile long head;

		long q00, q01, q02, q03, q04, q05, q06, q07, q08, q09, q10, q11, q12, q13, q14;

	}

	/**
	 * Where submitters are.
	 */
	@SuppressWarnings("unused")
	private static final class Tail {

		long p00, p01, p02, p03, p04, p05, p06, p07, p08, p09, p10, p11, p12, p13, p14;

		/** Tasks elsewhere in the upper half, the tail in the lower. */
		volatile long word;

		/** A head that was seen; never beyond the head. Races are harmless. */
		int headSeen;

		long q00, q01, q02, q03, q04, q05, q06, q07, q08, q09, q10, q11, q12, q13, q14;

	}

}
