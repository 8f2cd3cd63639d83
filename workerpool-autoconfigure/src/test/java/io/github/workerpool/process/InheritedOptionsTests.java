package io.github.workerpool.process;

import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link InheritedOptions}.
 */
class InheritedOptionsTests {

	@Test
	void valuesOfPropertiesAreNotShown() {
		assertThat(InheritedOptions.withoutValues(
				List.of("-Ddb.password=se=cret\nmore", "-Dflag", "-ea", "--add-opens=java.base/java.lang=ALL-UNNAMED")))
			.containsExactly("-Ddb.password", "-Dflag", "-ea", "--add-opens=java.base/java.lang=ALL-UNNAMED");
	}

}
