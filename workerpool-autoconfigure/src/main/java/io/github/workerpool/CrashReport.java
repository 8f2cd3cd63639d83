package io.github.workerpool;

import java.io.Serializable;
import java.time.Instant;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What is known about the death of a worker.
 *
 * @param pool name of the pool
 * @param worker id of the worker
 * @param task name of the task it was running, if any
 * @param taskId id of that task, if any
 * @param pid process id, in process isolation
 * @param exitCode exit code of the process, if it is known
 * @param exit the exit in words, such as {@code killed by signal 9 (SIGKILL)}
 * @param stderr last lines of standard error, oldest first
 * @param hsErrFile path of the JVM's error file, if it left one
 * @param at when the death was noticed
 * @param attempts all runs of the task that ended this way, this one last
 * @since 0.1.0
 */
public record CrashReport(String pool, String worker, @Nullable String task, @Nullable String taskId,
		@Nullable Long pid, @Nullable Integer exitCode, String exit, List<String> stderr, @Nullable String hsErrFile,
		Instant at, List<Attempt> attempts) implements Serializable {

	/**
	 * Makes a report.
	 */
	public CrashReport {
		stderr = List.copyOf(stderr);
		attempts = List.copyOf(attempts);
	}

	/**
	 * One run of a task that ended with the death of its worker.
	 *
	 * @param worker id of the worker
	 * @param pid process id, in process isolation
	 * @param exitCode exit code, if it is known
	 * @param exit the exit in words
	 * @param at when the death was noticed
	 */
	public record Attempt(String worker, @Nullable Long pid, @Nullable Integer exitCode, String exit,
			Instant at) implements Serializable {

	}

}
