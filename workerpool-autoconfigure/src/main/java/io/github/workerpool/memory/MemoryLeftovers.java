package io.github.workerpool.memory;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files of memory whose JVM was killed in the moment between making one and taking its
 * name away. They are empty, nobody has them open, and without help they would stay until
 * the machine starts anew. For who watches over JVMs that use memory.
 *
 * @since 0.1.0
 */
public final class MemoryLeftovers {

	private static final Logger logger = LoggerFactory.getLogger(MemoryLeftovers.class);

	/** Names of memory, and of rings between a pool and its children. */
	private static final String FILES = MemoryFile.PREFIX + "?".repeat(8) + "-????-????-????-" + "?".repeat(12)
			+ "{,.ring}";

	private MemoryLeftovers() {
	}

	/**
	 * Removes such files. May be called at any time and from any thread: a JVM that is
	 * just making one is about to take its name away itself and needs it no more. Does
	 * nothing where files keep their names, as it can't be told there who still uses one.
	 */
	public static void remove() {
		if (MemoryFile.NAMELESS) {
			MemoryDirectories.ofSystem().all().forEach(MemoryLeftovers::removeFrom);
		}
	}

	private static void removeFrom(Path directory) {
		for (Path file : list(directory)) {
			try {
				if (Files.size(file) == 0 && Files.deleteIfExists(file)) {
					logger.debug("Removed '{}', whose maker was killed", file);
				}
			}
			catch (IOException ex) {
				// gone already, or another user's
			}
		}
	}

	private static List<Path> list(Path directory) {
		try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, FILES)) {
			List<Path> list = new ArrayList<>();
			files.forEach(list::add);
			return list;
		}
		catch (IOException | DirectoryIteratorException ex) {
			logger.debug("Can't look for memory that was left in '{}'", directory, ex);
			return List.of();
		}
	}

}
