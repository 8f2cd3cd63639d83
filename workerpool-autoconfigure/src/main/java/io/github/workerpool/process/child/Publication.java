package io.github.workerpool.process.child;

import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * Subscribes to what a method returned, and drives it on the task's thread until it ends.
 * A publisher that computes its items does so on the thread that requests them: that must
 * be this one, never the main thread, which hears from the parent of how many there is
 * demand for.
 */
final class Publication implements Subscriber<Object> {

	private final Consumer<Object> items;

	private @Nullable Subscription upstream;

	/** Asked for, but not passed on yet; guarded by this object. */
	private long demand;

	/** Guarded by this object. */
	private boolean ended;

	/** Guarded by this object. */
	private @Nullable Throwable error;

	private Publication(Consumer<Object> items) {
		this.items = items;
	}

	/**
	 * Waits for the only item.
	 * @return the item, {@code null} if there is none
	 */
	static @Nullable Object one(Publisher<?> publisher) throws Throwable {
		@Nullable Object[] item = new Object[1];
		Publication publication = new Publication((value) -> item[0] = value);
		publication.request(Long.MAX_VALUE);
		publication.drive(publisher);
		return item[0];
	}

	/**
	 * Passes on items as they are asked for.
	 */
	static void many(Publisher<?> publisher, RunContext run, Consumer<Object> items) throws Throwable {
		Publication publication = new Publication(items);
		run.publish(publication);
		publication.drive(publisher);
	}

	/** Called on any thread. */
	synchronized void request(long n) {
		this.demand += n;
		if (this.demand < 0) {
			this.demand = Long.MAX_VALUE;
		}
		notifyAll();
	}

	private void drive(Publisher<?> publisher) throws Throwable {
		publisher.subscribe(this);
		try {
			for (long n = await(); n > 0; n = await()) {
				Subscription from = this.upstream;
				if (from != null) {
					from.request(n);
				}
			}
		}
		catch (InterruptedException ex) {
			Subscription from = this.upstream;
			if (from != null) {
				from.cancel();
			}
			throw ex;
		}
		Throwable failure = this.error;
		if (failure != null) {
			throw failure;
		}
	}

	/** Waits for demand; 0 is the end. */
	private synchronized long await() throws InterruptedException {
		while (!this.ended && (this.demand == 0 || this.upstream == null)) {
			wait();
		}
		long n = this.ended ? 0 : this.demand;
		this.demand = 0;
		return n;
	}

	@Override
	public synchronized void onSubscribe(Subscription subscription) {
		this.upstream = subscription;
		notifyAll();
	}

	@Override
	public void onNext(Object item) {
		try {
			this.items.accept(item);
		}
		catch (RuntimeException ex) {
			Subscription from = this.upstream;
			if (from != null) {
				from.cancel();
			}
			end(ex);
		}
	}

	@Override
	public void onError(Throwable failure) {
		end(failure);
	}

	@Override
	public void onComplete() {
		end(null);
	}

	private synchronized void end(@Nullable Throwable failure) {
		if (!this.ended) {
			this.ended = true;
			this.error = failure;
			notifyAll();
		}
	}

}
