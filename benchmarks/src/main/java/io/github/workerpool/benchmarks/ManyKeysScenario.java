package io.github.workerpool.benchmarks;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

import io.github.workerpool.TaskOptions;
import io.github.workerpool.WorkerPool;

/**
 * What it costs that keys take turns, when there are very many: batches of tasks, each
 * with a key of its own, and the same without, in turns.
 */
final class ManyKeysScenario implements Scenario {

	private static final int WORKERS = 2;

	@Override
	public String name() {
		return "keys";
	}

	@Override
	public List<String> subjects() {
		return List.of(Subjects.THREADS, Subjects.PROCESSES);
	}

	@Override
	public void run(String subject, Mode mode, Measurements out) {
		int keys = mode.pick(100_000, 100_000, 1000);
		TaskOptions[] keyed = IntStream.range(0, keys)
			.mapToObj((key) -> TaskOptions.none().withKey("tenant-" + key))
			.toArray(TaskOptions[]::new);
		CompletableFuture<?>[] futures = new CompletableFuture<?>[keys];
		Sample with = new Sample();
		Sample without = new Sample();
		try (WorkerPool pool = Pools.create(subject, WORKERS,
				(settings) -> settings.queue((queue) -> queue.capacity(keys)))) {
			pool.ready().join();
			Clock warmup = Clock.ofMillis(mode.pick(1500, 500, 0));
			do {
				tasksPerSecond(pool, keyed, futures);
				tasksPerSecond(pool, null, futures);
			}
			while (warmup.runs());
			Clock clock = Clock.ofMillis(mode.pick(2500, 700, 0));
			do {
				with.add(tasksPerSecond(pool, keyed, futures));
				without.add(tasksPerSecond(pool, null, futures));
			}
			while (clock.runs());
		}
		out.add("keys-100000", with.median());
		out.add("keys-none", without.median());
	}

	private static double tasksPerSecond(WorkerPool pool, TaskOptions[] options, CompletableFuture<?>[] futures) {
		SameCall call = new SameCall(42);
		long begun = System.nanoTime();
		for (int i = 0; i < futures.length; i++) {
			futures[i] = pool.submit(call, (options != null) ? options[i] : TaskOptions.none());
		}
		for (CompletableFuture<?> future : futures) {
			future.join();
		}
		return futures.length * 1e9 / (System.nanoTime() - begun);
	}

}
