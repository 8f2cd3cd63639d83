package io.github.workerpool.sample.data;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.github.workerpool.sample.data.ColumnSummary.Numbers;
import io.github.workerpool.sample.data.ColumnSummary.Texts;
import io.github.workerpool.sample.data.ColumnSummary.ValueCount;

/**
 * Collects the values of one column, one by one. Whether it holds numbers is known at the
 * end only, so both summaries are kept up; the distinct values are bounded.
 */
final class ColumnAccumulator {

	private static final int MAX_DISTINCT = 10_000;

	private static final int TOP = 5;

	private static final int MAX_SHOWN_LENGTH = 200;

	private final Map<String, Long> counts = new HashMap<>();

	private long count;

	private long uncounted;

	private boolean onlyNumbers = true;

	private double min = Double.POSITIVE_INFINITY;

	private double max = Double.NEGATIVE_INFINITY;

	private double sum;

	void add(String value) {
		this.count++;
		if (this.onlyNumbers) {
			addNumber(value);
		}
		if (this.counts.size() < MAX_DISTINCT || this.counts.containsKey(value)) {
			this.counts.merge(value, 1L, Long::sum);
		}
		else {
			this.uncounted++;
		}
	}

	private void addNumber(String value) {
		double number = parse(value);
		if (Double.isFinite(number)) {
			this.min = Math.min(this.min, number);
			this.max = Math.max(this.max, number);
			this.sum += number;
		}
		else {
			this.onlyNumbers = false;
		}
	}

	// Double.parseDouble takes '1d', '0x1p3' and 'NaN' as well, which here are words
	private static double parse(String value) {
		for (int index = 0; index < value.length(); index++) {
			if ("0123456789+-.eE".indexOf(value.charAt(index)) < 0) {
				return Double.NaN;
			}
		}
		try {
			return Double.parseDouble(value);
		}
		catch (NumberFormatException ex) {
			return Double.NaN;
		}
	}

	ColumnSummary summarize(long rows) {
		long missing = rows - this.count;
		if (this.onlyNumbers && this.count > 0) {
			return new Numbers(this.count, missing, this.min, this.max, this.sum / this.count);
		}
		return new Texts(this.count, missing, this.counts.size(), this.uncounted == 0, top());
	}

	private List<ValueCount> top() {
		return this.counts.entrySet()
			.stream()
			.map((entry) -> new ValueCount(entry.getKey(), entry.getValue()))
			.sorted(Comparator.comparingLong(ValueCount::count).reversed().thenComparing(ValueCount::value))
			.limit(TOP)
			.map(ColumnAccumulator::shorten)
			.toList();
	}

	private static ValueCount shorten(ValueCount counted) {
		return (counted.value().length() <= MAX_SHOWN_LENGTH) ? counted
				: new ValueCount(counted.value().substring(0, MAX_SHOWN_LENGTH) + "…", counted.count());
	}

}
