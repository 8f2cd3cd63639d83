package io.github.workerpool.autoconfigure;

import java.beans.PropertyDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

import io.github.workerpool.PoolSettings;
import io.github.workerpool.autoconfigure.WorkerPoolProperties.Pool;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.BeanUtils;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what the metadata say of the properties, against what the properties are.
 */
class ConfigurationMetadataTests {

	private static final String DEFAULTS = "workerpool.defaults.";

	private static final String POOLS = "workerpool.pools.<name>.";

	private static final Map<String, JsonNode> metadata = new LinkedHashMap<>();

	@BeforeAll
	static void readMetadata() throws IOException {
		JsonNode root = JsonMapper.shared().readTree(ownMetadata());
		root.get("properties").forEach((property) -> metadata.put(property.get("name").asString(), property));
	}

	/** Other modules on the class path have a file of that name, too. */
	private static String ownMetadata() throws IOException {
		for (URL resource : Collections.list(WorkerPoolProperties.class.getClassLoader()
			.getResources("META-INF/spring-configuration-metadata.json"))) {
			try (InputStream in = resource.openStream()) {
				String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
				if (text.contains("\"workerpool.enabled\"")) {
					return text;
				}
			}
		}
		throw new IllegalStateException("The configuration processor did not run");
	}

	@Test
	void everyPropertyIsDescribedAsAReaderExpects() {
		assertThat(metadata).isNotEmpty().allSatisfy((name, property) -> {
			assertThat(property.has("description")).as("'%s' has a description", name).isTrue();
			assertThat(property.get("description").asString()).as("description of '%s'", name)
				.doesNotStartWith("The ")
				.doesNotStartWith("A ")
				.doesNotStartWith("An ")
				.doesNotContain("Default ", "defaults to")
				.matches("(?s)[A-Z].*\\.");
		});
	}

	@Test
	void booleansAndListsBeginTheirUsualWay() {
		assertThat(metadata).allSatisfy((name, property) -> {
			String description = property.get("description").asString();
			String type = property.get("type").asString();
			if (type.equals("java.lang.Boolean")) {
				assertThat(description).as("description of '%s'", name).matches("(Whether|Enable) .*");
			}
			if (type.startsWith("java.util.List") || type.startsWith("java.util.Set")) {
				assertThat(description).as("description of '%s'", name).startsWith("Comma-separated list of ");
			}
		});
	}

	@Test
	void keysAreInNamespacesOfTheirOwn() {
		assertThat(metadata.keySet()).allSatisfy((name) -> assertThat(name).matches("workerpool\\..*"
				+ "|management\\.endpoint\\.workerpool\\..*|management\\.health\\.workerpool\\.enabled"));
	}

	@Test
	void durationsAndSizesAreTyped() {
		assertThat(metadata).allSatisfy((name, property) -> {
			assertThat(name).doesNotMatch(".*-(ms|millis|seconds|mb|bytes-count)");
			if (name.matches(".*(timeout|period|interval|cool-down|cpu-time|after-time|grace)")) {
				assertThat(property.get("type").asString()).as(name).isEqualTo(Duration.class.getName());
			}
			if (name.matches(".*resource-limits\\.(max|stack|reserved).*")
					|| name.matches(".*(max-bytes|max-payload-size|above-memory|allocation)")) {
				assertThat(property.get("type").asString()).as(name).isEqualTo(DataSize.class.getName());
			}
		});
	}

	@Test
	void poolKeysAreDocumentedAsTheDefaultsAre() {
		Map<String, JsonNode> expected = below(DEFAULTS);
		Map<String, JsonNode> documented = below(POOLS);
		assertThat(documented.keySet()).isEqualTo(expected.keySet());
		assertThat(documented).allSatisfy((key, property) -> {
			assertThat(property.get("type")).as("type of '%s'", key).isEqualTo(expected.get(key).get("type"));
			assertThat(property.get("description")).as("description of '%s'", key)
				.isEqualTo(expected.get(key).get("description"));
			assertThat(String.valueOf(property.get("defaultValue"))).as("default of '%s'", key)
				.isEqualTo(String.valueOf(expected.get(key).get("defaultValue")));
		});
	}

	@Test
	void documentedKeysAreThoseThatReachThePool() {
		Set<String> mapped = PoolProperty.ALL.stream()
			.map(PoolProperty::key)
			.collect(Collectors.toCollection(TreeSet::new));
		assertThat(mapped).hasSameSizeAs(PoolProperty.ALL);
		assertThat(below(DEFAULTS).keySet()).isEqualTo(mapped);
		assertThat(engineKeys().keySet()).isEqualTo(mapped);
		assertThat(beanKeys("", Pool.class)).isEqualTo(mapped);
	}

	@Test
	void defaultsOfThePropertiesAreThoseOfThePool() {
		Map<String, Object> defaults = engineKeys();
		Pool pool = new Pool();
		assertThat(PoolProperty.ALL).allSatisfy((property) -> {
			Object value = property.reader().apply(pool);
			assertThat(value).as("default of '%s'", property.key()).isEqualTo(defaults.get(property.key()));
		});
	}

	@Test
	void fullConfigurationPropertiesAreThere() {
		assertThat(metadata).containsKeys("workerpool.enabled", "workerpool.default-pool", "workerpool.pools",
				"workerpool.process.max-children", "workerpool.process.memory-check",
				"management.endpoint.workerpool.access", "management.endpoint.workerpool.show-values",
				"management.endpoint.workerpool.roles", "management.health.workerpool.enabled");
		assertThat(metadata.get("management.endpoint.workerpool.access").get("defaultValue").asString())
			.isEqualTo("read_only");
	}

	private static Map<String, JsonNode> below(String prefix) {
		Map<String, JsonNode> below = new HashMap<>();
		metadata.forEach((name, property) -> {
			if (name.startsWith(prefix)) {
				below.put(name.substring(prefix.length()), property);
			}
		});
		return below;
	}

	/** The engine's own table, which is none of our package's business otherwise. */
	private static Map<String, Object> engineKeys() {
		try {
			Class<?> table = Class.forName(PoolSettings.class.getPackageName() + ".PoolKey");
			Method key = table.getDeclaredMethod("key");
			Method defaultValue = table.getDeclaredMethod("defaultValue");
			key.setAccessible(true);
			defaultValue.setAccessible(true);
			Map<String, Object> keys = new TreeMap<>();
			for (Object constant : table.getEnumConstants()) {
				keys.put((String) key.invoke(constant), defaultValue.invoke(constant));
			}
			return keys;
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static Set<String> beanKeys(String prefix, Class<?> type) {
		Set<String> keys = new TreeSet<>();
		for (PropertyDescriptor property : BeanUtils.getPropertyDescriptors(type)) {
			if (property.getName().equals("class")) {
				continue;
			}
			String key = prefix + property.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
			if (List.of(type.getClasses()).contains(property.getPropertyType())) {
				keys.addAll(beanKeys(key + ".", property.getPropertyType()));
			}
			else {
				keys.add(key);
			}
		}
		return keys;
	}

}
