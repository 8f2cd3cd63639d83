package io.github.workerpool.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.Isolation;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.RejectedTaskException.Reason;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerStartException;
import io.github.workerpool.actuate.WorkerPoolEndpoint;
import io.github.workerpool.actuate.WorkerPoolEndpoint.ScriptWorkerDescriptor;
import io.github.workerpool.message.Worker;
import io.github.workerpool.message.WorkerOptions;
import io.github.workerpool.message.WorkerScope;
import io.github.workerpool.message.WorkerScript;
import io.github.workerpool.message.Workers;
import io.github.workerpool.offload.Offload;
import io.github.workerpool.process.Leftovers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for the bean that starts worker scripts.
 */
@ExtendWith(Leftovers.class)
class WorkersAutoConfigurationIntegrationTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(WorkerPoolAutoConfiguration.class, WorkerPoolEndpointAutoConfiguration.class));

	private static WorkerOptions options(Isolation isolation) {
		WorkerOptions options = WorkerOptions.defaults().withIsolation(isolation);
		return (isolation == Isolation.PROCESS)
				? options.withProcess((process) -> process.classDataSharing(ClassDataSharing.OFF)) : options;
	}

	private static Worker running(Workers workers, WorkerOptions options) {
		Worker worker = workers.start(Echo.class, options);
		await().atMost(PATIENCE).until(() -> worker.state() == Worker.State.RUNNING);
		return worker;
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void workersEndWithTheContext(Isolation isolation) {
		List<Worker> started = new ArrayList<>();
		this.contextRunner.run((context) -> {
			assertThat(context).hasSingleBean(Workers.class).hasSingleBean(WorkersLifecycle.class);
			Workers workers = context.getBean(Workers.class);
			started.add(running(workers, options(isolation)));
			started.add(running(workers, options(isolation)));
			assertThat(workers.list()).isEqualTo(started);
		});
		assertThat(started).allSatisfy((worker) -> {
			assertThat(worker.exitCode()).isCompletedWithValue(1);
			assertThat(worker.pid().stream().mapToObj(ProcessHandle::of))
				.allSatisfy((process) -> assertThat(process).isNotPresent());
		});
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void workersEndWhenTheContextStopsAndCanBeStartedWhenItStarts(Isolation isolation) {
		this.contextRunner.run((context) -> {
			ConfigurableApplicationContext source = context.getSourceApplicationContext();
			Workers workers = context.getBean(Workers.class);
			Worker worker = running(workers, options(isolation));
			source.stop();
			assertThat(worker.state()).isEqualTo(Worker.State.ENDED);
			assertThatExceptionOfType(RejectedTaskException.class).isThrownBy(() -> workers.start(Echo.class))
				.satisfies((error) -> assertThat(error.reason()).isEqualTo(Reason.NOT_RUNNING));
			source.start();
			assertThat(running(workers, options(isolation)).exitCode()).isNotDone();
		});
	}

	@Test
	void beanMayStartWorkersBeforeTheContextIsUp() {
		this.contextRunner.withBean(Eager.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(Workers.class).list()).containsExactly(context.getBean(Eager.class).worker);
		});
	}

	@Test
	void workersStopAfterTheWebServerAsPoolsDo() {
		this.contextRunner.run((context) -> assertThat(context.getBean(WorkersLifecycle.class).getPhase())
			.isEqualTo(context.getBean(WorkerPoolsLifecycle.class).getPhase()));
	}

	@Test
	void childJvmsOfWorkersAndPoolsCountTogether() {
		this.contextRunner
			.withPropertyValues("workerpool.process.max-children=2", "workerpool.pools.images.isolation=process",
					"workerpool.pools.images.size=1", "workerpool.pools.images.process.class-data-sharing=off")
			.run((context) -> {
				Workers workers = context.getBean(Workers.class);
				running(workers, options(Isolation.PROCESS).withName("one"));
				AtomicReference<Throwable> error = new AtomicReference<>();
				Worker tooMany = workers.start(Echo.class, options(Isolation.PROCESS)
					.withProcess((process) -> process.startupTimeout(Duration.ofMillis(100))));
				tooMany.onError(error::set);
				assertThat(tooMany.exitCode().get(30, TimeUnit.SECONDS)).isEqualTo(1);
				await().atMost(PATIENCE).until(() -> error.get() != null);
				assertThat(error.get()).isInstanceOf(WorkerStartException.class)
					.hasMessageContaining("'workerpool.process.max-children' is 2")
					.hasMessageContaining("images=1")
					.hasMessageContaining("one=1");
				running(workers, options(Isolation.THREAD));
			});
	}

	@Test
	void endpointListsWorkersBesideThePools() {
		this.contextRunner.withPropertyValues("management.endpoints.web.exposure.include=workerpool").run((context) -> {
			Workers workers = context.getBean(Workers.class);
			WorkerPoolEndpoint endpoint = context.getBean(WorkerPoolEndpoint.class);
			assertThat(endpoint.pools().pools()).containsOnlyKeys("default");
			assertThat(endpoint.pools().workers()).isNull();
			Worker thread = running(workers, options(Isolation.THREAD).withName("thread"));
			Worker process = running(workers, options(Isolation.PROCESS).withName("process"));
			assertThat(endpoint.pools().pools()).containsOnlyKeys("default");
			assertThat(endpoint.pools().workers()).containsExactly(
					new ScriptWorkerDescriptor("thread", "THREAD", null, thread.startedAt(), "RUNNING"),
					new ScriptWorkerDescriptor("process", "PROCESS", process.pid().getAsLong(), process.startedAt(),
							"RUNNING"));
			thread.close();
			process.close();
			assertThat(endpoint.pools().workers()).isNull();
		});
	}

	@Test
	void workersOfTheApplicationWinAndAreItsOwnBusiness() {
		Workers mine = new Workers();
		this.contextRunner.withBean("mine", Workers.class, () -> mine)
			.withPropertyValues("management.endpoints.web.exposure.include=workerpool")
			.run((context) -> {
				assertThat(context.getBean(Workers.class)).isSameAs(mine);
				assertThat(context).doesNotHaveBean(WorkersLifecycle.class);
				mine.start(Echo.class, WorkerOptions.defaults().withName("own"));
				assertThat(context.getBean(WorkerPoolEndpoint.class).pools().workers())
					.extracting(ScriptWorkerDescriptor::name)
					.containsExactly("own");
			});
		assertThat(mine.list()).isEmpty();
	}

	@Test
	void nothingIsThereWhenDisabled() {
		this.contextRunner.withPropertyValues("workerpool.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(Workers.class)
				.doesNotHaveBean(WorkersLifecycle.class));
	}

	@Test
	void childContextHasNone() {
		this.contextRunner.withBean(Asking.class)
			.withPropertyValues("workerpool.default-pool=images", "workerpool.pools.images.isolation=process",
					"workerpool.pools.images.size=1", "workerpool.pools.images.process.class-data-sharing=off",
					"workerpool.pools.images.process.sources=" + Everything.class.getName())
			.run((context) -> {
				assertThat(context).hasNotFailed().hasSingleBean(Workers.class);
				assertThat(context.getBean(Asking.class).there()).isEqualTo("PROCESS: false");
			});
	}

	/** Answers until it is told to end. */
	static class Echo implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			scope.parentPort().onMessage(scope.parentPort()::postMessage);
		}

	}

	static class Eager {

		private final Worker worker;

		Eager(Workers workers) {
			this.worker = workers.start(Echo.class);
		}

	}

	static class Asking {

		private final ObjectProvider<Workers> workers;

		Asking(ObjectProvider<Workers> workers) {
			this.workers = workers;
		}

		@Offload
		String there() {
			return (WorkerContext.current().orElseThrow().isolation() + ": ") + (this.workers.getIfAvailable() != null);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(WorkerPoolAutoConfiguration.class)
	static class Everything {

	}

}
