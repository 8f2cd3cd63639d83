package io.github.workerpool.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.PoolState;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.factory.WorkerPoolFactory;

/**
 * A JVM with a pool that somebody takes away what it needs. Tells on standard output,
 * which is open already, how far it is.
 */
public final class NeedyParent {

	static final String FROM_THE_START = "from-the-start";

	private NeedyParent() {
	}

	/**
	 * Loses its worker when it is told to, once everything is there and once it isn't.
	 * @param args where the flags are, and {@link #FROM_THE_START} if something is
	 * missing already
	 */
	public static void main(String[] args) throws Exception {
		Path directory = Path.of(args[0]);
		try (WorkerPool pool = new WorkerPoolFactory().create(settings())) {
			if (!List.of(args).contains(FROM_THE_START)) {
				serve(pool);
				flag(directory, "taken").awaitThere();
				loseWorker(pool);
			}
			while (pool.snapshot().state() != PoolState.FAILED) {
				LockSupport.parkNanos(5_000_000);
			}
			System.out.println("failed: " + pool.snapshot().reason());
			try {
				pool.submit(() -> "there").get(60, TimeUnit.SECONDS);
			}
			catch (ExecutionException ex) {
				System.out.println("rejected: " + ex.getCause());
			}
			flag(directory, "given").awaitThere();
			while (pool.snapshot().state() != PoolState.RUNNING) {
				LockSupport.parkNanos(5_000_000);
			}
			System.out.println("recovered: " + pool.submit(() -> "served").get(60, TimeUnit.SECONDS));
		}
	}

	private static void serve(WorkerPool pool) throws Exception {
		// Once where nothing is missing, so that all classes are there
		loseWorker(pool);
		pool.submit(() -> "there").get(60, TimeUnit.SECONDS);
		try {
			pool.submit(() -> {
				throw new IllegalStateException();
			}).get(60, TimeUnit.SECONDS);
		}
		catch (ExecutionException ex) {
			System.out.println("served");
		}
	}

	static Flag flag(Path directory, String name) {
		return new Flag(directory.resolve(name).toString());
	}

	private static void loseWorker(WorkerPool pool) throws Exception {
		long pid = pool.submit(() -> ProcessHandle.current().pid()).get(60, TimeUnit.SECONDS);
		ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
		while (pool.snapshot()
			.workerList()
			.stream()
			.anyMatch((worker) -> worker.pid() != null && worker.pid() == pid)) {
			LockSupport.parkNanos(1_000_000);
		}
	}

	private static PoolSettings settings() {
		return PoolSettings.builder("needy")
			.isolation(Isolation.PROCESS)
			.size(1)
			.resourceLimits((limits) -> limits.maxHeapSize(64L << 20))
			.restart((restart) -> restart.maxRestarts(2)
				.coolDown(Duration.ofMillis(500))
				.backoff((backoff) -> backoff.initial(Duration.ofMillis(20))))
			.process((process) -> process.classDataSharing(ClassDataSharing.OFF).startupTimeout(Duration.ofSeconds(20)))
			.build();
	}

}
