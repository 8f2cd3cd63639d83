package io.github.workerpool.message;

import io.github.workerpool.Isolation;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link WorkerScript} knows of its worker. Safe for use by threads that the
 * script starts, except where said.
 *
 * @since 0.1.0
 */
public interface WorkerScope {

	/**
	 * What the worker was started with.
	 * @return a structured clone of {@link WorkerOptions#workerData()}
	 */
	@Nullable Object workerData();

	/**
	 * The way to whoever started the worker.
	 * @return the port; closing it lets the worker end once nothing else keeps it alive
	 */
	MessagePort parentPort();

	/**
	 * Name of the worker.
	 * @return the name
	 */
	String name();

	/**
	 * What the worker is.
	 * @return the isolation
	 */
	Isolation isolation();

	/**
	 * Tells whether the worker was told to end. Its thread has been interrupted then;
	 * long computations should ask now and then.
	 * @return whether it was
	 */
	boolean isTerminated();

	/**
	 * Ends the worker, in process isolation its JVM. What was posted before is delivered.
	 * On the worker's thread this doesn't return: it throws an error that is not meant to
	 * be caught. On another thread it interrupts the worker's and returns; the worker
	 * ends as soon as its code lets it.
	 * @param code the exit code
	 */
	void exit(int code);

}
