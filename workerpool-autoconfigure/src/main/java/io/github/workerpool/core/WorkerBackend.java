package io.github.workerpool.core;

import io.github.workerpool.CrashReport;
import org.jspecify.annotations.Nullable;

/**
 * The inner part of one worker: how it comes up, runs a task, is stopped and ends. Except
 * where noted, methods are called on the worker's own thread ({@link WorkerHost#thread}),
 * which for a child JVM is the thread in this JVM that drives it.
 *
 * @since 0.1.0
 */
public interface WorkerBackend {

	/**
	 * Brings the worker up and runs its initializers. May block until {@link #kill()} is
	 * called.
	 * @throws Exception if the worker can't be used
	 */
	void open() throws Exception;

	/**
	 * Runs one task to its end. Returns or throws only when the work is gone: a task that
	 * was told to stop still occupies the worker.
	 * @param task the task
	 * @return its result
	 * @throws WorkerDeath if the worker died
	 * @throws Throwable the task's own exception
	 */
	@Nullable Object run(TaskRun<?> task) throws Throwable;

	/**
	 * {@linkplain WorkerHost#putBack Puts back} all tasks that were
	 * {@linkplain WorkerHost#takeAhead() taken ahead} and have not begun, the last one
	 * first. What has begun stays, and still comes to {@link #run}.
	 */
	default void takeBack() {
	}

	/**
	 * Makes sure that no other task than one that was told to stop suffers from the
	 * worker's end: none that was taken ahead begins from now on. Called on any thread.
	 * @param task the task that was told to stop
	 * @param again whether this was asked before, and long enough ago for an answer that
	 * had come by then to have been read
	 * @return whether the worker can be ended; not if another task has begun, and so this
	 * one has ended
	 */
	default boolean confine(TaskRun<?> task, boolean again) {
		return true;
	}

	/**
	 * Asks a running task to stop; must not block and must not hit another task. Called
	 * on any thread, perhaps after the task has ended.
	 * @param task the task that was running
	 */
	void interrupt(TaskRun<?> task);

	/**
	 * Ends the worker by force, so that {@link #open} or {@link #run} comes back soon.
	 * Called on any thread; must not block.
	 * @return whether that is possible; if not, the worker is abandoned
	 */
	boolean kill();

	/**
	 * Ends the worker in an orderly way; called once, last. Not called after
	 * {@link #kill()} had to be used on a worker that never came back.
	 */
	void close();

	/**
	 * Tells whether the worker, being idle, is still usable. Called on any thread.
	 * @return whether it is
	 */
	default boolean isAlive() {
		return true;
	}

	/**
	 * How a worker died that {@link WorkerHost#died() had nothing to do}.
	 * @return the particulars, if any are known
	 */
	default @Nullable CrashReport deathWhileIdle() {
		return null;
	}

	/**
	 * Resources used, as far as they are known without asking the worker. Called on any
	 * thread; must not block.
	 * @return the usage
	 */
	default Usage usage() {
		return Usage.UNKNOWN;
	}

	/**
	 * Resources used by a worker; −1 is not known.
	 *
	 * @param pid process id
	 * @param cpuNanos CPU time of the worker since its start
	 * @param taskCpuNanos CPU time of the running task
	 * @param taskAllocatedBytes bytes allocated by the running task
	 * @param heapUsed used heap in bytes
	 * @param residentSize physical memory in bytes
	 */
	record Usage(long pid, long cpuNanos, long taskCpuNanos, long taskAllocatedBytes, long heapUsed,
			long residentSize) {

		/** Nothing is known. */
		public static final Usage UNKNOWN = new Usage(-1, -1, -1, -1, -1, -1);

	}

}
