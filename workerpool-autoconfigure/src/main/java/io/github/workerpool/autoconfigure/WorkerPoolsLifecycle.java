package io.github.workerpool.autoconfigure;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

import io.github.workerpool.PoolSnapshot;
import io.github.workerpool.autoconfigure.ConfiguredWorkerPools.Entry;
import io.github.workerpool.core.ManagedWorkerPool;
import io.github.workerpool.process.ChildWiringException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.concurrent.ExecutorConfigurationSupport;

/**
 * Starts all pools with the context and stops them with it, side by side. Nothing is
 * started earlier: a context that is refreshed only to be looked at (training runs,
 * checkpoints) leaves no worker behind.
 * <p>
 * Pools start before and stop after the executors and schedulers of the framework, whose
 * last tasks may need them, and so also before the web server accepts requests and after
 * it has drained.
 */
final class WorkerPoolsLifecycle implements SmartLifecycle {

	static final int PHASE = ExecutorConfigurationSupport.DEFAULT_PHASE - 1;

	private static final Logger logger = LoggerFactory.getLogger(WorkerPoolsLifecycle.class);

	private final ConfiguredWorkerPools pools;

	private final Function<String, CompletableFuture<ChildWiringException>> unwired;

	private volatile boolean running;

	/**
	 * Makes a life cycle.
	 * @param pools the pools
	 * @param unwired tells of what can't be wired in the children of a pool
	 */
	WorkerPoolsLifecycle(ConfiguredWorkerPools pools,
			Function<String, CompletableFuture<ChildWiringException>> unwired) {
		this.pools = pools;
		this.unwired = unwired;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public void start() {
		this.running = true;
		long start = System.nanoTime();
		for (Entry entry : this.pools.entries()) {
			if (entry.lazy()) {
				entry.pool().startLazily();
			}
			else {
				entry.pool().start();
			}
		}
		for (Entry entry : this.pools.entries()) {
			if (entry.settings().startupWait() && !entry.lazy() && !awaitReady(entry, start)) {
				return;
			}
		}
	}

	/**
	 * All pools come up at the same time, so that each wait counts from their start.
	 * @throws ChildWiringException if the first child of a pool can't be wired: no other
	 * will be
	 */
	private boolean awaitReady(Entry entry, long start) {
		Duration patience = entry.settings().process().startupTimeout();
		try {
			long left = patience.toNanos() - (System.nanoTime() - start);
			CompletableFuture<ChildWiringException> failure = this.unwired.apply(entry.pool().name());
			CompletableFuture<Void> ready = entry.pool().ready();
			CompletableFuture.anyOf(ready, failure).get(Math.max(0, left), TimeUnit.NANOSECONDS);
			if (failure.isDone()) {
				throw failure.join();
			}
		}
		catch (TimeoutException ex) {
			PoolSnapshot.Workers workers = entry.pool().snapshot().workers();
			logger.warn(
					"Pool '{}' is not ready after {} ms: {} of {} workers are. The start goes on without the others",
					entry.pool().name(), patience.toMillis(), workers.alive(), workers.min());
		}
		catch (ExecutionException ex) {
			CompletableFuture<ChildWiringException> failure = this.unwired.apply(entry.pool().name());
			if (failure.isDone()) {
				throw failure.join();
			}
			logger.warn("Pool '{}' did not become ready. The start goes on without it", entry.pool().name(),
					ex.getCause());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			logger.warn("Interrupted while pool '{}' came up. The start goes on", entry.pool().name());
			return false;
		}
		return true;
	}

	@Override
	public void stop(Runnable callback) {
		this.running = false;
		CompletableFuture<?>[] stops = this.pools.entries()
			.stream()
			.map((entry) -> stop(entry.pool()))
			.toArray(CompletableFuture[]::new);
		CompletableFuture.allOf(stops).whenComplete((nothing, ex) -> {
			if (ex != null) {
				logger.warn("Not all pools could be stopped", ex);
			}
			callback.run();
		});
	}

	private static CompletableFuture<Void> stop(ManagedWorkerPool pool) {
		try {
			return pool.stop();
		}
		catch (RuntimeException ex) {
			return CompletableFuture.failedFuture(ex);
		}
	}

	@Override
	public void stop() {
		stopAndWait(this);
	}

	/** Stops something and waits until it has, or this thread is interrupted. */
	static void stopAndWait(SmartLifecycle lifecycle) {
		CountDownLatch stopped = new CountDownLatch(1);
		lifecycle.stop(stopped::countDown);
		try {
			stopped.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
