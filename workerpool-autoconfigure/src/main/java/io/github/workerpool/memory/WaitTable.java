package io.github.workerpool.memory;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who waits for which cell of a shared memory, kept in the memory's header, where the
 * threads of all JVMs that see the memory find it. What a futex does in the kernel, and
 * Java has no way to ask for.
 * <p>
 * <b>Slots.</b> Each waiting thread holds one slot. Its state word holds process id, a
 * count of uses, and one of four states, and changes only by compare-and-set:
 *
 * <pre>
 *   FREE → CLAIMED      a thread takes the slot, then fills in cell, ticket, start of process
 *   CLAIMED → WAITING   it can be signalled from here on
 *   WAITING → WOKEN     a signal, which counts the thread as woken
 *   WAITING → FREE      the thread gives up: time is up, interrupted, value changed
 *   WOKEN → FREE        the thread goes on
 * </pre>
 *
 * Either the thread or a signaller wins the step out of WAITING, so that no signal is
 * counted that wakes nobody, and none is lost on a thread that leaves. As the count is
 * part of the word, a signaller that read a slot in an earlier use can't hit a later one.
 * <p>
 * <b>No lost wake-up.</b> The waiter makes itself visible (WAITING) and then reads the
 * cell once more; the signaller writes the cell and then looks for waiters. Both use
 * volatile accesses, which are totally ordered: at least one of them sees the other. A
 * waiter that sees the new value leaves with NOT_EQUAL, or with OK if a signal was
 * quicker.
 * <p>
 * <b>Sleeping.</b> As long as the memory has not been shown to another JVM, its waiters
 * park. From then on they sleep at a {@link Doorbell}, whose port they enter into the
 * slot and then look at its state again; a signaller changes the state and then looks for
 * the port. The same argument holds. Waiters that were parked are roused when the memory
 * is first shown. In any case they look at their slot twice a second.
 * <p>
 * <b>Death.</b> Nothing is locked, so a process that dies at any point blocks nobody. It
 * may leave slots behind. A signaller skips waiters whose process has ended, and frees
 * their slots; whoever finds no free slot sweeps the whole table. The count of waiters is
 * raised before a slot is taken and lowered after it is free, so that a death can leave
 * it too high, which costs a look, but never too low.
 * <p>
 * <b>Order.</b> Signals wake in the order of the tickets, which are drawn when the wait
 * begins.
 */
final class WaitTable {

	private static final Logger logger = LoggerFactory.getLogger(WaitTable.class);

	private static final int TICKETS = 56;

	private static final int WAITERS = 64;

	private static final int USED = 72;

	private static final int FIRST_SLOT = 128;

	private static final int SLOT_BYTES = 64;

	private static final int SLOTS = 512;

	/** Room that the table takes behind the first page of the header. */
	static final int BYTES = 32768;

	private static final int STATE = 0;

	private static final int TICKET = 8;

	private static final int CELL = 16;

	private static final int PORT = 24;

	private static final int START = 32;

	private static final int FREE = 0;

	private static final int CLAIMED = 1;

	private static final int WAITING = 2;

	private static final int WOKEN = 3;

	private static final int MAX_IDLE_BELLS = 4;

	private static final long LIVENESS_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

	private final ByteBuffer header;

	private final Participant self = Participant.self();

	private final AtomicReferenceArray<@Nullable Thread> threads = new AtomicReferenceArray<>(SLOTS);

	private final Queue<Doorbell> idleBells = new ConcurrentLinkedQueue<>();

	private final BooleanSupplier closed;

	private volatile boolean shown;

	private volatile @Nullable DatagramSocket ringer;

	private volatile Seen lastSeen = new Seen(this.self, System.nanoTime());

	/**
	 * Makes this JVM's view of the table.
	 * @param region the memory
	 * @param shown whether other JVMs see the memory
	 * @param closed tells whether the memory is closed
	 */
	WaitTable(Region region, boolean shown, BooleanSupplier closed) {
		this.header = region.header();
		this.shown = shown;
		this.closed = closed;
	}

	/**
	 * Other JVMs are about to see the memory: parked threads go and sleep where they can
	 * be woken by them.
	 */
	void show() {
		if (!this.shown) {
			this.shown = true;
			for (int slot = 0; slot < SLOTS; slot++) {
				LockSupport.unpark(this.threads.get(slot));
			}
		}
	}

	/**
	 * Tells whether other JVMs may see the memory.
	 */
	boolean isShown() {
		return this.shown;
	}

	/**
	 * Waits for a signal.
	 * @param cell byte offset of the cell
	 * @param expected tells whether the cell holds the expected value
	 * @param nanos longest wait
	 * @return how the wait ended; if it is because the memory was closed,
	 * {@link AwaitResult#OK}
	 * @throws InterruptedException if the thread is interrupted and was not signalled
	 */
	AwaitResult await(int cell, BooleanSupplier expected, long nanos) throws InterruptedException {
		if (Thread.interrupted()) {
			throw new InterruptedException();
		}
		if (!expected.getAsBoolean()) {
			return AwaitResult.NOT_EQUAL;
		}
		if (nanos <= 0) {
			return AwaitResult.TIMED_OUT;
		}
		long start = System.nanoTime();
		add(WAITERS, 1);
		int slot = -1;
		try {
			slot = claim(cell);
			if (!expected.getAsBoolean()) {
				return leave(slot) ? AwaitResult.NOT_EQUAL : AwaitResult.OK;
			}
			return sleep(slot, start, nanos);
		}
		finally {
			if (slot >= 0) {
				this.threads.set(slot, null);
				free(slot);
			}
			add(WAITERS, -1);
		}
	}

	private AwaitResult sleep(int slot, long start, long nanos) throws InterruptedException {
		Doorbell bell = null;
		try {
			while (true) {
				if (this.closed.getAsBoolean() || stateOf(slot) == WOKEN) {
					return AwaitResult.OK;
				}
				long left = nanos - (System.nanoTime() - start);
				if (left <= 0) {
					return leave(slot) ? AwaitResult.TIMED_OUT : AwaitResult.OK;
				}
				if (bell == null && this.shown) {
					bell = openBell();
					if (bell != null) {
						// and look at the state again before sleeping
						set(offset(slot) + PORT, bell.port());
						continue;
					}
				}
				if (bell != null) {
					bell.sleep(left);
				}
				else {
					LockSupport.parkNanos(this, Math.min(left, this.shown ? LIVENESS_NANOS : Doorbell.LONGEST_SLEEP));
					if (Thread.interrupted()) {
						throw new InterruptedException();
					}
				}
			}
		}
		catch (InterruptedException ex) {
			if (leave(slot)) {
				throw ex;
			}
			// the signal came first and is not to be lost
			Thread.currentThread().interrupt();
			return AwaitResult.OK;
		}
		finally {
			if (bell != null) {
				keep(bell);
			}
		}
	}

	/**
	 * Wakes threads that wait for a cell, those that wait longest first.
	 * @param cell byte offset of the cell
	 * @param count how many at most
	 * @return how many were woken
	 */
	int signal(int cell, int count) {
		if (count == 0 || get(WAITERS) == 0) {
			return 0;
		}
		List<Waiter> waiters = new ArrayList<>();
		int used = (int) get(USED);
		for (int slot = 0; slot < used; slot++) {
			long word = get(offset(slot) + STATE);
			if (state(word) == WAITING && get(offset(slot) + CELL) == cell) {
				waiters.add(new Waiter(slot, word, get(offset(slot) + TICKET)));
			}
		}
		waiters.sort(Comparator.comparingLong(Waiter::ticket));
		int woken = 0;
		for (Waiter waiter : waiters) {
			if (woken == count) {
				break;
			}
			if (!isAlive(waiter.slot, waiter.word)) {
				discard(waiter.slot, waiter.word);
			}
			else if (replace(waiter.slot, waiter.word, WOKEN)) {
				ring(waiter.slot);
				woken++;
			}
		}
		return woken;
	}

	/**
	 * Rouses waiting threads to look whether the memory is closed.
	 * @param everywhere also those of other JVMs
	 */
	void rouse(boolean everywhere) {
		int used = (int) get(USED);
		for (int slot = 0; slot < used; slot++) {
			long word = get(offset(slot) + STATE);
			if (state(word) == WAITING && (everywhere || pid(word) == this.self.pid())) {
				ring(slot);
			}
		}
	}

	/**
	 * Counts the threads of all JVMs that can be signalled.
	 */
	int waiting() {
		int used = (int) get(USED);
		int count = 0;
		for (int slot = 0; slot < used; slot++) {
			count += (stateOf(slot) == WAITING) ? 1 : 0;
		}
		return count;
	}

	/**
	 * Closes what this JVM has open for the table.
	 */
	void close() {
		for (Doorbell bell = this.idleBells.poll(); bell != null; bell = this.idleBells.poll()) {
			bell.close();
		}
		DatagramSocket socket = this.ringer;
		if (socket != null) {
			socket.close();
		}
	}

	private int claim(int cell) {
		int slot = takeFree();
		if (slot < 0) {
			sweep();
			slot = takeFree();
		}
		if (slot < 0) {
			throw new IllegalStateException(
					"More than " + SLOTS + " threads wait for the same shared memory; " + "divide it into several");
		}
		int offset = offset(slot);
		this.threads.set(slot, Thread.currentThread());
		set(offset + CELL, cell);
		set(offset + PORT, 0);
		set(offset + START, this.self.start());
		set(offset + TICKET, add(TICKETS, 1));
		for (long used = get(USED); used <= slot; used = get(USED)) {
			Region.LONG.compareAndSet(this.header, USED, used, slot + 1L);
		}
		long word = get(offset + STATE);
		set(offset + STATE, word(this.self.pid(), word, WAITING));
		return slot;
	}

	private int takeFree() {
		for (int slot = 0; slot < SLOTS; slot++) {
			long word = get(offset(slot) + STATE);
			if (state(word) == FREE && compareAndSet(slot, word, word(this.self.pid(), word + (1L << 8), CLAIMED))) {
				return slot;
			}
		}
		return -1;
	}

	/** Frees what the dead have left. */
	private void sweep() {
		for (int slot = 0; slot < SLOTS; slot++) {
			long word = get(offset(slot) + STATE);
			if (state(word) != FREE && !isAlive(slot, word)) {
				discard(slot, word);
			}
		}
	}

	private void discard(int slot, long word) {
		if (replace(slot, word, FREE)) {
			add(WAITERS, -1);
		}
	}

	private boolean isAlive(int slot, long word) {
		long pid = pid(word);
		if (pid == this.self.pid()) {
			return true;
		}
		// one that is about to wait may not have entered its start yet
		long start = (state(word) == CLAIMED) ? 0 : get(offset(slot) + START);
		Participant participant = new Participant(pid, start);
		Seen seen = this.lastSeen;
		if (seen.participant.equals(participant) && System.nanoTime() - seen.nanos < LIVENESS_NANOS) {
			return true;
		}
		boolean alive = participant.isAlive();
		if (alive) {
			this.lastSeen = new Seen(participant, System.nanoTime());
		}
		return alive;
	}

	/**
	 * Gives up waiting.
	 * @return whether no signal came before
	 */
	private boolean leave(int slot) {
		long word = get(offset(slot) + STATE);
		return state(word) == WAITING && replace(slot, word, CLAIMED);
	}

	private void free(int slot) {
		long word = get(offset(slot) + STATE);
		while (!replace(slot, word, FREE)) {
			word = get(offset(slot) + STATE);
		}
	}

	private void ring(int slot) {
		LockSupport.unpark(this.threads.get(slot));
		int port = (int) get(offset(slot) + PORT);
		if (port != 0) {
			try {
				DatagramSocket socket = ringer();
				socket.send(new DatagramPacket(new byte[1], 1, InetAddress.getLoopbackAddress(), port));
			}
			catch (IOException | RuntimeException ex) {
				logger.debug("A waiting thread can't be woken at port {}; it will look by itself", port, ex);
			}
		}
	}

	/** Other than a channel, a socket does not mind if the thread is interrupted. */
	private DatagramSocket ringer() throws IOException {
		DatagramSocket socket = this.ringer;
		if (socket == null) {
			synchronized (this.idleBells) {
				socket = this.ringer;
				if (socket == null) {
					socket = new DatagramSocket();
					this.ringer = socket;
				}
			}
		}
		return socket;
	}

	private @Nullable Doorbell openBell() {
		Doorbell bell = this.idleBells.poll();
		try {
			return (bell != null) ? bell : Doorbell.open();
		}
		catch (IOException | RuntimeException ex) {
			logger.debug("No socket to wait at; looking at intervals instead", ex);
			return null;
		}
	}

	private void keep(Doorbell bell) {
		if (bell.isOpen() && !this.closed.getAsBoolean() && this.idleBells.size() < MAX_IDLE_BELLS) {
			this.idleBells.add(bell);
			if (!this.closed.getAsBoolean()) {
				return;
			}
			this.idleBells.remove(bell);
		}
		bell.close();
	}

	private int stateOf(int slot) {
		return state(get(offset(slot) + STATE));
	}

	private boolean replace(int slot, long word, int state) {
		return compareAndSet(slot, word, word(pid(word), word, state));
	}

	private boolean compareAndSet(int slot, long word, long next) {
		return Region.LONG.compareAndSet(this.header, offset(slot) + STATE, word, next);
	}

	private long get(int offset) {
		return (long) Region.LONG.getVolatile(this.header, offset);
	}

	private void set(int offset, long value) {
		Region.LONG.setVolatile(this.header, offset, value);
	}

	private long add(int offset, long amount) {
		return (long) Region.LONG.getAndAdd(this.header, offset, amount);
	}

	private static int offset(int slot) {
		return FIRST_SLOT + slot * SLOT_BYTES;
	}

	/** Process id in the upper half, then 24 bits of count, then the state. */
	private static long word(long pid, long count, int state) {
		return (pid << 32) | (count & 0xffffff00L) | state;
	}

	private static long pid(long word) {
		return word >>> 32;
	}

	private static int state(long word) {
		return (int) (word & 0xff);
	}

	/**
	 * A thread found waiting.
	 *
	 * @param slot its slot
	 * @param word the slot's state
	 * @param ticket when it came
	 */
	private record Waiter(int slot, long word, long ticket) {

	}

	/**
	 * A process known to live a moment ago; asking the system takes longer than waking.
	 *
	 * @param participant the process
	 * @param nanos when it was seen
	 */
	private record Seen(Participant participant, long nanos) {

	}

}
