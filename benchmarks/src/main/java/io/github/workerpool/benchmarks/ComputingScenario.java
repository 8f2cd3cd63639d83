package io.github.workerpool.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The naive Fibonacci number of 30, thousands of times on as many workers as there are
 * cores. The ideal is what the same numbers take one after another on one thread of this
 * JVM, divided by the cores; it is measured before and after, so that a machine that
 * slows down meanwhile shows in both. Threads without any pool, with equal shares of the
 * work, show how much of it the machine has to give.
 */
final class ComputingScenario implements Scenario {

	private static final String NO_POOL = "threads without a pool";

	private static final int N = 30;

	@Override
	public String name() {
		return "computing";
	}

	@Override
	public List<String> subjects() {
		return List.of(Subjects.THREADS, Subjects.PROCESSES, Subjects.THREAD_POOL_EXECUTOR, NO_POOL);
	}

	@Override
	public void run(String subject, Mode mode, Measurements out) throws Exception {
		int cores = Runtime.getRuntime().availableProcessors();
		int n = mode.pick(N, N, 15);
		int tasks = mode.pick(10_000, 400, 10);
		try (Batches batches = subject.equals(NO_POOL) ? new Split(cores) : new Pooled(subject, cores)) {
			long expected = fib(n);
			long warmup = (tasks / 10) * expected;
			check(batches.run(tasks / 10, n), warmup);
			alone(mode, n);
			double before = alone(mode, n);
			Clock clock = Clock.ofMillis(0);
			long sum = batches.run(tasks, n);
			double seconds = clock.elapsedSeconds();
			double single = (before + alone(mode, n)) / 2;
			check(sum, tasks * expected);
			out.add("fib-tasks/s", tasks / seconds);
			out.add("fib-efficiency", 100 * (tasks * single / cores) / seconds);
		}
	}

	private static void check(long sum, long expected) {
		if (sum != expected) {
			throw new IllegalStateException("The numbers add up to %d, expected %d".formatted(sum, expected));
		}
	}

	/** The median of the seconds that one takes on this thread. */
	private static double alone(Mode mode, int n) {
		long[] nanos = new long[mode.pick(200, 40, 1)];
		long sum = 0;
		for (int i = 0; i < nanos.length; i++) {
			long start = System.nanoTime();
			sum += fib(n);
			nanos[i] = System.nanoTime() - start;
		}
		check(sum, nanos.length * fib(n));
		Arrays.sort(nanos);
		return nanos[nanos.length / 2] / 1e9;
	}

	private static long fib(int n) {
		return (n < 2) ? n : fib(n - 1) + fib(n - 2);
	}

	/**
	 * Runs many.
	 */
	private interface Batches extends AutoCloseable {

		/**
		 * Computes the same number again and again.
		 * @return the sum of the results
		 */
		long run(int tasks, int n) throws Exception;

		@Override
		void close();

	}

	private static final class Pooled implements Batches {

		private final Contender contender;

		Pooled(String subject, int workers) {
			this.contender = Contender.start(subject, workers);
		}

		@Override
		public long run(int tasks, int n) {
			Work<Long> work = () -> fib(n);
			CompletableFuture<?>[] futures = new CompletableFuture<?>[tasks];
			for (int i = 0; i < tasks; i++) {
				futures[i] = this.contender.submit(work);
			}
			long sum = 0;
			for (CompletableFuture<?> future : futures) {
				sum += (Long) future.join();
			}
			return sum;
		}

		@Override
		public void close() {
			this.contender.close();
		}

	}

	private static final class Split implements Batches {

		private final int threads;

		Split(int threads) {
			this.threads = threads;
		}

		@Override
		public long run(int tasks, int n) throws InterruptedException {
			long[] sums = new long[this.threads];
			Thread[] running = new Thread[this.threads];
			for (int i = 0; i < this.threads; i++) {
				int index = i;
				int share = tasks / this.threads + ((i < tasks % this.threads) ? 1 : 0);
				running[i] = new Thread(() -> {
					long sum = 0;
					for (int task = 0; task < share; task++) {
						sum += fib(n);
					}
					sums[index] = sum;
				});
				running[i].start();
			}
			for (Thread thread : running) {
				thread.join();
			}
			return Arrays.stream(sums).sum();
		}

		@Override
		public void close() {
			// no thread is left
		}

	}

}
