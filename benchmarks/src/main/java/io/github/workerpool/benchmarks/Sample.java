package io.github.workerpool.benchmarks;

import java.util.Arrays;

/**
 * Values, of which the one in the middle or one near the end is wanted. Exact, for
 * thousands of values rather than millions. Safe for use by any number of threads.
 */
final class Sample {

	private double[] values = new double[256];

	private int size;

	synchronized void add(double value) {
		if (this.size == this.values.length) {
			this.values = Arrays.copyOf(this.values, this.size * 2);
		}
		this.values[this.size++] = value;
	}

	synchronized int size() {
		return this.size;
	}

	double median() {
		return percentile(50);
	}

	/**
	 * Returns the smallest value that so many of a hundred don't exceed.
	 */
	synchronized double percentile(double percentile) {
		if (this.size == 0) {
			throw new IllegalStateException("Nothing was measured");
		}
		double[] sorted = Arrays.copyOf(this.values, this.size);
		Arrays.sort(sorted);
		int rank = (int) Math.ceil(percentile / 100 * this.size);
		return sorted[Math.max(rank, 1) - 1];
	}

}
