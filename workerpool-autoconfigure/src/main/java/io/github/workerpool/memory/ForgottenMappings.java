package io.github.workerpool.memory;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Closes arenas of which nobody has a view any more: other than a mapping of the older
 * kind, a shared arena is not closed by the garbage collector. Every view refers to the
 * buffer it was duplicated from, so it is enough to watch that one. The thread that does
 * it lives little longer than there are arenas. Thread-safe.
 */
final class ForgottenMappings {

	/**
	 * How long the thread stays with nothing to watch, as the next arena is often near.
	 */
	private static final long PATIENCE_MILLIS = 1000;

	private final ReferenceQueue<ByteBuffer> queue = new ReferenceQueue<>();

	private final Set<Watch> watches = new HashSet<>();

	private @Nullable Thread thread;

	/**
	 * Watches a buffer.
	 * @param buffer the buffer
	 * @param close closes what it shows
	 * @return to be cancelled when that is closed otherwise
	 */
	synchronized Watch watch(ByteBuffer buffer, Runnable close) {
		Watch watch = new Watch(buffer, close);
		this.watches.add(watch);
		if (this.thread == null) {
			Thread started = new Thread(null, this::run, "workerpool-memory", 0, false);
			started.setDaemon(true);
			started.start();
			this.thread = started;
		}
		return watch;
	}

	private void run() {
		while (next()) {
			// until there is nothing to watch
		}
	}

	private boolean next() {
		try {
			Watch watch = (Watch) this.queue.remove(PATIENCE_MILLIS);
			boolean forgotten;
			synchronized (this) {
				forgotten = this.watches.remove(watch);
				if (watch == null && this.watches.isEmpty()) {
					this.thread = null;
					return false;
				}
			}
			if (forgotten) {
				watch.close.run();
			}
		}
		catch (InterruptedException ex) {
			// nobody has a reason to
		}
		return true;
	}

	private synchronized void cancel(Watch watch) {
		this.watches.remove(watch);
		watch.clear();
	}

	/**
	 * A buffer being watched.
	 */
	final class Watch extends PhantomReference<ByteBuffer> {

		private final Runnable close;

		private Watch(ByteBuffer buffer, Runnable close) {
			super(buffer, ForgottenMappings.this.queue);
			this.close = close;
		}

		void cancel() {
			ForgottenMappings.this.cancel(this);
		}

	}

}
