package io.github.workerpool.core;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;

import io.github.workerpool.CrashReport;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.PoolSnapshot;
import io.github.workerpool.PoolState;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPoolListener;
import io.github.workerpool.testsupport.Gate;
import io.github.workerpool.thread.Handover;
import io.github.workerpool.thread.ThreadWorkerFactory;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Makes pools for a test and closes them after it, having opened all gates.
 */
final class TestPools implements AfterEachCallback {

	static final Duration LONG = Duration.ofSeconds(30);

	private static final AtomicInteger NUMBERS = new AtomicInteger();

	private final List<SupervisedWorkerPool> pools = new CopyOnWriteArrayList<>();

	private final List<Gate> gates = new CopyOnWriteArrayList<>();

	/** What the pools of this test told their listener. */
	final Told told = new Told();

	@Override
	public void afterEach(ExtensionContext context) throws Exception {
		this.gates.forEach(Gate::open);
		for (SupervisedWorkerPool pool : this.pools) {
			CompletableFuture<Void> closed = new CompletableFuture<>();
			Thread closer = new Thread(() -> {
				pool.close();
				closed.complete(null);
			}, "closer");
			closer.setDaemon(true);
			closer.start();
			closed.get(60, TimeUnit.SECONDS);
		}
		this.pools.clear();
		this.gates.clear();
		this.told.events.clear();
		this.told.crashes.clear();
	}

	Gate gate() {
		Gate gate = new Gate();
		this.gates.add(gate);
		return gate;
	}

	SupervisedWorkerPool build(WorkerFactory workers, PoolHooks hooks, PoolClock clock,
			Consumer<PoolSettings.Builder> settings) {
		PoolSettings.Builder builder = PoolSettings.builder("t" + NUMBERS.incrementAndGet())
			.isolation(workers.isolation());
		settings.accept(builder);
		SupervisedWorkerPool pool = new SupervisedWorkerPool(builder.build(), hooks, workers, clock);
		this.pools.add(pool);
		return pool;
	}

	SupervisedWorkerPool build(WorkerFactory workers, Consumer<PoolSettings.Builder> settings) {
		return build(workers, hooks(), new PoolClock(), settings);
	}

	SupervisedWorkerPool start(WorkerFactory workers, Consumer<PoolSettings.Builder> settings) {
		SupervisedWorkerPool pool = build(workers, settings);
		pool.start();
		return pool;
	}

	/** A pool of real threads, not started. */
	SupervisedWorkerPool buildThreads(Consumer<PoolSettings.Builder> settings) {
		return buildThreads(hooks(), settings);
	}

	SupervisedWorkerPool buildThreads(PoolHooks hooks, Consumer<PoolSettings.Builder> settings) {
		return buildThreads(hooks, new PoolClock(), settings);
	}

	SupervisedWorkerPool buildThreads(PoolHooks hooks, PoolClock clock, Consumer<PoolSettings.Builder> settings) {
		PoolSettings.Builder builder = PoolSettings.builder("t" + NUMBERS.incrementAndGet());
		settings.accept(builder);
		PoolSettings built = builder.build();
		SupervisedWorkerPool pool = new SupervisedWorkerPool(built, hooks,
				new ThreadWorkerFactory(built, Handover.NONE), clock);
		this.pools.add(pool);
		return pool;
	}

	/** A pool of real threads, started, with its workers ready as far as they come. */
	SupervisedWorkerPool threads(Consumer<PoolSettings.Builder> settings) {
		SupervisedWorkerPool pool = buildThreads(settings);
		pool.start();
		CompletableFuture<Void> ready = pool.ready();
		patiently().until(ready::isDone);
		return pool;
	}

	PoolHooks hooks() {
		return PoolHooks.NONE.withListeners(List.of(this.told));
	}

	/** Waits long, looks often. */
	static ConditionFactory patiently() {
		return await().atMost(LONG).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5));
	}

	static void awaitState(WorkerPool pool, PoolState state) {
		awaitSnapshot(pool, "state " + state, (snapshot) -> snapshot.state() == state);
	}

	static void awaitAlive(WorkerPool pool, int alive) {
		awaitSnapshot(pool, alive + " alive", (snapshot) -> snapshot.workers().alive() == alive);
	}

	static void awaitSnapshot(WorkerPool pool, String what, Predicate<PoolSnapshot> condition) {
		patiently().untilAsserted(() -> assertThat(pool.snapshot()).matches(condition, what));
	}

	static Throwable failureOf(CompletableFuture<?> future) throws Exception {
		try {
			future.get(30, TimeUnit.SECONDS);
		}
		catch (ExecutionException ex) {
			return ex.getCause();
		}
		catch (CancellationException ex) {
			return ex;
		}
		throw new AssertionError("expected a failure but it succeeded: " + future);
	}

	static <R> R valueOf(TaskFuture<R> future) throws Exception {
		return future.get(30, TimeUnit.SECONDS);
	}

	/** At rest every task has had exactly one outcome. */
	static void assertBooksBalance(WorkerPool pool) {
		awaitSnapshot(pool, "submitted to be the sum of the outcomes", (snapshot) -> {
			PoolSnapshot.Tasks tasks = snapshot.tasks();
			return tasks.submitted() == tasks.succeeded() + tasks.failed() + tasks.rejected() + tasks.timedOut()
					+ tasks.cancelled() + tasks.crashed();
		});
	}

	/**
	 * Keeps what a listener is told.
	 */
	static final class Told implements WorkerPoolListener {

		final List<String> events = new CopyOnWriteArrayList<>();

		final List<CrashReport> crashes = new CopyOnWriteArrayList<>();

		final List<Thread> threads = new CopyOnWriteArrayList<>();

		/** The events without those of single workers. */
		List<String> episodes() {
			return this.events.stream().filter((event) -> !event.startsWith("worker")).toList();
		}

		List<String> workerEvents() {
			return this.events.stream().filter((event) -> event.startsWith("worker")).toList();
		}

		void awaitEpisodes(String... episodes) {
			patiently().untilAsserted(() -> assertThat(episodes()).containsExactly(episodes));
		}

		/** A pool that is slow on its way may be degraded for a while as well. */
		void awaitFailures(String... episodes) {
			patiently().untilAsserted(() -> assertThat(
					episodes().stream().filter((event) -> event.equals("failed") || event.equals("restarted")))
				.containsExactly(episodes));
		}

		void awaitEvent(String event) {
			patiently().untilAsserted(() -> assertThat(this.events).contains(event));
		}

		private void note(String event) {
			this.threads.add(Thread.currentThread());
			this.events.add(event);
		}

		@Override
		public void onSaturated(WorkerPool pool) {
			note("saturated");
		}

		@Override
		public void onRelieved(WorkerPool pool) {
			note("relieved");
		}

		@Override
		public void onDegraded(WorkerPool pool, String reason) {
			note("degraded");
		}

		@Override
		public void onRecovered(WorkerPool pool) {
			note("recovered");
		}

		@Override
		public void onFailed(WorkerPool pool, Throwable cause) {
			note("failed");
		}

		@Override
		public void onRestarted(WorkerPool pool) {
			note("restarted");
		}

		@Override
		public void onWorkerStarted(WorkerPool pool, String workerId, Duration startup) {
			note("worker-started " + suffix(workerId));
		}

		@Override
		public void onWorkerEnded(WorkerPool pool, String workerId, String reason) {
			note("worker-ended " + suffix(workerId) + " " + reason);
		}

		@Override
		public void onWorkerCrashed(WorkerPool pool, CrashReport report) {
			this.crashes.add(report);
			note("worker-crashed " + report.exit());
		}

		private static String suffix(String workerId) {
			return workerId.substring(workerId.lastIndexOf('-') + 1);
		}

	}

}
