package io.github.workerpool.sample.data;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PushbackReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.github.workerpool.WorkerContext;
import io.github.workerpool.offload.Offload;
import io.github.workerpool.sample.InvalidInputException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.apache.commons.csv.DuplicateHeaderMode;

import org.springframework.stereotype.Service;

/**
 * Summarizes CSV with a header row on a worker of pool {@code data}.
 */
@Service
class CsvSummarizer {

	private static final int MAX_COLUMNS = 1_000;

	private static final char BYTE_ORDER_MARK = '\uFEFF';

	private static final CSVFormat FORMAT = CSVFormat.DEFAULT.builder()
		.setHeader()
		.setSkipHeaderRecord(true)
		.setDuplicateHeaderMode(DuplicateHeaderMode.DISALLOW)
		.setTrim(true)
		.get();

	@Offload(pool = "data", name = "csv-summary")
	public TableSummary summarize(byte[] csv, String charset) throws InvalidInputException {
		try (Reader reader = open(csv, charset); CSVParser parser = FORMAT.parse(reader)) {
			return summarize(parser);
		}
		// The parser complains of a header with the latter, of a broken row with either
		catch (IOException | UncheckedIOException | IllegalArgumentException ex) {
			throw new InvalidInputException("This is no CSV that can be read: " + ex.getMessage(), ex);
		}
	}

	private static Reader open(byte[] csv, String charset) throws IOException {
		PushbackReader reader = new PushbackReader(
				new InputStreamReader(new ByteArrayInputStream(csv), Charset.forName(charset)));
		int first = reader.read();
		if (first != -1 && first != BYTE_ORDER_MARK) {
			reader.unread(first);
		}
		return reader;
	}

	private static TableSummary summarize(CSVParser parser) {
		List<String> header = parser.getHeaderNames();
		if (header.isEmpty() || header.size() > MAX_COLUMNS) {
			throw new InvalidInputException(
					"The header row has %d columns; 1 to %d are expected".formatted(header.size(), MAX_COLUMNS));
		}
		Map<String, ColumnAccumulator> columns = new LinkedHashMap<>();
		header.forEach((name) -> columns.put(name, new ColumnAccumulator()));
		List<ColumnAccumulator> inOrder = List.copyOf(columns.values());
		for (CSVRecord row : parser) {
			WorkerContext.current().ifPresent(WorkerContext::checkCancelled);
			add(row, inOrder);
		}
		return TableSummary.of(parser.getRecordNumber(), columns);
	}

	private static void add(CSVRecord row, List<ColumnAccumulator> columns) {
		if (row.size() > columns.size()) {
			throw new InvalidInputException("Row %d has %d values, but the header has %d columns"
				.formatted(row.getRecordNumber(), row.size(), columns.size()));
		}
		for (int index = 0; index < row.size(); index++) {
			String value = row.get(index);
			if (!value.isEmpty()) {
				columns.get(index).add(value);
			}
		}
	}

}
