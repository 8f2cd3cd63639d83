package io.github.workerpool.actuate;

import java.util.List;

import io.github.workerpool.actuate.WorkerPoolEndpoint.ScriptWorkerDescriptor;

/**
 * Tells of workers that belong to no pool.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface ScriptWorkers {

	/**
	 * Those that have not ended.
	 * @return the workers, oldest first
	 */
	List<ScriptWorkerDescriptor> list();

}
