package io.github.workerpool.sample.data;

import java.util.LinkedHashMap;
import java.util.Map;

import io.github.workerpool.WorkerContext;
import io.github.workerpool.offload.Offload;
import io.github.workerpool.sample.InvalidInputException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.stereotype.Service;

/**
 * Summarizes an array of JSON objects on a worker of pool {@code data}. Objects are read
 * one at a time.
 */
@Service
class JsonSummarizer {

	private static final int MAX_FIELDS = 1_000;

	private final JsonMapper mapper = JsonMapper.shared();

	@Offload(pool = "data", name = "json-summary")
	public TableSummary summarize(byte[] json) throws InvalidInputException {
		try (JsonParser parser = this.mapper.createParser(json)) {
			return summarize(parser);
		}
		catch (JacksonException ex) {
			throw new InvalidInputException("This is no JSON that can be read: " + ex.getOriginalMessage(), ex);
		}
	}

	private static TableSummary summarize(JsonParser parser) {
		if (parser.nextToken() != JsonToken.START_ARRAY) {
			throw new InvalidInputException("The JSON must be an array of objects, but begins with something else");
		}
		Map<String, ColumnAccumulator> fields = new LinkedHashMap<>();
		long rows = 0;
		while (parser.nextToken() != JsonToken.END_ARRAY) {
			WorkerContext.current().ifPresent(WorkerContext::checkCancelled);
			if (parser.currentToken() != JsonToken.START_OBJECT) {
				throw new InvalidInputException("Element %d of the array is no object".formatted(rows));
			}
			JsonNode object = parser.readValueAsTree();
			object.properties().forEach((field) -> add(fields, field.getKey(), field.getValue()));
			rows++;
		}
		if (parser.nextToken() != null) {
			throw new InvalidInputException("There is more after the end of the array");
		}
		return TableSummary.of(rows, fields);
	}

	private static void add(Map<String, ColumnAccumulator> fields, String name, JsonNode value) {
		ColumnAccumulator field = fields.computeIfAbsent(name, (added) -> new ColumnAccumulator());
		if (fields.size() > MAX_FIELDS) {
			throw new InvalidInputException("The objects have more than %d different fields".formatted(MAX_FIELDS));
		}
		if (!value.isNull()) {
			field.add(value.isValueNode() ? value.asString() : value.toString());
		}
	}

}
