package io.github.workerpool.offload;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;

import io.github.workerpool.TaskFuture;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import org.springframework.core.ReactiveAdapter;

/**
 * One subscription to a method that returns many values: subscriber on one side, worker
 * on the other.
 * <p>
 * <em>The worker drives.</em> A publisher that computes its items does so on the thread
 * that requests them. So a request from the subscriber only adds to {@link #demand}; the
 * worker, which has nothing else to do until the publisher ends, takes it from there and
 * passes it on. That is also what keeps the worker busy and the task's clock running
 * while the subscriber is slow. Where the pool has no room and lets the caller run the
 * task, there is no worker to drive, and a caller that waited for its own requests would
 * wait for ever: then the two sides are connected directly.
 * <p>
 * <em>The task's future decides.</em> Whatever ends the emission (the publisher, a
 * timeout, a cancellation, the pool) settles the future, and only that settles the
 * subscriber. It can do so while the worker is in the middle of {@code onNext};
 * {@link #signals} makes the end wait for the item: it is 1 while an item is being
 * delivered, and an end adds 1 that is never taken back, so that exactly one side finds
 * that it has to deliver the end, and no item follows it.
 */
final class Emission implements Subscription, OffloadedCall.Settlement {

	private final CoreSubscriber<? super Object> downstream;

	private final OffloadedCall call;

	private final ReactiveAdapter adapter;

	private final AtomicInteger signals = new AtomicInteger();

	/** Written before {@link #signals} counts an end. */
	private @Nullable Throwable failure;

	private final Object lock = new Object();

	/** Items requested that the publisher wasn't asked for yet; guarded by the lock. */
	private long demand;

	/** By the subscriber; guarded by the lock. */
	private boolean cancelled;

	/** The subscriber has been told of the end, or is about to; guarded by the lock. */
	private boolean over;

	/** Asks a worker in another JVM for items; guarded by the lock. */
	private @Nullable LongConsumer remote;

	/** All that was requested so far; guarded by the lock. */
	private long requested;

	/** By a worker in another JVM. */
	private long accepted;

	/** What is running on a worker; guarded by the lock. */
	private @Nullable Run run;

	/** Guarded by the lock. */
	private @Nullable TaskFuture<?> future;

	private Emission(CoreSubscriber<? super Object> downstream, OffloadedCall call, ReactiveAdapter adapter) {
		this.downstream = downstream;
		this.call = call;
		this.adapter = adapter;
	}

	/**
	 * Makes what a caller subscribes to.
	 * @param call the call
	 * @param adapter the adapter of the method's return type
	 * @return the items
	 */
	static Flux<Object> of(OffloadedCall call, ReactiveAdapter adapter) {
		return new Flux<>() {

			@Override
			public void subscribe(CoreSubscriber<? super Object> actual) {
				Emission emission = new Emission(actual, call, adapter);
				actual.onSubscribe(emission);
				emission.start();
			}

		};
	}

	private void start() {
		synchronized (this.lock) {
			if (this.cancelled) {
				return;
			}
		}
		TaskFuture<?> future = this.call.settledBy(this).submit();
		boolean cancelled;
		synchronized (this.lock) {
			this.future = future;
			this.lock.notifyAll();
			cancelled = this.cancelled;
		}
		if (cancelled) {
			future.cancel(true);
		}
		future.whenComplete((nothing, thrown) -> {
			if (thrown != null) {
				end(thrown);
			}
			else if (!isDirect()) {
				end(null);
			}
		});
	}

	@Override
	public void request(long n) {
		if (Operators.validate(n)) {
			Subscription direct;
			LongConsumer elsewhere;
			synchronized (this.lock) {
				this.requested = Operators.addCap(this.requested, n);
				elsewhere = this.remote;
				direct = (this.run != null && this.run.direct) ? this.run.upstream : null;
				if (direct == null) {
					this.demand = Operators.addCap(this.demand, n);
					this.lock.notifyAll();
				}
			}
			if (direct != null) {
				direct.request(n);
			}
			if (elsewhere != null) {
				elsewhere.accept(n);
			}
		}
	}

	@Override
	public void cancel() {
		Run run;
		TaskFuture<?> future;
		synchronized (this.lock) {
			if (this.cancelled) {
				return;
			}
			this.cancelled = true;
			run = this.run;
			future = this.future;
			this.lock.notifyAll();
		}
		if (run != null) {
			run.cancel();
			if (run.isOnThisThread()) {
				// from within onNext: the worker sees it on its way back, and must not
				// be interrupted while it is still among the subscriber's operators
				return;
			}
		}
		if (future != null) {
			future.cancel(true);
		}
	}

	private boolean isDirect() {
		synchronized (this.lock) {
			return this.run != null && this.run.direct;
		}
	}

	/** Runs on the worker, or on the caller's thread in its stead. */
	@Override
	public @Nullable Object settle(@Nullable Object returned) throws Exception {
		if (returned == null) {
			return null;
		}
		Run run = new Run(!this.call.operation().isInPlace());
		synchronized (this.lock) {
			this.run = run;
		}
		Flux.from(this.adapter.toPublisher(returned)).contextWrite(this.downstream.currentContext()).subscribe(run);
		if (!run.direct) {
			run.drive();
		}
		return null;
	}

	/**
	 * The worker is another JVM, and this is the thread that drives it. If an earlier one
	 * died before it began, this one owes the same.
	 */
	@Override
	public void requestFrom(LongConsumer requests) {
		long owed;
		synchronized (this.lock) {
			this.remote = requests;
			owed = (this.requested == Long.MAX_VALUE) ? Long.MAX_VALUE : this.requested - this.accepted;
		}
		if (owed > 0) {
			requests.accept(owed);
		}
	}

	@Override
	public void accept(Object item) {
		synchronized (this.lock) {
			this.accepted++;
			if (this.cancelled) {
				return;
			}
		}
		deliver(item);
	}

	private void end(@Nullable Throwable failure) {
		Run run;
		synchronized (this.lock) {
			run = this.run;
			if (this.cancelled || this.over) {
				return;
			}
			this.over = true;
			this.lock.notifyAll();
		}
		if (failure != null && run != null) {
			run.cancel();
		}
		this.failure = failure;
		if (this.signals.getAndIncrement() == 0) {
			deliverEnd();
		}
	}

	private void deliverEnd() {
		Throwable failure = this.failure;
		if (failure != null) {
			this.downstream.onError(failure);
		}
		else {
			this.downstream.onComplete();
		}
	}

	private void deliver(Object item) {
		if (this.signals.compareAndSet(0, 1)) {
			this.downstream.onNext(item);
			if (this.signals.decrementAndGet() != 0) {
				deliverEnd();
			}
		}
		else {
			Operators.onDiscard(item, this.downstream.currentContext());
		}
	}

	/**
	 * The worker's end: subscribed to what the method returned.
	 */
	private final class Run implements CoreSubscriber<Object> {

		private final Thread worker = Thread.currentThread();

		private final boolean direct;

		private volatile @Nullable Subscription upstream;

		/** Guarded by the lock. */
		private boolean ended;

		/** Guarded by the lock. */
		private @Nullable Throwable error;

		Run(boolean direct) {
			this.direct = direct;
		}

		boolean isOnThisThread() {
			return Thread.currentThread() == this.worker;
		}

		void cancel() {
			Subscription upstream = this.upstream;
			if (upstream != null) {
				upstream.cancel();
			}
		}

		void drive() throws Exception {
			try {
				for (long n = await(); n > 0; n = await()) {
					Subscription upstream = this.upstream;
					if (upstream != null) {
						upstream.request(n);
					}
				}
			}
			catch (InterruptedException ex) {
				cancel();
				throw ex;
			}
		}

		/** Waits for demand; 0 is the end. */
		private long await() throws Exception {
			TaskFuture<?> task;
			synchronized (Emission.this.lock) {
				while (!this.ended && !isStopped() && (Emission.this.demand == 0 || this.upstream == null)) {
					Emission.this.lock.wait();
				}
				if (!this.ended && !isStopped()) {
					long n = Emission.this.demand;
					Emission.this.demand = 0;
					return n;
				}
				// a quick worker can be here before its submitter has the future
				while (Emission.this.cancelled && Emission.this.future == null) {
					Emission.this.lock.wait();
				}
				task = Emission.this.cancelled ? Emission.this.future : null;
			}
			if (this.error != null) {
				throw Thrown.asUnchecked(this.error);
			}
			if (!this.ended) {
				cancel();
			}
			if (task != null) {
				task.cancel(true);
			}
			return 0;
		}

		private boolean isStopped() {
			return Emission.this.cancelled || Emission.this.over;
		}

		@Override
		public Context currentContext() {
			return Context.empty();
		}

		@Override
		public void onSubscribe(Subscription upstream) {
			long requested = 0;
			boolean cancelled;
			synchronized (Emission.this.lock) {
				this.upstream = upstream;
				cancelled = Emission.this.cancelled;
				if (this.direct) {
					requested = Emission.this.demand;
					Emission.this.demand = 0;
				}
				Emission.this.lock.notifyAll();
			}
			if (cancelled) {
				upstream.cancel();
			}
			else if (requested > 0) {
				upstream.request(requested);
			}
		}

		@Override
		public void onNext(Object item) {
			deliver(item);
		}

		@Override
		public void onError(Throwable error) {
			end(error);
		}

		@Override
		public void onComplete() {
			end(null);
		}

		private void end(@Nullable Throwable error) {
			synchronized (Emission.this.lock) {
				this.ended = true;
				this.error = error;
				Emission.this.lock.notifyAll();
			}
			if (this.direct) {
				Emission.this.end(error);
			}
		}

	}

}
