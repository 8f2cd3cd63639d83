package io.github.workerpool.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.github.resilience4j.bulkhead.BulkheadFullException;
import io.github.resilience4j.bulkhead.ThreadPoolBulkhead;
import io.github.resilience4j.bulkhead.ThreadPoolBulkheadConfig;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.WorkerPool;
import org.jspecify.annotations.Nullable;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/**
 * More than can be done. How fast a submitter is told so when the queue is full; and, at
 * twice what two workers can do, how long the accepted tasks take. Tasks come when they
 * are due, whatever became of those before, and their time counts from then.
 */
final class OverloadScenario implements Scenario {

	private static final int WORKERS = 2;

	private static final int CAPACITY = 100;

	private static final long NANOS_PER_TASK = 1_000_000;

	@Override
	public String name() {
		return "overload";
	}

	@Override
	public List<String> subjects() {
		return List.of(Subjects.THREADS, Subjects.PROCESSES, Subjects.THREAD_POOL_EXECUTOR, Subjects.SPRING_ASYNC,
				Subjects.RESILIENCE4J);
	}

	@Override
	public void run(String subject, Mode mode, Measurements out) throws Exception {
		int rounds = BusyWork.roundsIn(NANOS_PER_TASK, TimeUnit.NANOSECONDS);
		try (Target target = target(subject)) {
			overload(target, rounds, mode.pick(500L, 200L, 20L));
			Sample accepted = overload(target, rounds, mode.pick(3000L, 500L, 20L));
			out.add("accepted-p50", accepted.percentile(50));
			out.add("accepted-p99", accepted.percentile(99));
			target.block();
			while (target.offer(1) != null) {
				// fills the queue
			}
			rejectionsPerSecond(target, mode.pick(500L, 100L, 5L));
			out.add("reject-rate", rejectionsPerSecond(target, mode.pick(1000L, 200L, 5L)));
		}
	}

	private static Sample overload(Target target, int rounds, long millis) {
		Sample accepted = new Sample();
		List<CompletableFuture<?>> all = new ArrayList<>();
		long interval = NANOS_PER_TASK / WORKERS / 2;
		long due = System.nanoTime();
		long end = due + TimeUnit.MILLISECONDS.toNanos(millis);
		while (due < end) {
			long ahead = due - System.nanoTime();
			if (ahead > 0) {
				LockSupport.parkNanos(ahead);
				continue;
			}
			CompletableFuture<?> future = target.offer(rounds);
			if (future != null) {
				long begun = due;
				all.add(future.thenRun(() -> accepted.add((System.nanoTime() - begun) / 1e6)));
			}
			due += interval;
		}
		all.forEach(CompletableFuture::join);
		return accepted;
	}

	private static double rejectionsPerSecond(Target target, long millis) {
		long rejected = 0;
		long begun = System.nanoTime();
		long end = begun + TimeUnit.MILLISECONDS.toNanos(millis);
		long now = begun;
		while (now < end) {
			for (int i = 0; i < 100; i++) {
				if (target.offer(1) != null) {
					throw new IllegalStateException("There was room in a full queue");
				}
			}
			rejected += 100;
			now = System.nanoTime();
		}
		return rejected * 1e9 / (now - begun);
	}

	private static int block() throws InterruptedException {
		new CountDownLatch(1).await();
		return 0;
	}

	private static Target target(String subject) {
		return switch (subject) {
			case Subjects.THREADS, Subjects.PROCESSES -> new PoolTarget(subject);
			case Subjects.THREAD_POOL_EXECUTOR -> new ExecutorTarget();
			case Subjects.SPRING_ASYNC -> new AsyncTarget();
			case Subjects.RESILIENCE4J -> new BulkheadTarget();
			default -> throw new IllegalArgumentException(subject);
		};
	}

	/**
	 * Someone with two workers and a bounded queue.
	 */
	private interface Target extends AutoCloseable {

		/**
		 * Offers a task.
		 * @return its future, or {@code null} if it is refused
		 */
		@Nullable CompletableFuture<?> offer(int rounds);

		/**
		 * Keeps the workers busy until the end.
		 */
		void block();

		@Override
		void close();

	}

	private static final class PoolTarget implements Target {

		private final WorkerPool pool;

		private final List<TaskFuture<Integer>> blockers = new ArrayList<>();

		PoolTarget(String subject) {
			this.pool = Pools.create(subject, WORKERS,
					(settings) -> settings.queue((queue) -> queue.capacity(CAPACITY)));
			this.pool.ready().join();
		}

		@Override
		public @Nullable CompletableFuture<?> offer(int rounds) {
			TaskFuture<Integer> future = this.pool.submit(BusyWork.call(rounds));
			return (future.status() != TaskStatus.REJECTED) ? future : null;
		}

		@Override
		public void block() {
			for (int i = 0; i < WORKERS; i++) {
				this.blockers.add(this.pool.submit(OverloadScenario::block));
			}
			Patience.until("busy workers", () -> this.pool.snapshot().workers().busy() == WORKERS);
		}

		@Override
		public void close() {
			this.pool.cancelQueued();
			this.blockers.forEach((blocker) -> blocker.cancel(true));
			this.pool.close();
		}

	}

	private static final class ExecutorTarget implements Target {

		private final ThreadPoolExecutor executor = new ThreadPoolExecutor(WORKERS, WORKERS, 1, TimeUnit.MINUTES,
				new ArrayBlockingQueue<>(CAPACITY));

		ExecutorTarget() {
			this.executor.prestartAllCoreThreads();
		}

		@Override
		public @Nullable CompletableFuture<?> offer(int rounds) {
			try {
				return CompletableFuture.supplyAsync(() -> BusyWork.rounds(rounds), this.executor);
			}
			catch (RejectedExecutionException ex) {
				return null;
			}
		}

		@Override
		public void block() {
			for (int i = 0; i < WORKERS; i++) {
				this.executor.submit(OverloadScenario::block);
			}
			Patience.until("busy workers",
					() -> this.executor.getActiveCount() == WORKERS && this.executor.getQueue().isEmpty());
		}

		@Override
		public void close() {
			this.executor.shutdownNow();
		}

	}

	private static final class BulkheadTarget implements Target {

		private final ThreadPoolBulkhead bulkhead = ThreadPoolBulkhead.of("bench",
				ThreadPoolBulkheadConfig.custom()
					.coreThreadPoolSize(WORKERS)
					.maxThreadPoolSize(WORKERS)
					.queueCapacity(CAPACITY)
					.build());

		@Override
		public @Nullable CompletableFuture<?> offer(int rounds) {
			try {
				return this.bulkhead.executeSupplier(() -> BusyWork.rounds(rounds)).toCompletableFuture();
			}
			catch (BulkheadFullException ex) {
				return null;
			}
		}

		@Override
		public void block() {
			CountDownLatch busy = new CountDownLatch(WORKERS);
			for (int i = 0; i < WORKERS; i++) {
				this.bulkhead.executeCallable(() -> {
					busy.countDown();
					return OverloadScenario.block();
				});
			}
			Patience.until("busy workers", () -> busy.getCount() == 0);
		}

		@Override
		public void close() {
			// waits for its blocked threads; they end with this JVM
		}

	}

	private static final class AsyncTarget implements Target {

		private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(
				AsyncConfiguration.class);

		private final AsyncWork work = this.context.getBean(AsyncWork.class);

		@Override
		public @Nullable CompletableFuture<?> offer(int rounds) {
			try {
				return this.work.work(rounds);
			}
			catch (RejectedExecutionException ex) {
				return null;
			}
		}

		@Override
		public void block() {
			ThreadPoolTaskExecutor executor = this.context.getBean(ThreadPoolTaskExecutor.class);
			for (int i = 0; i < WORKERS; i++) {
				executor.submit(OverloadScenario::block);
			}
			Patience.until("busy workers", () -> executor.getActiveCount() == WORKERS && executor.getQueueSize() == 0);
		}

		@Override
		public void close() {
			this.context.getBean(ThreadPoolTaskExecutor.class).getThreadPoolExecutor().shutdownNow();
			this.context.close();
		}

	}

	/**
	 * Spring's asynchronous methods, on an executor with a bounded queue.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	static class AsyncConfiguration {

		@Bean
		ThreadPoolTaskExecutor taskExecutor() {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
			executor.setCorePoolSize(WORKERS);
			executor.setMaxPoolSize(WORKERS);
			executor.setQueueCapacity(CAPACITY);
			return executor;
		}

		@Bean
		AsyncWork asyncWork() {
			return new AsyncWork();
		}

	}

	/**
	 * Work that is done elsewhere.
	 */
	public static class AsyncWork {

		/**
		 * Works.
		 */
		@Async
		public CompletableFuture<Integer> work(int rounds) {
			return CompletableFuture.completedFuture(BusyWork.rounds(rounds));
		}

	}

}
