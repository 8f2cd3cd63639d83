package io.github.workerpool.process;

import java.util.List;

import io.github.workerpool.CrashReport;
import io.github.workerpool.ResourceLimitExceededException.Limit;
import org.jspecify.annotations.Nullable;

/**
 * How a child ended, as far as it is known.
 *
 * @param report what can be told
 * @param limit what it ran out of, if that is why
 */
record ChildDeath(CrashReport report, @Nullable Limit limit) {

	/**
	 * Looks at a child that has ended.
	 * @param child the child
	 * @param task name of the task that it was running, if any
	 * @param taskId id of that task
	 * @param told what the child said that it died of, 0 if nothing
	 */
	static ChildDeath of(ChildConnection child, @Nullable String task, @Nullable String taskId, long told) {
		CrashReport report = child.process().report(task, taskId, List.of());
		String verdict = child.verdict();
		Limit said = limit(told);
		Limit limit = (said != null) ? said : child.process().exhausted();
		return new ChildDeath((verdict != null) ? withExit(report, verdict) : report, limit);
	}

	/** The same with other words for the exit. */
	ChildDeath because(String exit) {
		return new ChildDeath(withExit(this.report, exit), this.limit);
	}

	private static CrashReport withExit(CrashReport report, String exit) {
		return new CrashReport(report.pool(), report.worker(), report.task(), report.taskId(), report.pid(),
				report.exitCode(), exit, report.stderr(), report.hsErrFile(), report.at(), report.attempts());
	}

	/** What a child says it died of. */
	static @Nullable Limit limit(long told) {
		Limit[] limits = Limit.values();
		return (told > 0 && told <= limits.length) ? limits[(int) told - 1] : null;
	}

	/** What the JVM says when a limit is reached. */
	static String words(Limit limit) {
		return switch (limit) {
			case METASPACE -> "Metaspace";
			case DIRECT_MEMORY -> "Direct buffer memory";
			default -> "Java heap space";
		};
	}

	/** The setting that raises a limit. */
	static String key(Limit limit) {
		return switch (limit) {
			case METASPACE -> "resource-limits.max-metaspace-size";
			case DIRECT_MEMORY -> "resource-limits.max-direct-memory-size";
			default -> "resource-limits.max-heap-size";
		};
	}

}
