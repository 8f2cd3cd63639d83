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

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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

	/**
	 * Memory files that are open and have a name, so that they would stay behind.
	 */
	static List<String> named() {
		return open().stream().filter((target) -> target.matches(".*/workerpool-[0-9a-f-]{36}")).toList();
	}

	/**
	 * Waits until no JVM of this machine has left a memory file behind: one that makes a
	 * file has a name for it for a moment.
	 */
	static void awaitNoneLeft() {
		MemoryLeftovers.remove();
		await().untilAsserted(() -> assertThat(left()).isEmpty());
	}

	private static List<Path> left() {
		List<Path> left = new ArrayList<>();
		for (Path directory : MemoryDirectories.ofSystem().all()) {
			try (DirectoryStream<Path> all = Files.newDirectoryStream(directory,
					"workerpool-????????-????-????-????-????????????")) {
				all.forEach(left::add);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}
		return left;
	}

}
