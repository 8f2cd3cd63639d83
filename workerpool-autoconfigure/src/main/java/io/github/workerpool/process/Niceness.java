package io.github.workerpool.process;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.github.workerpool.InvalidPoolSettingException;
import io.github.workerpool.PoolSettings;

/**
 * Lets a process give way to others. Java can't set the niceness of a process, but the
 * program {@code nice} becomes the process it is told to start, so the child is still
 * this JVM's own, with the same id.
 */
final class Niceness {

	static final int LEAST_URGENT = 19;

	private static final String PROGRAM = "nice";

	private Niceness() {
	}

	/**
	 * What to put before a command.
	 * @param nice the niceness
	 * @return the beginning of the command, empty where it can't be set
	 */
	static List<String> prefix(int nice) {
		return (nice > 0 && isAvailable()) ? List.of(PROGRAM, "-n", Integer.toString(nice)) : List.of();
	}

	/**
	 * Refuses a niceness that can't be set.
	 */
	static void check(PoolSettings settings) {
		int nice = settings.process().nice();
		if (nice > 0 && !Signals.isLinux()) {
			throw new InvalidPoolSettingException(settings.name(), "process.nice", nice,
					"it works on Linux only, and this is %s; leave it out".formatted(System.getProperty("os.name")));
		}
		if (nice > 0 && !isAvailable()) {
			throw new InvalidPoolSettingException(settings.name(), "process.nice", nice,
					"the program 'nice' isn't on the PATH of this JVM; install it or leave the setting out");
		}
	}

	private static boolean isAvailable() {
		String path = System.getenv("PATH");
		return Signals.isLinux() && path != null && Stream.of(path.split(Pattern.quote(File.pathSeparator)))
			.anyMatch((directory) -> Files.isExecutable(Path.of(directory, PROGRAM)));
	}

}
