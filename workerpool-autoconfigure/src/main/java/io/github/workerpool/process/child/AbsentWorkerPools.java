package io.github.workerpool.process.child;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPools;

/**
 * Stands for the pools in a child JVM, where there are none.
 */
final class AbsentWorkerPools implements WorkerPools {

	private final Map<String, WorkerPool> pools = new LinkedHashMap<>();

	/**
	 * Makes stand-ins.
	 * @param names names of the pools, the default pool first
	 */
	AbsentWorkerPools(Iterable<String> names) {
		names.forEach((name) -> this.pools.put(name, new AbsentWorkerPool(name)));
	}

	@Override
	public WorkerPool get(String name) {
		WorkerPool pool = this.pools.get(name);
		if (pool == null) {
			throw new IllegalArgumentException("There is no pool '" + name + "'; there are " + names());
		}
		return pool;
	}

	@Override
	public WorkerPool getDefault() {
		return this.pools.values().iterator().next();
	}

	@Override
	public Set<String> names() {
		return Collections.unmodifiableSet(this.pools.keySet());
	}

	@Override
	public Stream<WorkerPool> stream() {
		return this.pools.values().stream();
	}

}
