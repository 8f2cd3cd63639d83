package io.github.workerpool.core;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;

import io.github.workerpool.CrashReport;
import org.jspecify.annotations.Nullable;

/**
 * Errors and deaths in words. Users' exceptions may be of a kind whose own methods throw;
 * nothing here does, so that such a one harms nobody but its reader.
 */
final class ErrorText {

	private ErrorText() {
	}

	/** What {@code toString} says, or the name of the class if that throws. */
	static String of(@Nullable Throwable error) {
		try {
			return String.valueOf(error);
		}
		catch (Throwable ex) {
			return (error != null) ? error.getClass().getName() : "null";
		}
	}

	/**
	 * What is known of a death, for a log: a line, and one for each of the child's last.
	 */
	static String ofDeath(CrashReport report) {
		StringBuilder text = new StringBuilder(report.exit());
		if (report.pid() != null) {
			text.append(", pid ").append(report.pid());
		}
		if (report.task() != null) {
			text.append(", while it ran task '")
				.append(report.task())
				.append("' (")
				.append(report.taskId())
				.append(')');
		}
		if (report.hsErrFile() != null) {
			text.append(", error file ").append(report.hsErrFile());
		}
		report.stderr().forEach((line) -> text.append("\n    stderr: ").append(line));
		return text.toString();
	}

	/** Whether {@code toString} says anything. */
	static boolean canSpeak(Throwable error) {
		try {
			error.toString();
			return true;
		}
		catch (Throwable ex) {
			return false;
		}
	}

	/** Whether the error and all that hangs on it can be put into words. */
	static boolean isSound(Throwable error) {
		Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
		Deque<Throwable> open = new ArrayDeque<>();
		open.add(error);
		try {
			for (Throwable next = open.poll(); next != null; next = open.poll()) {
				if (!seen.add(next)) {
					continue;
				}
				next.toString();
				Throwable cause = next.getCause();
				if (cause != null) {
					open.add(cause);
				}
				Collections.addAll(open, next.getSuppressed());
			}
			return true;
		}
		catch (Throwable ex) {
			return false;
		}
	}

	/** The error itself, or if no logger could print it, one that stands for it. */
	static @Nullable Throwable loggable(@Nullable Throwable error) {
		if (error == null || isSound(error)) {
			return error;
		}
		RuntimeException substitute = new RuntimeException("an error that can't be printed: " + of(error));
		try {
			substitute.setStackTrace(error.getStackTrace());
		}
		catch (Throwable ex) {
			// Then without
		}
		return substitute;
	}

}
