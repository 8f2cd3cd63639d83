package io.github.workerpool.benchmarks.report;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import javax.xml.parsers.DocumentBuilderFactory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

import static org.assertj.core.api.Assertions.assertThat;

class PageTests {

	private final Results results = new Results();

	@Test
	void rowsHaveMinimumMedianMaximumAndRatioToTheBestPeer() {
		for (double value : List.of(30.0, 20.0, 10.0)) {
			this.results.add("noop-p50", "workerpool threads", value);
			this.results.add("noop-p50", "ForkJoinPool", 2 * value);
			this.results.add("noop-p50", "piscina", 4 * value);
		}
		assertThat(page().markdown()).containsSubsequence(
				"| no-op, one at a time, p50, µs ↓ | **workerpool threads** | 10.0 | 20.0 | 30.0 | 0.50 |",
				"|  | ForkJoinPool | 20.0 | 40.0 | 60.0 | 1.00 |", "|  | piscina | 40.0 | 80.0 | 120 | 2.00 |");
	}

	@Test
	void groupsThatWereNotMeasuredAreLeftOut(@TempDir Path directory) throws IOException {
		this.results.add("clone-small", "Jackson", 1);
		page().write(directory);
		assertThat(directory.resolve("RESULTS.md")).content().contains("## Copying objects").doesNotContain("## Scale");
		assertThat(Files.list(directory.resolve("charts"))).extracting((chart) -> chart.getFileName().toString())
			.containsExactly("codec.svg");
	}

	@Test
	void chartsAreWellFormedWhateverSubjectsAreCalled() throws Exception {
		this.results.add("noop-p50", "a <b> & \"c\"", 1);
		this.results.add("noop-p50", "workerpool threads", 1_000);
		this.results.add("gone-p99", "x", Figure.NEVER);
		for (Group group : Group.values()) {
			Document chart = DocumentBuilderFactory.newInstance()
				.newDocumentBuilder()
				.parse(new ByteArrayInputStream(Chart.of(group, this.results).getBytes(StandardCharsets.UTF_8)));
			assertThat(chart.getDocumentElement().getTagName()).isEqualTo("svg");
			if (group == Group.HANDING_OVER) {
				assertThat(chart.getDocumentElement().getTextContent()).contains("a <b> & \"c\"", "logarithmic");
			}
		}
	}

	private Page page() {
		return new Page(this.results, Map.of(), Map.of(), List.of(), List.of());
	}

}
