package io.github.workerpool.benchmarks;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.function.Consumer;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.factory.WorkerPoolFactory;

/**
 * Makes the pools that are measured.
 */
final class Pools {

	/** Enough for all that is done here, and little to begin with. */
	static final long CHILD_HEAP = 128L << 20;

	private Pools() {
	}

	/**
	 * Makes a pool of the isolation that the subject's name begins with. Its children
	 * start without an archive of classes unless the settings say otherwise: none is to
	 * be made while something is measured.
	 */
	static WorkerPool create(String subject, int size, Consumer<PoolSettings.Builder> further) {
		return create(new WorkerPoolFactory(), subject, size, further);
	}

	static WorkerPool create(WorkerPoolFactory factory, String subject, int size,
			Consumer<PoolSettings.Builder> further) {
		PoolSettings.Builder settings = PoolSettings.builder("bench").size(size);
		if (isProcess(subject)) {
			settings.isolation(Isolation.PROCESS)
				.resourceLimits((limits) -> limits.maxHeapSize(CHILD_HEAP))
				.process((process) -> process.classDataSharing(ClassDataSharing.OFF));
		}
		further.accept(settings);
		return factory.create(settings.build());
	}

	static boolean isProcess(String subject) {
		return subject.startsWith(Subjects.PROCESSES);
	}

	/**
	 * Whether children of a scenario that is about archives start from one. Making one
	 * takes longer than all else that is done once.
	 */
	static ClassDataSharing archive(Mode mode) {
		return (mode == Mode.SMOKE) ? ClassDataSharing.OFF : ClassDataSharing.AUTO;
	}

	/**
	 * Waits until children of a pool start from an archive of classes, which another fork
	 * has made or is made in the background now.
	 */
	static void awaitArchive(WorkerPool pool) {
		Patience.until("an archive of classes", Duration.ofMillis(500), () -> {
			if (pool.submit(Pools::hasArchive).join()) {
				return true;
			}
			pool.recycle().join();
			return false;
		});
	}

	private static boolean hasArchive() {
		return ManagementFactory.getRuntimeMXBean()
			.getInputArguments()
			.stream()
			.anyMatch((argument) -> argument.startsWith("-XX:SharedArchiveFile=")
					|| argument.startsWith("-XX:AOTCache="));
	}

}
