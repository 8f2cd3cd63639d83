package io.github.workerpool.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.PoolSettings;
import io.github.workerpool.PoolState;
import io.github.workerpool.WorkerInitializer;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPoolCustomizer;
import io.github.workerpool.WorkerPoolListener;
import io.github.workerpool.WorkerPools;
import io.github.workerpool.factory.WorkerPoolFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.annotation.Order;
import org.springframework.core.task.TaskDecorator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link WorkerPoolAutoConfiguration}: which beans there are, and whose win.
 */
@ExtendWith(OutputCaptureExtension.class)
class WorkerPoolAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(WorkerPoolAutoConfiguration.class));

	@Test
	void bareApplicationHasOnlyTheDefaultPool() {
		this.contextRunner.run((context) -> {
			WorkerPools pools = context.getBean(WorkerPools.class);
			assertThat(pools.names()).containsExactly("default");
			assertThat(pools.getDefault()).isSameAs(context.getBean("defaultWorkerPool"))
				.isSameAs(context.getBean(WorkerPool.class));
		});
	}

	@Test
	void defaultPoolThatIsNotConfiguredStartsItsWorkersAtFirstUse() {
		this.contextRunner.run((context) -> {
			WorkerPool pool = context.getBean(WorkerPools.class).getDefault();
			assertThat(pool.snapshot().workers().alive()).isZero();
			assertThat(pool.snapshot().workers().starting()).isZero();
			assertThat(pool.submit(() -> "done").get(30, TimeUnit.SECONDS)).isEqualTo("done");
			assertThat(pool.snapshot().workers().alive()).isPositive();
		});
	}

	@Test
	void eachConfiguredPoolIsABeanNamedInCamelCase() {
		this.contextRunner.withPropertyValues("workerpool.pools.image-resize.size=1", "workerpool.pools.csv2.size=2")
			.run((context) -> {
				WorkerPools pools = context.getBean(WorkerPools.class);
				assertThat(pools.names()).containsExactly("csv2", "default", "image-resize");
				assertThat(pools.stream().map(WorkerPool::name)).containsExactly("csv2", "default", "image-resize");
				assertThat(context.getBean("imageResizeWorkerPool")).isSameAs(pools.get("image-resize"));
				assertThat(context.getBean("csv2WorkerPool")).isSameAs(pools.get("csv2"));
				assertThat(pools.get("csv2").snapshot().workers().alive()).isEqualTo(2);
			});
	}

	@Test
	void poolsAreInjectedByQualifierAndTheDefaultOneWithout() {
		this.contextRunner.withUserConfiguration(InjectedConfiguration.class)
			.withPropertyValues("workerpool.default-pool=images", "workerpool.pools.images.size=1",
					"workerpool.pools.image-resize.size=1")
			.run((context) -> {
				Injected injected = context.getBean(Injected.class);
				assertThat(injected.unqualified().name()).isEqualTo("images");
				assertThat(injected.qualified().name()).isEqualTo("image-resize");
				assertThat(context.getBean(WorkerPools.class).names()).containsExactly("image-resize", "images");
			});
	}

	@Test
	void poolNamesAreNoBeanNames() {
		this.contextRunner.withBean("images", String.class, () -> "mine")
			.withPropertyValues("workerpool.pools.images.size=1")
			.run((context) -> {
				assertThat(context.getBean("images")).isEqualTo("mine");
				assertThat(context.getBean("imagesWorkerPool", WorkerPool.class).name()).isEqualTo("images");
			});
	}

	@Test
	void unknownPoolIsRefusedWithTheNamesThereAre() {
		this.contextRunner.withPropertyValues("workerpool.pools.images.size=1")
			.run((context) -> assertThatIllegalArgumentException()
				.isThrownBy(() -> context.getBean(WorkerPools.class).get("image"))
				.withMessageContaining("'image'")
				.withMessageContaining("[default, images]"));
	}

	@Test
	void userDefinedPoolsWin() {
		WorkerPools mine = mock();
		this.contextRunner.withBean("myPools", WorkerPools.class, () -> mine)
			.withPropertyValues("workerpool.pools.images.size=1")
			.run((context) -> {
				assertThat(context).hasSingleBean(WorkerPools.class);
				assertThat(context.getBean(WorkerPools.class)).isSameAs(mine);
				assertThat(context).doesNotHaveBean(WorkerPool.class).doesNotHaveBean(WorkerPoolsLifecycle.class);
			});
	}

	@Test
	void userDefinedFactoryWins() {
		List<String> started = new CopyOnWriteArrayList<>();
		WorkerInitializer initializer = (pool, worker) -> started.add(pool);
		WorkerPoolFactory mine = new WorkerPoolFactory().withInitializers(List.of(initializer));
		this.contextRunner.withBean(WorkerPoolFactory.class, () -> mine)
			.withPropertyValues("workerpool.pools.images.size=1")
			.run((context) -> {
				assertThat(context.getBean(WorkerPoolFactory.class)).isSameAs(mine);
				assertThat(started).containsExactly("images");
			});
	}

	@Test
	void beanThatHasThePoolsNameAlreadyWins() {
		WorkerPool mine = mock();
		this.contextRunner.withBean("imagesWorkerPool", WorkerPool.class, () -> mine)
			.withPropertyValues("workerpool.pools.images.size=1")
			.run((context) -> assertThat(context.getBean("imagesWorkerPool")).isSameAs(mine));
	}

	@Test
	void primaryPoolOfTheApplicationStaysTheOnlyOne() {
		this.contextRunner.withUserConfiguration(PrimaryConfiguration.class)
			.run((context) -> assertThat(context.getBean(WorkerPool.class).name()).isEqualTo("mine"));
	}

	@Test
	void nothingIsThereWhenDisabled() {
		this.contextRunner
			.withPropertyValues("workerpool.enabled=false", "workerpool.pools.untouched.size=1",
					"workerpool.nonsense=true")
			.run((context) -> {
				assertThat(context).hasNotFailed()
					.doesNotHaveBean(WorkerPools.class)
					.doesNotHaveBean(WorkerPool.class)
					.doesNotHaveBean(WorkerPoolFactory.class);
				assertThat(Thread.getAllStackTraces().keySet())
					.noneMatch((thread) -> thread.getName().contains("untouched"));
			});
	}

	@Test
	void noBeanIsAnExecutor() {
		this.contextRunner.withPropertyValues("workerpool.pools.images.size=1")
			.run((context) -> assertThat(context).doesNotHaveBean(Executor.class));
	}

	@Test
	void applicationTaskExecutorSurvives() {
		this.contextRunner.withConfiguration(AutoConfigurations.of(TaskExecutionAutoConfiguration.class))
			.withPropertyValues("workerpool.pools.images.size=1")
			.run((context) -> assertThat(context).hasBean("applicationTaskExecutor"));
	}

	@Test
	void virtualThreadsChangeNothing() {
		this.contextRunner.withConfiguration(AutoConfigurations.of(TaskExecutionAutoConfiguration.class))
			.withPropertyValues("workerpool.pools.images.size=1", "spring.threads.virtual.enabled=true")
			.run((context) -> {
				assertThat(context).hasBean("applicationTaskExecutor");
				WorkerPool pool = context.getBean("imagesWorkerPool", WorkerPool.class);
				assertThat(
						pool.submit(() -> Thread.currentThread().getClass().getSimpleName()).get(30, TimeUnit.SECONDS))
					.isEqualTo("PoolThread");
			});
	}

	@Test
	void customizersAreAppliedInOrderAfterTheProperties() {
		this.contextRunner.withUserConfiguration(CustomizerConfiguration.class)
			.withPropertyValues("workerpool.pools.images.size=1", "workerpool.pools.images.queue.capacity=3")
			.run((context) -> {
				assertThat(context.getBean("imagesWorkerPool", WorkerPool.class).snapshot().settings())
					.containsEntry("queue.capacity", 5)
					.containsEntry("max-size", 1);
				assertThat(context.getBean("defaultWorkerPool", WorkerPool.class).snapshot().settings())
					.containsEntry("queue.capacity", 1000);
			});
	}

	@Test
	void listenersInitializersAndDecoratorsArePickedUpInOrder() {
		List<String> seen = new CopyOnWriteArrayList<>();
		this.contextRunner.withBean("seen", List.class, () -> seen)
			.withUserConfiguration(ExtensionsConfiguration.class)
			.withPropertyValues("workerpool.pools.images.size=1")
			.run((context) -> {
				WorkerPool pool = context.getBean("imagesWorkerPool", WorkerPool.class);
				assertThat(pool.submit(() -> seen.add("task")).get(30, TimeUnit.SECONDS)).isTrue();
				await().untilAsserted(() -> assertThat(seen).contains("listener 1", "listener 2"));
				assertThat(seen).containsSubsequence("initializer 1", "initializer 2", "decorator 2", "decorator 1",
						"task");
				assertThat(seen).containsSubsequence("listener 1", "listener 2");
			});
	}

	@Test
	void childContextUsesThePoolsOfItsParent() {
		this.contextRunner.withPropertyValues("workerpool.pools.images.size=1")
			.run((parent) -> this.contextRunner.withParent(parent)
				.withPropertyValues("workerpool.pools.images.size=1")
				.run((child) -> {
					assertThat(child.getBean(WorkerPools.class)).isSameAs(parent.getBean(WorkerPools.class));
					assertThat(child.containsLocalBean("imagesWorkerPool")).isFalse();
					assertThat(child.getBean("imagesWorkerPool")).isSameAs(parent.getBean("imagesWorkerPool"));
				}));
	}

	@Test
	void closingAChildContextLeavesThePoolsOfItsParentAlone() {
		this.contextRunner.withPropertyValues("workerpool.pools.images.size=1").run((parent) -> {
			this.contextRunner.withParent(parent).run((child) -> assertThat(child).hasNotFailed());
			assertThat(parent.getBean(WorkerPools.class).get("images").snapshot().state()).isEqualTo(PoolState.RUNNING);
		});
	}

	@Test
	void startIsFreeOfWarningsAboutEarlyBeans(CapturedOutput output) {
		this.contextRunner.withUserConfiguration(ExtensionsConfiguration.class)
			.withBean("seen", List.class, ArrayList::new)
			.withPropertyValues("workerpool.pools.images.size=1")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(output).doesNotContain("is not eligible for getting processed by all BeanPostProcessors");
			});
	}

	@Test
	void poolsWorkWithLazyInitialization() {
		this.contextRunner
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.withPropertyValues("workerpool.pools.images.size=1")
			.run((context) -> assertThat(
					context.getBean("imagesWorkerPool", WorkerPool.class).snapshot().workers().alive())
				.isOne());
	}

	@Test
	void taskSubmittedBeforeTheStartRunsOnceThePoolIsStarted() {
		CountDownLatch ran = new CountDownLatch(1);
		this.contextRunner.withBean(CountDownLatch.class, () -> ran)
			.withBean(EarlySubmitter.class)
			.withPropertyValues("workerpool.default-pool=images", "workerpool.pools.images.size=1")
			.run((context) -> assertThat(ran.await(30, TimeUnit.SECONDS)).isTrue());
	}

	static class EarlySubmitter implements SmartInitializingSingleton {

		private final WorkerPool pool;

		private final CountDownLatch ran;

		EarlySubmitter(WorkerPool pool, CountDownLatch ran) {
			this.pool = pool;
			this.ran = ran;
		}

		@Override
		public void afterSingletonsInstantiated() {
			assertThat(this.pool.snapshot().state()).isEqualTo(PoolState.NEW);
			this.pool.submit(() -> {
				this.ran.countDown();
				return null;
			});
		}

	}

	record Injected(WorkerPool unqualified, WorkerPool qualified) {

	}

	@Configuration(proxyBeanMethods = false)
	static class InjectedConfiguration {

		@Bean
		Injected injected(WorkerPool unqualified, @Qualifier("image-resize") WorkerPool qualified) {
			return new Injected(unqualified, qualified);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class PrimaryConfiguration {

		@Bean
		@Primary
		WorkerPool mine() {
			WorkerPool pool = mock();
			given(pool.name()).willReturn("mine");
			return pool;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class CustomizerConfiguration {

		@Bean
		@Order(2)
		WorkerPoolCustomizer second() {
			return (name, settings) -> {
				if (name.equals("images")) {
					settings.queue((queue) -> queue.capacity(5));
				}
			};
		}

		@Bean
		@Order(1)
		WorkerPoolCustomizer first() {
			return (String name, PoolSettings.Builder settings) -> {
				if (name.equals("images")) {
					settings.queue((queue) -> queue.capacity(4));
				}
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ExtensionsConfiguration {

		@Bean
		@Order(2)
		WorkerInitializer secondInitializer(List<String> seen) {
			return (pool, worker) -> seen.add("initializer 2");
		}

		@Bean
		@Order(1)
		WorkerInitializer firstInitializer(List<String> seen) {
			return (pool, worker) -> seen.add("initializer 1");
		}

		@Bean
		@Order(1)
		TaskDecorator firstDecorator(List<String> seen) {
			return (task) -> () -> {
				seen.add("decorator 1");
				task.run();
			};
		}

		@Bean
		@Order(2)
		TaskDecorator secondDecorator(List<String> seen) {
			return (task) -> () -> {
				seen.add("decorator 2");
				task.run();
			};
		}

		@Bean
		@Order(2)
		WorkerPoolListener secondListener(List<String> seen) {
			return listener(seen, "listener 2");
		}

		@Bean
		@Order(1)
		WorkerPoolListener firstListener(List<String> seen) {
			return listener(seen, "listener 1");
		}

		private static WorkerPoolListener listener(List<String> seen, String name) {
			return new WorkerPoolListener() {

				@Override
				public void onWorkerStarted(WorkerPool pool, String workerId, Duration startup) {
					seen.add(name);
				}

			};
		}

	}

}
