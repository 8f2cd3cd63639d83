package io.github.workerpool.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The memory controller of the control group this JVM, and so its children, run in, both
 * versions. What can't be found is no limit and no evidence.
 */
final class ControlGroup {

	/** Version 1 writes "none" as the largest multiple of the page size. */
	private static final long UNLIMITED = 1L << 60;

	private final List<Path> limits;

	private final List<Path> events;

	private ControlGroup(List<Path> limits, List<Path> events) {
		this.limits = limits;
		this.events = events;
	}

	static ControlGroup own() {
		return under(Path.of("/"));
	}

	/**
	 * Finds the files.
	 * @param root where {@code proc} and {@code sys} are
	 * @return the group
	 */
	static ControlGroup under(Path root) {
		List<Path> limits = new ArrayList<>();
		List<Path> events = new ArrayList<>();
		for (String line : lines(root.resolve("proc/self/cgroup"))) {
			String[] parts = line.split(":", 3);
			if (parts.length < 3) {
				continue;
			}
			if (parts[1].isEmpty()) {
				Path mount = root.resolve("sys/fs/cgroup");
				for (Path group : upwards(mount, parts[2])) {
					limits.add(group.resolve("memory.max"));
					events.add(group.resolve("memory.events"));
				}
			}
			else if (List.of(parts[1].split(",")).contains("memory")) {
				Path mount = root.resolve("sys/fs/cgroup/memory");
				for (Path group : upwards(mount, parts[2])) {
					limits.add(group.resolve("memory.limit_in_bytes"));
					events.add(group.resolve("memory.oom_control"));
				}
			}
		}
		return new ControlGroup(List.copyOf(limits), List.copyOf(events));
	}

	/**
	 * From the group to the mount: a limit anywhere on the way counts. Inside a container
	 * the path may be the host's, of which only the mount itself is seen.
	 */
	private static List<Path> upwards(Path mount, String path) {
		List<Path> groups = new ArrayList<>();
		Path group = mount.resolve(path.replaceFirst("^/+", "")).normalize();
		if (!group.startsWith(mount)) {
			group = mount;
		}
		for (; group != null && group.startsWith(mount); group = group.getParent()) {
			groups.add(group);
		}
		return groups;
	}

	/**
	 * The tightest limit.
	 * @return bytes
	 */
	OptionalLong memoryLimit() {
		return this.limits.stream()
			.flatMap((file) -> lines(file).stream().limit(1))
			.map(String::strip)
			.filter((text) -> text.matches("\\d{1,19}"))
			.mapToLong((text) -> (text.length() < 19) ? Long.parseLong(text) : Long.MAX_VALUE)
			.filter((limit) -> limit > 0 && limit < UNLIMITED)
			.min();
	}

	/**
	 * How many processes of this group the kernel has killed for want of memory.
	 * @return the count so far, 0 if it isn't known
	 */
	long killsForMemory() {
		return this.events.stream()
			.filter(Files::isReadable)
			.limit(1)
			.flatMap((file) -> lines(file).stream())
			.filter((line) -> line.startsWith("oom_kill "))
			.mapToLong((line) -> Long.parseLong(line.substring("oom_kill ".length()).strip()))
			.findFirst()
			.orElse(0);
	}

	static List<String> lines(Path file) {
		try {
			return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
		}
		catch (IOException | SecurityException ex) {
			return List.of();
		}
	}

}
