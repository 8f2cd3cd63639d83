package io.github.workerpool.process;

import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

/**
 * How much of a child's output may go to the log: a token bucket for lines and one for
 * bytes, as either alone can be cheated. What was held back is counted, to be told with
 * the next line that passes. Safe for use by any number of threads.
 */
final class OutputRate {

	static final int BURST_LINES = 1000;

	static final int BURST_BYTES = 512 << 10;

	private static final double LINES_PER_SECOND = 100;

	private static final double BYTES_PER_SECOND = 64 << 10;

	private static final double NANOS = 1e9;

	private final LongSupplier nanoTime;

	private double lines = BURST_LINES;

	private double bytes = BURST_BYTES;

	private long refilled;

	private long droppedLines;

	private long droppedBytes;

	OutputRate(LongSupplier nanoTime) {
		this.nanoTime = nanoTime;
		this.refilled = nanoTime.getAsLong();
	}

	/**
	 * Asks for a line to pass.
	 * @param size its bytes
	 * @param cut bytes of it that were cut off already
	 * @return whether it may
	 */
	synchronized boolean allow(int size, long cut) {
		long now = this.nanoTime.getAsLong();
		double seconds = (now - this.refilled) / NANOS;
		this.refilled = now;
		this.lines = Math.min(BURST_LINES, this.lines + seconds * LINES_PER_SECOND);
		this.bytes = Math.min(BURST_BYTES, this.bytes + seconds * BYTES_PER_SECOND);
		if (this.lines < 1 || this.bytes < size) {
			this.droppedLines++;
			this.droppedBytes += size + cut;
			return false;
		}
		this.lines--;
		this.bytes -= size;
		return true;
	}

	/**
	 * Tells what was held back since last asked.
	 * @return a note for the log, {@code null} if nothing was
	 */
	synchronized @Nullable String dropped() {
		if (this.droppedLines == 0) {
			return null;
		}
		String note = "[%d lines of output (%s) left out: more than the log can take]".formatted(this.droppedLines,
				ByteSize.format(this.droppedBytes));
		this.droppedLines = 0;
		this.droppedBytes = 0;
		return note;
	}

}
