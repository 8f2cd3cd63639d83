package io.github.workerpool.process.child;

import java.util.concurrent.TimeUnit;
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
 * <p>
 * Nothing here is done by lambdas, and nothing is looked at before the first pause: this
 * is the first thing a child does, and every class it loads delays the first answer.
 */
public final class ParentWatch {

	/** Said by nobody else, so that it can be told from what a task says. */
	static final int EXIT_CODE = 1;

	private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

	private static final long LAST_MOMENTS_NANOS = TimeUnit.MILLISECONDS.toNanos(700);

	private final ChildEnvironment environment;

	private final Thread watcher = new Watcher();

	private volatile boolean channelEnded;

	private ParentWatch(ChildEnvironment environment) {
		this.environment = environment;
	}

	/**
	 * Starts to watch the parent that this JVM's environment names. To be called first of
	 * all.
	 * @return the watch
	 * @throws IllegalStateException if this JVM was not launched as a child
	 */
	public static ParentWatch start() {
		ChildEnvironment environment = ChildEnvironment.own();
		if (environment == null) {
			throw new IllegalStateException("This JVM was not launched as the worker of a pool");
		}
		ParentWatch watch = new ParentWatch(environment);
		watch.watcher.start();
		return watch;
	}

	/**
	 * Tells that the channel to the parent has ended without the parent having asked this
	 * JVM to end. Returns at once; safe on any thread.
	 */
	public void channelEnded() {
		this.channelEnded = true;
		LockSupport.unpark(this.watcher);
	}

	private void end() {
		try {
			new LastMoments().start();
			ProcessTree.killDescendants(ProcessHandle.current().pid());
			ProcessTree.killMarked(ChildEnvironment.MARK, this.environment.mark());
			this.environment.removeDirectory();
		}
		finally {
			Runtime.getRuntime().halt(EXIT_CODE);
		}
	}

	/**
	 * Waits for the end of the parent.
	 */
	private final class Watcher extends Thread {

		Watcher() {
			super(null, null, "workerpool-parent-watch", 0, false);
			setDaemon(true);
			setPriority(MAX_PRIORITY);
		}

		@Override
		public void run() {
			pause();
			TerminalSignals.ignore();
			while (!ParentWatch.this.channelEnded && ParentWatch.this.environment.parent().isAlive()) {
				pause();
			}
			end();
		}

		private void pause() {
			LockSupport.parkNanos(ParentWatch.this, INTERVAL_NANOS);
			// an interrupt would make every further pause end at once
			interrupted();
		}

	}

	/**
	 * Ends this JVM when it has had its time.
	 */
	private static final class LastMoments extends Thread {

		LastMoments() {
			super(null, null, "workerpool-last-moments", 0, false);
			setDaemon(true);
			setPriority(MAX_PRIORITY);
		}

		@Override
		public void run() {
			long end = System.nanoTime() + LAST_MOMENTS_NANOS;
			for (long left = LAST_MOMENTS_NANOS; left > 0; left = end - System.nanoTime()) {
				LockSupport.parkNanos(left);
			}
			Runtime.getRuntime().halt(EXIT_CODE);
		}

	}

}
