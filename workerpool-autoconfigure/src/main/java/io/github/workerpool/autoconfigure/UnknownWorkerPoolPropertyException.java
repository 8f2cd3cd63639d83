package io.github.workerpool.autoconfigure;

import java.io.Serial;
import java.util.List;
import java.util.stream.Collectors;

import org.springframework.boot.context.properties.source.ConfigurationProperty;

/**
 * There are keys below {@code workerpool} that mean nothing. Mistyped keys must not go
 * unnoticed: a pool with the wrong limit looks like one with the right limit until it is
 * needed.
 *
 * @since 0.1.0
 */
public class UnknownWorkerPoolPropertyException extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final transient List<ConfigurationProperty> properties;

	UnknownWorkerPoolPropertyException(List<ConfigurationProperty> properties) {
		super("Unknown worker pool properties: " + properties.stream()
			.map(UnknownWorkerPoolPropertyException::describe)
			.collect(Collectors.joining("; ")));
		this.properties = List.copyOf(properties);
	}

	List<ConfigurationProperty> properties() {
		return this.properties;
	}

	static String describe(ConfigurationProperty property) {
		return "'" + ConfiguredKeys.written(property) + "'"
				+ ConfiguredKeys.nearest(property.getName())
					.map((nearest) -> " (did you mean '" + nearest + "'?)")
					.orElse("");
	}

}
