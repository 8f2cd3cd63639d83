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

}
