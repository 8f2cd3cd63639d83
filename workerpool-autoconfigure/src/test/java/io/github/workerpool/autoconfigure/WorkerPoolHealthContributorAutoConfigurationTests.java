package io.github.workerpool.autoconfigure;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.WorkerInitializer;
import io.github.workerpool.WorkerPools;
import io.github.workerpool.actuate.WorkerPoolHealthContributor;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.actuate.endpoint.CompositeHealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointAutoConfiguration;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link WorkerPoolHealthContributorAutoConfiguration}.
 */
class WorkerPoolHealthContributorAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(WorkerPoolAutoConfiguration.class,
				WorkerPoolHealthContributorAutoConfiguration.class, HealthContributorAutoConfiguration.class,
				HealthContributorRegistryAutoConfiguration.class, HealthEndpointAutoConfiguration.class))
		.withPropertyValues("workerpool.pools.images.size=1", "management.endpoints.web.exposure.include=health",
				"management.endpoint.health.show-components=always");

	@Test
	void healthHasAComponentForEachPool() {
		this.contextRunner.run((context) -> {
			CompositeHealthDescriptor pools = (CompositeHealthDescriptor) context.getBean(HealthEndpoint.class)
				.healthForPath("workerPool");
			assertThat(pools.getComponents()).containsOnlyKeys("default", "images");
			assertThat(pools.getStatus()).isEqualTo(Status.UP);
		});
	}

	@Test
	void healthFollowsThePool() {
		this.contextRunner.run((context) -> {
			assertThat(status(context.getBean(HealthEndpoint.class))).isEqualTo(Status.UP);
			context.getBean(WorkerPools.class).get("images").pause();
			await().untilAsserted(
					() -> assertThat(status(context.getBean(HealthEndpoint.class))).isEqualTo(Status.OUT_OF_SERVICE));
			context.getBean(WorkerPools.class).get("images").resume();
			await().untilAsserted(() -> assertThat(status(context.getBean(HealthEndpoint.class))).isEqualTo(Status.UP));
			context.getBean(WorkerPoolsLifecycle.class).stop();
			assertThat(status(context.getBean(HealthEndpoint.class))).isEqualTo(Status.OUT_OF_SERVICE);
			context.getBean(WorkerPools.class).get("images").close();
			assertThat(status(context.getBean(HealthEndpoint.class))).isEqualTo(Status.DOWN);
		});
	}

	@Test
	void poolThatCanNotStartWorkersIsDown() {
		this.contextRunner.withBean(WorkerInitializer.class, () -> (pool, worker) -> {
			throw new IllegalStateException("no model");
		}).withPropertyValues("workerpool.defaults.restart.max-restarts=0").run((context) -> {
			HealthDescriptor overall = context.getBean(HealthEndpoint.class).health();
			assertThat(overall.getStatus()).isEqualTo(Status.DOWN);
			assertThat(status(context.getBean(HealthEndpoint.class))).isEqualTo(Status.DOWN);
		});
	}

	@Test
	void healthAnswersWhileEveryWorkerIsBusy() {
		this.contextRunner.run((context) -> {
			CountDownLatch running = new CountDownLatch(1);
			CountDownLatch release = new CountDownLatch(1);
			context.getBean(WorkerPools.class).get("images").submit(() -> {
				running.countDown();
				release.await();
				return null;
			});
			assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
			await().atMost(Duration.ofSeconds(30))
				.untilAsserted(() -> assertThat(status(context.getBean(HealthEndpoint.class))).isEqualTo(Status.UP));
			release.countDown();
		});
	}

	@Test
	void poolMayBeAMemberOfAGroup() {
		this.contextRunner
			.withPropertyValues("management.endpoint.health.group.work.include=workerPool/images",
					"management.endpoint.health.validate-group-membership=true")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBean(HealthEndpoint.class).healthForPath("work").getStatus())
					.isEqualTo(Status.UP);
			});
	}

	@Test
	void healthIsLeftOutWhenDisabled() {
		this.contextRunner.withPropertyValues("management.health.workerpool.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(WorkerPoolHealthContributor.class));
	}

	@Test
	void healthIsLeftOutWhenAllAreDisabled() {
		this.contextRunner.withPropertyValues("management.health.defaults.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(WorkerPoolHealthContributor.class));
	}

	@Test
	void healthIsLeftOutWithoutPools() {
		this.contextRunner.withPropertyValues("workerpool.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(WorkerPoolHealthContributor.class));
	}

	@Test
	void healthBacksOffForOneOfTheApplication() {
		HealthIndicator mine = () -> Health.up().withDetail("mine", true).build();
		this.contextRunner.withBean("workerPoolHealthIndicator", HealthIndicator.class, () -> mine)
			.run((context) -> assertThat(context).doesNotHaveBean(WorkerPoolHealthContributor.class));
	}

	private static Status status(HealthEndpoint endpoint) {
		return endpoint.healthForPath("workerPool", "images").getStatus();
	}

}
