package io.github.workerpool.autoconfigure;

import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPools;
import io.github.workerpool.actuate.ScriptWorkers;
import io.github.workerpool.actuate.TaskCanceller;
import io.github.workerpool.actuate.WorkerPoolEndpoint;
import io.github.workerpool.actuate.WorkerPoolEndpoint.ScriptWorkerDescriptor;
import io.github.workerpool.actuate.WorkerPoolEndpointWebExtension;
import io.github.workerpool.core.ManagedWorkerPool;
import io.github.workerpool.message.Workers;

import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.expose.EndpointExposure;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.jspecify.annotations.Nullable;

/**
 * {@link EnableAutoConfiguration Auto-configuration} of the endpoint of worker pools.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = WorkerPoolAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnAvailableEndpoint(WorkerPoolEndpoint.class)
@ConditionalOnBean(WorkerPools.class)
@EnableConfigurationProperties(WorkerPoolEndpointProperties.class)
@ImportRuntimeHints(WorkerPoolEndpointAutoConfiguration.ResponseHints.class)
public final class WorkerPoolEndpointAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	WorkerPoolEndpoint workerPoolEndpoint(WorkerPools pools, ObjectProvider<Workers> workers,
			WorkerPoolEndpointProperties properties, ObjectProvider<SanitizingFunction> sanitizingFunctions) {
		return new WorkerPoolEndpoint(pools, canceller(pools), scripts(workers),
				sanitizingFunctions.orderedStream().toList(), properties.getShowValues());
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnBean(WorkerPoolEndpoint.class)
	@ConditionalOnAvailableEndpoint(exposure = EndpointExposure.WEB)
	WorkerPoolEndpointWebExtension workerPoolEndpointWebExtension(WorkerPoolEndpoint endpoint,
			WorkerPoolEndpointProperties properties) {
		return new WorkerPoolEndpointWebExtension(endpoint, properties.getShowValues(), properties.getRoles());
	}

	private static TaskCanceller canceller(WorkerPools pools) {
		return (name, taskId) -> {
			WorkerPool pool = pools.get(name);
			return pool instanceof ManagedWorkerPool managed && managed.cancel(taskId);
		};
	}

	private static ScriptWorkers scripts(ObjectProvider<Workers> workers) {
		return () -> workers.stream()
			.flatMap(Workers::stream)
			.map((worker) -> new ScriptWorkerDescriptor(worker.name(), worker.isolation().name(),
					worker.pid().isPresent() ? worker.pid().getAsLong() : null, worker.startedAt(),
					worker.state().name()))
			.toList();
	}

	/**
	 * The responses over HTTP are declared as {@code Object}.
	 */
	static final class ResponseHints implements RuntimeHintsRegistrar {

		@Override
		public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
			new BindingReflectionHintsRegistrar().registerReflectionHints(hints.reflection(),
					WorkerPoolEndpoint.PoolDescriptor.class, WorkerPoolEndpointWebExtension.ProblemDescriptor.class);
		}

	}

}
