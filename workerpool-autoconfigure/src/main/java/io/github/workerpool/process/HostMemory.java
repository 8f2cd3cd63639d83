package io.github.workerpool.process;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.OptionalLong;

import com.sun.management.OperatingSystemMXBean;

/**
 * The memory that this JVM and its children share.
 *
 * @param bytes how much there is
 * @param source whose it is: {@code container} or {@code machine}
 */
record HostMemory(long bytes, String source) {

	static HostMemory read() {
		OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
		return under(Path.of("/"), system.getTotalMemorySize());
	}

	/**
	 * Looks at the control group besides what the JVM says: the JVM may have been told
	 * not to look ({@code -XX:-UseContainerSupport}), but the kernel will hold the limit
	 * all the same.
	 */
	static HostMemory under(Path root, long seenByJvm) {
		long machine = ControlGroup.lines(root.resolve("proc/meminfo"))
			.stream()
			.filter((line) -> line.startsWith("MemTotal:"))
			.mapToLong((line) -> ProcFile.kilobytes(line, "MemTotal:"))
			.findFirst()
			.orElse(seenByJvm);
		OptionalLong limit = ControlGroup.under(root).memoryLimit();
		long least = Math.min(Math.min(machine, seenByJvm), limit.orElse(Long.MAX_VALUE));
		return new HostMemory(least, (least < machine) ? "container" : "machine");
	}

}
