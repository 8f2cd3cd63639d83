package io.github.workerpool.core;

import java.util.List;

import io.github.workerpool.PayloadCodec;
import io.github.workerpool.WorkerInitializer;
import io.github.workerpool.WorkerPoolListener;
import org.jspecify.annotations.Nullable;

/**
 * What a pool is given to extend it.
 *
 * @param listeners told what happens
 * @param initializers run in each new worker
 * @param context carries the submitter's context
 * @param observer watches runs, if anything does
 * @param pendingResults recognises results that are promises
 * @param codecs carry values that JDK serialization can't, into child JVMs and back
 * @since 0.1.0
 */
public record PoolHooks(List<WorkerPoolListener> listeners, List<WorkerInitializer> initializers, TaskContext context,
		@Nullable TaskObserver observer, PendingResults pendingResults, List<PayloadCodec> codecs) {

	/** No extension at all. */
	public static final PoolHooks NONE = new PoolHooks(List.of(), List.of(), TaskContext.NONE, null, PendingResults.JDK,
			List.of());

	/**
	 * Makes hooks.
	 */
	public PoolHooks {
		listeners = List.copyOf(listeners);
		initializers = List.copyOf(initializers);
		codecs = List.copyOf(codecs);
	}

	/**
	 * The same with others that listen.
	 * @param listeners the listeners
	 * @return new hooks
	 */
	public PoolHooks withListeners(List<? extends WorkerPoolListener> listeners) {
		return new PoolHooks(List.copyOf(listeners), this.initializers, this.context, this.observer,
				this.pendingResults, this.codecs);
	}

	/**
	 * The same with others that prepare workers.
	 * @param initializers the initializers
	 * @return new hooks
	 */
	public PoolHooks withInitializers(List<? extends WorkerInitializer> initializers) {
		return new PoolHooks(this.listeners, List.copyOf(initializers), this.context, this.observer,
				this.pendingResults, this.codecs);
	}

	/**
	 * The same with another carrier of context.
	 * @param context the carrier
	 * @return new hooks
	 */
	public PoolHooks withContext(TaskContext context) {
		return new PoolHooks(this.listeners, this.initializers, context, this.observer, this.pendingResults,
				this.codecs);
	}

	/**
	 * The same with another observer.
	 * @param observer the observer
	 * @return new hooks
	 */
	public PoolHooks withObserver(TaskObserver observer) {
		return new PoolHooks(this.listeners, this.initializers, this.context, observer, this.pendingResults,
				this.codecs);
	}

	/**
	 * The same with something else that recognises promises.
	 * @param pendingResults what recognises them
	 * @return new hooks
	 */
	public PoolHooks withPendingResults(PendingResults pendingResults) {
		return new PoolHooks(this.listeners, this.initializers, this.context, this.observer, pendingResults,
				this.codecs);
	}

	/**
	 * The same with other codecs.
	 * @param codecs the codecs
	 * @return new hooks
	 */
	public PoolHooks withCodecs(List<? extends PayloadCodec> codecs) {
		return new PoolHooks(this.listeners, this.initializers, this.context, this.observer, this.pendingResults,
				List.copyOf(codecs));
	}

}
