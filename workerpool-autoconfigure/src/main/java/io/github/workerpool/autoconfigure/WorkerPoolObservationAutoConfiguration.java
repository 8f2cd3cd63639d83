package io.github.workerpool.autoconfigure;

import io.github.workerpool.WorkerPools;
import io.github.workerpool.actuate.TaskObservations;
import io.github.workerpool.actuate.WorkerTaskObservationConvention;
import io.github.workerpool.core.TaskObserver;
import io.micrometer.observation.ObservationRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * {@link EnableAutoConfiguration Auto-configuration} of observations of the tasks of
 * worker pools.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = { WorkerPoolAutoConfiguration.class, WorkerPoolMetricsAutoConfiguration.class },
		afterName = "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration")
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnBean({ WorkerPools.class, ObservationRegistry.class })
public final class WorkerPoolObservationAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	TaskObservations workerPoolTaskObservations(ObservationRegistry registry,
			ObjectProvider<WorkerTaskObservationConvention> convention) {
		return new TaskObservations(registry, convention.getIfAvailable());
	}

	@Bean
	@ConditionalOnMissingBean(TaskObserver.class)
	ObservingTaskObserver workerPoolTaskObserver(TaskObservations observations) {
		return new ObservingTaskObserver(observations);
	}

}
