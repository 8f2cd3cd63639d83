package io.github.workerpool.process;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.MappedByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A ring of frames in memory that two processes share: one of them writes, the other
 * reads. Two rings in opposite directions and a {@link Doorbell} are the channel between
 * a parent and its child.
 *
 * <h2>Layout</h2>
 *
 * Three words, each on its own pair of cache lines, and the bytes:
 *
 * <pre>
 * tail      how many bytes were ever written          the writer's
 * head      how many bytes were ever read             the reader's
 * sleeping  1 while the reader sleeps or is about to  both
 * </pre>
 *
 * The counters only grow, and never wrap in practice: at 10 GB/s they would in 29 years.
 * Byte <i>n</i> lies at <i>n</i> modulo the size, a power of two. A frame begins at a
 * multiple of 8 with three words: magic, version, type, a flag for the last frame of a
 * message and the length of what it carries; the number; the argument. Then come its
 * bytes, filled up to a multiple of 8. A frame is written as a whole before the tail
 * passes it, and no frame is longer than a quarter of the ring; so a reader never sees
 * half a frame and never has to wait within one. What doesn't fit one frame is sent in
 * several: writer and reader then work on different parts at the same time, and neither
 * needs memory for the whole.
 *
 * <h2>Ordering</h2>
 *
 * The writer copies bytes, then stores the tail with release semantics; the reader loads
 * the tail with acquire semantics, then copies bytes. So whoever sees a tail sees the
 * bytes before it. In the other direction the reader has copied the bytes before it
 * stores the head with release semantics, and the writer loads that with acquire
 * semantics before it writes over them. Each keeps a copy of the other's counter and
 * looks at the real one only when the copy doesn't suffice: a burst costs one cache miss,
 * not one per frame.
 * <p>
 * Sleeping is the old two-flags protocol. The reader raises {@code sleeping}, passes a
 * full fence, looks at the tail once more, and only then sleeps. The writer stores the
 * tail, passes a full fence, and looks at {@code sleeping}; if it is raised, the writer
 * lowers it and rings. In the single order of the two fences one comes first: if the
 * reader's, the writer sees the flag; if the writer's, the reader sees the tail. A bell
 * that rings for nothing (the reader saw the tail as well) costs one look at the next
 * sleep. The flag is lowered by whoever finds it raised, always before the byte is sent,
 * so that there are never more than a few bytes in the socket. A <em>writer</em> that
 * finds no room is rare: it is far ahead and the reader is busy. It looks again after
 * naps that grow to a millisecond; that needs no second flag and no second bell.
 *
 * <h2>Death at any byte</h2>
 *
 * Nothing in here is locked, so nothing stays locked. A writer that dies before its store
 * to the tail has written nothing; one that dies after it has written the whole frame,
 * and the memory outlives it: the reader first reads all there is and only then sees the
 * end of the socket. A task whose reply was complete has succeeded, though its worker is
 * dead. One that dies between two frames of a message leaves a message without an end,
 * and its reader meets the end of the socket while it waits for the next frame. One that
 * dies between the store and the bell wakes its reader by the socket's end instead. A
 * reader that dies leaves a head that no longer moves: its writer may fill the ring and
 * then looks, at each nap, whether the other side still exists.
 *
 * <h2>Trust</h2>
 *
 * The other side can write anything at any time. Every word is read once, into a local
 * variable, and checked before it is used: a counter that isn't between the own one and
 * one ring further, a length beyond what the tail covers, a frame without the magic or of
 * an unknown type is a {@link BadFrameException}. Indexes into the memory are masked, so
 * that no value can lead outside. Bytes are copied out before they are interpreted.
 *
 * @since 0.1.0
 */
public final class SharedRing {

	static final int HEADER_BYTES = 24;

	private static final int TAIL = 0;

	private static final int HEAD = 128;

	private static final int SLEEPING = 256;

	private static final long NAP_NANOS = TimeUnit.MICROSECONDS.toNanos(20);

	private static final long LONGEST_NAP_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

	private SharedRing() {
	}

	/**
	 * The end that a child reads its requests from.
	 * @param region the memory
	 * @param bell where the child sleeps
	 * @param processors of the machine, as the parent sees them
	 * @return the end
	 */
	public static FrameSource requestSource(SharedRegion region, Doorbell bell, int processors) {
		return new Reader(region, SharedRegion.REQUESTS_AT, region.requestsDataAt(), bell, new SpinWait(processors));
	}

	/**
	 * The end that a child writes its replies to.
	 * @param region the memory
	 * @param bell wakes the parent
	 * @param peer tells whether the parent is still there
	 * @return the end
	 */
	public static FrameSink replySink(SharedRegion region, Doorbell bell, Peer peer) {
		return new Writer(region, SharedRegion.REPLIES_AT, region.repliesDataAt(), bell, peer);
	}

	static FrameSource replySource(SharedRegion region, Doorbell bell, int processors) {
		return new Reader(region, SharedRegion.REPLIES_AT, region.repliesDataAt(), bell, new SpinWait(processors));
	}

	static FrameSink requestSink(SharedRegion region, Doorbell bell, Peer peer) {
		return new Writer(region, SharedRegion.REQUESTS_AT, region.requestsDataAt(), bell, peer);
	}

	private static int padded(int length) {
		return length + 7 & ~7;
	}

	/**
	 * The process at the other end.
	 */
	@FunctionalInterface
	public interface Peer {

		/**
		 * Looks after the other side while this one waits for it.
		 * @throws IOException if there is no point in waiting any longer
		 */
		void check() throws IOException;

	}

	/**
	 * The end that frames go into.
	 */
	static final class Writer implements FrameSink {

		private final MappedByteBuffer memory;

		private final int words;

		private final int data;

		private final int mask;

		private final Doorbell bell;

		private final Peer peer;

		/** Up to where frames were written; the tail lags behind until the flush. */
		private long written;

		/** Up to where the reader was when last looked. */
		private long head;

		Writer(SharedRegion region, int words, int data, Doorbell bell, Peer peer) {
			this.memory = region.memory();
			this.words = words;
			this.data = data;
			this.mask = region.ringBytes() - 1;
			this.bell = bell;
			this.peer = peer;
		}

		@Override
		public void send(FrameType type, boolean last, long number, long argument, byte[] bytes, int offset, int length)
				throws IOException {
			int size = HEADER_BYTES + padded(length);
			if (length > FrameSink.MAX_FRAME_BYTES || size > this.mask / 2) {
				throw new IllegalArgumentException("A frame of " + length + " bytes is too long");
			}
			if (free() < size) {
				awaitRoom(size);
			}
			long at = this.written;
			put(at, FrameHeader.pack(type, last, length));
			put(at + 8, number);
			put(at + 16, argument);
			copy(at + HEADER_BYTES, bytes, offset, length);
			this.written = at + size;
		}

		@Override
		public void flush() throws IOException {
			SharedRegion.WORD.setRelease(this.memory, this.words + TAIL, this.written);
			VarHandle.fullFence();
			if ((long) SharedRegion.WORD.getOpaque(this.memory, this.words + SLEEPING) != 0) {
				SharedRegion.WORD.setOpaque(this.memory, this.words + SLEEPING, 0L);
				this.bell.ring();
			}
		}

		@Override
		public boolean hasRoom(int bytes) {
			return free() >= bytes || freeNow() >= bytes;
		}

		private long free() {
			return this.mask + 1 - (this.written - this.head);
		}

		private long freeNow() {
			long now = (long) SharedRegion.WORD.getAcquire(this.memory, this.words + HEAD);
			if (now >= this.head && now <= this.written) {
				this.head = now;
			}
			return free();
		}

		private void awaitRoom(int size) throws IOException {
			if (freeNow() >= size) {
				return;
			}
			flush();
			long nap = NAP_NANOS;
			boolean interrupted = false;
			try {
				for (int looks = 0; freeNow() < size; looks++) {
					if (looks < 64) {
						Thread.onSpinWait();
						continue;
					}
					if (looks < 256) {
						Thread.yield();
						continue;
					}
					this.peer.check();
					LockSupport.parkNanos(nap);
					// Parking is no channel operation, but it doesn't wait on an
					// interrupted thread
					interrupted |= Thread.interrupted();
					nap = Math.min(2 * nap, LONGEST_NAP_NANOS);
				}
			}
			finally {
				if (interrupted) {
					Thread.currentThread().interrupt();
				}
			}
		}

		private void put(long at, long word) {
			SharedRegion.WORD.set(this.memory, this.data + ((int) at & this.mask), word);
		}

		private void copy(long at, byte[] bytes, int offset, int length) {
			int start = (int) at & this.mask;
			int first = Math.min(length, this.mask + 1 - start);
			this.memory.put(this.data + start, bytes, offset, first);
			if (first < length) {
				this.memory.put(this.data, bytes, offset + first, length - first);
			}
		}

	}

	/**
	 * The end that frames come out of.
	 */
	static final class Reader extends CurrentFrame {

		private final MappedByteBuffer memory;

		private final int words;

		private final int data;

		private final int mask;

		private final Doorbell bell;

		private final SpinWait spinWait;

		/** Where the current frame ends, and the next one begins. */
		private long next;

		/** Where what is left of the current frame begins. */
		private long at;

		/** Up to where the writer was when last looked. */
		private long tail;

		Reader(SharedRegion region, int words, int data, Doorbell bell, SpinWait spinWait) {
			this.memory = region.memory();
			this.words = words;
			this.data = data;
			this.mask = region.ringBytes() - 1;
			this.bell = bell;
			this.spinWait = spinWait;
		}

		@Override
		public boolean next(long nanos) throws IOException {
			if (isOpen()) {
				end();
				SharedRegion.WORD.setRelease(this.memory, this.words + HEAD, this.next);
			}
			if (this.tail == this.next && !look() && !await(nanos)) {
				return false;
			}
			open();
			return true;
		}

		/** Looks whether there is more, and whether that can be. */
		private boolean look() throws BadFrameException {
			long now = (long) SharedRegion.WORD.getAcquire(this.memory, this.words + TAIL);
			if (now == this.tail) {
				return false;
			}
			if (now < this.tail || now - this.next > this.mask + 1 || (now & 7) != 0) {
				throw new BadFrameException("The tail of a ring of %d bytes is %d, with a head of %d"
					.formatted(this.mask + 1, now, this.next));
			}
			this.tail = now;
			return true;
		}

		private boolean await(long nanos) throws IOException {
			if (nanos <= 0) {
				return false;
			}
			if (this.spinWait.begin()) {
				do {
					if (look()) {
						this.spinWait.came();
						return true;
					}
				}
				while (this.spinWait.again());
			}
			long end = System.nanoTime() + nanos;
			while (true) {
				SharedRegion.WORD.setOpaque(this.memory, this.words + SLEEPING, 1L);
				VarHandle.fullFence();
				boolean came = look();
				long left = came ? 0 : end - System.nanoTime();
				ChannelClosedException gone = null;
				if (left > 0) {
					try {
						this.bell.sleep(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
					}
					catch (ChannelClosedException ex) {
						gone = ex;
					}
					came = look();
				}
				if (came || left <= 0 || gone != null) {
					SharedRegion.WORD.setOpaque(this.memory, this.words + SLEEPING, 0L);
					this.spinWait.slept();
					if (!came && gone != null) {
						throw gone;
					}
					return came;
				}
			}
		}

		private void open() throws BadFrameException {
			long available = this.tail - this.next;
			if (available < HEADER_BYTES) {
				throw new BadFrameException("A frame of " + available + " bytes has no room for its header");
			}
			long header = word(this.next);
			FrameType opened = FrameHeader.type(header);
			int length = FrameHeader.length(header);
			if (HEADER_BYTES + (long) padded(length) > available) {
				throw new BadFrameException("A frame of type %s claims %d bytes, but only %d were sent"
					.formatted(opened, length, available - HEADER_BYTES));
			}
			begin(opened, FrameHeader.isLast(header), length, word(this.next + 8), word(this.next + 16));
			this.at = this.next + HEADER_BYTES;
			this.next = this.at + padded(length);
		}

		private long word(long position) {
			return (long) SharedRegion.WORD.get(this.memory, this.data + ((int) position & this.mask));
		}

		@Override
		public void read(byte[] target, int offset, int length) {
			take(length);
			int start = (int) this.at & this.mask;
			int first = Math.min(length, this.mask + 1 - start);
			this.memory.get(this.data + start, target, offset, first);
			if (first < length) {
				this.memory.get(this.data, target, offset + first, length - first);
			}
			this.at += length;
		}

	}

}
