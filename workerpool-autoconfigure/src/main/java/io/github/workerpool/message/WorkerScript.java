package io.github.workerpool.message;

/**
 * What a {@link Worker} runs. The class needs a constructor without parameters; it may be
 * private or nested, but not inner. Each worker makes its own instance.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface WorkerScript {

	/**
	 * Runs on the worker's one thread. When it returns, the worker lives on while one of
	 * its ports has a listener for messages; the listeners run on the same thread.
	 * @param scope what the worker knows, and its port to whoever started it
	 * @throws Exception if the worker fails: it ends with exit code 1, and
	 * {@link Worker#onError} is told. So does an exception of a listener
	 */
	void run(WorkerScope scope) throws Exception;

}
