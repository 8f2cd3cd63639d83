package io.github.workerpool.core;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Counts up, for any number of threads. It has its cache lines to itself: submitters
 * write it for every task, and what lies beside it would be taken from the workers that
 * read it.
 */
@SuppressWarnings("unused")
final class SubmitCounter {

	private static final VarHandle COUNT;

	static {
		try {
			COUNT = MethodHandles.lookup().findVarHandle(SubmitCounter.class, "count", long.class);
		}
		catch (ReflectiveOperationException ex) {
			throw new ExceptionInInitializerError(ex);
		}
	}

	long p00, p01, p02, p03, p04, p05, p06, p07, p08, p09, p10, p11, p12, p13, p14;

	private volatile long count;

	long q00, q01, q02, q03, q04, q05, q06, q07, q08, q09, q10, q11, q12, q13, q14;

	long next() {
		return (long) COUNT.getAndAdd(this, 1L) + 1;
	}

	long get() {
		return this.count;
	}

}
