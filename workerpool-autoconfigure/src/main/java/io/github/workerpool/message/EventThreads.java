package io.github.workerpool.message;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads on which listeners run that don't run in a worker. They come when needed
 * and leave soon after.
 */
final class EventThreads {

	private static final Logger LOG = LoggerFactory.getLogger(EventThreads.class);

	private final AtomicInteger counter = new AtomicInteger();

	private final ThreadPoolExecutor threads = new ThreadPoolExecutor(0, Integer.MAX_VALUE, 1, TimeUnit.SECONDS,
			new SynchronousQueue<>(), this::thread);

	private Thread thread(Runnable target) {
		Thread thread = new Thread(null, target, "workerpool-events-" + this.counter.incrementAndGet(), 0, false);
		thread.setDaemon(true);
		return thread;
	}

	void execute(Runnable task) {
		this.threads.execute(task);
	}

	/**
	 * Makes a queue of its own, which runs one thing at a time in the order of the calls.
	 */
	Serial serial() {
		return new Serial(this);
	}

	/**
	 * One thing after the other.
	 */
	static final class Serial implements Executor {

		private final EventThreads threads;

		private final Deque<Runnable> queue = new ArrayDeque<>();

		private boolean running;

		private volatile @org.jspecify.annotations.Nullable Thread current;

		private Serial(EventThreads threads) {
			this.threads = threads;
		}

		@Override
		public void execute(Runnable task) {
			synchronized (this.queue) {
				this.queue.addLast(task);
				if (this.running) {
					return;
				}
				this.running = true;
			}
			this.threads.execute(this::drain);
		}

		/** Whether the calling thread is running one of the things. */
		boolean isCurrent() {
			return this.current == Thread.currentThread();
		}

		private void drain() {
			this.current = Thread.currentThread();
			while (true) {
				Runnable task;
				synchronized (this.queue) {
					task = this.queue.pollFirst();
					if (task == null) {
						this.current = null;
						this.running = false;
						return;
					}
				}
				try {
					task.run();
				}
				catch (Throwable ex) {
					LOG.warn("A listener threw", ex);
				}
				Thread.interrupted();
			}
		}

	}

}
