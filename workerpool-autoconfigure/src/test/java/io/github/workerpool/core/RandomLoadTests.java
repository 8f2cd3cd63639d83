package io.github.workerpool.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.workerpool.PoolSettings;
import io.github.workerpool.PoolSnapshot;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.factory.WorkerPoolFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tasks of every kind, while the pool is resized, paused, recycled and at last closed at
 * random moments: everything settles once, and the books balance.
 */
class RandomLoadTests {

	private static final int MOST_WORKERS = 4;

	@ParameterizedTest
	@ValueSource(longs = { 1, 2, 3 })
	void everythingSettlesAndTheBooksBalance(long seed) throws Exception {
		Random random = new Random(seed);
		AtomicInteger running = new AtomicInteger();
		AtomicInteger mostRunning = new AtomicInteger();
		WorkerPool pool = new WorkerPoolFactory().create(PoolSettings.builder("random")
			.minSize(1)
			.maxSize(MOST_WORKERS)
			.queue((queue) -> queue.capacity(50).share(0.5))
			.recycle((recycle) -> recycle.afterTasks(40))
			.task((task) -> task.grace(Duration.ofSeconds(30)))
			.shutdownTimeout(Duration.ofMillis(200))
			.build());
		List<TaskFuture<?>> futures = new ArrayList<>();
		List<AtomicInteger> settled = new ArrayList<>();
		try {
			for (int i = 0; i < 4000; i++) {
				int kind = random.nextInt(8);
				TaskFuture<Integer> future = pool.submit(() -> run(kind, running, mostRunning), options(random));
				AtomicInteger times = new AtomicInteger();
				future.whenComplete((value, ex) -> times.incrementAndGet());
				futures.add(future);
				settled.add(times);
				disturb(pool, futures, random);
			}
			pool.resume();
		}
		finally {
			pool.close();
		}
		for (int i = 0; i < futures.size(); i++) {
			assertThat(futures.get(i).isDone()).as("task %d of seed %d", i, seed).isTrue();
		}
		TestPools.patiently()
			.untilAsserted(() -> assertThat(settled).allSatisfy((times) -> assertThat(times).hasValue(1)));
		PoolSnapshot snapshot = pool.snapshot();
		PoolSnapshot.Tasks tasks = snapshot.tasks();
		assertThat(tasks.submitted()).isEqualTo(futures.size())
			.isEqualTo(tasks.succeeded() + tasks.failed() + tasks.rejected() + tasks.timedOut() + tasks.cancelled()
					+ tasks.crashed());
		assertThat(snapshot.queue().size()).isZero();
		assertThat(snapshot.workers().alive()).isZero();
		assertThat(mostRunning.get()).isLessThanOrEqualTo(MOST_WORKERS + snapshot.workers().abandoned());
	}

	private static int run(int kind, AtomicInteger running, AtomicInteger mostRunning) throws Exception {
		int now = running.incrementAndGet();
		mostRunning.accumulateAndGet(now, Math::max);
		try {
			switch (kind) {
				case 0 -> throw new IllegalStateException("bad luck");
				case 1 -> TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextInt(20));
				case 2 -> {
					long end = System.nanoTime() + 1_000_000;
					while (System.nanoTime() - end < 0) {
						WorkerContext.current().orElseThrow().checkCancelled();
					}
				}
				default -> {
				}
			}
			return kind;
		}
		finally {
			running.decrementAndGet();
		}
	}

	private static TaskOptions options(Random random) {
		TaskOptions options = TaskOptions.none().withPriority(random.nextInt(4) - 2);
		if (random.nextInt(3) == 0) {
			options = options.withKey("key" + random.nextInt(5));
		}
		if (random.nextInt(5) == 0) {
			options = options.withTimeout(Duration.ofMillis(1 + random.nextInt(5)));
		}
		if (random.nextInt(5) == 0) {
			options = options.withQueueTimeout(Duration.ofMillis(1 + random.nextInt(5)));
		}
		return options;
	}

	private static void disturb(WorkerPool pool, List<TaskFuture<?>> futures, Random random) {
		switch (random.nextInt(40)) {
			case 0 -> pool.resize(1 + random.nextInt(2), 2 + random.nextInt(MOST_WORKERS - 1));
			case 1 -> pool.pause();
			case 2, 3, 4 -> pool.resume();
			case 5 -> pool.recycle();
			case 6 -> pool.cancelQueued();
			case 7, 8, 9 -> futures.get(random.nextInt(futures.size())).cancel(random.nextBoolean());
			case 10 -> pool.snapshot();
			default -> {
			}
		}
	}

}
