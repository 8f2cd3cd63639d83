package io.github.workerpool.autoconfigure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.core.io.support.SpringFactoriesLoader.ArgumentResolver;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what a reader is told when an application can't start because of its
 * {@code workerpool} keys.
 */
class StartupFailureTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(WorkerPoolAutoConfiguration.class))
		.withInitializer((context) -> this.environment = context.getEnvironment());

	private Environment environment;

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			workerpool.pools.images.size                        | 0      | It must be at least 1
			workerpool.pools.images.queue.capacity              | -1     | It must be at least 0
			workerpool.pools.images.queue.share                 | 1.5    | It must be more than 0 and at most 1
			workerpool.pools.images.task.timeout                | -5s    | It must be more than zero
			workerpool.pools.images.shutdown-timeout            | -1s    | It must not be negative
			workerpool.pools.images.restart.backoff.jitter      | 2      | It must be from 0 to 1
			workerpool.pools.images.restart.backoff.initial     | 1m     | It must be at most 'restart.backoff.max'
			workerpool.pools.images.process.nice                | 5      | It needs isolation 'process'
			workerpool.pools.images.resource-limits.stack-size  | 1KB    | It must be at least
			workerpool.defaults.queue.capacity                  | -1     | It must be at least 0
			""")
	void valueThatMakesNoSenseIsNamedWithKeyValueAndReason(String key, String value, String reason) {
		FailureAnalysis analysis = analyze("workerpool.pools.images.min-size=1", key + "=" + value);
		assertThat(analysis.getDescription()).contains("'" + key + "'").contains("'" + value + "'").contains(reason);
		assertThat(analysis.getAction()).isNotBlank();
	}

	@ParameterizedTest
	@CsvSource({ "workerpool.pools.images.size,many", "workerpool.pools.images.queue.timeout,soon",
			"workerpool.pools.images.queue.max-bytes,lots", "workerpool.pools.images.isolation,vm",
			"workerpool.pools.images.startup-wait,perhaps", "workerpool.defaults.restart.policy,sometimes",
			"workerpool.process.max-children,few", "workerpool.process.memory-check,maybe" })
	void valueOfTheWrongTypeIsNamedWithKeyAndValue(String key, String value) {
		FailureAnalysis analysis = analyze(key + "=" + value);
		assertThat(analysis.getDescription()).containsIgnoringCase(key).contains(value);
	}

	@Test
	void mistypedKeyIsNamedWithTheOneThatWasMeant() {
		FailureAnalysis analysis = analyze("workerpool.pools.images.queue.capcity=5");
		assertThat(analysis.getDescription()).contains("workerpool.pools.images.queue.capcity").contains("5");
		assertThat(analysis.getAction()).contains("Write 'workerpool.pools.images.queue.capacity' instead of "
				+ "'workerpool.pools.images.queue.capcity'");
	}

	@Test
	void placeOfAMistypedKeyIsNamed() {
		String yaml = """
				workerpool:
				  pools:
				    images:
				      sizee: 3
				""";
		this.contextRunner.withInitializer((context) -> loadYaml(context.getEnvironment(), yaml)).run((context) -> {
			FailureAnalysis analysis = analyze(context.getStartupFailure());
			assertThat(analysis.getDescription()).contains("inline YAML] - 4:14");
		});
	}

	@Test
	void placeOfAWrongValueIsNamed() {
		String yaml = """
				workerpool:
				  pools:
				    images:
				      size: 0
				""";
		this.contextRunner.withInitializer((context) -> loadYaml(context.getEnvironment(), yaml)).run((context) -> {
			FailureAnalysis analysis = analyze(context.getStartupFailure());
			assertThat(analysis.getDescription()).contains("inline YAML] - 4:13");
		});
	}

	@Test
	void wrongNameOfAPoolIsNamed() {
		FailureAnalysis analysis = analyze("workerpool.pools.My_Images.size=1");
		assertThat(analysis.getDescription()).contains("'workerpool.pools.My_Images'")
			.contains("A name is made of lower-case letters, digits and dashes");
	}

	@Test
	void wrongNameOfTheDefaultPoolIsNamed() {
		FailureAnalysis analysis = analyze("workerpool.default-pool=My Pool");
		assertThat(analysis.getDescription()).contains("'workerpool.default-pool'").contains("'My Pool'");
	}

	@Test
	void bareKeyInYamlMakesAPool() {
		String yaml = """
				workerpool:
				  pools:
				    images:
				""";
		this.contextRunner.withInitializer((context) -> loadYaml(context.getEnvironment(), yaml))
			.run((context) -> assertThat(context).hasNotFailed().hasBean("imagesWorkerPool"));
	}

	@Test
	void poolGivenAValueInsteadOfKeysIsRefused() {
		FailureAnalysis analysis = analyze("workerpool.pools.images=4");
		assertThat(analysis.getDescription()).contains("workerpool.pools.images");
	}

	private FailureAnalysis analyze(String... properties) {
		FailureAnalysis[] analysis = new FailureAnalysis[1];
		this.contextRunner.withPropertyValues(properties)
			.run((context) -> analysis[0] = analyze(context.getStartupFailure()));
		return analysis[0];
	}

	private FailureAnalysis analyze(Throwable failure) {
		assertThat(failure).as("the start fails").isNotNull();
		List<FailureAnalyzer> analyzers = SpringFactoriesLoader
			.forDefaultResourceLocation(StartupFailureTests.class.getClassLoader())
			.load(FailureAnalyzer.class, ArgumentResolver.of(Environment.class, this.environment), (type, name, ex) -> {
				// those that want a bean factory are not about us
			});
		return analyzers.stream()
			.map((analyzer) -> analyzer.analyze(failure))
			.filter(Objects::nonNull)
			.findFirst()
			.orElseThrow(() -> new AssertionError("Nobody can analyze the failure", failure));
	}

	private static void loadYaml(ConfigurableEnvironment environment, String yaml) {
		try {
			ByteArrayResource resource = new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8), "inline YAML");
			new YamlPropertySourceLoader().load("yaml", resource)
				.forEach((source) -> environment.getPropertySources()
					.addAfter(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, source));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
