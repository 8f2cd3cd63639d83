package io.github.workerpool.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.github.workerpool.PoolSettings;
import io.github.workerpool.WorkerPool;

/**
 * A million waiting tasks: what each costs on the heap, with its future, while nothing is
 * taken from the queue; and how much longer a task takes to go in and come out than with
 * a thousand. For that, queues of both lengths are filled while nothing is taken, and
 * emptied while nothing is put in; the short one a thousand times. What it takes to wake
 * the worker is not counted, as it would hide the difference.
 */
final class QueuedScenario implements Scenario {

	private static final int SHORT = 1000;

	@Override
	public String name() {
		return "queued";
	}

	@Override
	public List<String> subjects() {
		return List.of(Subjects.THREADS, Subjects.PROCESSES, Subjects.THREAD_POOL_EXECUTOR, Subjects.FORK_JOIN_POOL);
	}

	@Override
	public List<String> jvmArguments(String subject) {
		return List.of("-Xms3g", "-Xmx3g");
	}

	@Override
	public void run(String subject, Mode mode, Measurements out) throws Exception {
		int many = mode.pick(1_000_000, 200_000, 10_000);
		try (Target target = target(subject, many)) {
			bytes(target, SHORT);
			out.add("queued-bytes", bytes(target, many));
			throughShort(target, many / 4);
			Sample slowdown = new Sample();
			Clock clock = Clock.ofMillis(mode.pick(4000, 0, 0));
			do {
				double crowded = through(target, many) / many;
				double few = throughShort(target, many) / many;
				slowdown.add(100 * (crowded / few - 1));
			}
			while (clock.runs());
			out.add("queued-slowdown", slowdown.median());
		}
	}

	private static double bytes(Target target, int tasks) {
		CompletableFuture<?>[] queued = new CompletableFuture<?>[tasks];
		long before = usedHeap();
		target.block();
		for (int i = 0; i < tasks; i++) {
			queued[i] = target.submit();
		}
		double bytes = (usedHeap() - before) / (double) tasks;
		target.unblock();
		for (CompletableFuture<?> future : queued) {
			future.join();
		}
		return bytes;
	}

	private static double throughShort(Target target, int tasks) {
		double nanos = 0;
		for (int done = 0; done < tasks; done += SHORT) {
			nanos += through(target, SHORT);
		}
		return nanos;
	}

	/**
	 * Puts tasks into the queue and has them come out.
	 * @return the time in nanoseconds
	 */
	private static double through(Target target, int tasks) {
		target.block();
		long begun = System.nanoTime();
		CompletableFuture<Long> first = target.submit().thenApply((value) -> System.nanoTime());
		for (int i = 2; i < tasks; i++) {
			target.submit();
		}
		CompletableFuture<Long> last = target.submit().thenApply((value) -> System.nanoTime());
		long in = System.nanoTime() - begun;
		target.unblock();
		long out = last.join() - first.join();
		return in + out;
	}

	private static long usedHeap() {
		for (int i = 0; i < 3; i++) {
			System.gc();
		}
		return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
	}

	private static Target target(String subject, int capacity) {
		return switch (subject) {
			case Subjects.THREADS, Subjects.PROCESSES -> new PoolTarget(subject, capacity);
			case Subjects.THREAD_POOL_EXECUTOR -> new ExecutorTarget(
					new ThreadPoolExecutor(1, 1, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>(capacity)));
			case Subjects.FORK_JOIN_POOL ->
				new ExecutorTarget(new ForkJoinPool(1, ForkJoinPool.defaultForkJoinWorkerThreadFactory, null, true));
			default -> throw new IllegalArgumentException(subject);
		};
	}

	/**
	 * Someone with one worker and a long queue.
	 */
	private interface Target extends AutoCloseable {

		CompletableFuture<Integer> submit();

		/** From now on nothing is taken. */
		void block();

		void unblock();

		@Override
		void close();

	}

	private static final class PoolTarget implements Target {

		private static final SameCall CALL = new SameCall(42);

		private final WorkerPool pool;

		PoolTarget(String subject, int capacity) {
			Consumer<PoolSettings.QueueBuilder> bytes = Pools.isProcess(subject) ? (queue) -> queue.maxBytes(2L << 30)
					: (queue) -> {
					};
			this.pool = Pools.create(subject, 1,
					(settings) -> settings.queue((queue) -> bytes.accept(queue.capacity(capacity))));
			this.pool.ready().join();
		}

		@Override
		public CompletableFuture<Integer> submit() {
			return this.pool.submit(CALL);
		}

		@Override
		public void block() {
			this.pool.pause();
		}

		@Override
		public void unblock() {
			this.pool.resume();
		}

		@Override
		public void close() {
			this.pool.close();
		}

	}

	private static final class ExecutorTarget implements Target {

		private static final SameCall CALL = new SameCall(42);

		private final ExecutorService service;

		private final Semaphore gate = new Semaphore(0);

		ExecutorTarget(ExecutorService service) {
			this.service = service;
		}

		@Override
		public CompletableFuture<Integer> submit() {
			Executor executor = this.service;
			return CompletableFuture.supplyAsync(CALL, executor);
		}

		@Override
		public void block() {
			CountDownLatch running = new CountDownLatch(1);
			this.service.execute(() -> {
				running.countDown();
				this.gate.acquireUninterruptibly();
			});
			try {
				running.await();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}

		@Override
		public void unblock() {
			this.gate.release();
		}

		@Override
		public void close() {
			this.service.shutdownNow();
		}

	}

}
