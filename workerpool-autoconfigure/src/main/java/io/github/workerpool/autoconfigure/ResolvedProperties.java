package io.github.workerpool.autoconfigure;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * The properties of an environment, as they are for somebody who asks for them one by
 * one. Left out is what every JVM has of its own: environment variables, which children
 * inherit, and the properties that the JVM sets.
 */
final class ResolvedProperties {

	private static final List<String> OF_JVM = List.of("java.", "jdk.", "sun.", "os.", "user.", "file.", "line.",
			"path.", "awt.", "native.", "stdout.", "stderr.", "stdin.", "loader.", "com.sun.");

	private ResolvedProperties() {
	}

	static Map<String, String> of(ConfigurableEnvironment environment) {
		Map<String, String> resolved = new LinkedHashMap<>();
		for (PropertySource<?> source : environment.getPropertySources()) {
			boolean isSystem = source.getName().equals(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME);
			if (source instanceof EnumerablePropertySource<?> known
					&& !source.getName().equals(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME)) {
				for (String name : known.getPropertyNames()) {
					if (!resolved.containsKey(name) && !(isSystem && OF_JVM.stream().anyMatch(name::startsWith))) {
						String value = value(environment, known, name);
						if (value != null) {
							resolved.put(name, value);
						}
					}
				}
			}
		}
		return resolved;
	}

	private static @Nullable String value(ConfigurableEnvironment environment, EnumerablePropertySource<?> source,
			String name) {
		try {
			return environment.getProperty(name);
		}
		catch (RuntimeException ex) {
			// Nobody who starts has asked for it; who does is told the same there
			Object raw = source.getProperty(name);
			return (raw != null) ? raw.toString() : null;
		}
	}

}
