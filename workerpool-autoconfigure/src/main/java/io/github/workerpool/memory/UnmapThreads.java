package io.github.workerpool.memory;

import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads that give memory back to the system, which takes milliseconds if there is much
 * of it. They stay for a second, as the next transfer is often near and starting a thread
 * takes longer than all the rest of it. One never waits for another. Thread-safe.
 */
final class UnmapThreads implements Executor {

	private static final int PATIENCE_SECONDS = 1;

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
		try {
			this.threads.execute(action);
		}
		catch (OutOfMemoryError ex) {
			action.run();
		}
	}

}
