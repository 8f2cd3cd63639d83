package io.github.workerpool.benchmarks;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Waits for what is to be so before something is measured.
 */
final class Patience {

	private static final long LIMIT = TimeUnit.MINUTES.toNanos(2);

	private static final Duration LOOK = Duration.ofMillis(1);

	private static final Duration QUIET = Duration.ofMillis(100);

	private Patience() {
	}

	/**
	 * Waits until something is so.
	 * @param what it, in words, for the error if it doesn't come true
	 * @param condition whether it is so
	 */
	static void until(String what, BooleanSupplier condition) {
		until(what, LOOK, condition);
	}

	static void until(String what, Duration between, BooleanSupplier condition) {
		long begun = System.nanoTime();
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() - begun > LIMIT) {
				throw new IllegalStateException("Waited for two minutes in vain: " + what);
			}
			LockSupport.parkNanos(between.toNanos());
		}
	}

	/**
	 * Waits until this JVM has so many child processes, and none of them is about
	 * anything.
	 */
	static void untilQuiet(int children) {
		until(children + " child processes", () -> children().size() == children);
		until("child processes at rest", () -> {
			Duration before = cpuTime(children());
			LockSupport.parkNanos(QUIET.toNanos());
			return cpuTime(children()).equals(before);
		});
	}

	private static List<ProcessHandle> children() {
		return ProcessHandle.current().children().toList();
	}

	private static Duration cpuTime(Collection<ProcessHandle> processes) {
		return processes.stream()
			.map((process) -> process.info().totalCpuDuration().orElse(Duration.ZERO))
			.reduce(Duration.ZERO, Duration::plus);
	}

}
