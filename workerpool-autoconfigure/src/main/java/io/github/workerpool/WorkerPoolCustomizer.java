package io.github.workerpool;

/**
 * Changes the settings of a pool before it is built; applied after the properties.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface WorkerPoolCustomizer {

	/**
	 * Changes settings.
	 * @param poolName name of the pool
	 * @param settings its settings so far
	 */
	void customize(String poolName, PoolSettings.Builder settings);

}
