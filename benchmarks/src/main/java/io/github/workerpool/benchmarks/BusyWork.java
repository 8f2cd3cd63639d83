package io.github.workerpool.benchmarks;

import java.io.Serial;
import java.lang.reflect.Method;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.MethodTask;

/**
 * Work that needs a processor and nothing else. How long a round takes is measured once,
 * where no other work is going on; after that it is counted in rounds, not in time: who
 * loses the processor to somebody else has as much left to do as before.
 */
public final class BusyWork {

	private static final int TRIAL = 20_000;

	/**
	 * Works.
	 * @param rounds how much
	 * @return something that can't be known without the work
	 */
	public int work(int rounds) {
		return rounds(rounds);
	}

	static int rounds(int rounds) {
		long state = 88172645463325252L;
		for (int i = 0; i < rounds; i++) {
			// Each round needs the one before, and no compiler can make one of several
			state ^= state << 13;
			state ^= state >>> 7;
			state ^= state << 17;
		}
		return (int) (state >>> 32);
	}

	/**
	 * Finds out how many rounds take a given time on this machine when nothing disturbs.
	 * @param unitsOfTime the time
	 * @param unit its unit
	 * @return rounds
	 */
	static int roundsIn(long unitsOfTime, TimeUnit unit) {
		long best = Long.MAX_VALUE;
		int sum = 0;
		long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(150);
		while (System.nanoTime() < end) {
			long begun = System.nanoTime();
			sum += rounds(TRIAL);
			best = Math.min(best, System.nanoTime() - begun);
		}
		if (sum == 42) {
			System.out.println(sum);
		}
		return (int) Math.max(1, unit.toNanos(unitsOfTime) * TRIAL / best);
	}

	/**
	 * The work as the call of a method, which is what an offloaded method is to a pool.
	 */
	static Work<Integer> call(int rounds) {
		return new Call(rounds);
	}

	private static final class Call implements MethodTask<Integer>, Work<Integer> {

		@Serial
		private static final long serialVersionUID = 1;

		private static final BusyWork TARGET = new BusyWork();

		private static final Method METHOD = method("work");

		private final int rounds;

		Call(int rounds) {
			this.rounds = rounds;
		}

		private static Method method(String name) {
			try {
				return BusyWork.class.getMethod(name, int.class);
			}
			catch (NoSuchMethodException ex) {
				throw new IllegalStateException(ex);
			}
		}

		@Override
		public String beanName() {
			return "busyWork";
		}

		@Override
		public Method method() {
			return METHOD;
		}

		@Override
		public Object[] arguments() {
			return new Object[] { this.rounds };
		}

		@Override
		public MethodTask<Integer> withArguments(Object[] arguments) {
			return new Call((Integer) arguments[0]);
		}

		@Override
		public Integer call() {
			return TARGET.work(this.rounds);
		}

	}

}
