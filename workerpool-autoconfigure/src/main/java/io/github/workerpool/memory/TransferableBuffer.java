package io.github.workerpool.memory;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.Serial;
import java.io.Serializable;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

import io.github.workerpool.MemoryAllocationException;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that have one owner at a time. In a transfer list, or as an argument, result or
 * event of a task, they change their owner without being copied, also into a child JVM
 * and back. For large things that one worker works on at a time: an image, a document.
 * <p>
 * Whoever has given the buffer away finds it <em>detached</em>: {@link #size()} is 0, and
 * everything else throws {@link IllegalStateException}. In thread isolation the same
 * object is detached for all threads but the worker's until it is handed back. On JDK 22
 * or later buffers and streams taken before are revoked and throw too. On older JDKs a
 * {@code ByteBuffer} taken before still reaches the memory: don't keep one.
 * <p>
 * A task that never starts hands the buffer back to its submitter. If the owner dies, the
 * buffer is freed. So is one that nobody refers to any more, when the garbage collector
 * finds out; {@link #close()} does not wait for that, except that on a JDK older than 22
 * the room is taken until it has.
 * <p>
 * On Linux no file can stay behind, and room is taken from {@code /dev/shm}, or from the
 * directory for temporary files if there is too little. Elsewhere it is a temporary file,
 * deleted by the last owner. Moving from owner to owner is safe between threads; the
 * bytes themselves are not synchronized.
 *
 * @since 0.1.0
 */
public final class TransferableBuffer implements Transferable, AutoCloseable, Serializable {

	@Serial
	private static final long serialVersionUID = 1L;

	private final transient Object lock = new Object();

	private transient State state = State.OWNED;

	private transient @Nullable Loan loan;

	/** The only thread that may use the buffer, if it is lent and in use. */
	private transient @Nullable Thread borrower;

	private transient @Nullable Region region;

	private transient @Nullable Mapping mapping;

	private TransferableBuffer(@Nullable Region region, @Nullable Mapping mapping) {
		this.region = region;
		this.mapping = mapping;
	}

	/**
	 * Allocates a buffer, filled with zeros.
	 * @param bytes how many, from 0 to 2<sup>31</sup> − 1
	 * @return the buffer
	 * @throws MemoryAllocationException if there is no room
	 */
	public static TransferableBuffer allocate(long bytes) {
		return allocate(bytes, MemoryDirectories.ofSystem());
	}

	static TransferableBuffer allocate(long bytes, MemoryDirectories directories) {
		if (bytes < 0 || bytes > Integer.MAX_VALUE) {
			throw new IllegalArgumentException("'bytes' must be from 0 to " + Integer.MAX_VALUE + ", but is " + bytes);
		}
		try {
			return Uninterrupted.repeat(() -> create(directories, bytes, new Zeros(bytes)));
		}
		catch (IOException ex) {
			throw cantMap(bytes, ex);
		}
	}

	/**
	 * Makes a buffer of given bytes.
	 * @param bytes the bytes, which are copied
	 * @return the buffer
	 * @throws MemoryAllocationException if there is no room
	 */
	public static TransferableBuffer copyOf(byte[] bytes) {
		Objects.requireNonNull(bytes, "'bytes' must not be null");
		try {
			return Uninterrupted
				.repeat(() -> create(MemoryDirectories.ofSystem(), bytes.length, new ByteArrayInputStream(bytes)));
		}
		catch (IOException ex) {
			throw cantMap(bytes.length, ex);
		}
	}

	/**
	 * Makes a buffer of all that a stream gives, without holding it on the heap.
	 * @param stream the stream, which is read to its end and not closed
	 * @return the buffer
	 * @throws MemoryAllocationException if there is no room, or the stream has more than
	 * 2<sup>31</sup> − 1 bytes
	 * @throws IOException if the stream fails, or the thread is interrupted
	 */
	public static TransferableBuffer copyOf(InputStream stream) throws IOException {
		return copyOf(stream, MemoryDirectories.ofSystem());
	}

	static TransferableBuffer copyOf(InputStream stream, MemoryDirectories directories) throws IOException {
		Objects.requireNonNull(stream, "'stream' must not be null");
		return create(directories, 0, stream);
	}

	private static TransferableBuffer create(MemoryDirectories directories, long expected, InputStream content)
			throws IOException {
		return map(Region.create(MemoryHandle.Kind.BUFFER, directories, expected, content));
	}

	private static TransferableBuffer map(Region region) throws IOException {
		try {
			return new TransferableBuffer(region, region.map());
		}
		catch (IOException | RuntimeException | Error ex) {
			region.leave();
			throw ex;
		}
	}

	private static MemoryAllocationException cantMap(long bytes, IOException cause) {
		return new MemoryAllocationException("Memory of " + bytes + " bytes can't be mapped: " + cause, cause);
	}

	/**
	 * Takes over what another JVM has offered, or this one if the buffer comes back. The
	 * bytes are mapped when they are first asked for, as many a buffer is only passed on.
	 */
	static TransferableBuffer accept(MemoryHandle handle) throws IOException {
		TransferableBuffer own = Offer.takeHome(handle);
		if (own != null) {
			return own;
		}
		Region region = Region.open(handle, MemoryHandle.Kind.BUFFER);
		if (!region.take(handle.grant())) {
			region.leave();
			throw taken(handle);
		}
		return new TransferableBuffer(region, null);
	}

	private static IOException taken(MemoryHandle handle) {
		return new IOException("Memory '" + handle.id() + "' was handed back or has been taken by another owner");
	}

	/**
	 * The bytes as a buffer, big-endian at first as every new buffer, with position 0.
	 * @return a new view of the same bytes
	 * @throws IllegalStateException if this buffer is detached
	 */
	public ByteBuffer asBuffer() {
		synchronized (this.lock) {
			return content().duplicate();
		}
	}

	/**
	 * Copies the bytes to the heap.
	 * @return a copy of the bytes
	 * @throws IllegalStateException if this buffer is detached
	 */
	public byte[] toByteArray() {
		ByteBuffer buffer = asBuffer();
		byte[] bytes = new byte[buffer.remaining()];
		buffer.get(bytes);
		return bytes;
	}

	/**
	 * Reads the bytes without copying them first.
	 * @return a stream over the bytes, to be used by one thread; it throws
	 * {@link IllegalStateException} once this buffer is detached
	 * @throws IllegalStateException if this buffer is detached
	 */
	public InputStream inputStream() {
		return new Stream(asBuffer());
	}

	/**
	 * Size of the buffer.
	 * @return the bytes, 0 if it is detached
	 */
	public int size() {
		synchronized (this.lock) {
			return (isUsable() && this.region != null) ? this.region.size() : 0;
		}
	}

	/**
	 * Tells whether the bytes belong to another owner, are on their way to one, or were
	 * freed; for a buffer lent to a worker of this JVM the answer differs from thread to
	 * thread.
	 * @return whether this buffer is of no use here and now
	 */
	public boolean isDetached() {
		synchronized (this.lock) {
			return !isUsable();
		}
	}

	/**
	 * Frees the bytes; the buffer is detached then. Does nothing if it is detached
	 * already, unless it is because of a task of this JVM that is over and has given it
	 * to nobody.
	 */
	@Override
	public void close() {
		synchronized (this.lock) {
			if (isUsable() || (this.state == State.LENT && this.loan != null && this.loan.over)) {
				free();
			}
		}
	}

	@Override
	public Transfer prepareTransfer() {
		return new Move(this);
	}

	private ByteBuffer content() {
		checkUsable();
		if (this.mapping == null) {
			this.mapping = Objects.requireNonNull(this.region).mapAgain();
		}
		return this.mapping.buffer();
	}

	private boolean isUsable() {
		return this.state == State.OWNED || (this.state == State.LENT && this.borrower == Thread.currentThread());
	}

	private void checkUsable() {
		if (!isUsable()) {
			throw new IllegalStateException(switch (this.state) {
				case MOVING -> "Buffer is being transferred by another thread";
				case LENT -> "Buffer is detached: it is lent to "
						+ ((this.borrower != null) ? "thread '" + this.borrower.getName() + "'" : "a task")
						+ " and usable there only, until it is handed back";
				case CLOSED -> "Buffer is closed";
				default -> "Buffer is detached: it was transferred to another owner. Use what the owner sends back";
			});
		}
	}

	private void free() {
		revoke(true);
		if (this.region != null) {
			this.region.free();
			this.region = null;
		}
		this.mapping = null;
		this.borrower = null;
		this.state = State.CLOSED;
	}

	/**
	 * Takes back views where the JDK can; where it can't, the mapping is as good as new.
	 */
	private void revoke(boolean patiently) {
		if (this.mapping != null && Mapping.isRevocable()) {
			this.mapping.revoke(patiently);
			this.mapping = null;
		}
	}

	/**
	 * Lends this buffer to a task, which has not started yet.
	 * @return the loan
	 */
	Loan lend() {
		synchronized (this.lock) {
			checkUsable();
			Loan loan = new Loan(this, this.loan, this.borrower);
			this.state = State.LENT;
			this.loan = loan;
			this.borrower = null;
			revoke(false);
			return loan;
		}
	}

	boolean isLent() {
		synchronized (this.lock) {
			return this.state == State.LENT && this.borrower == null;
		}
	}

	/**
	 * Copies this buffer.
	 */
	TransferableBuffer copy() {
		try {
			return copyOf(inputStream());
		}
		catch (IOException ex) {
			throw new MemoryAllocationException("Buffer of " + size() + " bytes can't be copied: " + ex, ex);
		}
	}

	@Serial
	private void writeObject(ObjectOutputStream out) throws NotSerializableException {
		throw new NotSerializableException(TransferableBuffer.class.getName());
	}

	@Override
	public String toString() {
		return "TransferableBuffer of " + size() + " bytes" + (isDetached() ? ", detached" : "");
	}

	private enum State {

		OWNED, MOVING, LENT, DETACHED, CLOSED

	}

	/**
	 * A buffer being lent to one task. A borrower may lend it on; then the earlier loan
	 * has nothing to say until the later one is undone.
	 */
	static final class Loan {

		private final TransferableBuffer buffer;

		private final @Nullable Loan before;

		private final @Nullable Thread borrowerBefore;

		/** Whether the borrowing task is over; guarded by the buffer's lock. */
		private boolean over;

		Loan(TransferableBuffer buffer, @Nullable Loan before, @Nullable Thread borrowerBefore) {
			this.buffer = buffer;
			this.before = before;
			this.borrowerBefore = borrowerBefore;
		}

		TransferableBuffer buffer() {
			return this.buffer;
		}

		/**
		 * Lets this thread alone use the buffer.
		 */
		void begin() {
			synchronized (this.buffer.lock) {
				if (isCurrent()) {
					this.buffer.borrower = Thread.currentThread();
				}
			}
		}

		/**
		 * Gives the buffer to everyone, unless the borrower has given it away already.
		 */
		void handOver() {
			end(State.OWNED, null, null);
		}

		/**
		 * Undoes the loan.
		 */
		void handBack() {
			end((this.before != null) ? State.LENT : State.OWNED, this.before, this.borrowerBefore);
		}

		/**
		 * The borrower is done.
		 */
		void over() {
			synchronized (this.buffer.lock) {
				this.over = true;
			}
		}

		private void end(State state, @Nullable Loan loan, @Nullable Thread borrower) {
			synchronized (this.buffer.lock) {
				if (isCurrent()) {
					this.buffer.revoke(false);
					this.buffer.state = state;
					this.buffer.loan = loan;
					this.buffer.borrower = borrower;
				}
			}
		}

		private boolean isCurrent() {
			return this.buffer.state == State.LENT && this.buffer.loan == this;
		}

	}

	/**
	 * The way out of a buffer. Its owner keeps the region until the transfer is over.
	 */
	private abstract static class Departure {

		final TransferableBuffer buffer;

		private final State before;

		private final @Nullable Thread borrower;

		Departure(TransferableBuffer buffer) {
			this.buffer = buffer;
			synchronized (buffer.lock) {
				buffer.checkUsable();
				this.before = buffer.state;
				this.borrower = buffer.borrower;
				buffer.state = State.MOVING;
			}
		}

		/** Makes the buffer as it was before. */
		final void restore() {
			synchronized (this.buffer.lock) {
				this.buffer.state = this.before;
				this.buffer.borrower = this.borrower;
			}
		}

		/** Makes the buffer empty for good, and its views with it. */
		final void detach() {
			synchronized (this.buffer.lock) {
				this.buffer.state = State.DETACHED;
				this.buffer.borrower = null;
				this.buffer.revoke(false);
			}
		}

	}

	/**
	 * A transfer within this JVM.
	 */
	private static final class Move extends Departure implements Transfer {

		private final TransferableBuffer successor = new TransferableBuffer(null, null);

		Move(TransferableBuffer buffer) {
			super(buffer);
			this.successor.state = State.MOVING;
		}

		@Override
		public Object successor() {
			return this.successor;
		}

		@Override
		public void commit() {
			detach();
			synchronized (this.successor.lock) {
				this.successor.region = this.buffer.region;
				this.successor.mapping = this.buffer.mapping;
				this.successor.state = State.OWNED;
				this.buffer.region = null;
				this.buffer.mapping = null;
			}
		}

		@Override
		public void rollback() {
			this.successor.state = State.DETACHED;
			restore();
		}

	}

	/**
	 * A transfer to another JVM. Both sides may die at any moment: who owns the bytes is
	 * decided by one compare-and-set in the region's header, by the new owner when it
	 * takes them, or by the old one when it takes them back.
	 */
	static final class Offer extends Departure {

		/**
		 * What has been offered and not yet released; a buffer that comes back is open.
		 */
		private static final Map<UUID, WeakReference<Offer>> OUTSTANDING = new ConcurrentHashMap<>();

		private final Region region;

		private final long grant;

		private final MemoryHandle handle;

		Offer(TransferableBuffer buffer) {
			super(buffer);
			this.region = Objects.requireNonNull(buffer.region);
			this.grant = this.region.offer();
			try {
				this.handle = this.region.handle(MemoryHandle.Kind.BUFFER, this.grant);
				OUTSTANDING.values().removeIf((each) -> each.get() == null);
				OUTSTANDING.put(this.region.id(), new WeakReference<>(this));
			}
			catch (RuntimeException | Error ex) {
				this.region.take(this.grant);
				restore();
				throw ex;
			}
		}

		/**
		 * Takes over what this JVM has offered and still has open.
		 * @return the buffer, or {@code null} if it has to be opened
		 */
		static @Nullable TransferableBuffer takeHome(MemoryHandle handle) throws IOException {
			WeakReference<Offer> reference = OUTSTANDING.get(handle.id());
			Offer offer = (reference != null) ? reference.get() : null;
			if (offer == null) {
				return null;
			}
			synchronized (offer.buffer.lock) {
				if (offer.buffer.region == null || offer.buffer.state != State.DETACHED) {
					return null;
				}
				if (!offer.region.take(handle.grant())) {
					throw taken(handle);
				}
				OUTSTANDING.remove(handle.id(), reference);
				TransferableBuffer home = new TransferableBuffer(offer.region, offer.buffer.mapping);
				offer.buffer.region = null;
				offer.buffer.mapping = null;
				return home;
			}
		}

		MemoryHandle handle() {
			return this.handle;
		}

		/**
		 * Detaches the buffer. Not before the message is complete, as what refers to it
		 * may fail to be encoded.
		 */
		void commit() {
			detach();
		}

		/**
		 * Takes the bytes back, unless the new owner has them.
		 * @return whether they are back
		 */
		boolean takeBack() {
			if (!this.region.take(this.grant)) {
				return false;
			}
			OUTSTANDING.remove(this.region.id());
			restore();
			return true;
		}

		boolean isTaken() {
			return this.region.isTaken(this.grant);
		}

		/**
		 * Lets go of the bytes: the new owner has them, or nobody will.
		 */
		void release() {
			synchronized (this.buffer.lock) {
				if (this.buffer.state == State.MOVING) {
					takeBack();
				}
				if (this.buffer.state == State.DETACHED && this.buffer.region != null) {
					OUTSTANDING.remove(this.region.id());
					this.buffer.region = null;
					this.buffer.mapping = null;
					if (this.region.take(this.grant)) {
						this.region.free();
					}
					else {
						this.region.leave();
					}
				}
			}
		}

	}

	/**
	 * Reads a view, which throws by itself once it is revoked; and where it is not,
	 * looks.
	 */
	private final class Stream extends InputStream {

		private final ByteBuffer view;

		Stream(ByteBuffer view) {
			this.view = view;
		}

		@Override
		public int read() {
			check();
			return this.view.hasRemaining() ? this.view.get() & 0xff : -1;
		}

		@Override
		public int read(byte[] bytes, int offset, int length) {
			Objects.checkFromIndexSize(offset, length, bytes.length);
			check();
			if (length > 0 && !this.view.hasRemaining()) {
				return -1;
			}
			int count = Math.min(length, this.view.remaining());
			this.view.get(bytes, offset, count);
			return count;
		}

		@Override
		public long skip(long count) {
			check();
			int skipped = (int) Math.max(0, Math.min(count, this.view.remaining()));
			this.view.position(this.view.position() + skipped);
			return skipped;
		}

		@Override
		public int available() {
			check();
			return this.view.remaining();
		}

		private void check() {
			synchronized (TransferableBuffer.this.lock) {
				checkUsable();
			}
		}

	}

}
