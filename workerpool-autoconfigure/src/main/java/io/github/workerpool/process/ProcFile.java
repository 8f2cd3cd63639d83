package io.github.workerpool.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * What Linux tells of its processes under {@code /proc}. Everything here may have ended a
 * moment ago, so nothing here fails: what can't be read isn't there.
 */
final class ProcFile {

	static final boolean AVAILABLE = Files.isReadable(Path.of("/proc/self/stat"));

	private static final Path PROC = Path.of("/proc");

	private static final Pattern MOST_DESCRIPTORS = Pattern.compile("Max open files\\s+(\\d+)");

	/** Of a second; what user space sees, whatever the kernel was built with. */
	private static final long TICK_NANOS = 10_000_000;

	private ProcFile() {
	}

	static @Nullable Stat stat(long pid) {
		String text = read(PROC.resolve(Long.toString(pid)).resolve("stat"));
		return (text != null) ? Stat.parse(text) : null;
	}

	static List<Stat> all() {
		List<Stat> all = new ArrayList<>();
		for (long pid : pids()) {
			Stat stat = stat(pid);
			if (stat != null) {
				all.add(stat);
			}
		}
		return all;
	}

	static List<Long> pids() {
		List<Long> pids = new ArrayList<>();
		try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC,
				(entry) -> Character.isDigit(entry.getFileName().toString().charAt(0)))) {
			entries.forEach((entry) -> pids.add(Long.valueOf(entry.getFileName().toString())));
		}
		catch (IOException ex) {
			return List.of();
		}
		return pids;
	}

	/**
	 * Tells whether a process was started with a variable in its environment. Readable
	 * for processes of the same user only, which is all that matters here.
	 */
	static boolean hasVariable(long pid, String assignment) {
		String environment = read(PROC.resolve(Long.toString(pid)).resolve("environ"));
		if (environment == null) {
			return false;
		}
		return environment.startsWith(assignment + '\0') || environment.contains('\0' + assignment + '\0');
	}

	static long residentSize(long pid) {
		String status = read(PROC.resolve(Long.toString(pid)).resolve("status"));
		if (status == null) {
			return -1;
		}
		return kilobytes(status, "VmRSS:");
	}

	/**
	 * How many files this JVM may have open, -1 if that is not known.
	 */
	static long mostDescriptors() {
		String limits = AVAILABLE ? read(PROC.resolve("self/limits")) : null;
		if (limits == null) {
			return -1;
		}
		Matcher matcher = MOST_DESCRIPTORS.matcher(limits);
		return matcher.find() ? Long.parseLong(matcher.group(1)) : -1;
	}

	static long kilobytes(String text, String label) {
		int at = text.indexOf(label);
		if (at < 0) {
			return -1;
		}
		int end = text.indexOf("kB", at);
		return (end > 0) ? Long.parseLong(text.substring(at + label.length(), end).strip()) << 10 : -1;
	}

	private static @Nullable String read(Path file) {
		try {
			return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
		}
		catch (IOException | SecurityException ex) {
			return null;
		}
	}

	/**
	 * What matters of one line of {@code stat}.
	 *
	 * @param pid process id
	 * @param state one letter
	 * @param parent process id of the parent
	 * @param cpuNanos CPU time of all threads
	 * @param start ticks since the machine's start; the wall clock has no say in it
	 */
	record Stat(long pid, char state, long parent, long cpuNanos, String start) {

		static @Nullable Stat parse(String line) {
			// the name of the program may hold blanks and parentheses itself
			int name = line.lastIndexOf(')');
			String[] rest = line.substring(name + 1).strip().split(" ");
			if (name < 0 || rest.length < 20) {
				return null;
			}
			long pid = Long.parseLong(line.substring(0, line.indexOf(' ')));
			long ticks = Long.parseLong(rest[11]) + Long.parseLong(rest[12]);
			return new Stat(pid, rest[0].charAt(0), Long.parseLong(rest[1]), ticks * TICK_NANOS, rest[19]);
		}

		boolean isGone() {
			return this.state == 'Z' || this.state == 'X';
		}

	}

}
