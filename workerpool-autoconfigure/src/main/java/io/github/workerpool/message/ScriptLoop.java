package io.github.workerpool.message;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;

import io.github.workerpool.ResourceLimitExceededException;
import io.github.workerpool.ResourceLimitExceededException.Limit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of a worker on its one thread: its script, then its listeners, until nothing
 * can come any more. What belongs to the worker is closed at the end.
 */
final class ScriptLoop implements Executor {

	private static final Logger LOG = LoggerFactory.getLogger(ScriptLoop.class);

	private final Site site = Site.HERE;

	private final String name;

	private final LinkedBlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();

	/** Ports and channels; guarded by the lock of the site, as the next two are. */
	private final Set<AutoCloseable> owned = Collections.newSetFromMap(new IdentityHashMap<>());

	private int listening;

	private boolean over;

	private volatile boolean terminated;

	private volatile @Nullable Integer exitCode;

	private volatile @Nullable Thread thread;

	ScriptLoop(String name) {
		this.name = name;
	}

	/**
	 * Lives a worker's life; called on its thread.
	 * @param script what to do first
	 * @return how it ended
	 */
	Outcome run(Script script) {
		Thread current = Thread.currentThread();
		this.thread = current;
		Outcome outcome;
		try {
			if (this.terminated) {
				current.interrupt();
			}
			script.run();
			serve();
			outcome = ended(null);
		}
		catch (Throwable ex) {
			outcome = ended(ex);
		}
		Thread.interrupted();
		if (current instanceof ScriptThread own) {
			own.closeWorkerLocals((ex) -> LOG.warn("A WorkerLocal of worker '{}' failed to close", this.name, ex));
		}
		closeAll();
		return outcome;
	}

	private void serve() {
		while (!isOver()) {
			Runnable next = this.queue.poll();
			if (next == null) {
				if (!isListening()) {
					return;
				}
				try {
					next = this.queue.take();
				}
				catch (InterruptedException ex) {
					// The worker was told to end, or nobody meant it
					continue;
				}
			}
			next.run();
		}
	}

	private boolean isOver() {
		return this.terminated || this.exitCode != null;
	}

	private boolean isListening() {
		this.site.lock.lock();
		try {
			return this.listening > 0;
		}
		finally {
			this.site.lock.unlock();
		}
	}

	/**
	 * An exit that was asked for, or a termination, makes every error look like itself.
	 */
	private Outcome ended(@Nullable Throwable error) {
		Integer asked = this.exitCode;
		if (asked != null) {
			return new Outcome(asked, null);
		}
		if (this.terminated) {
			return new Outcome(1, null);
		}
		return (error != null) ? new Outcome(1, describe(error)) : new Outcome(0, null);
	}

	private Throwable describe(Throwable error) {
		if (error instanceof StackOverflowError) {
			return new ResourceLimitExceededException(Limit.STACK,
					"Worker '" + this.name
							+ "' overflowed its stack; if that much is needed, raise 'resource-limits.stack-size'",
					error);
		}
		if (error instanceof OutOfMemoryError exhausted) {
			return new ResourceLimitExceededException(Limit.HEAP, "Worker '" + this.name
					+ "' ran out of memory, which all threads of this JVM share: " + exhausted.getMessage(), error);
		}
		return error;
	}

	@Override
	public void execute(Runnable task) {
		this.queue.add(task);
	}

	/** Has the worker end, as soon as its code lets it. */
	void terminate() {
		this.terminated = true;
		interrupt();
	}

	private void interrupt() {
		Thread running = this.thread;
		if (running != null) {
			running.interrupt();
		}
	}

	boolean isTerminated() {
		return this.terminated;
	}

	/** Has the worker end with a code; unwinds the stack if this is its thread. */
	void exit(int code) {
		if (this.exitCode == null) {
			this.exitCode = code;
		}
		if (Thread.currentThread() == this.thread) {
			throw new ExitSignal();
		}
		interrupt();
	}

	// Under the lock of the site

	/** Takes over something that ends with the worker. */
	void add(AutoCloseable resource) {
		if (this.over) {
			this.queue.clear();
			close(resource);
		}
		else {
			this.owned.add(Objects.requireNonNull(resource));
		}
	}

	void remove(AutoCloseable resource) {
		this.owned.remove(resource);
	}

	void listening(int change) {
		this.listening += change;
		if (this.listening == 0) {
			this.queue.add(() -> {
			});
		}
	}

	/** Closes all that belongs to the worker, also what it would get from now on. */
	void closeAll() {
		this.site.lock.lock();
		try {
			this.over = true;
			for (AutoCloseable each : List.copyOf(this.owned)) {
				close(each);
			}
			this.owned.clear();
			this.queue.clear();
		}
		finally {
			this.site.lock.unlock();
		}
	}

	private void close(AutoCloseable resource) {
		try {
			resource.close();
		}
		catch (Exception ex) {
			LOG.debug("Something of worker '{}' could not be closed", this.name, ex);
		}
	}

	/**
	 * What to run.
	 */
	@FunctionalInterface
	interface Script {

		void run() throws Exception;

	}

	/**
	 * How a worker ended.
	 *
	 * @param code exit code
	 * @param error what it failed with, if it did
	 */
	record Outcome(int code, @Nullable Throwable error) {

	}

}
