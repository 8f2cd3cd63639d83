package io.github.workerpool.sample.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
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
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for {@link CsvSummarizer}.
 */
class CsvSummarizerTests {

	private final CsvSummarizer summarizer = new CsvSummarizer();

	@Test
	void columnsOfNumbersHaveLeastLargestAndMean() {
		TableSummary summary = summarize("a,b\n1,2.5\n-3, 1e2 \n");
		assertThat(summary.rows()).isEqualTo(2);
		assertThat(summary.columns()).containsExactly(entry("a", new Numbers(2, 0, -3, 1, -1)),
				entry("b", new Numbers(2, 0, 2.5, 100, 51.25)));
	}

	@Test
	void otherColumnsHaveDistinctAndTopValues() {
		TableSummary summary = summarize("a\nx\n1\nx\n");
		assertThat(summary.columns().get("a"))
			.isEqualTo(new Texts(3, 0, 2, true, List.of(new ValueCount("x", 2), new ValueCount("1", 1))));
	}

	@Test
	void missingValuesAreCounted() {
		TableSummary summary = summarize("a,b\n1,\n,\" \"\n3\n");
		assertThat(summary.rows()).isEqualTo(3);
		assertThat(summary.columns().get("a")).isEqualTo(new Numbers(2, 1, 1, 3, 2));
		assertThat(summary.columns().get("b")).isEqualTo(new Texts(0, 3, 0, true, List.of()));
	}

	@ParameterizedTest
	@ValueSource(strings = { "NaN", "Infinity", "1d", "0x10", "1-2", "2012-01-01", "1,5", "-", "e" })
	void whatOnlyLooksLikeANumberIsText(String value) {
		assertThat(summarize("a\n\"" + value + "\"\n").columns().get("a")).isInstanceOf(Texts.class);
	}

	@Test
	void topValuesAreFewAndShort() {
		String rows = IntStream.range(0, 20).mapToObj((index) -> "v" + index).collect(Collectors.joining("\n"));
		Texts texts = (Texts) summarize("a\n" + rows + "\n" + "long".repeat(100)).columns().get("a");
		assertThat(texts.distinct()).isEqualTo(21);
		assertThat(texts.top()).hasSize(5);
		assertThat(texts.top().get(0).value()).hasSize(201).endsWith("…");
	}

	@Test
	void distinctValuesAreBounded() {
		String rows = IntStream.range(0, 10_050).mapToObj((index) -> "v" + index).collect(Collectors.joining("\n"));
		Texts texts = (Texts) summarize("a\n" + rows + "\nv0\n").columns().get("a");
		assertThat(texts.count()).isEqualTo(10_051);
		assertThat(texts.distinct()).isEqualTo(10_000);
		assertThat(texts.distinctIsExact()).isFalse();
		assertThat(texts.top().get(0)).isEqualTo(new ValueCount("v0", 2));
	}

	@Test
	void headerWithoutRowsIsATable() {
		TableSummary summary = summarize("a,b");
		assertThat(summary.rows()).isZero();
		assertThat(summary.columns()).containsOnlyKeys("a", "b");
	}

	@Test
	void byteOrderMarkAndCharsetAreUnderstood() {
		assertThat(summarize("\uFEFFgröße\n1\n").columns()).containsOnlyKeys("größe");
		Charset latin1 = StandardCharsets.ISO_8859_1;
		assertThat(this.summarizer.summarize("größe\n1\n".getBytes(latin1), latin1.name()).columns())
			.containsOnlyKeys("größe");
	}

	@Test
	void quotedCommasAndLineBreaksBelongToTheirValue() {
		TableSummary summary = summarize("a,b\r\n\"x, y\nz\",1\r\n");
		assertThat(summary.rows()).isEqualTo(1);
		assertThat(((Texts) summary.columns().get("a")).top().get(0).value()).isEqualTo("x, y\nz");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "\n", "a,a\n1,2\n", "a,\n1,2\n", "a\n\"never closed\n", "a,b\n1,2,3\n" })
	void brokenCsvIsRefused(String csv) {
		assertThatExceptionOfType(InvalidInputException.class).isThrownBy(() -> summarize(csv))
			.satisfies((ex) -> assertThat(ex.getMessage()).isNotBlank());
	}

	@Test
	void tooLongRowIsNamed() {
		assertThatExceptionOfType(InvalidInputException.class).isThrownBy(() -> summarize("a,b\n1,2\n1,2,3\n"))
			.withMessage("Row 2 has 3 values, but the header has 2 columns");
	}

	@Test
	void realTableIsSummarized() throws IOException {
		try (InputStream in = CsvSummarizerTests.class.getResourceAsStream("/data/birdstrikes.csv")) {
			assertThat(in).isNotNull();
			TableSummary summary = this.summarizer.summarize(in.readAllBytes(), "UTF-8");
			assertThat(summary.rows()).isEqualTo(10_000);
			assertThat(summary.columns()).hasSize(14);
			assertThat(summary.columns().get("Speed IAS in knots")).isInstanceOfSatisfying(Numbers.class, (speed) -> {
				assertThat(speed.missing()).isEqualTo(2836);
				assertThat(speed.count()).isEqualTo(7164);
				assertThat(speed.mean()).isCloseTo(153.535176, within(1e-6));
			});
			assertThat(summary.columns().get("Origin State")).isInstanceOfSatisfying(Texts.class,
					(state) -> assertThat(state.distinct()).isEqualTo(29));
		}
	}

	private TableSummary summarize(String csv) {
		return this.summarizer.summarize(csv.getBytes(StandardCharsets.UTF_8), "UTF-8");
	}

	private static Map.Entry<String, ColumnSummary> entry(String name, ColumnSummary summary) {
		return Map.entry(name, summary);
	}

}
