package io.github.workerpool.memory;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serial;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.workerpool.MemoryAllocationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file behind a piece of memory.
 * <p>
 * On Linux it loses its name in the moment it is created: whoever dies, the kernel frees
 * it when the last process that has it open or mapped is gone. Only who is killed in that
 * very moment leaves an empty file, see {@link MemoryLeftovers}. Other JVMs of the same
 * user open it as {@code /proc/<pid>/fd/<n>} of a process that has it open. Elsewhere it
 * keeps its name until it is closed, so that a JVM that is killed leaves it to the
 * system's cleaning of temporary files.
 * <p>
 * It is written to its full length before it is mapped. A hole in a file takes no room
 * until it is touched, and if there is none then, on a full {@code tmpfs} say, the JVM
 * gets a fault at an address where no error can be raised in a useful way.
 */
final class MemoryFile implements Closeable {

	private static final Logger logger = LoggerFactory.getLogger(MemoryFile.class);

	static final String PREFIX = "workerpool-";

	private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

	private static final Path DESCRIPTOR_INFO = Path.of("/proc/self/fdinfo");

	/** How many descriptors are looked at before all of them are. */
	private static final int NEIGHBOURS = 4;

	/** Where the search begins: no more than a guess, right or wrong. */
	private static final AtomicInteger LAST_FOUND = new AtomicInteger();

	/** Whether files lose their names at once. */
	static final boolean NAMELESS = System.getProperty("os.name").startsWith("Linux") && Files.isDirectory(DESCRIPTORS);

	private static final int CHUNK = 1 << 16;

	private final UUID id;

	private final FileChannel channel;

	/** File position by which this channel is told from others of the same file. */
	private final long mark;

	/** Where the file is, if it still has a name. */
	private final @Nullable Path path;

	private volatile int descriptor = -1;

	private final boolean owned;

	private MemoryFile(UUID id, FileChannel channel, @Nullable Path path, boolean owned) throws IOException {
		this.id = id;
		this.channel = channel;
		this.path = path;
		this.owned = owned;
		// nothing else uses the position, and any of up to 2^40 is fine with file systems
		this.mark = ThreadLocalRandom.current().nextLong(1L << 40);
		channel.position(this.mark);
	}

	/**
	 * Makes a file that holds some zeros and then what a stream gives.
	 * @param directories where it may lie
	 * @param zeros how many zeros
	 * @param expected how many bytes the stream will give, 0 if that is not known
	 * @param content the stream
	 * @return the file
	 * @throws MemoryAllocationException if there is no room
	 * @throws IOException if the stream fails, or the thread is interrupted
	 */
	static MemoryFile create(MemoryDirectories directories, int zeros, long expected, InputStream content)
			throws IOException {
		List<String> reasons = new ArrayList<>();
		byte[] chunk = new byte[CHUNK];
		int pending = 0;
		long end = zeros;
		MemoryFile file = null;
		try {
			for (Path directory : directories.all()) {
				long size = Math.max(end, zeros + expected);
				long usable = directories.usableSpace(directory, size);
				if (usable < size) {
					reasons.add("'" + directory + "' has " + humanReadable(usable) + " free");
					continue;
				}
				try {
					MemoryFile next = create(directory);
					file = next.continueFrom(file, zeros, end);
					while (pending >= 0) {
						file.write(chunk, pending, end);
						end += pending;
						pending = read(content, chunk, end - zeros);
					}
					return file;
				}
				catch (WriteException ex) {
					if (ex.getCause() instanceof ClosedByInterruptException interruption) {
						throw interruption;
					}
					reasons.add("'" + directory + "' failed with '" + ex.getCause() + "' after "
							+ humanReadable(end - zeros));
				}
			}
		}
		catch (IOException | RuntimeException | Error ex) {
			if (file != null) {
				file.close();
			}
			throw ex;
		}
		if (file != null) {
			file.close();
		}
		throw new MemoryAllocationException("No room for " + humanReadable(Math.max(expected, end - zeros))
				+ " of memory that other JVMs can see: " + String.join(", ", reasons)
				+ ". Make room there (the memory that a container may share is limited apart from the rest), "
				+ "set 'java.io.tmpdir' to another directory, or allocate less", null);
	}

	private static int read(InputStream content, byte[] chunk, long before) throws IOException {
		int count = content.readNBytes(chunk, 0, chunk.length);
		if (before + count > Integer.MAX_VALUE) {
			throw new MemoryAllocationException(
					"The stream has more than 2 GB, which is the most that one memory holds", null);
		}
		return (count > 0) ? count : -1;
	}

	private static MemoryFile create(Path directory) throws WriteException {
		UUID id = UUID.randomUUID();
		Path path = directory.resolve(PREFIX + id);
		Set<OpenOption> options = new HashSet<>(
				EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE));
		if (NAMELESS) {
			// the JDK deletes it in the call after the one that creates it
			options.add(StandardOpenOption.DELETE_ON_CLOSE);
		}
		FileAttribute<?>[] attributes = FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
				? new FileAttribute<?>[] {
						PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")) }
				: new FileAttribute<?>[0];
		try {
			return new MemoryFile(id, FileChannel.open(path, options, attributes), NAMELESS ? null : path, true);
		}
		catch (IOException ex) {
			throw new WriteException(ex);
		}
	}

	/** Takes over what an earlier file holds, as its directory is full. */
	private MemoryFile continueFrom(@Nullable MemoryFile earlier, int zeros, long end) throws WriteException {
		try {
			if (earlier == null) {
				write(new byte[zeros], zeros, 0);
			}
			else {
				for (long done = 0; done < end;) {
					done += earlier.channel.transferTo(done, end - done, this.channel.position(done));
				}
				this.channel.position(this.mark);
				earlier.close();
			}
			return this;
		}
		catch (IOException ex) {
			close();
			throw (ex instanceof WriteException failure) ? failure : new WriteException(ex);
		}
	}

	private void write(byte[] bytes, int count, long position) throws WriteException {
		try {
			ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, count);
			while (buffer.hasRemaining()) {
				this.channel.write(buffer, position + buffer.position());
			}
		}
		catch (IOException ex) {
			throw new WriteException(ex);
		}
	}

	/**
	 * Opens the file of another JVM.
	 * @param id its identity
	 * @param pid a process that has it open
	 * @param descriptor the descriptor it has there
	 * @param path where the file is, if it has a name
	 * @param owned whether a file that has a name is to be deleted in the end
	 * @return the file
	 * @throws IOException if it is gone, or not the file it should be
	 */
	static MemoryFile open(UUID id, long pid, int descriptor, @Nullable String path, boolean owned) throws IOException {
		Path place = (path != null) ? Path.of(path) : Path.of("/proc/" + pid + "/fd/" + descriptor);
		// opening a pipe or a device might block or do worse; the name tells
		Path target = (path != null) ? place : Files.readSymbolicLink(place);
		if (!target.getFileName().toString().startsWith(PREFIX + id)) {
			throw new IOException("'" + place + "' is '" + target + "' instead of memory '" + id + "'");
		}
		FileChannel channel = openChannel(place);
		try {
			return new MemoryFile(id, channel, (path != null) ? place : null, owned);
		}
		catch (IOException ex) {
			channel.close();
			throw ex;
		}
	}

	/**
	 * Opens this file once more, without asking its channel for anything.
	 * @return another channel
	 * @throws IOException if there is no room for another open file, say
	 */
	FileChannel openAgain() throws IOException {
		return openChannel((this.path != null) ? this.path : DESCRIPTORS.resolve(Integer.toString(descriptor())));
	}

	private static FileChannel openChannel(Path place) throws IOException {
		return FileChannel.open(place, StandardOpenOption.READ, StandardOpenOption.WRITE);
	}

	UUID id() {
		return this.id;
	}

	FileChannel channel() {
		return this.channel;
	}

	/**
	 * Where the file is.
	 * @return its name, or {@code null} if it has none
	 */
	@Nullable Path path() {
		return this.path;
	}

	/**
	 * The number under which this process has the file open. The JDK does not tell it, so
	 * it is sought among all descriptors, when first asked for. The system gives the
	 * lowest free number, which is often the one of a file that has just been closed.
	 * @return the number, or −1 if the file has a name by which to open it
	 * @throws IOException if it can't be found
	 */
	int descriptor() throws IOException {
		if (this.path != null || this.descriptor >= 0) {
			return this.descriptor;
		}
		int likely = LAST_FOUND.get();
		for (int number = likely; number < likely + NEIGHBOURS; number++) {
			if (isThis(number)) {
				return found(number);
			}
		}
		try (DirectoryStream<Path> all = Files.newDirectoryStream(DESCRIPTORS)) {
			for (Path each : all) {
				int number = Integer.parseInt(each.getFileName().toString());
				if (isThis(number)) {
					return found(number);
				}
			}
		}
		throw new IOException(
				"'" + DESCRIPTORS + "' does not show memory '" + this.id + "', so that no other JVM can open it");
	}

	private int found(int number) {
		LAST_FOUND.set(number);
		this.descriptor = number;
		return number;
	}

	private boolean isThis(int number) {
		try {
			Path target = Files.readSymbolicLink(DESCRIPTORS.resolve(Integer.toString(number)));
			return target.toString().contains(PREFIX + this.id)
					&& Files.readString(DESCRIPTOR_INFO.resolve(Integer.toString(number)))
						.startsWith("pos:\t" + this.mark + "\n");
		}
		catch (IOException ex) {
			// not open, or no more
			return false;
		}
	}

	/**
	 * Closes the file and, if it has a name and no other owner, deletes it.
	 */
	@Override
	public void close() {
		leave();
		if (this.path != null && this.owned) {
			try {
				Files.deleteIfExists(this.path);
			}
			catch (IOException ex) {
				logger.debug("The file of memory '{}' is not deleted", this.id, ex);
			}
		}
	}

	/**
	 * Tells whether the file still has some bytes. Not by the channel, which an
	 * interruption would close; so only a file is asked whose number is known, as it is
	 * of every file that was shown to another JVM.
	 * @param size how many
	 * @return whether it has, as far as is known
	 */
	boolean reaches(long size) {
		int number = this.descriptor;
		if (number < 0 || !this.channel.isOpen()) {
			return true;
		}
		try {
			return Files.size(DESCRIPTORS.resolve(Integer.toString(number))) >= size;
		}
		catch (IOException ex) {
			return true;
		}
	}

	/**
	 * Gives back to the system what lies behind a part of the file, whoever still has
	 * that part mapped or the file open.
	 * @param size bytes that are kept
	 */
	void truncate(long size) {
		boolean interrupted = Thread.interrupted();
		try {
			this.channel.truncate(size);
		}
		catch (IOException ex) {
			logger.debug("Memory '{}' is given back only when nobody has it mapped", this.id, ex);
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	/**
	 * Closes the file for this process only.
	 */
	void leave() {
		try {
			this.channel.close();
		}
		catch (IOException ex) {
			logger.debug("Memory '{}' is not closed cleanly", this.id, ex);
		}
	}

	private static String humanReadable(long bytes) {
		if (bytes < 1 << 20) {
			return bytes + " bytes";
		}
		return String.format(Locale.ROOT, (bytes < 1 << 30) ? "%.1f MB" : "%.1f GB",
				(bytes < 1 << 30) ? bytes / 1048576.0 : bytes / 1073741824.0);
	}

	/**
	 * The file can't be written, other than the stream can't be read.
	 */
	private static final class WriteException extends IOException {

		@Serial
		private static final long serialVersionUID = 1L;

		private final IOException cause;

		WriteException(IOException cause) {
			super(cause);
			this.cause = cause;
		}

		@Override
		public synchronized IOException getCause() {
			return this.cause;
		}

	}

}
