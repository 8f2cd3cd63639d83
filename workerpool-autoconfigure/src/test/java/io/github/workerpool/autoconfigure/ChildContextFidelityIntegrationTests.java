package io.github.workerpool.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.PoolState;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.offload.Offload;
import io.github.workerpool.process.ChildWiringException;
import io.github.workerpool.testsupport.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.aot.BeanInstanceSupplier;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.TaskRejectedException;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests that beans are in children what they are in the parent.
 */
@ExtendWith(NoLeaks.class)
class ChildContextFidelityIntegrationTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, WorkerPoolAutoConfiguration.class))
		.withPropertyValues("workerpool.default-pool=images", "workerpool.pools.images.isolation=process",
				"workerpool.pools.images.size=1", "workerpool.pools.images.process.class-data-sharing=off",
				"workerpool.pools.images.resource-limits.max-heap-size=128MB",
				"workerpool.pools.images.task.grace=30s");

	private ApplicationContextRunner retrying() {
		return this.contextRunner
			.withPropertyValues("workerpool.pools.images.process.sources=" + Retrying.class.getName())
			.withUserConfiguration(Retrying.class);
	}

	@Test
	void beanWithInterfaceIsProxiedByItsClassInChildToo() {
		retrying().withBean(Ledger.class).withBean(Reader.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(Ledger.class).kind()).isEqualTo("subclass");
			assertThat(context.getBean(Reader.class).read()).isEqualTo("subclass");
		});
	}

	@Test
	void beanIsProxiedByItsInterfacesInChildIfItIsInParent() {
		retrying().withPropertyValues("spring.aop.proxy-target-class=false")
			.withBean(TextReader.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				@SuppressWarnings("unchecked")
				Handler<String> handler = context.getBean(Handler.class);
				assertThat(AopUtils.isJdkDynamicProxy(handler)).isTrue();
				assertThat(handler.handle("some")).isEqualTo("some text");
			});
	}

	@Test
	void reactiveResultOfTaskBelongsToTheTask() {
		this.contextRunner.run((context) -> {
			WorkerPool pool = context.getBean(WorkerPool.class);
			Mono<Boolean> mono = pool.submit(() -> Mono.fromCallable(WorkerContext::isWorker).cache())
				.get(30, TimeUnit.SECONDS);
			assertThat(mono.block(PATIENCE)).isTrue();
			assertThat(pool.submit(() -> Mono.<String>empty()).get(30, TimeUnit.SECONDS).block(PATIENCE)).isNull();
			Flux<Integer> flux = pool.submit(() -> Flux.range(0, 3).delayElements(Duration.ofMillis(1)))
				.get(30, TimeUnit.SECONDS);
			assertThat(flux.collectList().block(PATIENCE)).containsExactly(0, 1, 2);
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(
					() -> pool.submit(() -> Flux.error(new IllegalStateException("broken"))).get(30, TimeUnit.SECONDS))
				.withCauseInstanceOf(IllegalStateException.class);
			TaskFuture<Mono<String>> never = pool.submit(() -> Mono.<String>never());
			await().atMost(PATIENCE).until(() -> never.status() == TaskStatus.RUNNING);
			never.cancel(true);
			assertThat(pool.submit(() -> "next").get(30, TimeUnit.SECONDS)).isEqualTo("next");
			assertThat(pool.snapshot().restarts()).isZero();
		});
	}

	@Test
	void whatFailsWhileBeanIsMadeIsNoMatterOfWiring() {
		this.contextRunner
			.withPropertyValues("workerpool.pools.images.restart.max-restarts=1",
					"workerpool.pools.images.restart.backoff.initial=10ms")
			.withBean(Dependent.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				WorkerPool pool = context.getBean(WorkerPool.class);
				await().atMost(PATIENCE).until(() -> pool.snapshot().state() == PoolState.FAILED);
			});
	}

	@Test
	void missingConfigurationOfBeanIsFoundInContextProcessedAheadOfTime() {
		this.contextRunner.withBean("making", Making.class).withInitializer((context) -> {
			RootBeanDefinition made = new RootBeanDefinition(Made.class);
			made.setInstanceSupplier(BeanInstanceSupplier.<Made>forFactoryMethod(Making.class, "made")
				.withGenerator((bean) -> bean.getBeanFactory().getBean(Making.class).made()));
			((BeanDefinitionRegistry) context.getBeanFactory()).registerBeanDefinition("made", made);
		}).run((context) -> {
			assertThat(context).hasFailed();
			assertThat(context.getStartupFailure()).hasCauseInstanceOf(ChildWiringException.class)
				.hasStackTraceContaining("Add '" + Making.class.getName() + "'");
		});
	}

	@Configuration(proxyBeanMethods = false)
	@EnableResilientMethods
	static class Retrying {

	}

	interface Tagged {

		default List<String> tags() {
			return List.of();
		}

		String tag();

	}

	static class Ledger implements Tagged {

		@Override
		public String tag() {
			return "ledger";
		}

		@Offload
		@Retryable(maxRetries = 1, delay = 1)
		public String kind() {
			return "subclass";
		}

	}

	static class Reader {

		private final Ledger ledger;

		Reader(Ledger ledger) {
			this.ledger = ledger;
		}

		@Offload
		public String read() {
			return this.ledger.kind();
		}

	}

	interface Handler<T> {

		String handle(T item);

	}

	static class TextReader implements Handler<String> {

		@Override
		@Offload
		@Retryable(maxRetries = 1, delay = 1)
		public String handle(String item) {
			return item + " text";
		}

	}

	static class Dependent {

		Dependent() {
			if (System.getenv("WORKERPOOL_WORKER") != null) {
				throw new TaskRejectedException("busy just now");
			}
		}

		@Offload
		public void work() {
		}

	}

	static class Made {

		@Offload
		public void work() {
		}

	}

	/** As if its method had been read when the application was built. */
	static class Making {

		Made made() {
			return new Made();
		}

	}

}
