package io.github.workerpool.autoconfigure;

import java.util.List;

import io.github.workerpool.PayloadCodec;
import io.github.workerpool.WorkerInitializer;
import io.github.workerpool.WorkerPoolCustomizer;
import io.github.workerpool.WorkerPoolListener;
import io.github.workerpool.WorkerPools;
import io.github.workerpool.autoconfigure.WorkerPoolProperties.Pool;
import io.github.workerpool.core.PendingResults;
import io.github.workerpool.core.TaskContext;
import io.github.workerpool.core.TaskObserver;
import io.github.workerpool.factory.WorkerPoolFactory;
import io.github.workerpool.message.Workers;
import io.github.workerpool.offload.CallerContext;
import io.github.workerpool.offload.OffloadBeanPostProcessor;
import io.github.workerpool.offload.OffloadExceptionHandler;
import io.github.workerpool.offload.ReactivePromise;
import io.github.workerpool.process.ChildBudget;
import io.github.workerpool.process.MemoryCheck;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.context.properties.ConfigurationPropertiesBinding;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.core.convert.converter.Converter;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.io.ResourceLoader;
import org.springframework.core.task.TaskDecorator;
import org.springframework.util.Assert;

/**
 * The beans of {@link WorkerPoolAutoConfiguration}.
 */
final class WorkerPoolConfigurations {

	private WorkerPoolConfigurations() {
	}

	/**
	 * Pools by properties, unless the application brings pools of its own.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingBean(WorkerPools.class)
	static class PoolsConfiguration {

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static WorkerPoolBeanRegistrar workerPoolBeanRegistrar(Environment environment) {
			return new WorkerPoolBeanRegistrar(environment);
		}

		@Bean(WorkerPoolBeanRegistrar.POOLS_BEAN_NAME)
		@ConditionalOnMissingBean(WorkerPools.class)
		ConfiguredWorkerPools workerPools(Environment environment, WorkerPoolProperties properties,
				WorkerPoolFactory factory, ObjectProvider<WorkerPoolCustomizer> customizers) {
			PoolSettingsSource source = new PoolSettingsSource(environment, customizers.orderedStream().toList());
			return ConfiguredWorkerPools.create(source, properties.getDefaultPool(), factory,
					MemoryCheck.valueOf(properties.getProcess().getMemoryCheck().name()));
		}

		@Bean
		@ConditionalOnMissingBean
		WorkerPoolsLifecycle workerPoolsLifecycle(ConfiguredWorkerPools workerPools, ChildContexts contexts) {
			return new WorkerPoolsLifecycle(workerPools, contexts::failure);
		}

	}

	/**
	 * Properties.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(WorkerPoolProperties.class)
	static class PropertiesConfiguration {

		@Bean
		@ConfigurationPropertiesBinding
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static EmptyPoolConverter workerPoolEmptyPoolConverter() {
			return new EmptyPoolConverter();
		}

	}

	/**
	 * A pool that has nothing to say, {@code images:} alone in YAML, is an empty text to
	 * the binder.
	 */
	static final class EmptyPoolConverter implements Converter<String, Pool> {

		@Override
		public Pool convert(String source) {
			Assert.isTrue(source.isEmpty(), () -> "A pool has keys of its own and can't be '" + source + "'");
			return new Pool();
		}

	}

	/**
	 * What pools are made with.
	 */
	@Configuration(proxyBeanMethods = false)
	static class FactoryConfiguration {

		@Bean
		@ConditionalOnMissingBean(TaskContext.class)
		ThreadContext workerPoolTaskContext(ResourceLoader resourceLoader) {
			return ThreadContext.create(resourceLoader.getClassLoader());
		}

		@Bean
		@ConditionalOnMissingBean
		ChildContexts workerPoolChildContexts(ConfigurableListableBeanFactory beanFactory,
				ConfigurableEnvironment environment, ObjectProvider<OffloadBeanPostProcessor> offload,
				WorkerPoolProperties properties) {
			return new ChildContexts(beanFactory, environment, offload::getIfUnique, properties.getDefaultPool());
		}

		@Bean
		@ConditionalOnMissingBean
		WorkerPoolFactory workerPoolFactory(TaskContext context, ObjectProvider<TaskDecorator> decorators,
				ObjectProvider<TaskObserver> observer, ObjectProvider<WorkerPoolListener> listeners,
				ObjectProvider<WorkerInitializer> initializers, ObjectProvider<PayloadCodec> codecs,
				ChildContexts contexts, ChildBudget childBudget) {
			List<TaskDecorator> ordered = decorators.orderedStream().toList();
			WorkerPoolFactory factory = new WorkerPoolFactory()
				.withContext(ordered.isEmpty() ? context : new DecoratedContext(context, ordered))
				.withListeners(listeners.orderedStream().toList())
				.withInitializers(initializers.orderedStream().toList())
				.withCodecs(codecs.orderedStream().toList())
				.withChildBudget(childBudget)
				.withChildWiring(contexts)
				.withPendingResults(FactoryConfiguration::pending);
			TaskObserver unique = observer.getIfUnique();
			return (unique != null) ? factory.withObserver(unique) : factory;
		}

		/** What pools and scripts share. */
		@Bean
		@ConditionalOnMissingBean
		ChildBudget workerPoolChildBudget(WorkerPoolProperties properties) {
			Integer maxChildren = properties.getProcess().getMaxChildren();
			if (maxChildren == null) {
				return ChildBudget.unlimited();
			}
			try {
				return ChildBudget.of(maxChildren);
			}
			catch (IllegalArgumentException ex) {
				throw new InvalidConfigurationPropertyValueException("workerpool.process.max-children", maxChildren,
						"It must be at least 1.", ex);
			}
		}

		private static PendingResults.@Nullable Pending pending(Object result) {
			ReactivePromise promise = ReactivePromise.of(result);
			return (promise != null) ? new PendingResults.Pending(promise.future(), promise.result()) : null;
		}

	}

	/**
	 * Workers that run scripts, unless the application sees to its own.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingBean(Workers.class)
	static class WorkersConfiguration {

		@Bean
		@ConditionalOnMissingBean
		Workers workerPoolWorkers(ChildBudget childBudget) {
			return new Workers(childBudget);
		}

		@Bean
		@ConditionalOnMissingBean
		WorkersLifecycle workerPoolWorkersLifecycle(Workers workerPoolWorkers) {
			return new WorkersLifecycle(workerPoolWorkers);
		}

	}

	/**
	 * {@code @Offload}. Each context advises its own beans, whichever context the pools
	 * are in.
	 */
	@Configuration(proxyBeanMethods = false)
	static class OffloadConfiguration {

		@Bean
		@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static OffloadBeanPostProcessor offloadBeanPostProcessor(ObjectProvider<WorkerPools> pools,
				ObjectProvider<OffloadExceptionHandler> exceptionHandlers, ObjectProvider<TaskContext> context) {
			OffloadBeanPostProcessor postProcessor = new OffloadBeanPostProcessor(pools::getObject);
			postProcessor.setExceptionHandlers(exceptionHandlers::orderedStream);
			postProcessor.setCallerContext(() -> callerContext(context.getIfUnique(() -> TaskContext.NONE)));
			return postProcessor;
		}

		private static CallerContext callerContext(TaskContext context) {
			return () -> {
				TaskContext.Captured captured = context.capture();
				return (captured != null) ? captured::call : null;
			};
		}

	}

}
