package io.github.workerpool.benchmarks;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The smallest task for which a batch of them is done sooner by two workers than by
 * calling them one after the other. Sizes grow by a fifth; at each, both are timed in
 * turns. Where the lines cross lies between the last size at which calling was as fast
 * and the next.
 */
final class BreakEvenScenario implements Scenario {

	private static final int WORKERS = 2;

	private static final double LARGEST_MICROS = 5000;

	private static final double GROWTH = 1.2;

	@Override
	public String name() {
		return "break-even";
	}

	@Override
	public List<String> subjects() {
		return List.of(Subjects.THREADS, Subjects.PROCESSES, Subjects.THREAD_POOL_EXECUTOR, Subjects.FORK_JOIN_POOL,
				Subjects.SPRING_ASYNC, Subjects.RESILIENCE4J, Subjects.REACTOR);
	}

	@Override
	public void run(String subject, Mode mode, Measurements out) {
		int roundsPerMilli = BusyWork.roundsIn(1, TimeUnit.MILLISECONDS);
		int size = mode.pick(1000, 500, 50);
		int times = mode.pick(9, 5, 1);
		CompletableFuture<?>[] futures = new CompletableFuture<?>[size];
		try (Contender contender = Contender.start(subject, WORKERS)) {
			Clock warmup = Clock.ofMillis(mode.pick(2000, 500, 0));
			do {
				offloaded(contender, roundsPerMilli / 1000, futures);
				called(roundsPerMilli / 1000, size);
			}
			while (warmup.runs());
			double previousMicros = 0;
			double previousGain = 0;
			for (double micros = 0.2; micros < LARGEST_MICROS; micros *= GROWTH) {
				int rounds = Math.max(1, (int) (roundsPerMilli * micros / 1000));
				Sample offloaded = new Sample();
				Sample called = new Sample();
				for (int i = 0; i < times; i++) {
					offloaded.add(offloaded(contender, rounds, futures));
					called.add(called(rounds, size));
				}
				double gain = Math.log(called.median() / offloaded.median());
				if (gain > 0) {
					double share = (previousMicros == 0) ? 1 : gain / (gain - previousGain);
					out.add("break-even", micros - share * (micros - previousMicros) * ((previousMicros == 0) ? 0 : 1));
					return;
				}
				previousMicros = micros;
				previousGain = gain;
			}
			// There is no such task
			out.add("break-even", -1);
		}
	}

	private static double offloaded(Contender contender, int rounds, CompletableFuture<?>[] futures) {
		Work<Integer> work = BusyWork.call(rounds);
		long begun = System.nanoTime();
		for (int i = 0; i < futures.length; i++) {
			futures[i] = contender.submit(work);
		}
		for (CompletableFuture<?> future : futures) {
			future.join();
		}
		return System.nanoTime() - begun;
	}

	private static double called(int rounds, int size) {
		long begun = System.nanoTime();
		int sum = 0;
		for (int i = 0; i < size; i++) {
			sum += BusyWork.rounds(rounds + (i & 1));
		}
		long nanos = System.nanoTime() - begun;
		if (sum == 42) {
			System.out.println(sum);
		}
		return nanos;
	}

}
