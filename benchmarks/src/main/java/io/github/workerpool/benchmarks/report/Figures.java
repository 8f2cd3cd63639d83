package io.github.workerpool.benchmarks.report;

import java.util.List;

import io.github.workerpool.benchmarks.report.Figure.Better;

/**
 * All figures, in the order of the page.
 */
public final class Figures {

	private static final List<Figure> ALL = List.of(
			// handing over
			more("noop-pipelined", Group.HANDING_OVER, "no-op, pipelined", "tasks/s"),
			less("noop-p50", Group.HANDING_OVER, "no-op, one at a time, p50", "µs"),
			less("noop-p99", Group.HANDING_OVER, "no-op, one at a time, p99", "µs"),
			less("noop-p999", Group.HANDING_OVER, "no-op, one at a time, p99.9", "µs"),

			less("copied-1kB", Group.PAYLOADS, "1 kB in and out, copied", "ms"),
			less("copied-1MB", Group.PAYLOADS, "1 MB in and out, copied", "ms"),
			less("copied-100MB", Group.PAYLOADS, "100 MB in and out, copied", "ms"),
			less("transferred-1kB", Group.PAYLOADS, "1 kB in and out, transferred", "ms"),
			less("transferred-1MB", Group.PAYLOADS, "1 MB in and out, transferred", "ms"),
			less("transferred-100MB", Group.PAYLOADS, "100 MB in and out, transferred", "ms"),

			more("fib-efficiency", Group.COMPUTING, "fib(30) on all cores, of the ideal", "%"),
			more("fib-tasks/s", Group.COMPUTING, "fib(30) on all cores", "tasks/s"),

			less("start-pool", Group.STARTING, "new pool to its first result", "ms"),
			less("start-worker", Group.STARTING, "new worker to its first result", "ms"),

			less("replace", Group.REPLACING, "death of a worker to the next answer", "ms"),
			less("replace-ready", Group.REPLACING, "death of a worker to another that is ready", "ms"),

			less("late-p50", Group.TIMEOUTS, "future fails after its deadline, p50", "ms"),
			less("late-p99", Group.TIMEOUTS, "future fails after its deadline, p99", "ms"),
			less("late-run-p50", Group.TIMEOUTS, "future of a running task fails after its deadline, p50", "ms"),
			less("late-run-p99", Group.TIMEOUTS, "future of a running task fails after its deadline, p99", "ms"),
			less("gone-p99", Group.TIMEOUTS, "work has ended after deadline and grace, p99", "ms"),

			more("reject-rate", Group.OVERLOAD, "refused by a full queue", "rejections/s"),
			less("accepted-p50", Group.OVERLOAD, "accepted at twice the capacity, p50", "ms"),
			less("accepted-p99", Group.OVERLOAD, "accepted at twice the capacity, p99", "ms"),

			less("queued-bytes", Group.SCALE, "one of 1 000 000 queued tasks", "bytes"),
			less("queued-slowdown", Group.SCALE, "slower with 1 000 000 queued than with 1 000", "%"),
			less("pools-100", Group.SCALE, "100 pools, created and answered once", "ms"),
			less("pools-100-memory", Group.SCALE, "100 pools, heap", "MB"),
			more("keys-100000", Group.SCALE, "tasks of 100 000 keys", "tasks/s"),
			more("keys-none", Group.SCALE, "the same without keys", "tasks/s"),

			less("cost-meters", Group.COSTS, "meters", "%"),
			less("cost-observation", Group.COSTS, "meters and observation", "%"),
			less("cost-context", Group.COSTS, "meters, observation and context", "%"),

			less("clone-small", Group.CODEC, "a small object", "µs"),
			less("clone-graph", Group.CODEC, "a graph of objects", "µs"),

			less("break-even", Group.BREAK_EVEN, "smallest task worth offloading", "µs"),

			less("idle-cpu", Group.IDLE, "processor time of an idle pool", "% of a core"),
			less("child-memory", Group.IDLE, "memory per worker", "MB"),

			more("image-rps", Group.IMAGES, "images", "requests/s"),
			less("image-p50", Group.IMAGES, "images, p50", "ms"), less("image-p99", Group.IMAGES, "images, p99", "ms"),
			less("health-p99", Group.IMAGES, "health meanwhile, p99", "ms"));

	private Figures() {
	}

	private static Figure more(String id, Group group, String title, String unit) {
		return new Figure(id, group, title, unit, Better.MORE);
	}

	private static Figure less(String id, Group group, String title, String unit) {
		return new Figure(id, group, title, unit, Better.LESS);
	}

	/**
	 * All figures.
	 * @return the figures, in order
	 */
	public static List<Figure> all() {
		return ALL;
	}

	/**
	 * The figures of a group.
	 * @param group the group
	 * @return the figures, in order
	 */
	static List<Figure> of(Group group) {
		return ALL.stream().filter((figure) -> figure.group() == group).toList();
	}

	/**
	 * Finds a figure.
	 * @param id the id
	 * @return the figure
	 * @throws IllegalArgumentException if there is none of that id
	 */
	public static Figure named(String id) {
		return ALL.stream()
			.filter((figure) -> figure.id().equals(id))
			.findFirst()
			.orElseThrow(() -> new IllegalArgumentException("No figure '" + id + "'; add it to 'Figures'"));
	}

}
