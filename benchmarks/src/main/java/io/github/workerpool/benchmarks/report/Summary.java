package io.github.workerpool.benchmarks.report;

import java.util.List;

/**
 * What several forks have measured of the same thing.
 *
 * @param min the smallest value
 * @param median the one in the middle, or the mean of the two in the middle
 * @param max the greatest value
 * @param forks how many values there are
 */
public record Summary(double min, double median, double max, int forks) {

	/**
	 * Summarizes values. Where something never happened in most forks, its median is
	 * {@link Figure#NEVER never}; never is greater than every other value.
	 * @param values the values, at least one
	 * @return their summary
	 */
	public static Summary of(List<Double> values) {
		if (values.isEmpty()) {
			throw new IllegalArgumentException("No values");
		}
		double[] sorted = values.stream().mapToDouble(Figure::comparable).sorted().toArray();
		int middle = sorted.length / 2;
		double median = (sorted.length % 2 == 1) ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
		return new Summary(value(sorted[0]), value(median), value(sorted[sorted.length - 1]), sorted.length);
	}

	private static double value(double comparable) {
		return Double.isInfinite(comparable) ? Figure.NEVER : comparable;
	}

}
