package io.github.workerpool.memory;

import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

/**
 * A stack deep enough for a linked list of some hundred thousand nodes, which the JDK's
 * serialization walks by recursion. The memory is reserved, but used only as far as the
 * list is long, and given back at the end.
 */
final class DeepStack {

	/** Bytes. */
	static final long SIZE = 1L << 28;

	private DeepStack() {
	}

	/**
	 * Runs an action on a thread of its own and waits for it; an interruption is kept for
	 * later, as the action ends by itself.
	 * @param <T> type of the result
	 * @param action what to do
	 * @return its result
	 * @throws DirectCopy.TooDeepException if the system has no room for the stack
	 * @throws Exception what the action threw
	 */
	static <T extends @Nullable Object> T call(Callable<T> action) throws Exception {
		boolean[] started = new boolean[1];
		try {
			return Uninterrupted.elsewhere("workerpool-deep-clone", SIZE, () -> {
				started[0] = true;
				return action.call();
			});
		}
		catch (OutOfMemoryError ex) {
			if (started[0]) {
				throw ex;
			}
			throw DirectCopy.TooDeepException.INSTANCE;
		}
	}

}
