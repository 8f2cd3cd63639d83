package io.github.workerpool.core;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.slf4j.Logger;

/**
 * The threads on which users' listeners and dependants run, so that none ever runs on the
 * supervising thread. They come when needed and leave soon after.
 */
final class Callbacks implements Executor {

	private static final int THREADS = 4;

	private final String poolName;

	private final Logger log;

	private final AtomicInteger counter = new AtomicInteger();

	private final ThreadPoolExecutor threads;

	private final Serial serial = new Serial(this);

	Callbacks(String poolName, Logger log) {
		this.poolName = poolName;
		this.log = log;
		this.threads = new ThreadPoolExecutor(THREADS, THREADS, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
				this::thread);
		this.threads.allowCoreThreadTimeOut(true);
	}

	@Override
	public void execute(Runnable callback) {
		Runnable guarded = () -> {
			try {
				callback.run();
			}
			catch (Throwable ex) {
				this.log.warn("A callback of pool '{}' threw", this.poolName, ex);
			}
		};
		try {
			this.threads.execute(guarded);
		}
		catch (RejectedExecutionException ex) {
			// The pool is closed; what settles now still has its dependants
			thread(guarded).start();
		}
	}

	/** Runs one thing at a time, in the order of the calls. */
	void inOrder(Runnable callback) {
		this.serial.execute(callback);
	}

	/** Idle threads end at once, busy ones when they are done. */
	void shutdown() {
		this.threads.shutdown();
	}

	private Thread thread(Runnable target) {
		Thread thread = new Thread(null, target,
				"workerpool-" + this.poolName + "-callback-" + this.counter.incrementAndGet(), 0, false);
		thread.setDaemon(true);
		return thread;
	}

	/**
	 * One thing after the other.
	 */
	private static final class Serial implements Executor {

		private final Callbacks callbacks;

		private final Deque<Runnable> queue = new ArrayDeque<>();

		private boolean running;

		Serial(Callbacks callbacks) {
			this.callbacks = callbacks;
		}

		@Override
		public void execute(Runnable callback) {
			synchronized (this.queue) {
				this.queue.addLast(callback);
				if (this.running) {
					return;
				}
				this.running = true;
			}
			this.callbacks.execute(this::drain);
		}

		private void drain() {
			while (true) {
				Runnable callback;
				synchronized (this.queue) {
					callback = this.queue.pollFirst();
					if (callback == null) {
						this.running = false;
						return;
					}
				}
				try {
					callback.run();
				}
				catch (Throwable ex) {
					this.callbacks.log.warn("A listener of pool '{}' threw", this.callbacks.poolName, ex);
				}
			}
		}

	}

}
