package io.github.workerpool.offload;

import java.io.Serial;
import java.util.Arrays;

/**
 * Where somebody waited for a task that failed: attached to the task's own exception,
 * whose stack trace ends on the worker, so that a reader sees both sides. Holds nothing
 * but the stack.
 */
final class WaiterTrace extends Throwable {

	@Serial
	private static final long serialVersionUID = 1L;

	private WaiterTrace(String task, String pool) {
		super("the caller waited here for task '%s' of pool '%s'".formatted(task, pool), null, false, true);
	}

	/**
	 * Attaches this thread's stack to a failure, once: an exception that many callers get
	 * must not grow.
	 * @param failure why the task failed
	 * @param operation what was called
	 */
	static void attach(Throwable failure, OffloadOperation operation) {
		// the monitor that addSuppressed takes itself
		synchronized (failure) {
			if (Arrays.stream(failure.getSuppressed()).noneMatch(WaiterTrace.class::isInstance)) {
				failure.addSuppressed(new WaiterTrace(operation.taskName(), operation.pool().name()));
			}
		}
	}

	@Override
	public String toString() {
		return String.valueOf(getMessage());
	}

}
