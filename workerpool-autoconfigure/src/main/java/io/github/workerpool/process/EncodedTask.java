package io.github.workerpool.process;

import io.github.workerpool.MethodTask;
import org.jspecify.annotations.Nullable;

/**
 * A task as it waits in the queue.
 *
 * @param bytes the task
 * @param definitions how many {@link Definitions} a child must know to understand it
 * @param unwraps whether the result is the value of a future, not the future
 * @param items takes the items that the task publishes, if it does
 * @param cargo memory that goes with it, if any
 */
record EncodedTask(Bytes bytes, int definitions, boolean unwraps, @Nullable MethodTask<?> items,
		@Nullable Cargo cargo) {

	EncodedTask(Bytes bytes, int definitions, @Nullable Cargo cargo) {
		this(bytes, definitions, false, null, cargo);
	}

	/** What the objects around the bytes take. */
	private static final int OVERHEAD_BYTES = 64;

	long size() {
		return this.bytes.size() + OVERHEAD_BYTES;
	}

}
