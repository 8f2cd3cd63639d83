package io.github.workerpool.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

import io.github.workerpool.PoolSettings;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPoolListener;
import io.github.workerpool.thread.Handover;
import io.github.workerpool.thread.ThreadWorkerFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Makes the pools of one test, closes them after it and sees that no thread is left.
 */
final class Pools implements AfterEachCallback {

	private static final AtomicInteger NAMES = new AtomicInteger();

	private final ConcurrentLinkedQueue<SupervisedWorkerPool> pools = new ConcurrentLinkedQueue<>();

	private final ConcurrentLinkedQueue<Gate> gates = new ConcurrentLinkedQueue<>();

	private final ConcurrentLinkedQueue<Thread> threads = new ConcurrentLinkedQueue<>();

	/** A started pool of one worker, if nothing else is asked for. */
	SupervisedWorkerPool start(Consumer<PoolSettings.Builder> settings) {
		return start(settings, PoolHooks.NONE);
	}

	SupervisedWorkerPool start(Consumer<PoolSettings.Builder> settings, PoolHooks hooks) {
		SupervisedWorkerPool pool = build(settings, hooks);
		pool.start();
		return pool;
	}

	SupervisedWorkerPool start(Consumer<PoolSettings.Builder> settings, WorkerPoolListener listener) {
		return start(settings, PoolHooks.NONE.withListeners(List.of(listener)));
	}

	/** A started pool whose minimum of workers is ready. */
	SupervisedWorkerPool ready(Consumer<PoolSettings.Builder> settings) {
		return awaitReady(start(settings));
	}

	SupervisedWorkerPool ready(int size) {
		return ready((builder) -> builder.size(size));
	}

	static SupervisedWorkerPool awaitReady(SupervisedWorkerPool pool) {
		assertThat(pool.ready()).succeedsWithin(Gate.PATIENCE);
		return pool;
	}

	SupervisedWorkerPool build(Consumer<PoolSettings.Builder> settings) {
		return build(settings, PoolHooks.NONE);
	}

	SupervisedWorkerPool build(Consumer<PoolSettings.Builder> settings, PoolHooks hooks) {
		PoolSettings.Builder builder = PoolSettings.builder("test-" + NAMES.incrementAndGet()).size(1);
		settings.accept(builder);
		PoolSettings built = builder.build();
		SupervisedWorkerPool pool = new SupervisedWorkerPool(built, hooks,
				new ThreadWorkerFactory(built, Handover.NONE));
		this.pools.add(pool);
		return pool;
	}

	Gate gate() {
		Gate gate = new Gate();
		this.gates.add(gate);
		return gate;
	}

	/** Makes every worker of the pool busy. */
	Gate occupy(WorkerPool pool, int workers) {
		Gate gate = gate();
		for (int i = 0; i < workers; i++) {
			pool.submit(gate.holding(null));
		}
		return gate.awaitEntered(workers);
	}

	/** Makes every callback thread of the pool busy. */
	Gate occupyCallbacks(SupervisedWorkerPool pool) {
		Gate gate = gate();
		for (int i = 0; i < 4; i++) {
			pool.callbacks().execute(gate::passStubbornly);
		}
		return gate.awaitEntered(4);
	}

	/** Runs something on a thread of its own, and tells what came of it. */
	<R> Spawned<R> spawn(java.util.concurrent.Callable<R> body) {
		CompletableFuture<R> outcome = new CompletableFuture<>();
		Thread thread = new Thread(() -> {
			try {
				outcome.complete(body.call());
			}
			catch (Throwable ex) {
				outcome.completeExceptionally(ex);
			}
		}, "test-spawned");
		thread.setDaemon(true);
		this.threads.add(thread);
		thread.start();
		return new Spawned<>(thread, outcome);
	}

	@Override
	public void afterEach(ExtensionContext context) throws Exception {
		this.gates.forEach(Gate::open);
		for (SupervisedWorkerPool pool : this.pools) {
			pool.resume();
			spawn(() -> {
				pool.close();
				return null;
			}).get();
		}
		for (Thread thread : this.threads) {
			thread.join(Gate.PATIENCE.toMillis());
			assertThat(thread.isAlive()).as("thread of the test is alive").isFalse();
		}
		for (SupervisedWorkerPool pool : this.pools) {
			await(() -> assertThat(threadsOf(pool)).as("threads of a closed pool").isEmpty());
		}
	}

	static List<String> threadsOf(WorkerPool pool) {
		List<String> names = new ArrayList<>();
		for (Thread thread : Thread.getAllStackTraces().keySet()) {
			if (thread.isAlive() && thread.getName().startsWith("workerpool-" + pool.name() + "-")) {
				names.add(thread.getName());
			}
		}
		return names;
	}

	static void await(org.awaitility.core.ThrowingRunnable assertion) {
		Awaitility.await()
			.atMost(Gate.PATIENCE)
			.pollDelay(Duration.ZERO)
			.pollInterval(Duration.ofMillis(2))
			.untilAsserted(assertion);
	}

	/** Waits until the worker of a task that has ended is idle again. */
	static void awaitIdle(SupervisedWorkerPool pool) {
		await(() -> assertThat(pool.snapshot().workers().busy()).isZero());
	}

	static Throwable errorOf(TaskFuture<?> future) {
		AtomicReference<Throwable> error = new AtomicReference<>();
		assertThat(future).failsWithin(Gate.PATIENCE);
		future.whenComplete((value, ex) -> error.set(ex));
		await(() -> assertThat(error.get()).isNotNull());
		return error.get();
	}

	/**
	 * Something on a thread of its own.
	 *
	 * @param thread the thread
	 * @param outcome what came of it
	 */
	record Spawned<R>(Thread thread, CompletableFuture<R> outcome) {

		/** Waits until the thread blocks. */
		Spawned<R> awaitBlocked() {
			await(() -> assertThat(this.thread.getState()).isIn(Thread.State.WAITING, Thread.State.TIMED_WAITING));
			return this;
		}

		R get() throws Exception {
			return this.outcome.get(Gate.PATIENCE.toSeconds(), TimeUnit.SECONDS);
		}

		Throwable error() {
			AtomicReference<Throwable> error = new AtomicReference<>();
			await(() -> assertThat(this.outcome).isDone());
			this.outcome.whenComplete((value, ex) -> error.set(ex));
			return error.get();
		}

	}

}
