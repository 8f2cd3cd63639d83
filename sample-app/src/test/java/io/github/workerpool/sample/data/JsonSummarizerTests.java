package io.github.workerpool.sample.data;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.github.workerpool.sample.InvalidInputException;
import io.github.workerpool.sample.data.ColumnSummary.Numbers;
import io.github.workerpool.sample.data.ColumnSummary.Texts;
import io.github.workerpool.sample.data.ColumnSummary.ValueCount;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link JsonSummarizer}.
 */
class JsonSummarizerTests {

	private final JsonSummarizer summarizer = new JsonSummarizer();

	@Test
	void fieldsAreSummarizedLikeColumns() {
		TableSummary summary = summarize("""
				[{"a": 1, "b": "x"}, {"a": 2.5, "b": null}, {"b": "x", "c": true}]""");
		assertThat(summary.rows()).isEqualTo(3);
		assertThat(summary.columns().get("a")).isEqualTo(new Numbers(2, 1, 1, 2.5, 1.75));
		assertThat(summary.columns().get("b")).isEqualTo(new Texts(2, 1, 1, true, List.of(new ValueCount("x", 2))));
		assertThat(summary.columns().get("c")).isEqualTo(new Texts(1, 2, 1, true, List.of(new ValueCount("true", 1))));
	}

	@Test
	void nestedValuesAreTakenAsText() {
		TableSummary summary = summarize("""
				[{"a": {"x": [1, 2]}}]""");
		assertThat(summary.columns().get("a"))
			.isEqualTo(new Texts(1, 0, 1, true, List.of(new ValueCount("{\"x\":[1,2]}", 1))));
	}

	@Test
	void numbersTooLargeToAddUpAreText() {
		assertThat(summarize("[{\"a\": 1e999}]").columns().get("a")).isInstanceOf(Texts.class);
	}

	@Test
	void emptyArrayIsAnEmptyTable() {
		assertThat(summarize("[]")).isEqualTo(TableSummary.of(0, Map.of()));
	}

	@ParameterizedTest
	@ValueSource(strings = { "{}", "[1]", "[{}, []]", "[{}", "[{\"a\":}]", "nonsense", " ", "[{}] []", "[{} {}]",
			"[{\"a\": NaN}]" })
	void anythingElseIsRefused(String json) {
		assertThatExceptionOfType(InvalidInputException.class).isThrownBy(() -> summarize(json))
			.satisfies((ex) -> assertThat(ex.getMessage()).isNotBlank());
	}

	@Test
	void deepNestingIsRefused() {
		String deep = "[".repeat(100_000);
		assertThatExceptionOfType(InvalidInputException.class).isThrownBy(() -> summarize("[{\"a\":" + deep));
	}

	@Test
	void tooManyFieldsAreRefused() {
		String fields = IntStream.rangeClosed(0, 1000)
			.mapToObj((index) -> "\"f" + index + "\":0")
			.collect(Collectors.joining(",", "[{", "}]"));
		assertThatExceptionOfType(InvalidInputException.class).isThrownBy(() -> summarize(fields))
			.withMessageContaining("more than 1000");
	}

	@Test
	void wrongElementIsNamed() {
		assertThatExceptionOfType(InvalidInputException.class).isThrownBy(() -> summarize("[{}, 7]"))
			.withMessage("Element 1 of the array is no object");
	}

	private TableSummary summarize(String json) {
		return this.summarizer.summarize(json.getBytes(StandardCharsets.UTF_8));
	}

}
