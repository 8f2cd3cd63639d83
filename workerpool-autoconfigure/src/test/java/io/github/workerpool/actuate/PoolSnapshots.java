package io.github.workerpool.actuate;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

import io.github.workerpool.CrashReport;
import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSnapshot;
import io.github.workerpool.PoolState;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPools;
import io.github.workerpool.WorkerSnapshot;
import io.github.workerpool.WorkerState;
import org.jspecify.annotations.Nullable;

import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Pools to look at.
 */
final class PoolSnapshots {

	static final Instant AT = Instant.parse("2026-11-21T10:00:00Z");

	private PoolSnapshots() {
	}

	/** The pool of the reference documentation. */
	static PoolSnapshot images() {
		return of("images", PoolState.RUNNING, null);
	}

	static PoolSnapshot of(String name, PoolState state, @Nullable String reason) {
		Map<String, Object> settings = new TreeMap<>();
		settings.put("isolation", "PROCESS");
		settings.put("queue.capacity", 1000);
		settings.put("process.environment", Map.of("DB_PASSWORD", "secret1"));
		settings.put("process.jvm-args", List.of("-Xss1m", "-Dpassword=secret2"));
		settings.put("skipped", List.of("task.copy-arguments"));
		CrashReport crash = new CrashReport(name, "w1", "resize", name + "-1", 41L, 137, "killed by signal 9 (SIGKILL)",
				List.of("last words"), "/var/hs_err_pid41.log", AT,
				List.of(new CrashReport.Attempt("w1", 41L, 137, "killed by signal 9 (SIGKILL)", AT)));
		return new PoolSnapshot(name, state, reason, Isolation.PROCESS, new PoolSnapshot.Workers(2, 4, 2, 1, 1, 0, 0),
				new PoolSnapshot.Queue(0, 1000, 0),
				new PoolSnapshot.Tasks(10, 8, 1, 0, Map.of(RejectedTaskException.Reason.QUEUE_FULL, 0L), 0, 0, 1), 1,
				Map.of("crash", 1L), 0, Map.of(), 0.4,
				new PoolSnapshot.Timings(new PoolSnapshot.Percentiles(1, 2, 3, 4),
						new PoolSnapshot.Percentiles(5, 6, 7, 8)),
				List.of(new WorkerSnapshot("w2", WorkerState.BUSY, 42L, AT, 3,
						new WorkerSnapshot.CurrentTask(name + "-10", "resize", 120), 500L, 1000L, 2000L),
						new WorkerSnapshot("w3", WorkerState.IDLE, 43L, AT, 0, null, null, null, null)),
				crash, settings);
	}

	static WorkerPool pool(PoolSnapshot snapshot) {
		WorkerPool pool = mock();
		given(pool.name()).willReturn(snapshot.name());
		given(pool.snapshot()).willReturn(snapshot);
		return pool;
	}

	static WorkerPools pools(WorkerPool... pools) {
		Map<String, WorkerPool> byName = new TreeMap<>();
		Stream.of(pools).forEach((pool) -> byName.put(pool.name(), pool));
		return new WorkerPools() {

			@Override
			public WorkerPool get(String name) {
				WorkerPool pool = byName.get(name);
				if (pool == null) {
					throw new IllegalArgumentException(name);
				}
				return pool;
			}

			@Override
			public WorkerPool getDefault() {
				return byName.values().iterator().next();
			}

			@Override
			public Set<String> names() {
				return byName.keySet();
			}

			@Override
			public Stream<WorkerPool> stream() {
				return byName.values().stream();
			}

		};
	}

}
