package io.github.workerpool.process;

import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.github.workerpool.ResourceLimitExceededException.Limit;
import org.jspecify.annotations.Nullable;

/**
 * Why a child ended, in words, from all the signs it left. An exit code alone tells
 * little: 3 is {@code System.exit(3)} as well as the JVM's own end for want of memory,
 * 137 a kill by anybody.
 *
 * @param words the cause, fit to stand after "the worker ended: "
 * @param exhausted what the child ran out of, where the JVM itself says so
 */
record ExitCause(String words, @Nullable Limit exhausted) {

	/** What the JVM prints when told to exit on an error for want of memory. */
	private static final String OUT_OF_MEMORY = "Terminating due to java.lang.OutOfMemoryError: ";

	private static final int EXIT_ON_OUT_OF_MEMORY = 3;

	private static final Map<Integer, String> WINDOWS = Map.of(0xC0000005, "access violation", 0xC00000FD,
			"stack overflow", 0xC0000017, "no memory", 0xC000013A, "interrupted by Ctrl-C", 0xC0000409,
			"stack buffer overrun");

	/**
	 * Puts the signs together.
	 * @param exitCode the exit code; signal <i>n</i> is 128 + <i>n</i>
	 * @param killedHere whether the pool killed the child
	 * @param kernel what the kernel says about it, if anything
	 * @param errorFile the JVM's error file, if it left one
	 * @param stderr the last lines of standard error
	 * @return the cause
	 */
	static ExitCause of(int exitCode, boolean killedHere, @Nullable String kernel, @Nullable JvmErrorFile errorFile,
			List<String> stderr) {
		if (exitCode == EXIT_ON_OUT_OF_MEMORY) {
			String what = outOfMemory(stderr);
			if (what != null) {
				return new ExitCause("out of memory: %s (exit code %d)".formatted(what, exitCode), limit(what));
			}
		}
		String signal = Signals.ofExitCode(exitCode);
		if (signal == null) {
			return new ExitCause(plain(exitCode) + ((errorFile != null) ? " after " + errorFile.summary() : ""), null);
		}
		String bySignal = "killed by signal %d (%s)".formatted(exitCode - 128, signal);
		if (exitCode - 128 == Signals.KILL && killedHere) {
			return new ExitCause(bySignal + ", sent by the pool", null);
		}
		if (exitCode - 128 == Signals.KILL && kernel != null) {
			return new ExitCause("%s (signal 9, SIGKILL)".formatted(kernel), null);
		}
		return new ExitCause((errorFile != null) ? bySignal + " after " + errorFile.summary() : bySignal, null);
	}

	private static @Nullable String outOfMemory(List<String> stderr) {
		for (int i = stderr.size() - 1; i >= 0; i--) {
			int at = stderr.get(i).indexOf(OUT_OF_MEMORY);
			if (at >= 0) {
				return stderr.get(i).substring(at + OUT_OF_MEMORY.length()).strip();
			}
		}
		return null;
	}

	private static Limit limit(String what) {
		String lower = what.toLowerCase(Locale.ROOT);
		return (lower.contains("metaspace") || lower.contains("class space")) ? Limit.METASPACE : Limit.HEAP;
	}

	private static String plain(int exitCode) {
		String meaning = Signals.isWindows() ? WINDOWS.get(exitCode) : null;
		if (meaning != null) {
			return "exit code %d (0x%08X, %s)".formatted(exitCode, exitCode, meaning);
		}
		return "exit code " + exitCode;
	}

}
