package io.github.workerpool.memory;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.UUID;

import io.github.workerpool.MemoryAllocationException;

/**
 * A file in memory, with a header that all JVMs that have it open agree by. The content
 * follows the header on a page of its own.
 * <p>
 * The header's mapping is left to the garbage collector on every JDK, so that whoever
 * holds a region can look at its header without fear, closed or not. It is read and
 * written only through {@code VarHandle}s, whose atomic operations are the processor's
 * and so hold between processes as between threads.
 *
 * <pre>
 *   0 magic     8 identity (16)     24 size     32 kind
 *  40 grant: odd while a transfer is offered, even while there is an owner
 *  48 closed by the owner
 *  80 mappings of the content, in all JVMs, that are not known to be gone
 *  56 tickets, 64 waiters, 72 used slots, 128 slots (see {@link WaitTable})
 * </pre>
 */
final class Region {

	/** One page; what is mapped behind it is aligned for any atomic operation. */
	static final int PAGE = 4096;

	static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

	private static final long MAGIC = 0x776f726b6d656d01L;

	private static final int ID = 8;

	private static final int SIZE = 24;

	private static final int KIND = 32;

	private static final int GRANT = 40;

	private static final int CLOSED = 48;

	private static final int MAPPINGS = 80;

	private final MemoryFile file;

	private final ByteBuffer header;

	private final int size;

	private Region(MemoryFile file, ByteBuffer header, int size) {
		this.file = file;
		this.header = header;
		this.size = size;
	}

	/**
	 * Makes a region.
	 * @param kind what it is for
	 * @param directories where the file may lie
	 * @param expected bytes that the stream will give, 0 if that is not known
	 * @param content what it holds at first
	 * @return the region
	 * @throws MemoryAllocationException if there is no room
	 * @throws IOException if the stream fails, or the thread is interrupted
	 */
	static Region create(MemoryHandle.Kind kind, MemoryDirectories directories, long expected, InputStream content)
			throws IOException {
		int headerSize = headerSize(kind);
		MemoryFile file = MemoryFile.create(directories, headerSize, expected, content);
		try {
			int size = Math.toIntExact(file.channel().size() - headerSize);
			Region region = new Region(file, mapHeader(file, headerSize), size);
			region.set(ID, file.id().getMostSignificantBits());
			region.set(ID + 8, file.id().getLeastSignificantBits());
			region.set(SIZE, size);
			region.set(KIND, kind.ordinal());
			region.set(0, MAGIC);
			return region;
		}
		catch (IOException | RuntimeException | Error ex) {
			file.close();
			throw ex;
		}
	}

	/**
	 * Opens a region of another JVM.
	 * @param handle names it
	 * @param kind what it must be for
	 * @return the region
	 * @throws IOException if it is gone or something else
	 */
	static Region open(MemoryHandle handle, MemoryHandle.Kind kind) throws IOException {
		return Uninterrupted.repeat(() -> {
			MemoryFile file = MemoryFile.open(handle.id(), handle.pid(), handle.descriptor(), handle.path(),
					kind == MemoryHandle.Kind.BUFFER);
			try {
				int headerSize = headerSize(kind);
				if (handle.size() < 0 || file.channel().size() != (long) headerSize + handle.size()) {
					throw new IOException("Memory '" + handle.id() + "' has another size than " + handle.size());
				}
				Region region = new Region(file, mapHeader(file, headerSize), handle.size());
				region.check(kind);
				return region;
			}
			catch (IOException | RuntimeException | Error ex) {
				file.leave();
				throw ex;
			}
		});
	}

	private static int headerSize(MemoryHandle.Kind kind) {
		return (kind == MemoryHandle.Kind.BUFFER) ? PAGE : PAGE + WaitTable.BYTES;
	}

	private static ByteBuffer mapHeader(MemoryFile file, int headerSize) throws IOException {
		return file.channel().map(MapMode.READ_WRITE, 0, headerSize).order(ByteOrder.nativeOrder());
	}

	private void check(MemoryHandle.Kind kind) throws IOException {
		UUID id = new UUID(get(ID), get(ID + 8));
		if (get(0) != MAGIC || !id.equals(this.file.id()) || get(SIZE) != this.size || get(KIND) != kind.ordinal()) {
			throw new IOException("Memory '" + this.file.id() + "' has a header of something else");
		}
	}

	UUID id() {
		return this.file.id();
	}

	int size() {
		return this.size;
	}

	/**
	 * Maps the content for the first time, in the course of {@link #create} or
	 * {@link #open}.
	 */
	Mapping map() throws IOException {
		return map(this.file.channel());
	}

	private Mapping map(FileChannel channel) throws IOException {
		ByteBuffer shared = this.header;
		LONG.getAndAdd(shared, MAPPINGS, 1L);
		try {
			return Mapping.of(channel, shared.capacity(), this.size, () -> LONG.getAndAdd(shared, MAPPINGS, -1L));
		}
		catch (IOException | RuntimeException | Error ex) {
			LONG.getAndAdd(shared, MAPPINGS, -1L);
			throw ex;
		}
	}

	/**
	 * Maps the content once more. By another channel, as an interruption closes the one
	 * it meets, and for a file without a name there is no second chance. If the file
	 * can't be opened again, by a thread that nobody interrupts: that takes longer.
	 */
	Mapping mapAgain() {
		try {
			return Uninterrupted.repeat(() -> {
				try (FileChannel another = this.file.openAgain()) {
					return map(another);
				}
			});
		}
		catch (IOException ex) {
			return mapElsewhere();
		}
	}

	private Mapping mapElsewhere() {
		try {
			return Uninterrupted.elsewhere("workerpool-map", 0, this::map);
		}
		catch (Exception ex) {
			throw new MemoryAllocationException(
					"Memory of " + this.size + " bytes can't be mapped; it is lost to this JVM: " + ex, ex);
		}
	}

	/**
	 * Makes a handle for another JVM.
	 * @param kind what it is to stand for
	 * @param grant the transfer it is for, if it is for one
	 * @return the handle
	 */
	MemoryHandle handle(MemoryHandle.Kind kind, long grant) {
		try {
			Path path = this.file.path();
			return new MemoryHandle(kind, id(), ProcessHandle.current().pid(), this.file.descriptor(),
					(path != null) ? path.toAbsolutePath().toString() : null, this.size, grant);
		}
		catch (IOException ex) {
			throw new MemoryAllocationException(
					"Memory of " + this.size + " bytes can't be shown to another JVM: " + ex.getMessage(), ex);
		}
	}

	/**
	 * Offers the region to a new owner.
	 * @return the grant that the new owner takes it by
	 */
	long offer() {
		return 1 + (long) LONG.getAndAdd(this.header, GRANT, 1L);
	}

	/**
	 * Takes an offered region: by its new owner, or back by the old one. Of all who try,
	 * in whichever JVM, one succeeds.
	 * @param grant the grant
	 * @return whether this was the one; not if another JVM has cut the file short, which
	 * nobody does by accident, and which is looked for first, as the processor's answer
	 * to an atomic operation behind the end of a file ends the JVM
	 */
	boolean take(long grant) {
		return grant % 2 == 1 && this.file.reaches(this.header.capacity())
				&& LONG.compareAndSet(this.header, GRANT, grant, grant + 1);
	}

	/**
	 * Tells whether a grant has been taken, by whomever.
	 */
	boolean isTaken(long grant) {
		return get(GRANT) != grant;
	}

	/**
	 * Tells everyone that the owner has closed the region.
	 */
	void markClosed() {
		LONG.setVolatile(this.header, CLOSED, 1L);
	}

	boolean isMarkedClosed() {
		return (long) LONG.getOpaque(this.header, CLOSED) != 0;
	}

	ByteBuffer header() {
		return this.header;
	}

	/**
	 * Closes the file. No other JVM can open it by this one from now on; mappings stay.
	 */
	void close() {
		this.file.close();
	}

	/**
	 * Closes the file as its last owner, who has revoked the content. That is given back
	 * to the system at once, and does not wait until the garbage collectors of all JVMs
	 * that have known this region unmap its header; unless somebody may still be using
	 * it, as to touch what was given back is an error that no code can handle well.
	 */
	void free() {
		if (this.size > 0 && get(MAPPINGS) == 0) {
			this.file.truncate(this.header.capacity());
		}
		close();
	}

	/**
	 * Closes the file as one that has another owner now.
	 */
	void leave() {
		this.file.leave();
	}

	private long get(int offset) {
		return (long) LONG.getVolatile(this.header, offset);
	}

	private void set(int offset, long value) {
		LONG.setVolatile(this.header, offset, value);
	}

}
