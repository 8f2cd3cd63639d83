package io.github.workerpool.process.child;

import org.slf4j.LoggerFactory;

/**
 * What happens to errors that no thread of this JVM catches. One that has run out of
 * memory can't be relied on any more, whichever thread noticed it.
 */
final class LastResort implements Thread.UncaughtExceptionHandler {

	/** What the JVM itself exits with when it has run out of memory. */
	static final int OUT_OF_MEMORY = 3;

	private final ChildWork work;

	private LastResort(ChildWork work) {
		this.work = work;
	}

	static void install(ChildWork work) {
		LastResort installed = new LastResort(work);
		// What is needed for the decision must be there before memory runs out
		installed.isExhaustion(new OutOfMemoryError("rehearsal"));
		Thread.setDefaultUncaughtExceptionHandler(installed);
	}

	private boolean isExhaustion(Throwable ex) {
		return ex instanceof OutOfMemoryError;
	}

	@Override
	public void uncaughtException(Thread thread, Throwable ex) {
		if (isExhaustion(ex)) {
			this.work.die((OutOfMemoryError) ex);
		}
		LoggerFactory.getLogger(LastResort.class)
			.error("Thread '{}' ended by an exception that nobody caught", thread.getName(), ex);
	}

}
