package io.github.workerpool.benchmarks.report;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Figures that belong together: a section, a table and a chart. In the order of the page.
 */
public enum Group {

	/** Tasks that do nothing. */
	HANDING_OVER("Handing over",
			"A task that does nothing, to one of two workers and back: many in flight, and one at a time.",
			"noop-pipelined", "noop-one-at-a-time"),

	/** Bytes in and out. */
	PAYLOADS("Payloads",
			"Bytes to a worker, which changes one of them, and back: the median of one round trip at a "
					+ "time. A transferred buffer changes its owner, a copied one does not."),

	/** Work that needs the processors. */
	COMPUTING("Computing",
			"The naive fib(30), many times, on all processors. The ideal is what a single thread of the same process "
					+ "needs for one, times their number, divided by the processors."),

	/** From nothing to the first result. */
	STARTING("Starting", "From nothing to the first result.", "start"),

	/** A worker that died. */
	REPLACING("Replacing", "From the death of a worker to the answer of the next task.", "replace"),

	/** Deadlines. */
	TIMEOUTS("Timeouts",
			"A thousand tasks a second that miss their deadline: how late their caller hears of it, and "
					+ "when the work has really ended."),

	/** More work than can be done. */
	OVERLOAD("Overload", "A queue that is full."),

	/** Many of something. */
	SCALE("Scale", "A million tasks, a hundred pools, a hundred thousand keys.", "queued", "pools", "keys"),

	/** What observing costs. */
	COSTS("Cost of observing",
			"What is added to a task of ten microseconds by meters, by observations, and by "
					+ "context that goes along; on and off alternate in the same process."),

	/** Copying objects. */
	CODEC("Copying objects", "The same objects, to bytes and back or copied outright."),

	/** The smallest task worth it. */
	BREAK_EVEN("Break-even", "The smallest task for which two workers are faster than calling directly."),

	/** Doing nothing. */
	IDLE("Idle", "What a pool costs while nobody uses it."),

	/** The sample application. */
	IMAGES("Image service", "The sample application resizes a photograph, under load.");

	private final String title;

	private final String about;

	private final List<String> scenarios;

	Group(String title, String about, String... scenarios) {
		this.title = title;
		this.about = about;
		this.scenarios = List.of(scenarios);
	}

	/**
	 * Finds the group of a scenario: the one that names it, or has its name.
	 * @param scenario the name of the scenario
	 * @return the group
	 * @throws IllegalArgumentException if it belongs nowhere
	 */
	public static Group of(String scenario) {
		return Stream.of(values())
			.filter((group) -> group.slug().equals(scenario) || group.scenarios.contains(scenario))
			.findFirst()
			.orElseThrow(
					() -> new IllegalArgumentException("Scenario '" + scenario + "' has no group; name it in 'Group'"));
	}

	/**
	 * The heading.
	 * @return the heading
	 */
	public String title() {
		return this.title;
	}

	/**
	 * What its figures are about.
	 * @return one or two sentences
	 */
	public String about() {
		return this.about;
	}

	/**
	 * The name in names of files.
	 * @return lower case, words joined by hyphens
	 */
	public String slug() {
		return name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

}
