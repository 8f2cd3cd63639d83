package io.github.workerpool.memory;

import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.Serial;
import java.io.Serializable;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

import io.github.workerpool.MemoryAllocationException;
import org.jspecify.annotations.Nullable;

/**
 * Memory that all threads and child JVMs see to which it is sent, in a task, an argument,
 * a result or a message. Sending copies nothing.
 * <p>
 * Use {@link #ints()} and {@link #longs()} for what several workers change: their
 * operations are atomic, and what a worker wrote plainly before it {@code set} a cell,
 * sent a message or ended, is visible to whoever observes that. {@link #asBuffer()} alone
 * orders nothing.
 * <p>
 * The JVM that allocated the memory owns it. Its {@link #close()} closes the memory for
 * everyone; elsewhere {@code close()} closes it for that JVM. Closed memory throws; on
 * JDK 22 or later so do buffers taken before, and the room is free at once. On older JDKs
 * buffers taken before stay usable, and the room is free once the garbage collectors of
 * all JVMs have found that nobody has one any more. Memory that is forgotten is freed the
 * same way. A JVM that dies frees what only it held; others go on.
 * <p>
 * On Linux no file can stay behind, and room is taken from {@code /dev/shm}, or from the
 * directory for temporary files if there is too little. Elsewhere it is a temporary file,
 * deleted on close. A JVM that the memory is sent to is trusted with it: it could shorten
 * the file, which makes others fail with an {@link InternalError}. Thread-safe.
 *
 * @since 0.1.0
 */
public final class SharedMemory implements AutoCloseable, Serializable {

	@Serial
	private static final long serialVersionUID = 1L;

	/** What this JVM has mapped of others and of its own; a fact of the process. */
	private static final Map<UUID, WeakReference<SharedMemory>> KNOWN = new ConcurrentHashMap<>();

	private final transient Region region;

	private final transient Mapping mapping;

	private final transient ByteBuffer content;

	private final transient WaitTable waitTable;

	private final transient boolean owner;

	private transient volatile boolean closed;

	private SharedMemory(Region region, Mapping mapping, boolean owner) {
		this.region = region;
		this.mapping = mapping;
		this.content = mapping.buffer().duplicate().order(ByteOrder.nativeOrder());
		this.owner = owner;
		this.waitTable = new WaitTable(region, !owner, this::isClosed);
	}

	/**
	 * Allocates memory, filled with zeros.
	 * @param bytes how many, from 1 to 2<sup>31</sup> − 1
	 * @return the memory
	 * @throws MemoryAllocationException if there is no room
	 */
	public static SharedMemory allocate(long bytes) {
		return allocate(bytes, MemoryDirectories.ofSystem());
	}

	static SharedMemory allocate(long bytes, MemoryDirectories directories) {
		if (bytes < 1 || bytes > Integer.MAX_VALUE) {
			throw new IllegalArgumentException("'bytes' must be from 1 to " + Integer.MAX_VALUE + ", but is " + bytes);
		}
		try {
			return Uninterrupted.repeat(() -> {
				Region region = Region.create(MemoryHandle.Kind.MEMORY, directories, bytes, new Zeros(bytes));
				return map(region, true);
			});
		}
		catch (IOException ex) {
			throw new MemoryAllocationException("Memory of " + bytes + " bytes can't be mapped: " + ex, ex);
		}
	}

	/**
	 * Finds or opens the memory that a handle stands for.
	 */
	static SharedMemory attach(MemoryHandle handle) throws IOException {
		SharedMemory known = known(handle.id());
		if (known != null) {
			return known;
		}
		synchronized (KNOWN) {
			known = known(handle.id());
			if (known != null) {
				return known;
			}
			return Uninterrupted.repeat(() -> open(handle));
		}
	}

	private static SharedMemory open(MemoryHandle handle) throws IOException {
		Region region = Region.open(handle, MemoryHandle.Kind.MEMORY);
		if (region.isMarkedClosed()) {
			region.leave();
			throw new IOException("Memory '" + handle.id() + "' has been closed by its owner");
		}
		return map(region, false);
	}

	private static SharedMemory map(Region region, boolean owner) throws IOException {
		try {
			SharedMemory memory = new SharedMemory(region, region.map(), owner);
			KNOWN.values().removeIf((each) -> each.get() == null);
			KNOWN.put(region.id(), new WeakReference<>(memory));
			return memory;
		}
		catch (IOException | RuntimeException | Error ex) {
			region.leave();
			throw ex;
		}
	}

	private static @Nullable SharedMemory known(UUID id) {
		WeakReference<SharedMemory> reference = KNOWN.get(id);
		SharedMemory memory = (reference != null) ? reference.get() : null;
		return (memory != null && !memory.closed) ? memory : null;
	}

	/**
	 * Makes a handle by which another JVM finds this memory.
	 * @param kind this memory or one of its arrays
	 */
	MemoryHandle handle(MemoryHandle.Kind kind) {
		checkOpen();
		this.waitTable.show();
		return this.region.handle(kind, 0);
	}

	/**
	 * Size of the memory.
	 * @return the bytes, also after it was closed
	 */
	public int size() {
		return this.region.size();
	}

	/**
	 * The memory as a buffer, in the machine's byte order, with position 0.
	 * @return a new view of the same memory
	 * @throws IllegalStateException if the memory is closed
	 */
	public ByteBuffer asBuffer() {
		checkOpen();
		return this.content.duplicate().order(ByteOrder.nativeOrder());
	}

	/**
	 * The memory as cells of 4 bytes; what is left at the end is not covered.
	 * @return an array over the same memory
	 * @throws IllegalStateException if the memory is closed
	 */
	public SharedIntArray ints() {
		checkOpen();
		return new SharedIntArray(this);
	}

	/**
	 * The memory as cells of 8 bytes; what is left at the end is not covered.
	 * @return an array over the same memory
	 * @throws IllegalStateException if the memory is closed
	 */
	public SharedLongArray longs() {
		checkOpen();
		return new SharedLongArray(this);
	}

	/**
	 * Tells whether the memory was closed, by its owner or in this JVM.
	 * @return whether it can't be used any more
	 */
	public boolean isClosed() {
		return this.closed || this.region.isMarkedClosed();
	}

	/**
	 * Closes the memory: for everyone if this JVM has allocated it, else for this JVM.
	 * Threads that wait for a cell get an {@link IllegalStateException}. Further calls do
	 * nothing.
	 */
	@Override
	public void close() {
		synchronized (this.region) {
			if (this.closed) {
				return;
			}
			this.closed = true;
		}
		if (this.owner) {
			this.region.markClosed();
		}
		this.waitTable.rouse(this.owner);
		KNOWN.remove(this.region.id());
		this.waitTable.close();
		this.mapping.revoke(true);
		if (this.owner && !this.waitTable.isShown()) {
			this.region.free();
		}
		else {
			// others may be about to map it
			this.region.close();
		}
	}

	ByteBuffer content() {
		return this.content;
	}

	void checkOpen() {
		if (isClosed()) {
			throw new IllegalStateException("Shared memory of " + size() + " bytes is closed"
					+ (this.closed ? "" : " by its owner") + "; keep it open until all who use it are done");
		}
	}

	AwaitResult await(int offset, BooleanSupplier expected, @Nullable Duration timeout) throws InterruptedException {
		checkOpen();
		AwaitResult result = this.waitTable.await(offset, expected, toNanos(timeout));
		checkOpen();
		return result;
	}

	private static long toNanos(@Nullable Duration timeout) {
		if (timeout == null) {
			return Long.MAX_VALUE;
		}
		try {
			return timeout.toNanos();
		}
		catch (ArithmeticException ex) {
			return timeout.isNegative() ? 0 : Long.MAX_VALUE;
		}
	}

	int signal(int offset, int count) {
		checkOpen();
		if (count < 0) {
			throw new IllegalArgumentException("'count' must not be negative, but is " + count);
		}
		return this.waitTable.signal(offset, count);
	}

	/** How many threads of all JVMs are waiting. */
	int waiting() {
		return this.waitTable.waiting();
	}

	/** The byte offset of a cell. */
	int offset(int index, int length, int shift) {
		checkOpen();
		return Objects.checkIndex(index, length) << shift;
	}

	@Serial
	private void writeObject(ObjectOutputStream out) throws NotSerializableException {
		throw new NotSerializableException(SharedMemory.class.getName());
	}

	@Override
	public String toString() {
		return "SharedMemory of " + size() + " bytes" + (isClosed() ? ", closed" : "");
	}

}
