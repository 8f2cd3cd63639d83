package io.github.workerpool.sample.data;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is in a table.
 *
 * @param rows number of rows
 * @param columns what is in each column, in the table's order
 */
record TableSummary(long rows, Map<String, ColumnSummary> columns) implements Serializable {

	static TableSummary of(long rows, Map<String, ColumnAccumulator> columns) {
		Map<String, ColumnSummary> summaries = new LinkedHashMap<>();
		columns.forEach((name, column) -> summaries.put(name, column.summarize(rows)));
		return new TableSummary(rows, summaries);
	}

}
