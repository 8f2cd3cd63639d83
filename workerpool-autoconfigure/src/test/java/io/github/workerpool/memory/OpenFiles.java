package io.github.workerpool.memory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What this process has open and mapped of memory files, and which of them have a name.
 */
public final class OpenFiles {

	private OpenFiles() {
	}

	/**
	 * Memory files that are open.
	 */
	public static List<String> open() {
		List<String> open = new ArrayList<>();
		try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
			for (Path each : all) {
				try {
					String target = Files.readSymbolicLink(each).toString();
					if (target.contains("/workerpool-")) {
						open.add(target);
					}
				}
				catch (IOException ex) {
					// closed meanwhile
				}
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return open;
	}

	/**
	 * Opens the newest memory file once more.
	 */
	static FileChannel openNewest(List<String> before) throws IOException {
		try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
			for (Path each : all) {
				String target = Files.isSymbolicLink(each) ? Files.readSymbolicLink(each).toString() : "";
				if (target.contains("/workerpool-") && !before.contains(target)) {
					return FileChannel.open(each, StandardOpenOption.READ);
				}
			}
		}
		throw new IllegalStateException("There is no file that is not among " + before);
	}

	/**
	 * Memory files that are mapped, and where.
	 */
	public static List<String> mapped() {
		try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
			return lines.filter((line) -> line.contains("/workerpool-")).toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Files that would stay behind. */
	static List<Path> named() {
		List<Path> named = new ArrayList<>();
		for (Path directory : MemoryDirectories.ofSystem().all()) {
			try (DirectoryStream<Path> all = Files.newDirectoryStream(directory,
					"workerpool-????????-????-????-????-????????????")) {
				all.forEach(named::add);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}
		return named;
	}

}
