package io.github.workerpool.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

import io.github.resilience4j.timelimiter.TimeLimiter;
import io.github.resilience4j.timelimiter.TimeLimiterConfig;
import io.github.workerpool.Task;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskTimeoutException;
import io.github.workerpool.WorkerPool;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * How much later than their deadlines futures fail, a thousand of them per second: tasks
 * that wait behind blocked workers (<code>late</code>) and, fewer, tasks that run and can
 * be interrupted (<code>late-run</code>); and when work that ignores all this is really
 * gone, later than deadline and grace (<code>gone</code>).
 */
final class TimeoutScenario implements Scenario {

	private static final int WORKERS = 4;

	private static final Duration TIMEOUT = Duration.ofMillis(50);

	private static final Duration GRACE = Duration.ofMillis(50);

	private static final long WAITS_PER_SECOND = 1000;

	private static final long RUNS_PER_SECOND = 20;

	/** Never gone. */
	private static final double NEVER = -1;

	@Override
	public String name() {
		return "timeouts";
	}

	@Override
	public List<String> subjects() {
		return List.of(Subjects.THREADS, Subjects.PROCESSES, Subjects.THREAD_POOL_EXECUTOR, Subjects.REACTOR,
				Subjects.RESILIENCE4J);
	}

	@Override
	public void run(String subject, Mode mode, Measurements out) throws Exception {
		try (Subject measured = subject(subject)) {
			// the first of everything
			late(measured, WAITS_PER_SECOND, mode.pick(1000, 300, 10));
			Sample waits = late(measured, WAITS_PER_SECOND, mode.pick(2000, 700, 20));
			out.add("late-p50", waits.percentile(50));
			out.add("late-p99", waits.percentile(99));
			measured.unblock();
			Sample runs = late(measured, RUNS_PER_SECOND, mode.pick(40, 15, 3));
			out.add("late-run-p50", runs.percentile(50));
			out.add("late-run-p99", runs.percentile(99));
		}
		out.add("gone-p99", Pools.isProcess(subject) ? gone(subject, mode.pick(10, 2, 1)) : NEVER);
	}

	private static Sample late(Subject subject, long perSecond, int count) {
		Sample late = new Sample();
		List<CompletableFuture<?>> all = new ArrayList<>(count);
		long interval = TimeUnit.SECONDS.toNanos(1) / perSecond;
		long next = System.nanoTime();
		for (int i = 0; i < count; i++) {
			for (long ahead = next - System.nanoTime(); ahead > 0; ahead = next - System.nanoTime()) {
				LockSupport.parkNanos(ahead);
			}
			next += interval;
			long deadline = System.nanoTime() + TIMEOUT.toNanos();
			all.add(subject.submit().handle((value, error) -> {
				long now = System.nanoTime();
				if (error != null && !isTimeout(error)) {
					throw new IllegalStateException("Expected a timeout", error);
				}
				// Who is so late that the work was done before is at least as late as
				// that
				late.add((now - deadline) / 1e6);
				return null;
			}));
		}
		all.forEach(CompletableFuture::join);
		return late;
	}

	private static boolean isTimeout(Throwable error) {
		for (Throwable ex = error; ex != null; ex = ex.getCause()) {
			if (ex instanceof TimeoutException || ex instanceof TaskTimeoutException) {
				return true;
			}
		}
		return false;
	}

	/**
	 * The slowest of some children that have to be killed.
	 */
	private static double gone(String subject, int times) {
		Sample gone = new Sample();
		try (WorkerPool pool = Pools.create(subject, 1,
				(settings) -> settings.task((task) -> task.timeout(TIMEOUT).grace(GRACE)))) {
			for (int i = 0; i < times; i++) {
				// a new child is slow to answer; that is not what is measured here
				pool.submit(() -> 1, TaskOptions.none().withTimeout(Duration.ofMinutes(1))).join();
				Long pid = pool.snapshot().workerList().get(0).pid();
				CompletableFuture<Long> end = ProcessHandle.of(pid)
					.orElseThrow()
					.onExit()
					.thenApply((process) -> System.nanoTime());
				long deadline = System.nanoTime() + TIMEOUT.plus(GRACE).toNanos();
				TaskFuture<Integer> stubborn = pool.submit(TimeoutScenario::ignoreInterruption);
				gone.add((end.join() - deadline) / 1e6);
				if (!stubborn.isCompletedExceptionally()) {
					throw new IllegalStateException("The task is gone but its future has not failed");
				}
			}
		}
		return gone.percentile(99);
	}

	private static int ignoreInterruption() {
		while (true) {
			Thread.interrupted();
			LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
		}
	}

	/** Longer than any timeout, and soon over where nobody stops it. */
	private static int sleep() throws InterruptedException {
		Thread.sleep(TIMEOUT.toMillis() * 3);
		return 0;
	}

	private static int block() throws InterruptedException {
		new CountDownLatch(1).await();
		return 0;
	}

	private static Subject subject(String subject) {
		return switch (subject) {
			case Subjects.THREADS, Subjects.PROCESSES -> new PoolSubject(subject);
			case Subjects.THREAD_POOL_EXECUTOR -> new ExecutorSubject();
			case Subjects.REACTOR -> new ReactorSubject();
			case Subjects.RESILIENCE4J -> new TimeLimiterSubject();
			default -> throw new IllegalArgumentException(subject);
		};
	}

	/**
	 * Someone whose workers are all blocked until they are unblocked.
	 */
	private interface Subject extends AutoCloseable {

		CompletableFuture<?> submit();

		void unblock() throws Exception;

		@Override
		void close();

	}

	private static final class PoolSubject implements Subject {

		private static final TaskOptions WAITING = TaskOptions.none().withQueueTimeout(TIMEOUT);

		private static final TaskOptions RUNNING = TaskOptions.none().withTimeout(TIMEOUT);

		private static final Task<Integer> SLEEP = TimeoutScenario::sleep;

		private final WorkerPool pool;

		private final List<TaskFuture<Integer>> blockers = new ArrayList<>();

		private TaskOptions options = WAITING;

		PoolSubject(String subject) {
			this.pool = Pools.create(subject, WORKERS, (settings) -> {
			});
			this.pool.ready().join();
			for (int i = 0; i < WORKERS; i++) {
				this.blockers.add(this.pool.submit(TimeoutScenario::block));
			}
			Patience.until("busy workers", () -> this.pool.snapshot().workers().busy() == WORKERS);
		}

		@Override
		public CompletableFuture<?> submit() {
			return this.pool.submit(SLEEP, this.options);
		}

		@Override
		public void unblock() {
			this.blockers.forEach((blocker) -> blocker.cancel(true));
			Patience.until("idle workers", () -> this.pool.snapshot().workers().idle() == WORKERS);
			this.options = RUNNING;
		}

		@Override
		public void close() {
			this.pool.close();
		}

	}

	/**
	 * {@link CompletableFuture#orTimeout}: the work is none of its business.
	 */
	private static class ExecutorSubject implements Subject {

		final ExecutorService executor = Executors.newFixedThreadPool(WORKERS);

		private final CountDownLatch unblocked = new CountDownLatch(1);

		ExecutorSubject() {
			for (int i = 0; i < WORKERS; i++) {
				this.executor.submit(() -> {
					this.unblocked.await();
					return null;
				});
			}
		}

		@Override
		public CompletableFuture<?> submit() {
			return work().orTimeout(TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
		}

		final CompletableFuture<Integer> work() {
			return CompletableFuture.supplyAsync(() -> {
				try {
					return sleep();
				}
				catch (InterruptedException ex) {
					throw new IllegalStateException(ex);
				}
			}, this.executor);
		}

		@Override
		public void unblock() throws Exception {
			this.unblocked.countDown();
			// Runs after all that is queued, of which each is seen to have failed already
			this.executor.submit(() -> 1).get();
		}

		@Override
		public void close() {
			this.unblocked.countDown();
			this.executor.shutdownNow();
		}

	}

	private static final class TimeLimiterSubject extends ExecutorSubject {

		private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();

		private final TimeLimiter limiter = TimeLimiter
			.of(TimeLimiterConfig.custom().timeoutDuration(TIMEOUT).cancelRunningFuture(true).build());

		@Override
		public CompletableFuture<?> submit() {
			return this.limiter.executeCompletionStage(this.scheduler, this::work).toCompletableFuture();
		}

		@Override
		public void close() {
			this.scheduler.shutdownNow();
			super.close();
		}

	}

	private static final class ReactorSubject implements Subject {

		private final Scheduler scheduler = Schedulers.newParallel("bench", WORKERS);

		private final CountDownLatch unblocked = new CountDownLatch(1);

		ReactorSubject() {
			Callable<Void> block = () -> {
				this.unblocked.await();
				return null;
			};
			for (int i = 0; i < WORKERS; i++) {
				Mono.fromCallable(block).subscribeOn(this.scheduler).subscribe();
			}
		}

		@Override
		public CompletableFuture<?> submit() {
			return Mono.fromCallable(TimeoutScenario::sleep).subscribeOn(this.scheduler).timeout(TIMEOUT).toFuture();
		}

		@Override
		public void unblock() {
			this.unblocked.countDown();
		}

		@Override
		public void close() {
			this.unblocked.countDown();
			this.scheduler.dispose();
		}

	}

}
