package io.github.workerpool.process.child;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

import io.github.workerpool.process.ChildEnvironment;
import io.github.workerpool.process.ProcessTree;

/**
 * Ends this JVM, and all it started, when its parent is no more, however the parent ended
 * and whatever this JVM is busy with.
 * <p>
 * Two things tell of the parent's end. The channel ends at once, but it needs somebody to
 * read it, and something else may hold its other side open. The parent's process is
 * looked at a few times a second, by id and start, as an id alone may soon be somebody
 * else's.
 * <p>
 * Halting needs all threads to reach a safepoint; that a loop in a task does is seen to
 * by the options a child is launched with. What this JVM started is ended first, since
 * afterwards nobody would know of it; but that may take no longer than a moment, so a
 * second thread halts in any case.
 */
public final class ParentWatch {

	private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

	private static final long LAST_MOMENTS_NANOS = TimeUnit.MILLISECONDS.toNanos(700);

	/** Said by nobody, so that it can be told from what a task says. */
	static final int EXIT_CODE = 1;

	private final ChildEnvironment environment;

	private final AtomicBoolean ending = new AtomicBoolean();

	private final Thread thread;

	private volatile boolean parentGone;

	private ParentWatch(ChildEnvironment environment) {
		this.environment = environment;
		this.thread = daemon("workerpool-parent-watch", this::watch);
	}

	/**
	 * Starts to watch the parent that this JVM's environment names. To be called at the
	 * very beginning.
	 * @return the watch
	 * @throws IllegalStateException if this JVM was not launched as a child
	 */
	public static ParentWatch start() {
		ChildEnvironment environment = ChildEnvironment.own();
		if (environment == null) {
			throw new IllegalStateException("This JVM was not launched as the worker of a pool");
		}
		ParentWatch watch = new ParentWatch(environment);
		watch.thread.start();
		return watch;
	}

	private static Thread daemon(String name, Runnable body) {
		Thread thread = new Thread(null, body, name, 0, false);
		thread.setDaemon(true);
		thread.setPriority(Thread.MAX_PRIORITY);
		return thread;
	}

	/**
	 * Tells that the channel to the parent has ended without the parent having asked this
	 * JVM to end. Returns at once; safe on any thread.
	 */
	public void channelEnded() {
		this.parentGone = true;
		LockSupport.unpark(this.thread);
	}

	private void watch() {
		while (!this.parentGone && this.environment.parent().isAlive()) {
			LockSupport.parkNanos(this, INTERVAL_NANOS);
			// an interrupt would make every further wait return at once
			Thread.interrupted();
		}
		end();
	}

	/**
	 * Ends everything this JVM started, then this JVM. Doesn't return.
	 */
	private void end() {
		if (!this.ending.compareAndSet(false, true)) {
			return;
		}
		try {
			daemon("workerpool-last-moments", () -> {
				long end = System.nanoTime() + LAST_MOMENTS_NANOS;
				for (long left = LAST_MOMENTS_NANOS; left > 0; left = end - System.nanoTime()) {
					LockSupport.parkNanos(left);
				}
				Runtime.getRuntime().halt(EXIT_CODE);
			}).start();
			ProcessTree.killDescendants(ProcessHandle.current().pid());
			ProcessTree.killMarked(ChildEnvironment.MARK, this.environment.mark());
			this.environment.removeDirectory();
		}
		finally {
			Runtime.getRuntime().halt(EXIT_CODE);
		}
	}

}
