package io.github.workerpool.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.WorkerPool;

/**
 * A pool that has done something and has nothing to do: the processor time that this JVM
 * and all children use, and the memory per worker. The memory of a child is its
 * proportional set size (what it shares with others counts in parts); that of a thread is
 * what this JVM has grown by.
 */
final class IdleScenario implements Scenario {

	private static final String ARCHIVE = Subjects.PROCESSES + ", archive";

	private static final int WORKERS = 2;

	private static final int THREADS = 50;

	@Override
	public String name() {
		return "idle";
	}

	@Override
	public List<String> subjects() {
		return List.of(Subjects.THREADS, Subjects.PROCESSES, ARCHIVE, Subjects.THREAD_POOL_EXECUTOR);
	}

	@Override
	public void run(String subject, Mode mode, Measurements out) throws Exception {
		if (!Files.isReadable(Path.of("/proc/self/smaps_rollup"))) {
			out.skip("needs Linux");
			return;
		}
		long millis = mode.pick(3000L, 1000L, 20L);
		if (Pools.isProcess(subject)) {
			processes(subject, mode, millis, out);
		}
		else {
			threads(subject, millis, out);
		}
	}

	private static void processes(String subject, Mode mode, long millis, Measurements out) throws Exception {
		ClassDataSharing archive = subject.equals(ARCHIVE) ? Pools.archive(mode) : ClassDataSharing.OFF;
		try (WorkerPool pool = Pools.create(subject, WORKERS,
				(settings) -> settings.process((process) -> process.classDataSharing(archive)))) {
			pool.ready().join();
			if (archive == ClassDataSharing.AUTO) {
				Pools.awaitArchive(pool);
			}
			for (int i = 0; i < 1000; i++) {
				pool.submit(new SameCall(i)).join();
			}
			Patience.untilQuiet(WORKERS);
			out.add("idle-cpu", cpuPercent(millis));
			List<Long> children = ProcessHandle.current().children().map(ProcessHandle::pid).toList();
			double bytes = 0;
			for (Long child : children) {
				bytes += proportionalBytes(child);
			}
			out.add("child-memory", bytes / children.size() / 1e6);
		}
	}

	private static void threads(String subject, long millis, Measurements out) throws Exception {
		try (Contender contender = Contender.start(subject, WORKERS)) {
			for (int i = 0; i < 1000; i++) {
				contender.submit(new SameCall(i)).join();
			}
			Patience.untilQuiet(0);
			out.add("idle-cpu", cpuPercent(millis));
		}
		System.gc();
		long before = proportionalBytes(ProcessHandle.current().pid());
		try (Contender contender = Contender.start(subject, THREADS)) {
			for (int i = 0; i < 1000; i++) {
				contender.submit(new SameCall(i)).join();
			}
			System.gc();
			long after = proportionalBytes(ProcessHandle.current().pid());
			out.add("child-memory", Math.max(0, after - before) / 1e6 / THREADS);
		}
	}

	/**
	 * Share of one processor that all of them together use.
	 */
	private static double cpuPercent(long millis) throws InterruptedException, IOException {
		List<Long> processes = Stream.concat(Stream.of(ProcessHandle.current()), ProcessHandle.current().descendants())
			.map(ProcessHandle::pid)
			.toList();
		long before = cpuNanos(processes);
		long begun = System.nanoTime();
		Thread.sleep(millis);
		long after = cpuNanos(processes);
		return 100.0 * (after - before) / (System.nanoTime() - begun);
	}

	/** By the scheduler, to the nanosecond; the usual numbers count in hundredths. */
	private static long cpuNanos(List<Long> processes) throws IOException {
		long nanos = 0;
		for (Long process : processes) {
			try (Stream<Path> threads = Files.list(Path.of("/proc/" + process + "/task"))) {
				for (Path thread : threads.toList()) {
					nanos += cpuNanos(thread.resolve("schedstat"));
				}
			}
		}
		return nanos;
	}

	private static long cpuNanos(Path schedstat) {
		try {
			return Long.parseLong(Files.readString(schedstat).strip().split(" ")[0]);
		}
		catch (IOException ex) {
			// The thread has just ended
			return 0;
		}
	}

	private static long proportionalBytes(long process) throws IOException {
		return Files.readAllLines(Path.of("/proc/" + process + "/smaps_rollup"))
			.stream()
			.filter((line) -> line.startsWith("Pss:"))
			.mapToLong((line) -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
			.findFirst()
			.orElseThrow();
	}

}
