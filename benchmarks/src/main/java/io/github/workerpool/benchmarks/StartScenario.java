package io.github.workerpool.benchmarks;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.autoconfigure.WorkerPoolAutoConfiguration;
import io.github.workerpool.offload.Offload;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/**
 * Cold starts: from nothing to the first result of a new pool with one worker, and from
 * the wish for one more worker to that one's first result.
 */
final class StartScenario implements Scenario {

	private static final String SPRING = Subjects.PROCESSES + ", Spring context";

	private static final String ARCHIVE = Subjects.PROCESSES + ", archive";

	private static final String SPRING_AND_ARCHIVE = SPRING + " and archive";

	private static final SameCall ANSWER = new SameCall(42);

	@Override
	public String name() {
		return "start";
	}

	@Override
	public List<String> subjects() {
		return List.of(Subjects.THREADS, Subjects.PROCESSES, ARCHIVE, SPRING, SPRING_AND_ARCHIVE,
				Subjects.THREAD_POOL_EXECUTOR, Subjects.JVM_PER_TASK);
	}

	@Override
	public void run(String subject, Mode mode, Measurements out) throws Exception {
		ClassDataSharing archive = Pools.archive(mode);
		switch (subject) {
			case Subjects.THREAD_POOL_EXECUTOR -> report(new ColdExecutor(), mode.pick(500, 100, 1), out);
			case Subjects.JVM_PER_TASK -> report(new ColdJvm(), mode.pick(8, 2, 1), out);
			case Subjects.THREADS -> report(new ColdPool(subject, ClassDataSharing.OFF), mode.pick(500, 100, 1), out);
			case Subjects.PROCESSES -> report(new ColdPool(subject, ClassDataSharing.OFF), mode.pick(8, 2, 1), out);
			case SPRING -> report(new ColdApplication(ClassDataSharing.OFF), mode.pick(4, 1, 1), out);
			case ARCHIVE -> {
				awaitArchive(new ColdPool(subject, archive), mode);
				report(new ColdPool(subject, archive), mode.pick(8, 2, 1), out);
			}
			case SPRING_AND_ARCHIVE -> {
				awaitArchive(new ColdApplication(archive), mode);
				report(new ColdApplication(archive), mode.pick(5, 1, 1), out);
			}
			default -> throw new IllegalArgumentException(subject);
		}
	}

	private static void report(Cold cold, int times, Measurements out) throws Exception {
		try (cold) {
			Sample pools = new Sample();
			Sample workers = new Sample();
			for (int i = 0; i < times; i++) {
				cold.quiet();
				long begun = System.nanoTime();
				cold.start();
				pools.add(millisSince(begun));
				workers.add(cold.startWorker());
				cold.stop();
			}
			out.add("start-pool", pools.median());
			out.add("start-worker", workers.median());
		}
	}

	private static double millisSince(long begun) {
		return (System.nanoTime() - begun) / 1e6;
	}

	private static void awaitArchive(ColdPool cold, Mode mode) {
		if (mode == Mode.SMOKE) {
			return;
		}
		try (cold) {
			cold.start();
			Pools.awaitArchive(cold.pool);
			cold.stop();
		}
	}

	private static int block() throws InterruptedException {
		new CountDownLatch(1).await();
		return 0;
	}

	/**
	 * Something that can be started again and again.
	 */
	private interface Cold extends AutoCloseable {

		/** Waits until nothing is left of the last time. */
		default void quiet() {
		}

		/** Starts it and waits for a first result. */
		void start() throws Exception;

		/**
		 * Adds a worker.
		 * @return milliseconds to its first result
		 */
		double startWorker() throws Exception;

		default void stop() throws Exception {
		}

		@Override
		default void close() {
		}

	}

	/**
	 * A pool.
	 */
	private static class ColdPool implements Cold {

		private final String subject;

		private final ClassDataSharing archive;

		WorkerPool pool;

		ColdPool(String subject, ClassDataSharing archive) {
			this.subject = subject;
			this.archive = archive;
		}

		@Override
		public void quiet() {
			if (Pools.isProcess(this.subject)) {
				Patience.until("an end of all child processes",
						() -> ProcessHandle.current().children().findAny().isEmpty());
			}
		}

		@Override
		public void start() {
			this.pool = Pools.create(this.subject, 1, (settings) -> {
				if (Pools.isProcess(this.subject)) {
					settings.process((process) -> process.classDataSharing(this.archive));
				}
			});
			this.pool.submit(ANSWER).join();
		}

		@Override
		public double startWorker() {
			// The one that is there has its hands full
			TaskFuture<Integer> blocker = this.pool.submit(StartScenario::block);
			Patience.until("a busy worker", () -> blocker.status() == TaskStatus.RUNNING);
			long begun = System.nanoTime();
			this.pool.resize(2, 2);
			this.pool.submit(ANSWER).join();
			double millis = millisSince(begun);
			blocker.cancel(true);
			return millis;
		}

		@Override
		public void stop() {
			this.pool.close();
		}

	}

	/**
	 * A pool of an application, whose children have a context with the application's
	 * offloaded bean. The application is there; its life cycles are started and stopped.
	 */
	private static final class ColdApplication extends ColdPool {

		private final ConfigurableApplicationContext context;

		private final Answers answers;

		ColdApplication(ClassDataSharing archive) {
			super(Subjects.PROCESSES, archive);
			Map<String, Object> properties = new HashMap<>();
			properties.put("workerpool.default-pool", "bench");
			properties.put("workerpool.pools.bench.isolation", "process");
			properties.put("workerpool.pools.bench.size", "1");
			properties.put("workerpool.pools.bench.resource-limits.max-heap-size", Pools.CHILD_HEAP + "B");
			properties.put("workerpool.pools.bench.process.class-data-sharing", archive.name());
			SpringApplication application = new SpringApplication(Application.class, Answers.class);
			application.setWebApplicationType(WebApplicationType.NONE);
			application.setBannerMode(Banner.Mode.OFF);
			application.setDefaultProperties(properties);
			this.context = application.run();
			this.answers = this.context.getBean(Answers.class);
			this.pool = this.context.getBean(WorkerPool.class);
			stop();
		}

		@Override
		public void start() {
			this.context.start();
			this.answers.answer();
		}

		@Override
		public void stop() {
			// also leaves the pool at its first size
			this.context.stop();
			this.pool.resize(1, 1);
		}

		@Override
		public void close() {
			this.context.close();
		}

	}

	/**
	 * An application with pools and nothing else.
	 */
	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(WorkerPoolAutoConfiguration.class)
	static class Application {

	}

	/**
	 * The bean that is in each child.
	 */
	public static class Answers {

		/**
		 * Answers.
		 */
		@Offload
		public int answer() {
			return 42;
		}

	}

	/**
	 * An executor.
	 */
	private static final class ColdExecutor implements Cold {

		private ThreadPoolExecutor executor;

		@Override
		public void start() {
			this.executor = new ThreadPoolExecutor(1, 1, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>(1000));
			CompletableFuture.supplyAsync(ANSWER, this.executor).join();
		}

		@Override
		public double startWorker() {
			CountDownLatch running = new CountDownLatch(1);
			this.executor.execute(() -> {
				running.countDown();
				try {
					block();
				}
				catch (InterruptedException ex) {
					// by stop()
				}
			});
			Patience.until("a busy worker", () -> running.getCount() == 0);
			long begun = System.nanoTime();
			this.executor.setMaximumPoolSize(2);
			this.executor.setCorePoolSize(2);
			CompletableFuture.supplyAsync(ANSWER, this.executor).join();
			return millisSince(begun);
		}

		@Override
		public void stop() throws InterruptedException {
			this.executor.shutdownNow();
			this.executor.awaitTermination(10, TimeUnit.SECONDS);
		}

	}

	/**
	 * A JVM for each task: the first is like any other.
	 */
	private static final class ColdJvm implements Cold {

		@Override
		public void start() throws Exception {
			JvmPerTask.same(42);
		}

		@Override
		public double startWorker() throws Exception {
			long begun = System.nanoTime();
			JvmPerTask.same(42);
			return millisSince(begun);
		}

	}

}
