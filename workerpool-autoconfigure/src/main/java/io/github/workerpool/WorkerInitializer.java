package io.github.workerpool;

/**
 * Runs in every new worker before its first task, on the thread that will run its tasks:
 * load a library, warm a cache. Failing counts as a failure to start the worker.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface WorkerInitializer {

	/**
	 * Prepares a worker.
	 * @param poolName name of the pool; an initializer may leave pools alone that it is
	 * not for
	 * @param workerId id of the worker
	 * @throws Exception if the worker can't be used
	 */
	void initialize(String poolName, String workerId) throws Exception;

}
