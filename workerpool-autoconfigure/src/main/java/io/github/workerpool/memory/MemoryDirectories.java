package io.github.workerpool.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Where the files behind memory may lie, best first: a file system in memory, then the
 * directory for temporary files, which every system has but which may write to a disk.
 */
final class MemoryDirectories {

	private static final Path SHARED_MEMORY = Path.of("/dev/shm");

	/** What is smaller is not worth a look at the machine. */
	private static final long LARGE = 16 << 20;

	private final List<Path> directories;

	private final ToLongFunction<Path> usableSpace;

	MemoryDirectories(List<Path> directories, ToLongFunction<Path> usableSpace) {
		this.directories = List.copyOf(directories);
		this.usableSpace = usableSpace;
	}

	static MemoryDirectories ofSystem() {
		List<Path> directories = new ArrayList<>();
		if (Files.isDirectory(SHARED_MEMORY) && Files.isWritable(SHARED_MEMORY)) {
			directories.add(SHARED_MEMORY);
		}
		directories.add(Path.of(System.getProperty("java.io.tmpdir")));
		return new MemoryDirectories(directories, MemoryDirectories::usableSpaceOf);
	}

	List<Path> all() {
		return this.directories;
	}

	/**
	 * Tells how large a file may become.
	 * @param directory one of the directories
	 * @param expected how large it will become, as far as that is known
	 * @return the bytes
	 */
	long usableSpace(Path directory, long expected) {
		long usable = this.usableSpace.applyAsLong(directory);
		return (expected < LARGE || !isInMemory(directory)) ? usable
				: Math.min(usable, new AvailableMemory(Path.of("/")).bytes());
	}

	private static boolean isInMemory(Path directory) {
		try {
			return Files.getFileStore(directory).type().equals("tmpfs");
		}
		catch (IOException ex) {
			return false;
		}
	}

	/**
	 * Other than a {@code FileStore}, a {@code File} does not look through all mounts.
	 */
	private static long usableSpaceOf(Path directory) {
		return directory.toFile().getUsableSpace();
	}

}
