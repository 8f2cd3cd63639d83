package io.github.workerpool.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * How much memory a file in memory can have before the kernel ends somebody: a
 * {@code tmpfs} promises up to half of the machine's memory, whether that is free or not,
 * and to whom it belongs is a matter of the container's limit. Linux only; elsewhere
 * nothing is known.
 */
final class AvailableMemory {

	private final Path root;

	/**
	 * Makes a look at a system.
	 * @param root root of its file system
	 */
	AvailableMemory(Path root) {
		this.root = root;
	}

	/**
	 * Bytes that are free, or hold what can be read again from a disk.
	 * @return the bytes, {@link Long#MAX_VALUE} if nothing is known
	 */
	long bytes() {
		return Math.min(ofMachine(), Math.min(ofUnifiedGroup(), ofSeparateGroup()));
	}

	private long ofMachine() {
		long kilobytes = field(this.root.resolve("proc/meminfo"), "MemAvailable:");
		return (kilobytes >= 0) ? kilobytes << 10 : Long.MAX_VALUE;
	}

	/** Version 2 of control groups. */
	private long ofUnifiedGroup() {
		Path group = group("0::", this.root.resolve("sys/fs/cgroup"));
		return left(number(group.resolve("memory.max")), number(group.resolve("memory.current")),
				group.resolve("memory.stat"), "inactive_file", "active_file");
	}

	/** Version 1. */
	private long ofSeparateGroup() {
		Path group = group(":memory:", this.root.resolve("sys/fs/cgroup/memory"));
		return left(number(group.resolve("memory.limit_in_bytes")), number(group.resolve("memory.usage_in_bytes")),
				group.resolve("memory.stat"), "total_inactive_file", "total_active_file");
	}

	private static long left(long limit, long used, Path statistics, String... reclaimable) {
		if (limit < 0 || used < 0) {
			return Long.MAX_VALUE;
		}
		long files = Stream.of(reclaimable).mapToLong((name) -> Math.max(0, field(statistics, name))).sum();
		return Math.max(0, limit - used + files);
	}

	/** In a container the group's own directory is the root of what can be seen. */
	private Path group(String marker, Path mount) {
		return lines(this.root.resolve("proc/self/cgroup")).stream()
			.filter((line) -> line.contains(marker))
			.map((line) -> mount.resolve(line.substring(line.indexOf(marker) + marker.length()).replaceFirst("^/", "")))
			.filter(Files::isDirectory)
			.findFirst()
			.orElse(mount);
	}

	private static long field(Path file, String name) {
		return lines(file).stream()
			.map((line) -> line.split("\\s+"))
			.filter((words) -> words.length > 1 && words[0].equals(name))
			.mapToLong((words) -> parse(words[1]))
			.findFirst()
			.orElse(-1);
	}

	private static long number(Path file) {
		List<String> lines = lines(file);
		return lines.isEmpty() ? -1 : parse(lines.get(0).strip());
	}

	/** No limit is written as a word, or as a number that is none. */
	private static long parse(String text) {
		try {
			return Long.parseLong(text);
		}
		catch (NumberFormatException ex) {
			return -1;
		}
	}

	private static List<String> lines(Path file) {
		try {
			return Files.isReadable(file) ? Files.readAllLines(file) : List.of();
		}
		catch (IOException ex) {
			return List.of();
		}
	}

}
