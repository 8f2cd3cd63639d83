package io.github.workerpool.autoconfigure;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.github.workerpool.TaskOptions;
import io.github.workerpool.WorkerPools;
import io.github.workerpool.actuate.TaskTimers;
import io.github.workerpool.actuate.WorkerPoolEndpoint;
import io.github.workerpool.actuate.WorkerPoolHealthContributor;
import io.github.workerpool.actuate.WorkerPoolMeters;
import io.github.workerpool.core.TaskObserver;
import io.micrometer.context.ContextRegistry;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurationImportSelector;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.AnnotationAttributes;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that pools work with and without everything that is optional.
 */
class OptionalDependencyTests {

	private static final String[] PROPERTIES = { "workerpool.pools.images.size=1",
			"management.endpoints.web.exposure.include=*" };

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(autoConfigurations()))
		.withPropertyValues(PROPERTIES);

	static Stream<Arguments> missing() {
		return Stream.of(Arguments.of("actuator", new FilteredClassLoader("org.springframework.boot.actuate")),
				Arguments.of("actuator's auto-configuration",
						new FilteredClassLoader("org.springframework.boot.actuate.autoconfigure")),
				Arguments.of("health", new FilteredClassLoader("org.springframework.boot.health")),
				Arguments.of("Micrometer", new FilteredClassLoader("io.micrometer")),
				Arguments.of("meters", new FilteredClassLoader("io.micrometer.core")),
				Arguments.of("context propagation", new FilteredClassLoader(ContextRegistry.class)),
				Arguments.of("Reactor", new FilteredClassLoader("reactor", "org.reactivestreams")),
				Arguments.of("Spring Security", new FilteredClassLoader("org.springframework.security")),
				Arguments.of("everything optional",
						new FilteredClassLoader("org.springframework.boot.actuate", "org.springframework.boot.health",
								"org.springframework.boot.micrometer", "io.micrometer", "reactor",
								"org.reactivestreams", "org.springframework.security", "org.springframework.web",
								"jakarta.servlet", "tools.jackson", "com.fasterxml")));
	}

	/**
	 * As in an application, where auto-configurations whose classes are missing are never
	 * looked at.
	 */
	@ParameterizedTest(name = "{0}")
	@MethodSource
	void missing(String what, ClassLoader classLoader) {
		new ApplicationContextRunner().withUserConfiguration(Application.class)
			.withPropertyValues(PROPERTIES)
			.withClassLoader(classLoader)
			.run(OptionalDependencyTests::assertWorks);
	}

	@Test
	void endpointAndHealthAreLeftOutWithoutTheActuator() {
		new ApplicationContextRunner().withUserConfiguration(Application.class)
			.withPropertyValues(PROPERTIES)
			.withClassLoader(new FilteredClassLoader(Endpoint.class, ConditionalOnAvailableEndpoint.class,
					CompositeHealthContributor.class))
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(WorkerPoolEndpoint.class)
				.doesNotHaveBean(WorkerPoolHealthContributor.class));
	}

	@Test
	void metersAreLeftOutWithoutMicrometer() {
		this.contextRunner.withClassLoader(new FilteredClassLoader(MeterRegistry.class))
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(WorkerPoolMeters.class)
				.doesNotHaveBean(TaskTimers.class)
				.doesNotHaveBean(TaskObserver.class));
	}

	@Test
	void observationsAreLeftOutWithoutTheirRegistry() {
		this.contextRunner.withClassLoader(new FilteredClassLoader(ObservationRegistry.class, Observation.class))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(TaskObserver.class));
	}

	@Test
	void metersAreThereWithMicrometer() {
		this.contextRunner.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
			.run((context) -> assertThat(context).hasSingleBean(WorkerPoolMeters.class)
				.hasSingleBean(TaskTimers.class)
				.hasSingleBean(TimingTaskObserver.class));
	}

	@Test
	void classesThatAreFilteredAreThereOtherwise() {
		assertThat(Stream.of(Mono.class, Publisher.class, SecurityContextHolder.class, ContextRegistry.class)
			.map(Class::getName)).allMatch((name) -> ClassUtils.isPresent(name, null));
	}

	@Test
	void poolsWorkInAServletApplication() {
		new WebApplicationContextRunner().withConfiguration(AutoConfigurations.of(autoConfigurations()))
			.withPropertyValues(PROPERTIES)
			.run(OptionalDependencyTests::assertWorks);
	}

	@Test
	void poolsWorkInAReactiveApplication() {
		new ReactiveWebApplicationContextRunner().withConfiguration(AutoConfigurations.of(autoConfigurations()))
			.withPropertyValues(PROPERTIES)
			.run(OptionalDependencyTests::assertWorks);
	}

	@Test
	void allAutoConfigurationsAreImported() {
		assertThat(Stream.of(autoConfigurations()).map(Class::getSimpleName)).containsExactly(
				"WorkerPoolAutoConfiguration", "WorkerPoolEndpointAutoConfiguration",
				"WorkerPoolHealthContributorAutoConfiguration", "WorkerPoolMetricsAutoConfiguration",
				"WorkerPoolObservationAutoConfiguration");
	}

	private static void assertWorks(ApplicationContext context) throws Exception {
		WorkerPools pools = context.getBean(WorkerPools.class);
		for (String name : List.of("images", "default")) {
			assertThat(pools.get(name)
				.submit(() -> "done", TaskOptions.none().withName("resize"))
				.get(30, TimeUnit.SECONDS)).isEqualTo("done");
		}
	}

	private static Class<?>[] autoConfigurations() {
		return ImportCandidates.load(AutoConfiguration.class, null)
			.getCandidates()
			.stream()
			.filter((name) -> name.startsWith("io.github.workerpool."))
			.map((name) -> ClassUtils.resolveClassName(name, null))
			.toArray(Class<?>[]::new);
	}

	@Configuration(proxyBeanMethods = false)
	@Own
	@Import(OwnAutoConfigurations.class)
	static class Application {

	}

	@Retention(RetentionPolicy.RUNTIME)
	@interface Own {

		Class<?>[] exclude() default {};

		String[] excludeName() default {};

	}

	/**
	 * Selects as in an application, but nothing of Boot's, which wants its classes whole.
	 */
	static class OwnAutoConfigurations extends AutoConfigurationImportSelector {

		@Override
		protected Class<?> getAnnotationClass() {
			return Own.class;
		}

		@Override
		protected List<String> getCandidateConfigurations(AnnotationMetadata metadata,
				@Nullable AnnotationAttributes attributes) {
			return Stream.of(autoConfigurations()).map(Class::getName).collect(Collectors.toCollection(ArrayList::new));
		}

	}

}
