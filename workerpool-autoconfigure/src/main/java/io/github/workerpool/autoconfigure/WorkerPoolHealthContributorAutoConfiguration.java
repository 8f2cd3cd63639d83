package io.github.workerpool.autoconfigure;

import io.github.workerpool.WorkerPools;
import io.github.workerpool.actuate.WorkerPoolHealthContributor;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.context.annotation.Bean;

/**
 * {@link EnableAutoConfiguration Auto-configuration} of the health of worker pools.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = WorkerPoolAutoConfiguration.class)
@ConditionalOnClass({ CompositeHealthContributor.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnBean(WorkerPools.class)
@ConditionalOnEnabledHealthIndicator("workerpool")
public final class WorkerPoolHealthContributorAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = { "workerPoolHealthIndicator", "workerPoolHealthContributor" })
	WorkerPoolHealthContributor workerPoolHealthContributor(WorkerPools pools) {
		return new WorkerPoolHealthContributor(pools);
	}

}
