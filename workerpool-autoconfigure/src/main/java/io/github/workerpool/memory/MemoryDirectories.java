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

	long usableSpace(Path directory) {
		return this.usableSpace.applyAsLong(directory);
	}

	private static long usableSpaceOf(Path directory) {
		try {
			return Files.getFileStore(directory).getUsableSpace();
		}
		catch (IOException ex) {
			// writing will tell
			return Long.MAX_VALUE;
		}
	}

}
