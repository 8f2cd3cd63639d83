package io.github.workerpool.process;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

import io.github.workerpool.memory.MemoryLeftovers;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Memory that a parent shares with one child: a mapped file of which no name is left once
 * both have it.
 *
 * <h2>Layout</h2>
 *
 * <pre>
 *    0  magic, version of the layout, bytes of each ring      parent, before the child opens
 *  128  start mark                                            child, before it reads the request; parent, to take back
 *  640  heartbeats, used heap, what it died of                child
 *  768  CPU time and allocation of one run, and which         child
 * 1024  words of the ring of requests                         see {@link SharedRing}
 * 1536  words of the ring of replies
 * 4096  bytes of the ring of requests, then of the replies
 * </pre>
 *
 * Words are 64 bits in the machine's own order. What different processes write lies on
 * different pairs of cache lines.
 *
 * <h2>Start mark</h2>
 *
 * The number of the last request that the child began with, in the upper half of the
 * word. It is set before a byte of the task is decoded, so also after the death of the
 * child the parent can tell whether a task had begun.
 * <p>
 * In the lower half is the number up to which the child may not begin with a request any
 * more. It follows the other; the parent moves it beyond that to take back what it has
 * sent ahead, and either side moves it out of reach to have the child wait for the
 * parent. As both are in one word, either the child has begun with a request or it never
 * will. Numbers are compared modulo 2<sup>32</sup>.
 *
 * <h2>The file</h2>
 *
 * It is filled with zeros before it is mapped: touching a hole in the mapping of a file
 * on a full file system is an error that no code can handle well. On Linux it loses its
 * name at once, and the child opens it through the parent's {@code /proc} directory; so
 * whoever is killed when, nothing stays behind (but for an empty file of who is killed in
 * that very moment, see {@link MemoryLeftovers}), and a region can serve one child after
 * the other. Elsewhere the name goes once the child has opened it. The mapping itself is
 * freed with the garbage; there is no safe way to do so earlier.
 *
 * @since 0.1.0
 */
public final class SharedRegion implements AutoCloseable {

	private static final long MAGIC = 0x57_4F_52_4B_00_00_00_01L;

	private static final int STARTED_AT = 128;

	/** Farther than any request is ahead of the child. */
	private static final int FAR = 1 << 30;

	private static final int BEATS_AT = 640;

	private static final int HEAP_USED_AT = 648;

	private static final int FATAL_AT = 656;

	private static final int SAMPLE_RUN_AT = 768;

	private static final int SAMPLE_CPU_AT = 776;

	private static final int SAMPLE_ALLOCATED_AT = 784;

	static final int REQUESTS_AT = 1024;

	static final int REPLIES_AT = 1536;

	private static final int DATA_AT = 4096;

	private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

	static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

	private final MappedByteBuffer memory;

	private final int ringBytes;

	/** Keeps the nameless file alive for children to come; {@code null} in a child. */
	private final @Nullable FileChannel file;

	private final @Nullable Path location;

	private final boolean named;

	private SharedRegion(MappedByteBuffer memory, int ringBytes, @Nullable FileChannel file, @Nullable Path location,
			boolean named) {
		this.memory = memory;
		this.ringBytes = ringBytes;
		this.file = file;
		this.location = location;
		this.named = named;
	}

	/**
	 * Makes a region in the first directory that has room for it.
	 * @param directories where to try
	 * @param ringBytes bytes of each ring, a power of two
	 * @return the region
	 * @throws IOException if it can be made in none of them
	 */
	static SharedRegion create(List<Path> directories, int ringBytes) throws IOException {
		IOException failure = new IOException("Memory can't be mapped in any of " + directories);
		for (Path directory : directories) {
			try {
				return create(directory, ringBytes);
			}
			catch (IOException | UnsupportedOperationException ex) {
				failure.addSuppressed(ex);
			}
		}
		throw failure;
	}

	private static SharedRegion create(Path directory, int ringBytes) throws IOException {
		SharedRegion region = Files.isDirectory(DESCRIPTORS) ? create(directory, ringBytes, false) : null;
		return (region != null) ? region : Objects.requireNonNull(create(directory, ringBytes, true));
	}

	private static @Nullable SharedRegion create(Path directory, int ringBytes, boolean named) throws IOException {
		Path path = directory.toRealPath().resolve("workerpool-" + UUID.randomUUID() + ".ring");
		Set<OpenOption> options = new HashSet<>(
				EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE));
		if (!named) {
			// the JDK deletes it in the call after the one that creates it
			options.add(StandardOpenOption.DELETE_ON_CLOSE);
		}
		boolean posix = directory.getFileSystem().supportedFileAttributeViews().contains("posix");
		FileAttribute<?>[] attributes = posix
				? new FileAttribute<?>[] {
						PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")) }
				: new FileAttribute<?>[0];
		FileChannel file = FileChannel.open(path, options, attributes);
		boolean done = false;
		try {
			Path location = named ? path : namelessLocation(path);
			if (location == null) {
				return null;
			}
			int size = DATA_AT + 2 * ringBytes;
			fill(file, size);
			MappedByteBuffer memory = file.map(FileChannel.MapMode.READ_WRITE, 0, size);
			SharedRegion region = new SharedRegion(memory, ringBytes, file, location, named);
			region.reset();
			done = true;
			return region;
		}
		finally {
			if (!done) {
				file.close();
				Files.deleteIfExists(path);
			}
		}
	}

	private static void fill(FileChannel file, int size) throws IOException {
		ByteBuffer zeros = ByteBuffer.allocate(1 << 16);
		for (long at = 0; at < size;) {
			zeros.clear().limit((int) Math.min(zeros.capacity(), size - at));
			at += file.write(zeros, at);
		}
	}

	/**
	 * Where a file that this process has open can be found though it has no name;
	 * {@code null} if the system doesn't show it.
	 */
	private static @Nullable Path namelessLocation(Path path) {
		Path target = path.resolveSibling(path.getFileName() + " (deleted)");
		try (DirectoryStream<Path> all = Files.newDirectoryStream(DESCRIPTORS)) {
			for (Path descriptor : all) {
				if (isLinkTo(descriptor, target)) {
					return Path.of("/proc", Long.toString(ProcessHandle.current().pid()), "fd",
							descriptor.getFileName().toString());
				}
			}
		}
		catch (IOException ex) {
			// It has a name then
		}
		return null;
	}

	private static boolean isLinkTo(Path descriptor, Path target) {
		try {
			return Files.readSymbolicLink(descriptor).equals(target);
		}
		catch (IOException ex) {
			// Closed since it was listed
			return false;
		}
	}

	/**
	 * Opens a region that the parent made; called in the child.
	 * @param location where it is
	 * @param ringBytes bytes of each ring
	 * @return the region
	 * @throws IOException if it can't be opened
	 */
	public static SharedRegion open(Path location, int ringBytes) throws IOException {
		try (FileChannel file = FileChannel.open(location, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
			int size = DATA_AT + 2 * ringBytes;
			if (file.size() != size) {
				throw new IOException("'%s' has %d bytes instead of %d".formatted(location, file.size(), size));
			}
			MappedByteBuffer memory = file.map(FileChannel.MapMode.READ_WRITE, 0, size);
			if ((long) WORD.getAcquire(memory, 0) != MAGIC || (long) WORD.get(memory, 8) != ringBytes) {
				throw new IOException("'%s' is no memory of a worker pool".formatted(location));
			}
			return new SharedRegion(memory, ringBytes, null, null, false);
		}
	}

	/** Makes the region as good as new, for the next child. */
	void reset() {
		for (int at = 0; at < DATA_AT; at += Long.BYTES) {
			WORD.set(this.memory, at, 0L);
		}
		WORD.set(this.memory, 8, (long) this.ringBytes);
		WORD.setRelease(this.memory, 0, MAGIC);
	}

	/** Where the child finds it. */
	Path location() {
		if (this.location == null) {
			throw new IllegalStateException("Only the parent can tell");
		}
		return this.location;
	}

	/** Whether a further child can open it. */
	boolean isReusable() {
		return !this.named;
	}

	/** The child has opened it: the file needs no name any more. */
	void opened() throws IOException {
		if (this.named && this.location != null) {
			Files.deleteIfExists(this.location);
		}
	}

	MappedByteBuffer memory() {
		return this.memory;
	}

	int ringBytes() {
		return this.ringBytes;
	}

	int requestsDataAt() {
		return DATA_AT;
	}

	int repliesDataAt() {
		return DATA_AT + this.ringBytes;
	}

	// Start mark

	/**
	 * Child: begins with a request, unless the parent has taken it back.
	 * @param number which
	 * @return whether it begins
	 */
	public boolean start(long number) {
		while (true) {
			long word = (long) WORD.getVolatile(this.memory, STARTED_AT);
			if (barred(word) - (int) number >= 0) {
				return false;
			}
			if (WORD.compareAndSet(this.memory, STARTED_AT, word, mark((int) number, (int) number))) {
				return true;
			}
		}
	}

	/**
	 * Either side: has the child begin with nothing more, whatever was sent, until the
	 * parent {@linkplain #takeBack has taken back} what it had sent ahead.
	 * @return number of the last request that the child began with
	 */
	public int hold() {
		while (true) {
			long word = (long) WORD.getVolatile(this.memory, STARTED_AT);
			int started = started(word);
			if (WORD.compareAndSet(this.memory, STARTED_AT, word, mark(started, started + FAR))) {
				return started;
			}
		}
	}

	/**
	 * Parent: takes back all requests that the child has not begun with.
	 * @param last number of the last one that was sent
	 * @return number of the last request that the child began with
	 */
	int takeBack(long last) {
		while (true) {
			long word = (long) WORD.getVolatile(this.memory, STARTED_AT);
			if (WORD.compareAndSet(this.memory, STARTED_AT, word, mark(started(word), (int) last))) {
				return started(word);
			}
		}
	}

	/**
	 * Child, before it is ready: does once what it will do with requests, which changes
	 * nothing.
	 */
	public void rehearse() {
		start(0);
		hold();
		takeBack(0);
	}

	/** Parent: whether the child began with a request. */
	boolean isStarted(long number) {
		return started((long) WORD.getVolatile(this.memory, STARTED_AT)) - (int) number >= 0;
	}

	private static long mark(int started, int barred) {
		return (long) started << Integer.SIZE | Integer.toUnsignedLong(barred);
	}

	private static int started(long word) {
		return (int) (word >>> Integer.SIZE);
	}

	private static int barred(long word) {
		return (int) word;
	}

	// Figures

	/**
	 * Child: shows that it lives.
	 * @param heapUsed its used heap in bytes
	 */
	public void beat(long heapUsed) {
		WORD.setOpaque(this.memory, HEAP_USED_AT, heapUsed);
		WORD.setRelease(this.memory, BEATS_AT, (long) WORD.get(this.memory, BEATS_AT) + 1);
	}

	long beats() {
		return (long) WORD.getAcquire(this.memory, BEATS_AT);
	}

	long heapUsed() {
		return (long) WORD.getOpaque(this.memory, HEAP_USED_AT);
	}

	/**
	 * Child: says what it is dying of. Allocates nothing.
	 * @param cause ordinal of the limit, plus one
	 */
	public void fatal(long cause) {
		WORD.setVolatile(this.memory, FATAL_AT, cause);
	}

	long fatal() {
		return (long) WORD.getVolatile(this.memory, FATAL_AT);
	}

	/**
	 * Child: shows what a run has used so far. Called by one thread only.
	 * @param number number of the run
	 * @param cpuNanos its CPU time
	 * @param allocatedBytes what it allocated
	 */
	public void sample(long number, long cpuNanos, long allocatedBytes) {
		WORD.setVolatile(this.memory, SAMPLE_RUN_AT, 0L);
		WORD.setOpaque(this.memory, SAMPLE_CPU_AT, cpuNanos);
		WORD.setOpaque(this.memory, SAMPLE_ALLOCATED_AT, allocatedBytes);
		WORD.setRelease(this.memory, SAMPLE_RUN_AT, number);
	}

	/**
	 * What a run has used: CPU nanoseconds and bytes, {@code null} if there's no news.
	 */
	long @Nullable [] sampleOf(long number) {
		if ((long) WORD.getAcquire(this.memory, SAMPLE_RUN_AT) != number) {
			return null;
		}
		long cpuNanos = (long) WORD.getOpaque(this.memory, SAMPLE_CPU_AT);
		long allocatedBytes = (long) WORD.getOpaque(this.memory, SAMPLE_ALLOCATED_AT);
		VarHandle.loadLoadFence();
		boolean same = (long) WORD.getOpaque(this.memory, SAMPLE_RUN_AT) == number;
		return same ? new long[] { cpuNanos, allocatedBytes } : null;
	}

	/**
	 * Frees what doesn't wait for the garbage collector.
	 */
	@Override
	public void close() {
		try {
			opened();
			if (this.file != null) {
				this.file.close();
			}
		}
		catch (IOException ex) {
			LoggerFactory.getLogger(SharedRegion.class)
				.debug("Memory shared with a child could not be freed entirely", ex);
		}
	}

}
