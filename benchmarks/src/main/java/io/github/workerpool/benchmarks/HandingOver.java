package io.github.workerpool.benchmarks;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import org.HdrHistogram.Histogram;

/**
 * What it costs to hand a task that does nothing to one of two workers and get its
 * result: many in flight, and one at a time. Futures of all subjects are waited for in
 * the same way.
 */
final class HandingOver {

	private static final int WORKERS = 2;

	private static final int ANSWER = 42;

	private HandingOver() {
	}

	private static List<String> all() {
		return List.of(Subjects.THREADS, Subjects.PROCESSES, Subjects.PROCESSES_LAMBDA, Subjects.THREAD_POOL_EXECUTOR,
				Subjects.FORK_JOIN_POOL, Subjects.SPRING_ASYNC, Subjects.RESILIENCE4J, Subjects.REACTOR,
				Subjects.VIRTUAL_THREADS, Subjects.JVM_PER_TASK);
	}

	private static List<String> jvmArgumentsOf(String subject) {
		List<String> heap = List.of("-Xms1g", "-Xmx1g");
		if (!subject.equals(Subjects.VIRTUAL_THREADS)) {
			return heap;
		}
		// as many carriers as the others have workers
		return Stream.concat(heap.stream(), Stream.of("-Djdk.virtualThreadScheduler.parallelism=" + WORKERS,
				"-Djdk.virtualThreadScheduler.maxPoolSize=" + WORKERS))
			.toList();
	}

	private static Work<Integer> work(String subject) {
		return subject.equals(Subjects.PROCESSES) ? new SameCall(ANSWER) : () -> ANSWER;
	}

	private static boolean missing(String subject, Measurements out) {
		if (subject.equals(Subjects.VIRTUAL_THREADS) && !Contender.hasVirtualThreads()) {
			out.skip("needs Java 21, this is " + Runtime.version().feature());
			return true;
		}
		return false;
	}

	private static void check(long sum, long tasks) {
		if (sum != tasks * ANSWER) {
			throw new IllegalStateException(
					"The results of %d tasks add up to %d, expected %d".formatted(tasks, sum, tasks * ANSWER));
		}
	}

	/**
	 * Tasks that return a number, whoever runs them.
	 */
	private abstract static class NoOps implements Scenario {

		@Override
		public List<String> subjects() {
			return all();
		}

		@Override
		public List<String> jvmArguments(String subject) {
			return jvmArgumentsOf(subject);
		}

		@Override
		public void run(String subject, Mode mode, Measurements out) {
			if (missing(subject, out)) {
				return;
			}
			if (subject.equals(Subjects.JVM_PER_TASK)) {
				jvms(mode, out);
				return;
			}
			try (Contender contender = Contender.start(subject, WORKERS)) {
				measure(contender, work(subject), mode, out);
			}
		}

		abstract void measure(Contender contender, Work<Integer> work, Mode mode, Measurements out);

		/** So few that each can have a JVM of its own. */
		abstract void jvms(Mode mode, Measurements out);

	}

	/**
	 * Ten thousand in flight: all are submitted, then all are waited for.
	 */
	static final class Pipelined extends NoOps {

		@Override
		public String name() {
			return "noop-pipelined";
		}

		@Override
		void measure(Contender contender, Work<Integer> work, Mode mode, Measurements out) {
			int size = mode.pick(10_000, 10_000, 100);
			CompletableFuture<?>[] futures = new CompletableFuture<?>[size];
			// Child JVMs have compilers of their own, which begin with nothing
			Clock warmup = Clock.ofMillis(mode.pick(4_000, 600, 0));
			do {
				check(batch(contender, work, futures), size);
			}
			while (warmup.runs());
			Clock clock = Clock.ofMillis(mode.pick(1_500, 500, 0));
			long tasks = 0;
			do {
				check(batch(contender, work, futures), size);
				tasks += size;
			}
			while (clock.runs());
			out.add("noop-pipelined", tasks / clock.elapsedSeconds());
		}

		private static long batch(Contender contender, Work<Integer> work, CompletableFuture<?>[] futures) {
			for (int i = 0; i < futures.length; i++) {
				futures[i] = contender.submit(work);
			}
			long sum = 0;
			for (CompletableFuture<?> future : futures) {
				sum += (Integer) future.join();
			}
			return sum;
		}

		@Override
		void jvms(Mode mode, Measurements out) {
			int tasks = mode.pick(30, 10, 2);
			CompletableFuture<?>[] futures = new CompletableFuture<?>[tasks];
			try (Contender starters = Contender.start(Subjects.THREAD_POOL_EXECUTOR, WORKERS)) {
				Clock clock = Clock.ofMillis(0);
				check(batch(starters, () -> JvmPerTask.same(ANSWER), futures), tasks);
				out.add("noop-pipelined", tasks / clock.elapsedSeconds());
			}
		}

	}

	/**
	 * One at a time, from the submission to the result.
	 */
	static final class OneAtATime extends NoOps {

		@Override
		public String name() {
			return "noop-one-at-a-time";
		}

		@Override
		void measure(Contender contender, Work<Integer> work, Mode mode, Measurements out) {
			repeat(contender, work, Clock.ofMillis(mode.pick(4_000, 500, 0)));
			Histogram nanos = repeat(contender, work, Clock.ofMillis(mode.pick(1_500, 500, 0)));
			out.add("noop-p50", nanos.getValueAtPercentile(50) / 1e3);
			out.add("noop-p99", nanos.getValueAtPercentile(99) / 1e3);
			out.add("noop-p999", nanos.getValueAtPercentile(99.9) / 1e3);
		}

		private static Histogram repeat(Contender contender, Work<Integer> work, Clock clock) {
			Histogram nanos = new Histogram(3);
			long sum = 0;
			do {
				long start = System.nanoTime();
				sum += contender.submit(work).join();
				nanos.recordValue(System.nanoTime() - start);
			}
			while (clock.runs());
			check(sum, nanos.getTotalCount());
			return nanos;
		}

		@Override
		void jvms(Mode mode, Measurements out) {
			int tasks = mode.pick(15, 5, 1);
			Histogram nanos = new Histogram(3);
			long sum = 0;
			for (int i = 0; i < tasks; i++) {
				long start = System.nanoTime();
				sum += JvmPerTask.same(ANSWER);
				nanos.recordValue(System.nanoTime() - start);
			}
			check(sum, tasks);
			// too few for percentiles beyond
			out.add("noop-p50", nanos.getValueAtPercentile(50) / 1e3);
		}

	}

}
