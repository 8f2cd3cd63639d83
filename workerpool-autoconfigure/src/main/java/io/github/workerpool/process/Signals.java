package io.github.workerpool.process;

import java.util.Locale;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Names of the signals that end processes.
 */
final class Signals {

	static final int KILL = 9;

	private static final Map<Integer, String> EVERYWHERE = Map.ofEntries(Map.entry(1, "SIGHUP"), Map.entry(2, "SIGINT"),
			Map.entry(3, "SIGQUIT"), Map.entry(4, "SIGILL"), Map.entry(5, "SIGTRAP"), Map.entry(6, "SIGABRT"),
			Map.entry(8, "SIGFPE"), Map.entry(KILL, "SIGKILL"), Map.entry(11, "SIGSEGV"), Map.entry(13, "SIGPIPE"),
			Map.entry(14, "SIGALRM"), Map.entry(15, "SIGTERM"), Map.entry(24, "SIGXCPU"), Map.entry(25, "SIGXFSZ"));

	private static final Map<Integer, String> LINUX = Map.of(7, "SIGBUS", 10, "SIGUSR1", 12, "SIGUSR2", 16, "SIGSTKFLT",
			31, "SIGSYS");

	private static final Map<Integer, String> MAC = Map.of(7, "SIGEMT", 10, "SIGBUS", 12, "SIGSYS", 30, "SIGUSR1", 31,
			"SIGUSR2");

	private Signals() {
	}

	/**
	 * Name of the signal that an exit code stands for, as the shell and the JDK have it.
	 */
	static @Nullable String ofExitCode(int exitCode) {
		return isWindows() ? null : name(exitCode - 128);
	}

	private static @Nullable String name(int signal) {
		String name = EVERYWHERE.get(signal);
		return (name != null) ? name : (isMac() ? MAC : LINUX).get(signal);
	}

	static boolean isWindows() {
		return osName().startsWith("windows");
	}

	static boolean isLinux() {
		return osName().startsWith("linux");
	}

	static boolean isMac() {
		return osName().startsWith("mac");
	}

	private static String osName() {
		return System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
	}

}
