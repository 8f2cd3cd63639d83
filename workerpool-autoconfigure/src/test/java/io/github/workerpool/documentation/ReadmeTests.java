package io.github.workerpool.documentation;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.workerpool.PoolState;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.ResourceLimitExceededException;
import io.github.workerpool.TaskTimeoutException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what the README says of keys and constants, against what they are.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReadmeTests {

	private static final Path README = Path.of("..", "README.md");

	private static final Pattern ROW = Pattern.compile("^\\| `([a-z0-9.-]+)` \\| (.+?) \\| (.+) \\|$",
			Pattern.MULTILINE);

	private static final Pattern CODE = Pattern.compile("`([^`]+)`");

	/** What an isolation, a size or a computation makes of it is said in words. */
	private static final String NO_FIXED_DEFAULT = "in words";

	private String readme = "";

	private final Map<String, String> metadata = new TreeMap<>();

	@BeforeAll
	void read() throws IOException {
		this.readme = Files.readString(README);
		for (URL resource : Collections
			.list(ReadmeTests.class.getClassLoader().getResources("META-INF/spring-configuration-metadata.json"))) {
			try (InputStream in = resource.openStream()) {
				JsonMapper.shared().readTree(in).get("properties").forEach(this::readProperty);
			}
		}
	}

	// Other modules on the class path have a file of that name, too
	private void readProperty(JsonNode property) {
		String name = property.get("name").asString();
		if (name.startsWith("workerpool.") || name.startsWith("management.endpoint.workerpool.")
				|| name.startsWith("management.health.workerpool.")) {
			this.metadata.put(name,
					property.has("defaultValue") ? property.get("defaultValue").asString() : NO_FIXED_DEFAULT);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "workerpool.defaults.", "workerpool.pools.<name>." })
	void everyKeyOfAPoolHasItsRowAndDefault(String prefix) {
		Map<String, String> expected = new TreeMap<>();
		this.metadata.forEach((name, defaultValue) -> {
			if (name.startsWith(prefix)) {
				expected.put(name.substring(prefix.length()), defaultValue);
			}
		});
		assertThat(expected).isNotEmpty();
		assertThat(table("### Keys of a pool")).isEqualTo(expected);
	}

	@Test
	void everyGlobalKeyHasItsRowAndDefault() {
		Map<String, String> expected = new TreeMap<>();
		this.metadata.forEach((name, defaultValue) -> {
			if (!name.startsWith("workerpool.defaults.") && !name.startsWith("workerpool.pools")) {
				expected.put(name, defaultValue);
			}
		});
		assertThat(expected).isNotEmpty();
		assertThat(table("### Global keys")).isEqualTo(expected);
	}

	@Test
	void everyStateReasonPhaseAndLimitIsNamed() {
		assertNamed("## Semantics", PoolState.values());
		assertNamed("## Errors", RejectedTaskException.Reason.values());
		assertNamed("## Errors", TaskTimeoutException.Phase.values());
		assertNamed("## Errors", ResourceLimitExceededException.Limit.values());
	}

	private void assertNamed(String heading, Enum<?>[] constants) {
		String section = section(heading);
		assertThat(constants).allSatisfy((constant) -> assertThat(section).contains("`" + constant.name() + "`"));
	}

	/**
	 * The rows of a table: keys and their defaults. A default that is code is the very
	 * value, any other is said in words.
	 */
	private Map<String, String> table(String heading) {
		Map<String, String> rows = new TreeMap<>();
		Matcher row = ROW.matcher(section(heading));
		while (row.find()) {
			Matcher code = CODE.matcher(row.group(2));
			String documented = (code.matches() && !isKey(code.group(1))) ? code.group(1) : NO_FIXED_DEFAULT;
			assertThat(rows.put(row.group(1), documented)).as("'%s' has one row", row.group(1)).isNull();
		}
		return rows;
	}

	// The default of 'min-size' is the value of another key
	private boolean isKey(String code) {
		return this.metadata.containsKey("workerpool.defaults." + code);
	}

	private String section(String heading) {
		int start = this.readme.indexOf("\n" + heading + "\n");
		assertThat(start).as("README has '%s'", heading).isNotNegative();
		// Ends at the next heading of its own level or a higher one
		int level = heading.indexOf(' ');
		Matcher next = Pattern.compile("^#{2," + level + "} ", Pattern.MULTILINE).matcher(this.readme);
		int end = next.find(start + heading.length()) ? next.start() : this.readme.length();
		return this.readme.substring(start, end);
	}

}
