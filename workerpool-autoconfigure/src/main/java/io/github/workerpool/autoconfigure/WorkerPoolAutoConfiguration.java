package io.github.workerpool.autoconfigure;

import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPools;
import io.github.workerpool.message.Workers;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Import;

/**
 * {@link EnableAutoConfiguration Auto-configuration} of {@link WorkerPools}, a
 * {@link WorkerPool} bean for each pool, and {@link Workers}.
 *
 * @since 0.1.0
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "workerpool.enabled", matchIfMissing = true)
@Import({ WorkerPoolConfigurations.PropertiesConfiguration.class, WorkerPoolConfigurations.FactoryConfiguration.class,
		WorkerPoolConfigurations.PoolsConfiguration.class, WorkerPoolConfigurations.WorkersConfiguration.class,
		WorkerPoolConfigurations.OffloadConfiguration.class })
public final class WorkerPoolAutoConfiguration {

}
