package io.github.workerpool.process;

/**
 * A task as it waits in the queue.
 *
 * @param bytes the task
 * @param definitions how many {@link Definitions} a child must know to understand it
 */
record EncodedTask(Bytes bytes, int definitions) {

	/** What the objects around the bytes take. */
	private static final int OVERHEAD_BYTES = 64;

	long size() {
		return this.bytes.size() + OVERHEAD_BYTES;
	}

}
