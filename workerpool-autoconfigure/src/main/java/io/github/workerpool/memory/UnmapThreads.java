package io.github.workerpool.memory;

import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads that give memory back to the system, which takes milliseconds if there is much
 * of it. They stay for a second, as the next transfer is often near and starting a thread
 * takes longer than all the rest of it. One never waits for another; but who revokes
 * memory faster than it can be given back has to wait, as each further thread makes all
 * of them slower. Thread-safe.
 */
final class UnmapThreads implements Executor {

	private static final int PATIENCE_SECONDS = 1;

	private static final int MOST_UNFINISHED = 4;

	private final AtomicInteger unfinished = new AtomicInteger();

	private final ThreadPoolExecutor threads = new ThreadPoolExecutor(0, Integer.MAX_VALUE, PATIENCE_SECONDS,
			TimeUnit.SECONDS, new SynchronousQueue<>(), UnmapThreads::thread);

	private static Thread thread(Runnable target) {
		Thread thread = new Thread(null, target, "workerpool-unmap", 0, false);
		thread.setDaemon(true);
		// not the one of whoever came first
		thread.setContextClassLoader(null);
		return thread;
	}

	/**
	 * Runs an action on another thread, or on this one if there can't be any more.
	 */
	@Override
	public void execute(Runnable action) {
		this.unfinished.incrementAndGet();
		Runnable counted = () -> {
			try {
				action.run();
			}
			finally {
				this.unfinished.decrementAndGet();
			}
		};
		try {
			this.threads.execute(counted);
		}
		catch (OutOfMemoryError ex) {
			counted.run();
		}
	}

	/** Whether so much is unfinished that no more should be begun. */
	boolean areBehind() {
		return this.unfinished.get() > MOST_UNFINISHED;
	}

}
