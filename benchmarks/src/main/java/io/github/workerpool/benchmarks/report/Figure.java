package io.github.workerpool.benchmarks.report;

/**
 * Something that has a value.
 *
 * @param id what forks call it
 * @param group where it belongs
 * @param title what it is, in a few words
 * @param unit what its values are in
 * @param better which values are better
 */
public record Figure(String id, Group group, String title, String unit, Better better) {

	/** What the value means that a subject reports when something never happens. */
	static final double NEVER = -1;

	/**
	 * Whether one value is better than another.
	 */
	boolean better(double one, double other) {
		return (this.better == Better.MORE) ? (one > other) : (comparable(one) < comparable(other));
	}

	/**
	 * What compares as the value does: never is later than everything.
	 */
	static double comparable(double value) {
		return never(value) ? Double.POSITIVE_INFINITY : value;
	}

	/**
	 * Whether a value says that something never happens.
	 */
	static boolean never(double value) {
		return value == NEVER;
	}

	/**
	 * Which values are better.
	 */
	public enum Better {

		/** The greater. */
		MORE,

		/** The smaller. */
		LESS;

		String arrow() {
			return (this == MORE) ? "↑" : "↓";
		}

	}

}
