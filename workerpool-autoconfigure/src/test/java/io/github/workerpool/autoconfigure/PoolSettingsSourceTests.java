package io.github.workerpool.autoconfigure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.Isolation;
import io.github.workerpool.OverflowPolicy;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.RestartPolicy;
import io.github.workerpool.WorkerPoolCustomizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.ByteArrayResource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link PoolSettingsSource} and {@link ConfiguredKeys}.
 */
class PoolSettingsSourceTests {

	private final StandardEnvironment environment = new StandardEnvironment() {

		@Override
		protected void customizePropertySources(MutablePropertySources propertySources) {
			// nothing of the machine the tests run on
		}

	};

	private final List<WorkerPoolCustomizer> customizers = new ArrayList<>();

	@Test
	void poolWithoutAnythingSetHasTheDefaults() {
		PoolSettings settings = settings("images");
		assertThat(settings.toMap()).isEqualTo(PoolSettings.builder("images").build().toMap());
	}

	@Test
	void everyKeyReachesTheSettings() {
		yaml("""
				workerpool:
				  pools:
				    images:
				      isolation: process
				      min-size: 2
				      max-size: 5
				      idle-timeout: 2m
				      startup-wait: false
				      shutdown-timeout: 3s
				      propagate-context: false
				      queue:
				        capacity: 7
				        max-bytes: 1MB
				        overflow: wait
				        offer-timeout: 4s
				        timeout: 5s
				        share: 0.5
				      task:
				        timeout: 6s
				        grace: 7s
				        max-attempts: 2
				      resource-limits:
				        stack-size: 1MB
				        cpu-time: 8s
				        allocation: 2GB
				        max-heap-size: 100MB
				        max-young-size: 50MB
				        reserved-code-cache-size: 40MB
				        max-metaspace-size: 60MB
				        max-direct-memory-size: 70MB
				        max-resident-size: 800MB
				      restart:
				        policy: on-failure
				        max-restarts: 3
				        period: 9s
				        cool-down: 10s
				        backoff:
				          initial: 20ms
				          multiplier: 3
				          max: 11s
				          jitter: 0.3
				      recycle:
				        after-tasks: 1000
				        after-time: 1h
				        above-memory: 90MB
				        jitter: 0.4
				      process:
				        jvm-args:
				          - -XX:+UseSerialGC
				          - -Da=b
				        java-home: /opt/java
				        environment:
				          LANG: C
				        sources: com.example.One,com.example.Two
				        spares: 1
				        startup-timeout: 12s
				        nice: 5
				        class-data-sharing: off
				        max-payload-size: 3MB
				        serialization-filter: com.example.*
				        heartbeat:
				          interval: 13ms
				          timeout: 14s
				""");
		PoolSettings settings = settings("images");
		assertThat(settings.isolation()).isEqualTo(Isolation.PROCESS);
		assertThat(settings.minSize()).isEqualTo(2);
		assertThat(settings.maxSize()).isEqualTo(5);
		assertThat(settings.idleTimeout()).isEqualTo(Duration.ofMinutes(2));
		assertThat(settings.startupWait()).isFalse();
		assertThat(settings.shutdownTimeout()).isEqualTo(Duration.ofSeconds(3));
		assertThat(settings.propagateContext()).isFalse();
		assertThat(settings.queue()).isEqualTo(new PoolSettings.Queue(7, 1 << 20, OverflowPolicy.WAIT,
				Duration.ofSeconds(4), Duration.ofSeconds(5), 0.5));
		assertThat(settings.task())
			.isEqualTo(new PoolSettings.Tasks(Duration.ofSeconds(6), Duration.ofSeconds(7), 2, false));
		assertThat(settings.resourceLimits()).isEqualTo(new PoolSettings.ResourceLimits(1L << 20, Duration.ofSeconds(8),
				2L << 30, 100L << 20, 50L << 20, 40L << 20, 60L << 20, 70L << 20, 800L << 20));
		assertThat(settings.restart()).isEqualTo(
				new PoolSettings.Restart(RestartPolicy.ON_FAILURE, 3, Duration.ofSeconds(9), Duration.ofSeconds(10),
						new PoolSettings.Backoff(Duration.ofMillis(20), 3, Duration.ofSeconds(11), 0.3)));
		assertThat(settings.recycle()).isEqualTo(new PoolSettings.Recycle(1000L, Duration.ofHours(1), 90L << 20, 0.4));
		assertThat(settings.process()).isEqualTo(new PoolSettings.Process(List.of("-XX:+UseSerialGC", "-Da=b"),
				Path.of("/opt/java"), Map.of("LANG", "C"), List.of("com.example.One", "com.example.Two"), 1,
				Duration.ofSeconds(12), 5, ClassDataSharing.OFF, 3L << 20, "com.example.*",
				new PoolSettings.Heartbeat(Duration.ofMillis(13), Duration.ofSeconds(14))));
	}

	@Test
	void keyOfThreadsReachesTheSettings() {
		properties(Map.of("workerpool.pools.images.task.copy-arguments", "true"));
		assertThat(settings("images").task().copyArguments()).isTrue();
	}

	@Test
	void sizeSetsBothSizes() {
		properties(Map.of("workerpool.pools.images.size", "3"));
		assertThat(settings("images").minSize()).isEqualTo(3);
		assertThat(settings("images").maxSize()).isEqualTo(3);
	}

	@Test
	void poolsOverrideTheDefaultsKeyByKey() {
		properties(Map.of("workerpool.defaults.queue.capacity", "5", "workerpool.defaults.queue.timeout", "1s",
				"workerpool.pools.images.queue.capacity", "6"));
		assertThat(settings("images").queue().capacity()).isEqualTo(6);
		assertThat(settings("images").queue().timeout()).isEqualTo(Duration.ofSeconds(1));
		assertThat(settings("csv").queue().capacity()).isEqualTo(5);
	}

	@Test
	void poolMaySetAKeyToItsOwnDefaultAgainstTheDefaults() {
		properties(Map.of("workerpool.defaults.queue.capacity", "5", "workerpool.pools.images.queue.capacity", "1000"));
		assertThat(settings("images").queue().capacity()).isEqualTo(1000);
	}

	@Test
	void inheritedKeyWithoutMeaningIsSkipped() {
		properties(Map.of("workerpool.defaults.resource-limits.max-heap-size", "100MB",
				"workerpool.pools.tools.isolation", "process"));
		assertThat(settings("images").skipped()).containsExactly("resource-limits.max-heap-size");
		assertThat(settings("tools").skipped()).isEmpty();
		assertThat(settings("tools").resourceLimits().maxHeapSize()).isEqualTo(100L << 20);
	}

	@Test
	void keyWithoutMeaningSetOnThePoolIsRefused() {
		properties(Map.of("workerpool.pools.images.resource-limits.max-heap-size", "100MB"));
		assertRefused("images", "workerpool.pools.images.resource-limits.max-heap-size", "100MB",
				"It needs isolation 'process'");
	}

	@Test
	void valueOutOfRangeIsRefusedAsItWasWritten() {
		properties(Map.of("workerpool.pools.images.queue.capacity", "-1"));
		assertRefused("images", "workerpool.pools.images.queue.capacity", "-1", "It must be at least 0.");
	}

	@Test
	void defaultOutOfRangeIsRefusedWhereItWasWritten() {
		properties(Map.of("workerpool.defaults.queue.timeout", "0s"));
		assertRefused("images", "workerpool.defaults.queue.timeout", "0s",
				"It must be more than zero. Found while pool 'images' took over the defaults.");
	}

	@Test
	void sizesThatContradictEachOtherAreRefused() {
		properties(Map.of("workerpool.pools.images.min-size", "3", "workerpool.pools.images.max-size", "2"));
		assertRefused("images", "workerpool.pools.images.min-size", "3", "It must be at most 'max-size', which is 2.");
	}

	@Test
	void customizerThatSpoilsASettingIsBlamed() {
		properties(Map.of("workerpool.pools.images.queue.capacity", "5"));
		this.customizers.add((name, settings) -> settings.queue((queue) -> queue.capacity(-7)));
		assertRefused("images", "workerpool.pools.images.queue.capacity", "-7", "It was set by a WorkerPoolCustomizer");
	}

	@Test
	void customizerIsNotBlamedForWhatThePropertiesSay() {
		properties(Map.of("workerpool.pools.images.queue.capacity", "-5"));
		this.customizers.add((name, settings) -> settings.size(2));
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class).isThrownBy(() -> settings("images"))
			.satisfies((ex) -> assertThat(ex.getReason()).isEqualTo("It must be at least 0."));
	}

	@ParameterizedTest
	@CsvSource({ "Images", "1images", "my_images", "'[my.images]'" })
	void poolNameThatIsNoNameIsRefused(String written) {
		properties(Map.of("workerpool.pools" + (written.startsWith("[") ? "" : ".") + written + ".size", "1"));
		String name = written.replaceAll("[\\[\\]]", "");
		assertThat(source().poolNames()).containsExactly(name);
		assertRefused(name, "workerpool.pools." + name, name, "A name is made of lower-case letters");
	}

	@Test
	void defaultPoolNameThatIsNoNameIsRefused() {
		assertRefused("My Pool", "workerpool.default-pool", "My Pool", "A name is made of lower-case letters");
	}

	@Test
	void poolThatSaysNothingExists() {
		yaml("""
				workerpool:
				  pools:
				    images:
				    csv: {}
				""");
		assertThat(source().poolNames()).contains("images");
		assertThat(settings("images").toMap()).isEqualTo(PoolSettings.builder("images").build().toMap());
	}

	@Test
	void keysMayBeWrittenInAnyRelaxedForm() {
		yaml("""
				workerpool:
				  pools:
				    image-resize:
				      minSize: 1
				      max_size: 2
				      queue.maxBytes: 1KB
				      isolation: PROCESS
				""");
		PoolSettings settings = settings("image-resize");
		assertThat(settings.minSize()).isEqualTo(1);
		assertThat(settings.maxSize()).isEqualTo(2);
		assertThat(settings.queue().maxBytes()).isEqualTo(1024);
		assertThat(settings.isolation()).isEqualTo(Isolation.PROCESS);
	}

	@Test
	void placeholdersAreResolved() {
		properties(Map.of("workerpool.pools.images.size", "${app.size}", "app.size", "3",
				"workerpool.defaults.process.environment.HOME_OF", "${app.size}", "workerpool.pools.images.isolation",
				"process"));
		assertThat(settings("images").maxSize()).isEqualTo(3);
		assertThat(settings("images").process().environment()).containsEntry("HOME_OF", "3");
	}

	@Test
	void environmentVariablesSetDefaultsAndPools() {
		properties(Map.of("workerpool.pools.images.size", "1"));
		variables(Map.of("WORKERPOOL_DEFAULTS_QUEUE_CAPACITY", "5", "WORKERPOOL_POOLS_IMAGES_SIZE", "4",
				"WORKERPOOL_POOLS_CSV_TASK_MAXATTEMPTS", "3", "WORKERPOOL_POOLS_CSV_MIN_SIZE", "1"));
		assertThat(source().poolNames()).containsExactly("csv", "images");
		assertThat(settings("images").maxSize()).isEqualTo(4);
		assertThat(settings("images").queue().capacity()).isEqualTo(5);
		assertThat(settings("csv").task().maxAttempts()).isEqualTo(3);
		assertThat(settings("csv").minSize()).isEqualTo(1);
	}

	@ParameterizedTest
	@CsvSource({ "WORKERPOOL_POOLS_IMAGERESIZE_QUEUE_CAPACITY", "WORKERPOOL_POOLS_IMAGE_RESIZE_QUEUE_CAPACITY" })
	void environmentVariableOfAPoolWithADashMakesNoSecondPool(String variable) {
		properties(Map.of("workerpool.pools.image-resize.size", "1"));
		variables(Map.of(variable, "4"));
		assertThat(source().poolNames()).containsExactly("image-resize");
		assertThat(settings("image-resize").queue().capacity()).isEqualTo(4);
	}

	@Test
	void environmentVariablesThatOtherSystemsSetAreLeftAlone() {
		variables(Map.of("WORKERPOOL_PORT", "tcp://10.0.0.1:80", "WORKERPOOL_SERVICE_HOST", "10.0.0.1"));
		assertThat(source().poolNames()).isEmpty();
	}

	@Test
	void environmentOfChildrenKeepsTheCaseOfItsKeys() {
		yaml("""
				workerpool:
				  defaults:
				    process:
				      environment:
				        MixedCase: one
				        MY_VAR: two
				        "[with.dot]": three
				        lower: four
				  pools:
				    image-resize:
				      isolation: process
				""");
		assertThat(settings("image-resize").process().environment()).containsOnly(Map.entry("MixedCase", "one"),
				Map.entry("MY_VAR", "two"), Map.entry("with.dot", "three"), Map.entry("lower", "four"));
	}

	@Test
	void environmentOfChildrenCanComeFromEnvironmentVariables() {
		properties(Map.of("workerpool.pools.image-resize.isolation", "process",
				"workerpool.pools.image-resize.process.environment.MY_VAR", "from file"));
		variables(Map.of("WORKERPOOL_POOLS_IMAGE_RESIZE_PROCESS_ENVIRONMENT_MY_VAR", "from variable",
				"WORKERPOOL_POOLS_IMAGERESIZE_PROCESS_ENVIRONMENT_Other", "x"));
		assertThat(settings("image-resize").process().environment()).containsOnly(Map.entry("MY_VAR", "from variable"),
				Map.entry("Other", "x"));
	}

	@Test
	void listsCanComeFromEnvironmentVariables() {
		properties(Map.of("workerpool.pools.images.isolation", "process"));
		variables(Map.of("WORKERPOOL_POOLS_IMAGES_PROCESS_JVMARGS_0", "-Da=b",
				"WORKERPOOL_POOLS_IMAGES_PROCESS_JVMARGS_1", "-Dc=d"));
		assertThat(settings("images").process().jvmArgs()).containsExactly("-Da=b", "-Dc=d");
	}

	@ParameterizedTest
	@CsvSource({ "workerpool.pools.images.queue.capcity, workerpool.pools.images.queue.capacity",
			"workerpool.pools.images.sizes, workerpool.pools.images.size",
			"workerpool.pools.images.capacity, workerpool.pools.images.queue.capacity",
			"workerpool.pools.images.queue-capacity, workerpool.pools.images.queue.capacity",
			"workerpool.pools.images.max-heap-size, workerpool.pools.images.resource-limits.max-heap-size",
			"workerpool.pools.images.process.heartbeat.intervall, workerpool.pools.images.process.heartbeat.interval",
			"workerpool.pool.images.size, workerpool.pools.images.size",
			"workerpool.default.size, workerpool.defaults.size", "workerpool.size, workerpool.defaults.size",
			"workerpool.defaults.task.timout, workerpool.defaults.task.timeout",
			"workerpool.default-pol, workerpool.default-pool", "workerpool.enable, workerpool.enabled",
			"workerpool.process.max-childs, workerpool.process.max-children",
			"workerpool.process.jvm-args, workerpool.defaults.process.jvm-args" })
	void unknownKeyIsRefusedWithTheOneThatWasMeant(String unknown, String meant) {
		properties(Map.of(unknown, "1"));
		assertThatExceptionOfType(UnknownWorkerPoolPropertyException.class).isThrownBy(this::source)
			.withMessageContaining("'" + unknown + "'")
			.withMessageContaining("did you mean '" + meant + "'?");
	}

	@ParameterizedTest
	@CsvSource({ "workerpool.pools.images.colour", "workerpool.colour", "workerpool.pools.images.size.big",
			"workerpool.pools.images.size[0]", "workerpool.process.environment.LANG" })
	void unknownKeyWithoutANearOneIsRefusedToo(String unknown) {
		properties(Map.of(unknown, "red"));
		assertThatExceptionOfType(UnknownWorkerPoolPropertyException.class).isThrownBy(this::source)
			.withMessageContaining(unknown);
	}

	@Test
	void allUnknownKeysAreNamedAtOnce() {
		properties(Map.of("workerpool.pools.images.sizes", "1", "workerpool.colour", "red"));
		assertThatExceptionOfType(UnknownWorkerPoolPropertyException.class).isThrownBy(this::source)
			.withMessageContaining("workerpool.pools.images.sizes")
			.withMessageContaining("workerpool.colour");
	}

	@Test
	void mistypedEnvironmentVariableOfOursIsRefused() {
		variables(Map.of("WORKERPOOL_DEFAULTS_QUEUE_CAPACTY", "1"));
		assertThatExceptionOfType(UnknownWorkerPoolPropertyException.class).isThrownBy(this::source)
			.withMessageContaining("WORKERPOOL_DEFAULTS_QUEUE_CAPACTY")
			.withMessageContaining("did you mean 'workerpool.defaults.queue.capacity'?");
	}

	@Test
	void keysOfOthersAreNoneOfOurBusiness() {
		properties(Map.of("workerpools.size", "1", "work.size", "2"));
		assertThat(source().poolNames()).isEmpty();
	}

	private void assertRefused(String pool, String key, String value, String reason) {
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class).isThrownBy(() -> settings(pool))
			.satisfies((ex) -> {
				assertThat(ex.getName()).isEqualTo(key);
				assertThat(ex.getValue()).hasToString(value);
				assertThat(ex.getReason()).contains(reason);
			});
	}

	private PoolSettings settings(String pool) {
		return source().settings(pool);
	}

	private PoolSettingsSource source() {
		return new PoolSettingsSource(this.environment, this.customizers);
	}

	private void properties(Map<String, Object> properties) {
		this.environment.getPropertySources().addLast(new MapPropertySource("test", properties));
	}

	private void variables(Map<String, Object> variables) {
		this.environment.getPropertySources()
			.addFirst(new SystemEnvironmentPropertySource(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
					new LinkedHashMap<>(variables)));
	}

	private void yaml(String yaml) {
		try {
			List<PropertySource<?>> sources = new YamlPropertySourceLoader().load("yaml",
					new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8)));
			sources.forEach(this.environment.getPropertySources()::addLast);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
