package io.github.workerpool.benchmarks;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

import io.github.workerpool.benchmarks.report.Group;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class ScenariosTests {

	@Test
	void everyScenarioHasANameOfItsOwnAndAGroup() {
		assertThat(Scenarios.all()).extracting(Scenario::name).doesNotHaveDuplicates();
		assertThat(Scenarios.all()).allSatisfy((scenario) -> {
			assertThat(Group.of(scenario.name())).isNotNull();
			assertThat(scenario.subjects()).isNotEmpty().doesNotHaveDuplicates();
		});
	}

	@Test
	void measurementsAreLinesOfJson() {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		Measurements measurements = new Measurements("a \"b\" \\ c",
				new PrintStream(bytes, true, StandardCharsets.UTF_8));
		measurements.add("noop-p50", 1.5e12);
		String line = bytes.toString(StandardCharsets.UTF_8).strip();
		assertThat(line).startsWith(Measurements.MARK);
		JsonNode json = JsonMapper.shared().readTree(line.substring(Measurements.MARK.length()));
		assertThat(json.path("figure").asString()).isEqualTo("noop-p50");
		assertThat(json.path("subject").asString()).isEqualTo("a \"b\" \\ c");
		assertThat(json.path("value").asDouble()).isEqualTo(1.5e12);
		assertThatIllegalArgumentException().isThrownBy(() -> measurements.add("noop-p50", Double.NaN));
	}

}
