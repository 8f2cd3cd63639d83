package io.github.workerpool.process;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.workerpool.CrashReport;
import io.github.workerpool.ResourceLimitExceededException.Limit;
import io.github.workerpool.memory.MemoryLeftovers;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A child JVM: a process, what it started, what it prints, and what is left of it. Safe
 * for use by any number of threads; no method blocks.
 * <p>
 * A thread of its own waits for the end of the process. The future that the JDK offers
 * would be completed by the common pool, which the application may keep busy for as long
 * as it likes. When the process has ended, that thread lets the output catch up, tells
 * those who wait, and then ends whatever the child left running: by then nobody knows
 * whose it was but by the mark in its environment. Memory that the child was just making
 * when it died goes too. The hazard here is a grandchild that holds the child's output
 * open. It can't be told from a thread that gets no processor to read what is there, so
 * grandchildren are ended at once then, and what holds it still is waited for no longer
 * than a second.
 */
final class ChildProcess implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(ChildProcess.class);

	/** Time for what was printed last to arrive; usually it has before the exit does. */
	private static final long OUTPUT_MILLIS = 100;

	/** What holds the output open is ended by then, unless nobody knows whose it is. */
	private static final long LATE_OUTPUT_MILLIS = 1000;

	private static final long STACK_SIZE = 256 << 10;

	private final ChildSpec spec;

	private final Process process;

	private final String mark;

	private final JvmOptions options;

	private final KernelKills kernelKills;

	private final KernelKills.Counters killsBefore;

	private final PoolDirectory pool;

	private final ChildOutput output;

	private final CompletableFuture<Integer> exit = new CompletableFuture<>();

	private final CompletableFuture<Void> gone = new CompletableFuture<>();

	private final AtomicBoolean killed = new AtomicBoolean();

	private final AtomicBoolean closed = new AtomicBoolean();

	private volatile String workerId;

	private volatile boolean ready;

	private volatile @Nullable Instant endedAt;

	private volatile @Nullable String kernelEvidence;

	ChildProcess(ChildSpec spec, Process process, String mark, JvmOptions options, KernelKills kernelKills,
			KernelKills.Counters killsBefore, PoolDirectory pool) {
		this.spec = spec;
		this.process = process;
		this.mark = mark;
		this.options = options;
		this.kernelKills = kernelKills;
		this.killsBefore = killsBefore;
		this.pool = pool;
		this.workerId = spec.workerId();
		this.output = new ChildOutput(spec.settings().name(), spec.workerId());
	}

	/**
	 * Starts to read and to wait. Apart from the constructor, because it may fail for
	 * want of threads.
	 * @param onExit run as soon as the process has ended
	 */
	void watch(Runnable onExit) {
		this.output.start(pid(), this.process.getInputStream(), this.process.getErrorStream());
		daemon("exit", () -> awaitExit(onExit)).start();
	}

	private Thread daemon(String name, Runnable body) {
		Thread thread = new Thread(null, body, "workerpool-" + this.workerId + "-" + name, STACK_SIZE, false);
		thread.setDaemon(true);
		return thread;
	}

	private void awaitExit(Runnable onExit) {
		int code = exitCode();
		this.endedAt = Instant.now();
		try {
			onExit.run();
			if (code - 128 == Signals.KILL && !this.killed.get()) {
				this.kernelEvidence = this.kernelKills.evidence(pid(), this.killsBefore);
			}
			if (!hasOutputEnded(OUTPUT_MILLIS)) {
				killOrphans();
				hasOutputEnded(LATE_OUTPUT_MILLIS);
			}
		}
		finally {
			this.exit.complete(code);
			try {
				killOrphans();
				this.output.abandon();
				if (code != 0) {
					MemoryLeftovers.remove();
				}
			}
			finally {
				this.gone.complete(null);
			}
		}
	}

	private int exitCode() {
		while (true) {
			try {
				return this.process.waitFor();
			}
			catch (InterruptedException ex) {
				// nobody but this class knows the thread, so nobody meant it
			}
		}
	}

	private boolean hasOutputEnded(long millis) {
		try {
			this.output.ended().get(millis, TimeUnit.MILLISECONDS);
			return true;
		}
		catch (TimeoutException | ExecutionException ex) {
			return false;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

	private void killOrphans() {
		int orphans = ProcessTree.killMarked(ChildEnvironment.MARK, this.mark);
		if (orphans > 0) {
			logger.debug("Worker '{}' of pool '{}' left {} processes behind, now ended", this.workerId,
					this.spec.settings().name(), orphans);
		}
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
	 * Tells that the child is a worker of that name from now on.
	 * @param worker id of the worker
	 */
	void adoptedBy(String worker) {
		this.workerId = worker;
		this.output.adoptedBy(worker);
	}

	/**
	 * Tells that the child came up and could be used, which a child that ended before
	 * never could.
	 */
	void ready() {
		this.ready = true;
	}

	boolean wasReady() {
		return this.ready;
	}

	boolean wasKilled() {
		return this.killed.get();
	}

	/**
	 * The end of the process, however it comes about. What it printed last has arrived by
	 * then, unless something else still holds its streams open.
	 * @return completes with the exit code; signal <i>n</i> is 128 + <i>n</i>
	 */
	CompletableFuture<Integer> onExit() {
		return this.exit.copy();
	}

	/**
	 * The end of the process and of all it started.
	 * @return completes when nothing of it is left
	 */
	CompletableFuture<Void> onGone() {
		return this.gone.copy();
	}

	/**
	 * Ends the child and everything it started by force: descendants first, bottom-up,
	 * then the child, then whatever still carries the child's mark. Returns at once.
	 */
	void kill() {
		if (!this.process.isAlive() || !this.killed.compareAndSet(false, true)) {
			return;
		}
		Runnable body = () -> {
			try {
				ProcessTree.killDescendants(pid());
			}
			finally {
				this.process.destroyForcibly();
			}
		};
		try {
			daemon("kill", body).start();
		}
		catch (OutOfMemoryError ex) {
			// no thread to be had: better late than not at all
			body.run();
		}
	}

	/**
	 * What is known about the death of the child. Complete once {@link #onExit()} is.
	 * @param task name of the task it was running, if any
	 * @param taskId id of that task
	 * @param earlier earlier runs of the task that ended with the death of a worker
	 * @return the report
	 */
	CrashReport report(@Nullable String task, @Nullable String taskId, List<CrashReport.Attempt> earlier) {
		Integer exitCode = isAlive() ? null : Integer.valueOf(this.process.exitValue());
		JvmErrorFile errorFile = errorFile();
		String words = (exitCode != null) ? cause(exitCode, errorFile).words() : "still running";
		Instant ended = this.endedAt;
		Instant at = (ended != null) ? ended : Instant.now();
		List<CrashReport.Attempt> attempts = new ArrayList<>(earlier);
		attempts.add(new CrashReport.Attempt(this.workerId, pid(), exitCode, words, at));
		return new CrashReport(this.spec.settings().name(), this.workerId, task, taskId, pid(), exitCode, words,
				stderrTail(), (errorFile != null) ? errorFile.path().toString() : null, at, attempts);
	}

	/**
	 * What the child ran out of, where its JVM ended for that and said so.
	 * @return the limit, {@code null} if it ended for another reason or not at all
	 */
	@Nullable Limit exhausted() {
		return isAlive() ? null : cause(this.process.exitValue(), null).exhausted();
	}

	private ExitCause cause(int exitCode, @Nullable JvmErrorFile errorFile) {
		return ExitCause.of(exitCode, this.killed.get(), this.kernelEvidence, errorFile, stderrTail());
	}

	private @Nullable JvmErrorFile errorFile() {
		return JvmErrorFile.read(errorFilePath());
	}

	private Path errorFilePath() {
		return this.options.errorFile(this.spec.directory(), pid());
	}

	/**
	 * Physical memory of the child.
	 * @return bytes, −1 if it isn't known
	 */
	long residentSize() {
		return (ProcFile.AVAILABLE && isAlive()) ? ProcFile.residentSize(pid()) : -1;
	}

	/**
	 * CPU time of the child since its start.
	 * @return nanoseconds, in steps of 10 ms; −1 if it isn't known
	 */
	long cpuNanos() {
		ProcFile.Stat stat = (ProcFile.AVAILABLE && isAlive()) ? ProcFile.stat(pid()) : null;
		return (stat != null) ? stat.cpuNanos() : -1;
	}

	/**
	 * Tells whether a debugger or the like holds the process by the system's means.
	 * @return whether it does, as far as that is known
	 */
	boolean isTraced() {
		ProcFile.Stat stat = (ProcFile.AVAILABLE && isAlive()) ? ProcFile.stat(pid()) : null;
		return stat != null && stat.state() == 't';
	}

	/**
	 * The last lines of standard error, at most 50.
	 * @return the lines, oldest first
	 */
	List<String> stderrTail() {
		return this.output.tail();
	}

	/**
	 * Names the task whose output follows, for the log.
	 * @param taskId id of the task, {@code null} between tasks
	 */
	void currentTask(@Nullable String taskId) {
		this.output.currentTask(taskId);
	}

	/**
	 * Kills the child if it still runs, and frees its directory once nothing of it is
	 * left.
	 */
	@Override
	public void close() {
		if (this.closed.compareAndSet(false, true)) {
			kill();
			this.gone.thenRun(
					() -> this.pool.removeChild(this.spec.directory(), (errorFile() != null) ? errorFilePath() : null));
		}
	}

}
