package io.github.workerpool.autoconfigure;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import javax.management.MBeanServer;
import javax.management.ObjectName;

import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.WorkerPools;
import io.github.workerpool.actuate.WorkerPoolEndpoint;
import io.github.workerpool.actuate.WorkerPoolEndpointWebExtension;
import org.junit.jupiter.api.Test;

import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.jmx.JmxEndpointAutoConfiguration;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.jmx.JmxAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link WorkerPoolEndpointAutoConfiguration}: when there is an endpoint. What
 * it says over HTTP is tested elsewhere.
 */
class WorkerPoolEndpointAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(
				AutoConfigurations.of(WorkerPoolAutoConfiguration.class, WorkerPoolEndpointAutoConfiguration.class))
		.withPropertyValues("workerpool.pools.images.size=1");

	@Test
	void endpointIsThereWhenExposed() {
		this.contextRunner.withPropertyValues("management.endpoints.web.exposure.include=workerpool")
			.run((context) -> assertThat(context).hasSingleBean(WorkerPoolEndpoint.class)
				.hasSingleBean(WorkerPoolEndpointWebExtension.class));
	}

	@Test
	void endpointIsNotThereUnlessExposed() {
		this.contextRunner.run((context) -> assertThat(context).hasSingleBean(WorkerPools.class)
			.doesNotHaveBean(WorkerPoolEndpoint.class)
			.doesNotHaveBean(WorkerPoolEndpointWebExtension.class));
	}

	@Test
	void endpointIsNotThereWithoutAccess() {
		this.contextRunner
			.withPropertyValues("management.endpoints.web.exposure.include=*",
					"management.endpoint.workerpool.access=NONE")
			.run((context) -> assertThat(context).doesNotHaveBean(WorkerPoolEndpoint.class));
	}

	@Test
	void endpointIsNotThereWithoutPools() {
		this.contextRunner.withPropertyValues("management.endpoints.web.exposure.include=*", "workerpool.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(WorkerPoolEndpoint.class));
	}

	@Test
	void endpointShowsPoolsOfTheApplication() {
		this.contextRunner.withBean("mine", WorkerPools.class, () -> mock(WorkerPools.class))
			.withPropertyValues("management.endpoints.web.exposure.include=*")
			.run((context) -> assertThat(context).hasSingleBean(WorkerPoolEndpoint.class));
	}

	@Test
	void endpointBacksOffWhenUserProvidedEndpointIsPresent() {
		this.contextRunner.withUserConfiguration(UserConfiguration.class)
			.withPropertyValues("management.endpoints.web.exposure.include=workerpool")
			.run((context) -> assertThat(context).hasSingleBean(WorkerPoolEndpoint.class)
				.hasBean("myEndpoint")
				.hasSingleBean(WorkerPoolEndpointWebExtension.class)
				.hasBean("myExtension"));
	}

	@Test
	void secretsAreShownByProperty() {
		this.contextRunner
			.withBean(SanitizingFunction.class,
					() -> (data) -> data.getKey().endsWith("TOKEN") ? data.withSanitizedValue() : data)
			.withPropertyValues("management.endpoints.web.exposure.include=workerpool",
					"management.endpoint.workerpool.show-values=always", "workerpool.pools.images.queue.capacity=5")
			.run((context) -> {
				Map<String, Object> settings = context.getBean(WorkerPoolEndpoint.class).pool("images").settings();
				assertThat(settings).containsEntry("queue.capacity", 5).containsEntry("max-size", 1);
			});
	}

	@Test
	void runningAndQueuedTasksAreCancelledByTheirId() {
		this.contextRunner.withPropertyValues("management.endpoints.web.exposure.include=workerpool").run((context) -> {
			CountDownLatch running = new CountDownLatch(1);
			WorkerPools pools = context.getBean(WorkerPools.class);
			TaskFuture<?> first = pools.get("images").submit(() -> {
				running.countDown();
				new CountDownLatch(1).await();
				return null;
			});
			TaskFuture<?> second = pools.get("images").submit(() -> null);
			assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
			WorkerPoolEndpoint endpoint = context.getBean(WorkerPoolEndpoint.class);
			assertThat(endpoint.cancel("images", second.id())).isTrue();
			assertThat(second.status()).isEqualTo(TaskStatus.CANCELLED);
			assertThat(endpoint.cancel("images", first.id())).isTrue();
			assertThat(first.status()).isEqualTo(TaskStatus.CANCELLED);
			assertThat(endpoint.cancel("images", "images-4711")).isFalse();
			assertThat(endpoint.cancel("default", first.id())).isFalse();
		});
	}

	@Test
	void endpointWorksOverJmx() {
		this.contextRunner
			.withConfiguration(AutoConfigurations.of(JmxAutoConfiguration.class, EndpointAutoConfiguration.class,
					JmxEndpointAutoConfiguration.class))
			.withPropertyValues("spring.jmx.enabled=true", "spring.jmx.unique-names=true",
					"management.endpoints.jmx.exposure.include=workerpool",
					"management.endpoints.jmx.domain=io.github.workerpool.test",
					"management.endpoint.workerpool.access=UNRESTRICTED")
			.run((context) -> {
				assertThat(context).hasSingleBean(WorkerPoolEndpoint.class)
					.doesNotHaveBean(WorkerPoolEndpointWebExtension.class);
				MBeanServer server = ManagementFactory.getPlatformMBeanServer();
				ObjectName name = server.queryNames(new ObjectName("io.github.workerpool.test:type=Endpoint,*"), null)
					.iterator()
					.next();
				assertThat(List.of(server.getMBeanInfo(name).getOperations()))
					.extracting((operation) -> operation.getName())
					.containsExactlyInAnyOrder("pools", "pool", "change", "cancel");
				Map<?, ?> pool = (Map<?, ?>) server.invoke(name, "pool", new Object[] { "images" },
						new String[] { String.class.getName() });
				assertThat(pool.get("state")).isEqualTo("RUNNING");
				server.invoke(name, "change", new Object[] { "images", "pause", null, null },
						new String[] { String.class.getName(), String.class.getName(), Integer.class.getName(),
								Integer.class.getName() });
				assertThat(context.getBean(WorkerPools.class).get("images").snapshot().state().name())
					.isEqualTo("PAUSED");
			});
	}

	@Test
	void endpointIsReadOnlyOverJmxUnlessTold() {
		this.contextRunner
			.withConfiguration(AutoConfigurations.of(JmxAutoConfiguration.class, EndpointAutoConfiguration.class,
					JmxEndpointAutoConfiguration.class))
			.withPropertyValues("spring.jmx.enabled=true", "spring.jmx.unique-names=true",
					"management.endpoints.jmx.exposure.include=workerpool",
					"management.endpoints.jmx.domain=io.github.workerpool.test")
			.run((context) -> {
				MBeanServer server = ManagementFactory.getPlatformMBeanServer();
				ObjectName name = server.queryNames(new ObjectName("io.github.workerpool.test:type=Endpoint,*"), null)
					.iterator()
					.next();
				assertThat(List.of(server.getMBeanInfo(name).getOperations()))
					.extracting((operation) -> operation.getName())
					.containsExactlyInAnyOrder("pools", "pool");
			});
	}

	@Configuration(proxyBeanMethods = false)
	static class UserConfiguration {

		@Bean
		WorkerPoolEndpoint myEndpoint() {
			return mock();
		}

		@Bean
		WorkerPoolEndpointWebExtension myExtension() {
			return mock();
		}

	}

}
