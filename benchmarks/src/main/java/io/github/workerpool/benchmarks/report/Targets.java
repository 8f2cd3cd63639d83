package io.github.workerpool.benchmarks.report;

import java.util.List;

import io.github.workerpool.benchmarks.report.Target.Bound;

/**
 * What we mean to reach.
 */
final class Targets {

	private static final String THREADS = "workerpool threads";

	private static final String PROCESSES = "workerpool processes";

	private static final String EXECUTOR = "ThreadPoolExecutor";

	private static final String PISCINA = "piscina";

	private Targets() {
	}

	static List<Target> all() {
		return List.of(Target.of("noop-pipelined", THREADS, Bound.atLeast(1.2).times(EXECUTOR)),
				Target.of("noop-pipelined", THREADS, Bound.atLeast(100).times(PISCINA)),
				Target.of("noop-p50", THREADS, Bound.atMost(1).times(EXECUTOR)),
				Target.of("noop-pipelined", PROCESSES, Bound.atLeast(500_000), Bound.atLeast(20).times(PISCINA)),
				Target.of("noop-pipelined", PROCESSES + ", lambda", Bound.atLeast(150_000)),
				Target.of("noop-p50", PROCESSES, Bound.atMost(2).times(EXECUTOR)),
				Target.of("noop-p50", PROCESSES, Bound.atMost(0.5).times(PISCINA)),
				Target.of("transferred-100MB", PROCESSES, Bound.atMost(1)),
				Target.of("transferred-100MB", PROCESSES, Bound.atMost(0.25).times(PISCINA)),
				Target.of("start-worker", PROCESSES, Bound.atMost(100)),
				Target.of("start-worker", PROCESSES + ", Spring context and archive", Bound.atMost(450)),
				Target.of("replace", PROCESSES + ", spare", Bound.atMost(5)),
				Target.of("late-p99", THREADS, Bound.atMost(20)), Target.of("late-p99", PROCESSES, Bound.atMost(20)),
				Target.of("gone-p99", PROCESSES, Bound.atMost(100)),
				Target.of("queued-bytes", THREADS, Bound.atMost(200)),
				Target.of("queued-slowdown", THREADS, Bound.atMost(10)),
				Target.of("cost-meters", THREADS, Bound.atMost(3)),
				Target.of("cost-context", THREADS, Bound.atMost(15)),
				Target.of("fib-efficiency", THREADS, Bound.atLeast(97)),
				Target.of("fib-efficiency", PROCESSES, Bound.atLeast(97)));
	}

}
