package io.github.workerpool.autoconfigure;

import io.github.workerpool.WorkerPools;
import io.github.workerpool.actuate.TaskObservations;
import io.github.workerpool.actuate.TaskTimers;
import io.github.workerpool.actuate.WorkerPoolMeters;
import io.github.workerpool.core.TaskObserver;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * {@link EnableAutoConfiguration Auto-configuration} of meters for worker pools.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = WorkerPoolAutoConfiguration.class,
		afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({ WorkerPools.class, MeterRegistry.class })
public final class WorkerPoolMetricsAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	WorkerPoolMeters workerPoolMeters(ObjectProvider<WorkerPools> pools) {
		return new WorkerPoolMeters(pools::getObject);
	}

	@Bean
	@ConditionalOnMissingBean
	TaskTimers workerPoolTaskTimers() {
		return new TaskTimers();
	}

	@Bean
	@ConditionalOnMissingBean(TaskObserver.class)
	TimingTaskObserver workerPoolTaskObserver(TaskTimers timers, ObjectProvider<TaskObservations> observations) {
		return new TimingTaskObserver(timers, observations.getIfAvailable());
	}

}
