package io.github.workerpool.autoconfigure;

import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

import io.github.workerpool.InvalidPoolSettingException;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPools;
import io.github.workerpool.core.ManagedWorkerPool;
import io.github.workerpool.factory.WorkerPoolFactory;
import io.github.workerpool.process.MemoryCheck;
import io.github.workerpool.process.MemoryPlan;

import org.springframework.beans.factory.DisposableBean;

/**
 * The pools that the properties describe, and the default pool in any case. Built with
 * the context, started by {@link WorkerPoolsLifecycle}, closed with the context.
 */
final class ConfiguredWorkerPools implements WorkerPools, DisposableBean {

	private final String defaultName;

	private final SortedMap<String, Entry> entries;

	private ConfiguredWorkerPools(String defaultName, SortedMap<String, Entry> entries) {
		this.defaultName = defaultName;
		this.entries = Collections.unmodifiableSortedMap(entries);
	}

	static ConfiguredWorkerPools create(PoolSettingsSource source, String defaultName, WorkerPoolFactory factory,
			MemoryCheck memoryCheck) {
		SortedSet<String> configured = source.poolNames();
		SortedSet<String> names = new TreeSet<>(configured);
		names.add(defaultName);
		SortedMap<String, PoolSettings> settings = new TreeMap<>();
		names.forEach((name) -> settings.put(name, source.settings(name)));
		try {
			MemoryPlan.of(settings.values()).check(memoryCheck);
		}
		catch (InvalidPoolSettingException ex) {
			throw source.complaint(ex);
		}
		SortedMap<String, Entry> entries = new TreeMap<>();
		settings.forEach((name, value) -> {
			try {
				entries.put(name, new Entry(factory.build(value), value, !configured.contains(name)));
			}
			catch (InvalidPoolSettingException ex) {
				throw source.complaint(ex);
			}
		});
		return new ConfiguredWorkerPools(defaultName, entries);
	}

	@Override
	public WorkerPool get(String name) {
		Entry entry = this.entries.get(name);
		if (entry == null) {
			throw new IllegalArgumentException("There is no pool '" + name + "'; there are " + names()
					+ ". Configure it below 'workerpool.pools." + name + "'");
		}
		return entry.pool();
	}

	@Override
	public WorkerPool getDefault() {
		return get(this.defaultName);
	}

	@Override
	public Set<String> names() {
		return this.entries.keySet();
	}

	@Override
	public Stream<WorkerPool> stream() {
		return this.entries.values().stream().map(Entry::pool);
	}

	Collection<Entry> entries() {
		return this.entries.values();
	}

	/** All are told to stop before the first is waited for. */
	@Override
	public void destroy() {
		entries().forEach((entry) -> entry.pool().stop());
		entries().forEach((entry) -> entry.pool().close());
	}

	/**
	 * A pool.
	 *
	 * @param pool the pool
	 * @param settings its settings
	 * @param lazy whether nobody asked for it, so that its workers start at first use
	 */
	record Entry(ManagedWorkerPool pool, PoolSettings settings, boolean lazy) {

	}

}
