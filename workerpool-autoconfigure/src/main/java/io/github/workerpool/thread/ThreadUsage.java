package io.github.workerpool.thread;

import java.lang.management.ManagementFactory;

import com.sun.management.ThreadMXBean;
import io.github.workerpool.InvalidPoolSettingException;
import io.github.workerpool.PoolSettings;

/**
 * Measures what threads use, as far as the JVM can.
 *
 * @param cpu whether CPU time can be had
 * @param allocation whether allocated bytes can be had
 * @param perTask whether tasks are limited, so that their beginnings must be noted
 */
record ThreadUsage(boolean cpu, boolean allocation, boolean perTask) {

	static ThreadUsage of(PoolSettings settings) {
		java.lang.management.ThreadMXBean threads = ManagementFactory.getThreadMXBean();
		boolean cpu = threads.isThreadCpuTimeSupported() && threads.isThreadCpuTimeEnabled();
		boolean allocation = threads instanceof ThreadMXBean hotspot && hotspot.isThreadAllocatedMemorySupported()
				&& hotspot.isThreadAllocatedMemoryEnabled();
		PoolSettings.ResourceLimits limits = settings.resourceLimits();
		if (limits.cpuTime() != null && !cpu) {
			throw new InvalidPoolSettingException(settings.name(), "resource-limits.cpu-time", limits.cpuTime(),
					"this JVM does not measure the CPU time of threads; remove the key");
		}
		if (limits.allocation() != null && !allocation) {
			throw new InvalidPoolSettingException(settings.name(), "resource-limits.allocation", limits.allocation(),
					"this JVM does not measure what threads allocate; remove the key");
		}
		return new ThreadUsage(cpu, allocation, limits.cpuTime() != null || limits.allocation() != null);
	}

	/** CPU time of a thread in nanoseconds, −1 if it is not known. */
	long cpuNanos(Thread thread) {
		return this.cpu ? ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.getId()) : -1;
	}

	/** Bytes that a thread has allocated, −1 if it is not known. */
	long allocatedBytes(Thread thread) {
		return this.allocation
				? ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getThreadAllocatedBytes(thread.getId()) : -1;
	}

}
