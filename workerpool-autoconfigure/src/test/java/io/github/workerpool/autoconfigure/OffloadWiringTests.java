package io.github.workerpool.autoconfigure;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerPools;
import io.github.workerpool.offload.Offload;
import io.github.workerpool.offload.OffloadBeanPostProcessor;
import io.github.workerpool.offload.OffloadExceptionHandler;
import io.github.workerpool.offload.OffloadFailure;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.MDC;
import reactor.core.publisher.Mono;

import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests that {@code @Offload} is wired to the pools, the context and the exception
 * handlers of an application.
 */
@ExtendWith(OutputCaptureExtension.class)
class OffloadWiringTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(WorkerPoolAutoConfiguration.class))
		.withPropertyValues("workerpool.pools.images.size=1", "workerpool.default-pool=images")
		.withBean(Work.class);

	@AfterEach
	void cleanUp() {
		MDC.clear();
	}

	@Test
	void methodRunsOnTheDefaultPool() {
		this.contextRunner.run((context) -> assertThat(context.getBean(Work.class).pool()).isEqualTo("images"));
	}

	@Test
	void methodRunsOnThePoolItNames() {
		this.contextRunner.withPropertyValues("workerpool.default-pool=default")
			.run((context) -> assertThat(context.getBean(Work.class).poolOfImages().get(30, TimeUnit.SECONDS))
				.isEqualTo("images"));
	}

	@Test
	void unknownPoolFailsTheStart() {
		this.contextRunner.withPropertyValues("workerpool.default-pool=default")
			.withBean(Astray.class)
			.run((context) -> assertThat(context).getFailure().hasStackTraceContaining("nowhere"));
	}

	@Test
	void contextReachesMethodAndFallback() {
		this.contextRunner.run((context) -> {
			MDC.put("user", "ada");
			CompletableFuture<String> future = context.getBean(Work.class).failing();
			MDC.clear();
			assertThat(future.get(30, TimeUnit.SECONDS)).isEqualTo("ada failed, fallback of ada");
		});
	}

	@Test
	void exceptionHandlersAreAskedInTheirOrder() {
		List<String> handled = new CopyOnWriteArrayList<>();
		this.contextRunner.withBean("second", OffloadExceptionHandler.class, () -> new Second(handled))
			.withBean("first", OffloadExceptionHandler.class, () -> new First(handled))
			.run((context) -> {
				context.getBean(Work.class).failUnseen();
				await().untilAsserted(() -> assertThat(handled).containsExactly("first boom", "second boom"));
			});
	}

	@Test
	void promiseOfAReactiveLibraryBelongsToItsTask() {
		this.contextRunner.run((context) -> {
			Mono<Integer> mono = context.getBean(WorkerPools.class)
				.get("images")
				.submit(() -> Mono.fromCallable(() -> 42))
				.get(30, TimeUnit.SECONDS);
			assertThat(mono.block()).isEqualTo(42);
		});
	}

	@Test
	void postProcessorOfTheApplicationWins() {
		this.contextRunner.withUserConfiguration(OwnPostProcessor.class)
			.run((context) -> assertThat(context).hasSingleBean(OffloadBeanPostProcessor.class)
				.hasBean("myPostProcessor"));
	}

	@Test
	void nothingIsAdvisedWhenDisabled() {
		this.contextRunner.withPropertyValues("workerpool.enabled=false").run((context) -> {
			assertThat(AopUtils.isAopProxy(context.getBean(Work.class))).isFalse();
			assertThat(context.getBean(Work.class).pool()).isEqualTo("no pool");
		});
	}

	@Test
	void beansOfAChildContextUseThePoolsOfItsParent() {
		this.contextRunner.run((parent) -> new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(WorkerPoolAutoConfiguration.class))
			.withBean("childWork", Work.class)
			.withParent(parent)
			.run((child) -> assertThat(child.getBean("childWork", Work.class).pool()).isEqualTo("images")));
	}

	@Test
	void startIsFreeOfWarningsAboutEarlyBeans(CapturedOutput output) {
		this.contextRunner.run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(output).doesNotContain("is not eligible for getting processed by all BeanPostProcessors");
		});
	}

	static class Work {

		@Offload
		public String pool() {
			return WorkerContext.current().map(WorkerContext::poolName).orElse("no pool");
		}

		@Offload("images")
		public CompletableFuture<String> poolOfImages() {
			return CompletableFuture.completedFuture(pool());
		}

		@Offload(fallback = "fallback")
		public CompletableFuture<String> failing() {
			throw new IllegalStateException(MDC.get("user") + " failed");
		}

		String fallback(IllegalStateException failure) {
			return failure.getMessage() + ", fallback of " + MDC.get("user");
		}

		@Offload
		public void failUnseen() {
			throw new IllegalStateException("boom");
		}

	}

	static class Astray {

		@Offload("nowhere")
		public void work() {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnPostProcessor {

		@Bean
		static OffloadBeanPostProcessor myPostProcessor(ObjectProvider<WorkerPools> pools) {
			return new OffloadBeanPostProcessor(pools::getObject);
		}

	}

	@Order(1)
	record First(List<String> handled) implements OffloadExceptionHandler {

		@Override
		public void handle(OffloadFailure failure) {
			this.handled.add("first " + failure.exception().getMessage());
		}

	}

	@Order(2)
	record Second(List<String> handled) implements OffloadExceptionHandler {

		@Override
		public void handle(OffloadFailure failure) {
			this.handled.add("second " + failure.exception().getMessage());
		}

	}

}
