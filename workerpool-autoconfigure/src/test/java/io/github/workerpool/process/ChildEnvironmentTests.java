package io.github.workerpool.process;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ChildEnvironmentTests {

	private final ChildEnvironment environment = new ChildEnvironment(new ProcessIdentity(42, "4711"), "mark",
			Path.of("/tmp/x").toAbsolutePath());

	@Test
	void variablesThatChangeHowAJvmStartsAreLeftOut() {
		Map<String, String> variables = new HashMap<>(
				Map.of("PATH", "/bin", "JAVA_TOOL_OPTIONS", "-javaagent:x", "JDK_JAVA_OPTIONS", "-Xmx1g",
						"_JAVA_OPTIONS", "-Xmx1g", "LOADER_MAIN", "x", "loader_args", "x", "LOADER_PATH", "lib"));
		this.environment.applyTo(variables, Map.of(), Map.of());
		assertThat(variables).containsOnlyKeys("PATH", "LOADER_PATH", "WORKERPOOL_WORKER", "WORKERPOOL_PARENT",
				"WORKERPOOL_DIRECTORY");
	}

	@Test
	void variablesOfTheSettingsWinOverInheritedOnesAndThoseOfTheEngineOverBoth() {
		Map<String, String> variables = new HashMap<>(Map.of("A", "1", "B", "1", "C", "1"));
		this.environment.applyTo(variables, Map.of("B", "2", "C", "2", "JAVA_TOOL_OPTIONS", "-Dx=y"),
				Map.of("C", "3", "WORKERPOOL_WORKER", "nonsense"));
		assertThat(variables).containsEntry("A", "1")
			.containsEntry("B", "2")
			.containsEntry("C", "3")
			.containsEntry("JAVA_TOOL_OPTIONS", "-Dx=y")
			.containsEntry("WORKERPOOL_WORKER", "mark");
	}

	@Test
	void childReadsWhatTheParentWrote() {
		Map<String, String> variables = new HashMap<>();
		this.environment.applyTo(variables, Map.of(), Map.of());
		assertThat(ChildEnvironment.of(variables)).isEqualTo(this.environment);
	}

	@Test
	void otherJvmIsNoChild() {
		assertThat(ChildEnvironment.of(Map.of("PATH", "/bin"))).isNull();
	}

}
