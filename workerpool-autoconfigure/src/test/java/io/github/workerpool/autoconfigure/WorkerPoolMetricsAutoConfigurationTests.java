package io.github.workerpool.autoconfigure;

import java.util.concurrent.TimeUnit;

import io.github.workerpool.TaskOptions;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPools;
import io.github.workerpool.actuate.DefaultWorkerTaskObservationConvention;
import io.github.workerpool.actuate.TaskObservations;
import io.github.workerpool.actuate.TaskTimers;
import io.github.workerpool.actuate.WorkerPoolMeters;
import io.github.workerpool.actuate.WorkerTaskObservationConvention;
import io.github.workerpool.core.TaskObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MeterRegistryCustomizer;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link WorkerPoolMetricsAutoConfiguration} and
 * {@link WorkerPoolObservationAutoConfiguration}.
 */
class WorkerPoolMetricsAutoConfigurationTests {

	private static final TaskOptions RESIZE = TaskOptions.none().withName("resize");

	private final ApplicationContextRunner plainRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(WorkerPoolAutoConfiguration.class,
				WorkerPoolMetricsAutoConfiguration.class, WorkerPoolObservationAutoConfiguration.class))
		.withPropertyValues("workerpool.pools.images.size=1");

	private final ApplicationContextRunner metricsRunner = this.plainRunner
		.withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class,
				CompositeMeterRegistryAutoConfiguration.class, SimpleMetricsExportAutoConfiguration.class));

	@Test
	void metersAreBoundToTheRegistry() {
		this.metricsRunner.run((context) -> {
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			assertThat(registry.get("workerpool.workers").tags("pool", "images", "state", "idle").gauge().value())
				.isOne();
			assertThat(registry.get("workerpool.queue.capacity").tag("pool", "default").gauge().value())
				.isEqualTo(1000);
			await().untilAsserted(
					() -> assertThat(registry.get("workerpool.worker.startup").tag("pool", "images").timer().count())
						.isOne());
		});
	}

	@Test
	void tasksAreTimedWithoutObservations() {
		this.metricsRunner.run((context) -> {
			runTask(context.getBean(WorkerPools.class));
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			await().untilAsserted(() -> assertThat(registry.get("workerpool.task")
				.tags("pool", "images", "task", "resize", "outcome", "succeeded")
				.timer()
				.count()).isOne());
			assertThat(registry.get("workerpool.task.wait").tag("pool", "images").timer().count()).isOne();
			await().untilAsserted(() -> assertThat(registry.get("workerpool.tasks.completed")
				.tags("pool", "images", "outcome", "succeeded")
				.functionCounter()
				.count()).isOne());
		});
	}

	@Test
	void tasksAreTimedByObservationsWhereThereAreAny() {
		this.metricsRunner.withConfiguration(AutoConfigurations.of(ObservationAutoConfiguration.class))
			.run((context) -> {
				runTask(context.getBean(WorkerPools.class));
				MeterRegistry registry = context.getBean(MeterRegistry.class);
				await().untilAsserted(() -> assertThat(registry.get("workerpool.task")
					.tags("pool", "images", "task", "resize", "outcome", "succeeded", "error", "none")
					.timer()
					.count()).isOne());
				assertThat(registry.get("workerpool.task").timers()).hasSize(1);
				assertThat(registry.get("workerpool.task.wait").tag("pool", "images").timer().count()).isOne();
			});
	}

	@Test
	void tasksAreObservedWithoutMeters() {
		TestObservationRegistry observations = TestObservationRegistry.create();
		this.plainRunner.withBean(ObservationRegistry.class, () -> observations).run((context) -> {
			assertThat(context).hasSingleBean(ObservingTaskObserver.class).doesNotHaveBean(TaskTimers.class);
			Observation request = Observation.start("request", observations);
			try (Observation.Scope scope = request.openScope()) {
				runTask(context.getBean(WorkerPools.class));
			}
			request.stop();
			await().untilAsserted(() -> TestObservationRegistryAssert.assertThat(observations)
				.hasObservationWithNameEqualTo("workerpool.task")
				.that()
				.hasLowCardinalityKeyValue("pool", "images")
				.hasLowCardinalityKeyValue("task", "resize")
				.hasLowCardinalityKeyValue("outcome", "succeeded")
				.hasParentObservationEqualTo(request)
				.hasBeenStopped());
			assertThat(observations.getCurrentObservation()).isNull();
		});
	}

	@Test
	void taskSeesItsOwnObservationAsTheCurrentOne() {
		TestObservationRegistry observations = TestObservationRegistry.create();
		this.plainRunner.withBean(ObservationRegistry.class, () -> observations).run((context) -> {
			WorkerPool pool = context.getBean(WorkerPools.class).get("images");
			assertThat(pool.submit(() -> observations.getCurrentObservation().getContextView().getName())
				.get(30, TimeUnit.SECONDS)).isEqualTo("workerpool.task");
			assertThat(pool.submit(() -> observations.getCurrentObservation().getContextView().getParentObservation())
				.get(30, TimeUnit.SECONDS)).isNull();
		});
	}

	@Test
	void conventionOfTheApplicationIsUsed() {
		TestObservationRegistry observations = TestObservationRegistry.create();
		WorkerTaskObservationConvention mine = new DefaultWorkerTaskObservationConvention() {

			@Override
			public String getName() {
				return "my.task";
			}

		};
		this.plainRunner.withBean(ObservationRegistry.class, () -> observations)
			.withBean(WorkerTaskObservationConvention.class, () -> mine)
			.run((context) -> {
				runTask(context.getBean(WorkerPools.class));
				await().untilAsserted(() -> TestObservationRegistryAssert.assertThat(observations)
					.hasObservationWithNameEqualTo("my.task"));
			});
	}

	@Test
	void nothingIsObservedWithoutRegistries() {
		this.plainRunner.run((context) -> {
			assertThat(context).doesNotHaveBean(TaskObserver.class)
				.doesNotHaveBean(WorkerPoolMeters.class)
				.doesNotHaveBean(TaskObservations.class);
			runTask(context.getBean(WorkerPools.class));
		});
	}

	@Test
	void nothingIsThereWithoutPools() {
		this.metricsRunner.withConfiguration(AutoConfigurations.of(ObservationAutoConfiguration.class))
			.withPropertyValues("workerpool.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(TaskObserver.class)
				.doesNotHaveBean(WorkerPoolMeters.class)
				.doesNotHaveBean(TaskObservations.class));
	}

	@Test
	void userBeansWin() {
		TaskObserver observer = (run, waitNanos) -> null;
		WorkerPoolMeters meters = new WorkerPoolMeters(() -> {
			throw new AssertionError("not bound");
		}) {

			@Override
			public void bindTo(MeterRegistry registry) {
				// nothing
			}

		};
		TaskTimers timers = new TaskTimers();
		TaskObservations observations = new TaskObservations(ObservationRegistry.NOOP, null);
		this.metricsRunner.withConfiguration(AutoConfigurations.of(ObservationAutoConfiguration.class))
			.withBean(TaskObserver.class, () -> observer)
			.withBean(WorkerPoolMeters.class, () -> meters)
			.withBean(TaskTimers.class, () -> timers)
			.withBean(TaskObservations.class, () -> observations)
			.run((context) -> {
				assertThat(context.getBean(TaskObserver.class)).isSameAs(observer);
				assertThat(context.getBean(WorkerPoolMeters.class)).isSameAs(meters);
				assertThat(context.getBean(TaskTimers.class)).isSameAs(timers);
				assertThat(context.getBean(TaskObservations.class)).isSameAs(observations);
			});
	}

	@Test
	void prometheusTakesAllMeters() {
		this.metricsRunner.withConfiguration(AutoConfigurations.of(PrometheusMetricsExportAutoConfiguration.class))
			.withBean(MeterRegistryCustomizer.class,
					() -> (registry) -> ((PrometheusMeterRegistry) registry).throwExceptionOnRegistrationFailure())
			.run((context) -> {
				assertThat(context).hasNotFailed();
				runTask(context.getBean(WorkerPools.class));
				PrometheusMeterRegistry registry = context.getBean(PrometheusMeterRegistry.class);
				await().untilAsserted(() -> assertThat(registry.scrape()).contains("workerpool_task_seconds_count{")
					.contains("workerpool_workers{pool=\"images\",state=\"idle\"}")
					.contains("workerpool_worker_startup_seconds_count{pool=\"images\"}"));
			});
	}

	private static void runTask(WorkerPools pools) throws Exception {
		assertThat(pools.get("images").submit(() -> "done", RESIZE).get(30, TimeUnit.SECONDS)).isEqualTo("done");
	}

}
