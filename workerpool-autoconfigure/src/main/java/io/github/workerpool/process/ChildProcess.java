package io.github.workerpool.process;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.github.workerpool.CrashReport;
import org.jspecify.annotations.Nullable;

/**
 * A child JVM. Safe for use by any number of threads; no method blocks.
 */
final class ChildProcess implements AutoCloseable {

	private final ChildSpec spec;

	private final Process process;

	private final CompletableFuture<Integer> exit;

	ChildProcess(ChildSpec spec, Process process) {
		this.spec = spec;
		this.process = process;
		this.exit = process.onExit().thenApply(Process::exitValue);
	}

	/**
	 * Process id of the child.
	 * @return the id
	 */
	long pid() {
		return this.process.pid();
	}

	/**
	 * Tells whether the process exists.
	 * @return whether it does
	 */
	boolean isAlive() {
		return this.process.isAlive();
	}

	/**
	 * The end of the process, however it comes about.
	 * @return completes with the exit code; signal <i>n</i> is 128 + <i>n</i>
	 */
	CompletableFuture<Integer> onExit() {
		return this.exit.copy();
	}

	/**
	 * Ends the child and everything it started by force: descendants first, bottom-up,
	 * then the child, then whatever still carries the child's token. Returns at once.
	 */
	void kill() {
		this.process.descendants().forEach(ProcessHandle::destroyForcibly);
		this.process.destroyForcibly();
	}

	/**
	 * What is known about the death of the child. Complete once {@link #onExit()} is.
	 * @param task name of the task it was running, if any
	 * @param taskId id of that task
	 * @param earlier earlier runs of the task that ended with the death of a worker
	 * @return the report
	 */
	CrashReport report(@Nullable String task, @Nullable String taskId, List<CrashReport.Attempt> earlier) {
		Integer exitCode = this.process.isAlive() ? null : Integer.valueOf(this.process.exitValue());
		String words = (exitCode != null) ? "exit code " + exitCode : "still running";
		Instant now = Instant.now();
		List<CrashReport.Attempt> attempts = new ArrayList<>(earlier);
		attempts.add(new CrashReport.Attempt(this.spec.workerId(), pid(), exitCode, words, now));
		return new CrashReport(this.spec.settings().name(), this.spec.workerId(), task, taskId, pid(), exitCode, words,
				stderrTail(), null, now, attempts);
	}

	/**
	 * Physical memory of the child.
	 * @return bytes, −1 if it isn't known
	 */
	long residentSize() {
		return -1;
	}

	/**
	 * CPU time of the child since its start.
	 * @return nanoseconds, −1 if it isn't known
	 */
	long cpuNanos() {
		return this.process.info().totalCpuDuration().map((total) -> total.toNanos()).orElse(-1L);
	}

	/**
	 * The last lines of standard error, at most 50.
	 * @return the lines, oldest first
	 */
	List<String> stderrTail() {
		return List.of();
	}

	/**
	 * Names the task whose output follows, for the log.
	 * @param taskId id of the task, {@code null} between tasks
	 */
	void currentTask(@Nullable String taskId) {
	}

	/**
	 * Kills the child if it still runs, and frees its directory once it doesn't.
	 */
	@Override
	public void close() {
		kill();
	}

}
