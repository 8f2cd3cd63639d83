package io.github.workerpool.sample.math;

import java.io.Serializable;

import io.github.workerpool.Isolation;
import io.github.workerpool.WorkerContext;
import org.jspecify.annotations.Nullable;

/**
 * A Fibonacci number, computed the slow way.
 *
 * @param n which number
 * @param result the number
 * @param worker the worker that computed it
 * @param isolation what that worker is
 * @param millis how long it took, in milliseconds
 */
public record Fibonacci(int n, long result, @Nullable String worker, @Nullable Isolation isolation,
		long millis) implements Serializable {

	/** The largest number that is computed in seconds rather than minutes. */
	static final int MAX_N = 45;

	/** Numbers below take so little that asking for a stop costs more than it saves. */
	private static final int ASK_FROM = 25;

	static Fibonacci compute(int n) {
		long started = System.nanoTime();
		long result = value(n);
		WorkerContext context = WorkerContext.current().orElse(null);
		return new Fibonacci(n, result, (context != null) ? context.workerId() : null,
				(context != null) ? context.isolation() : null, (System.nanoTime() - started) / 1_000_000);
	}

	/**
	 * The number alone. A task should stop when it is told to, so this one asks.
	 * @param n which number
	 * @return the number
	 */
	public static long value(int n) {
		if (n < ASK_FROM) {
			return quick(n);
		}
		WorkerContext.current().ifPresent(WorkerContext::checkCancelled);
		return value(n - 1) + value(n - 2);
	}

	private static long quick(int n) {
		return (n < 2) ? n : quick(n - 1) + quick(n - 2);
	}

}
