package io.github.workerpool.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The smallest task for which a batch of them is done sooner by two workers than by
 * calling them one after the other. Sizes grow by a quarter; at each, both are timed in
 * turns. Where the lines cross lies between the last size at which calling was as fast
 * and the next, if the workers win at that and at two more.
 */
final class BreakEvenScenario implements Scenario {

	private static final int WORKERS = 2;

	private static final double SMALLEST_MICROS = 0.2;

	private static final double GROWTH = 1.25;

	private static final int WINS = 3;

	private static final double NEVER = -1;

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
		int times = mode.pick(5, 3, 1);
		CompletableFuture<?>[] futures = new CompletableFuture<?>[size];
		try (Contender contender = Contender.start(subject, WORKERS)) {
			Clock warmup = Clock.ofMillis(mode.pick(2000, 500, 0));
			do {
				offloaded(contender, roundsPerMilli / 1000, futures);
				called(roundsPerMilli / 1000, size);
			}
			while (warmup.runs());
			double largest = mode.pick(5000.0, 5000.0, 1.0);
			List<Point> points = new ArrayList<>();
			int won = 0;
			for (double micros = SMALLEST_MICROS; won < WINS && micros < largest; micros *= GROWTH) {
				int rounds = Math.max(1, (int) (roundsPerMilli * micros / 1000));
				Sample offloaded = new Sample();
				Sample called = new Sample();
				for (int i = 0; i < times; i++) {
					offloaded.add(offloaded(contender, rounds, futures));
					called.add(called(rounds, size));
				}
				Point point = new Point(micros, Math.log(called.median() / offloaded.median()));
				points.add(point);
				won = (point.gain() > 0) ? won + 1 : 0;
			}
			out.add("break-even", (won == WINS) ? crossing(points) : NEVER);
		}
	}

	private static double crossing(List<Point> points) {
		Point winner = points.get(points.size() - WINS);
		if (points.size() == WINS) {
			return winner.micros();
		}
		Point loser = points.get(points.size() - WINS - 1);
		double share = winner.gain() / (winner.gain() - loser.gain());
		return winner.micros() - share * (winner.micros() - loser.micros());
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

	/**
	 * A size of task.
	 *
	 * @param micros how long it takes, in microseconds
	 * @param gain more than zero if the workers are faster
	 */
	private record Point(double micros, double gain) {

	}

}
