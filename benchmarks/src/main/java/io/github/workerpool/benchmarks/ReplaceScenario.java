package io.github.workerpool.benchmarks;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPoolListener;
import io.github.workerpool.WorkerSnapshot;
import io.github.workerpool.factory.WorkerPoolFactory;

/**
 * The only worker of a pool is lost, with a task. From the moment the task's future fails
 * it is measured how long it takes until another worker is there, and until it has
 * answered a task that was submitted at once.
 * <p>
 * Children start from an archive of classes, which is the default. One is lost by a task
 * that ends it, and by a signal from outside, in turns. A thread is lost to a task that
 * ignores its interruption; there, time begins when its grace is over.
 */
final class ReplaceScenario implements Scenario {

	private static final String WITH_SPARE = Subjects.PROCESSES + ", spare";

	private static final SameCall ANSWER = new SameCall(42);

	private static final Duration GRACE = Duration.ofMillis(5);

	@Override
	public String name() {
		return "replace";
	}

	@Override
	public List<String> subjects() {
		return List.of(Subjects.THREADS, Subjects.PROCESSES, WITH_SPARE);
	}

	@Override
	public void run(String subject, Mode mode, Measurements out) throws Exception {
		BlockingQueue<Long> ready = new LinkedBlockingQueue<>();
		WorkerPoolFactory factory = new WorkerPoolFactory().withListeners(List.of(new WorkerPoolListener() {

			@Override
			public void onWorkerStarted(WorkerPool pool, String workerId, Duration startup) {
				ready.add(System.nanoTime());
			}

		}));
		int spares = subject.equals(WITH_SPARE) ? 1 : 0;
		Sample readied = new Sample();
		Sample answered = new Sample();
		try (WorkerPool pool = Pools.create(factory, subject, 1, (settings) -> {
			settings.task((task) -> task.grace(GRACE));
			if (Pools.isProcess(subject)) {
				settings.process((process) -> process.spares(spares).classDataSharing(Pools.archive(mode)));
			}
		})) {
			pool.ready().join();
			if (Pools.isProcess(subject) && mode != Mode.SMOKE) {
				Pools.awaitArchive(pool);
			}
			int times = Pools.isProcess(subject) ? mode.pick(10, 3, 1) : mode.pick(100, 20, 1);
			for (int i = 0; i < times; i++) {
				// A success in between, or the pool would soon refuse to go on
				pool.submit(ANSWER).join();
				if (Pools.isProcess(subject)) {
					Patience.untilQuiet(1 + spares);
				}
				ready.clear();
				Runnable aftermath = () -> {
				};
				long lost;
				if (!Pools.isProcess(subject)) {
					CountDownLatch release = new CountDownLatch(1);
					aftermath = () -> {
						release.countDown();
						Patience.until("an end of the abandoned thread",
								() -> pool.snapshot().workers().abandoned() == 0);
					};
					lost = loseThread(pool, release);
				}
				else if (i % 2 == 0) {
					lost = failure(pool.submit(ReplaceScenario::halt));
				}
				else {
					lost = loseToSignal(pool);
				}
				pool.submit(ANSWER).join();
				answered.add(millis(System.nanoTime() - lost));
				Long at = ready.poll(30, TimeUnit.SECONDS);
				if (at == null) {
					throw new IllegalStateException("The lost worker was not replaced");
				}
				// A spare may be there before whoever waits for the lost task is awake
				readied.add(Math.max(0, millis(at - lost)));
				aftermath.run();
			}
		}
		out.add("replace", answered.median());
		out.add("replace-ready", readied.median());
	}

	private static long loseThread(WorkerPool pool, CountDownLatch release) {
		TaskFuture<Integer> stubborn = pool.submit(() -> {
			while (release.getCount() > 0) {
				Thread.interrupted();
				LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
			}
			return 0;
		}, TaskOptions.none().withTimeout(Duration.ofMillis(50)));
		return failure(stubborn) + GRACE.toNanos();
	}

	private static long loseToSignal(WorkerPool pool) {
		TaskFuture<Integer> victim = pool.submit(ReplaceScenario::block);
		CountDownLatch running = new CountDownLatch(1);
		victim.onProgress((progress) -> running.countDown());
		// A task that its worker has not begun is not lost with it, but runs elsewhere
		Patience.until("a running task", () -> running.getCount() == 0);
		Long pid = worker(pool, victim).orElseThrow().pid();
		ProcessHandle.of(pid).orElseThrow().destroyForcibly();
		return failure(victim);
	}

	/** The one that runs the task: one that was lost before may still be in the list. */
	private static Optional<WorkerSnapshot> worker(WorkerPool pool, TaskFuture<?> task) {
		return pool.snapshot()
			.workerList()
			.stream()
			.filter((worker) -> worker.currentTask() != null && worker.currentTask().id().equals(task.id()))
			.findFirst();
	}

	private static long failure(TaskFuture<?> future) {
		try {
			future.join();
		}
		catch (CompletionException ex) {
			return System.nanoTime();
		}
		throw new IllegalStateException("The task's worker was lost, but the task was not");
	}

	private static int block() throws InterruptedException {
		WorkerContext context = WorkerContext.current().orElseThrow();
		while (true) {
			context.progress(0);
			TimeUnit.MILLISECONDS.sleep(10);
		}
	}

	private static int halt() {
		Runtime.getRuntime().halt(7);
		return 0;
	}

	private static double millis(long nanos) {
		return nanos / 1e6;
	}

}
