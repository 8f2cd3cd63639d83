package io.github.workerpool.process.child;

import io.github.workerpool.process.SharedRegion;
import org.jspecify.annotations.Nullable;

/**
 * What a child does for its parent, beside showing that it lives.
 */
interface ChildWork {

	/** Begins, on a thread of its own. */
	void start();

	/** A run should stop; called on the main thread. */
	void cancel(long number);

	/** Further items of a run are asked for; called on the main thread. */
	default void request(long number, long items) {
		// Not every work has items
	}

	/** Memory has run out; doesn't return. */
	void die(OutOfMemoryError error);

	/** The shared memory, if there is any. */
	@Nullable SharedRegion region();

	/** What the current run uses, if anybody wants to know. */
	@Nullable RunUsage usage();

}
