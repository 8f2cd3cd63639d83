package io.github.workerpool.process.child;

import java.lang.management.ManagementFactory;

import com.sun.management.ThreadMXBean;
import org.jspecify.annotations.Nullable;

/**
 * Measures what each run uses. The thread that runs tasks marks beginnings and ends,
 * another one takes samples meanwhile.
 */
final class RunUsage {

	private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

	private final long threadId;

	private final Runnable onBegin;

	private long number;

	private long cpuAtStart;

	private long allocatedAtStart;

	RunUsage(Thread thread, Runnable onBegin) {
		@SuppressWarnings("deprecation")
		long id = thread.getId();
		this.threadId = id;
		this.onBegin = onBegin;
	}

	void begin(long run) {
		synchronized (this) {
			this.cpuAtStart = this.threads.getThreadCpuTime(this.threadId);
			this.allocatedAtStart = this.threads.getThreadAllocatedBytes(this.threadId);
			this.number = run;
		}
		this.onBegin.run();
	}

	synchronized void end() {
		this.number = 0;
	}

	synchronized boolean isRunning() {
		return this.number != 0;
	}

	/** What the run has used so far, {@code null} if there is none. */
	synchronized @Nullable Sample sample() {
		if (this.number == 0) {
			return null;
		}
		return new Sample(this.number, this.threads.getThreadCpuTime(this.threadId) - this.cpuAtStart,
				this.threads.getThreadAllocatedBytes(this.threadId) - this.allocatedAtStart);
	}

	/**
	 * What a run has used.
	 */
	record Sample(long number, long cpuNanos, long allocatedBytes) {

	}

}
