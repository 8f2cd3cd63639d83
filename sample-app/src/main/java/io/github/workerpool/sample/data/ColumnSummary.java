package io.github.workerpool.sample.data;

import java.io.Serializable;
import java.util.List;

/**
 * What is in a column.
 */
sealed interface ColumnSummary extends Serializable {

	/**
	 * Every value is a number.
	 *
	 * @param count rows with a value
	 * @param missing rows without one
	 * @param min least value
	 * @param max largest value
	 * @param mean their mean
	 */
	record Numbers(long count, long missing, double min, double max, double mean) implements ColumnSummary {

	}

	/**
	 * Some value is no number.
	 *
	 * @param count rows with a value
	 * @param missing rows without one
	 * @param distinct different values; if there are more than were counted, a number
	 * they exceed
	 * @param distinctIsExact whether all of them were counted
	 * @param top the most frequent values
	 */
	record Texts(long count, long missing, int distinct, boolean distinctIsExact,
			List<ValueCount> top) implements ColumnSummary {

	}

	/**
	 * How often a value occurs.
	 *
	 * @param value the value
	 * @param count number of rows
	 */
	record ValueCount(String value, long count) implements Serializable {

	}

}
