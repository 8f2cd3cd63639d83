package io.github.workerpool.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * A hundred pools of one worker: the time to make them and have an answer of each, and
 * the heap that they take then.
 */
final class ManyPoolsScenario implements Scenario {

	private static final int POOLS = 100;

	@Override
	public String name() {
		return "pools";
	}

	@Override
	public List<String> subjects() {
		return List.of(Subjects.THREADS, Subjects.THREAD_POOL_EXECUTOR, Subjects.FORK_JOIN_POOL);
	}

	@Override
	public void run(String subject, Mode mode, Measurements out) {
		Sample millis = new Sample();
		Sample megabytes = new Sample();
		for (int i = 0; i < mode.pick(12, 4, 1); i++) {
			long before = usedHeap();
			List<Contender> contenders = new ArrayList<>(POOLS);
			long begun = System.nanoTime();
			for (int pool = 0; pool < POOLS; pool++) {
				contenders.add(Contender.start(subject, 1));
			}
			for (Contender contender : contenders) {
				contender.submit(() -> 42).join();
			}
			millis.add((System.nanoTime() - begun) / 1e6);
			megabytes.add((usedHeap() - before) / 1e6);
			contenders.forEach(Contender::close);
		}
		out.add("pools-100", millis.median());
		out.add("pools-100-memory", megabytes.median());
	}

	private static long usedHeap() {
		for (int i = 0; i < 2; i++) {
			System.gc();
		}
		return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
	}

}
