package io.github.workerpool.actuate;

import java.util.stream.Stream;

import io.github.workerpool.WorkerPools;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;

/**
 * Health of all pools, one component for each. Which pools there are is asked each time.
 *
 * @since 0.1.0
 */
public class WorkerPoolHealthContributor implements CompositeHealthContributor {

	private final WorkerPools pools;

	/**
	 * Makes a contributor.
	 * @param pools the pools
	 */
	public WorkerPoolHealthContributor(WorkerPools pools) {
		this.pools = pools;
	}

	@Override
	public @Nullable HealthContributor getContributor(String name) {
		return this.pools.names().contains(name) ? new WorkerPoolHealthIndicator(this.pools.get(name)) : null;
	}

	@Override
	public Stream<Entry> stream() {
		return this.pools.stream().map((pool) -> new Entry(pool.name(), new WorkerPoolHealthIndicator(pool)));
	}

}
