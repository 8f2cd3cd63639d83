package io.github.workerpool.benchmarks;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

import io.github.resilience4j.bulkhead.ThreadPoolBulkhead;
import io.github.resilience4j.bulkhead.ThreadPoolBulkheadConfig;
import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.factory.WorkerPoolFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/**
 * Something that runs work on its workers, used as its documentation says and warm: all
 * workers have started. Every one of them hands out a {@link CompletableFuture}, or what
 * turns into one, so that all can be waited for in the same way.
 */
interface Contender extends AutoCloseable {

	/** As many may wait, with everyone who has a bound. */
	int CAPACITY = 16_384;

	/**
	 * Submits work.
	 * @param work what to run
	 * @return the future result
	 */
	<R> CompletableFuture<R> submit(Work<R> work);

	@Override
	void close();

	/**
	 * Starts a contender.
	 * @param subject which, one of {@link Subjects}
	 * @param workers how many workers
	 * @return the contender, all of whose workers have started
	 */
	static Contender start(String subject, int workers) {
		return switch (subject) {
			case Subjects.THREADS -> workerpool(Isolation.THREAD, workers, (settings) -> settings);
			case Subjects.PROCESSES, Subjects.PROCESSES_LAMBDA ->
				workerpool(Isolation.PROCESS, workers, (settings) -> settings);
			case Subjects.THREAD_POOL_EXECUTOR -> threadPoolExecutor(workers);
			case Subjects.FORK_JOIN_POOL -> executor(new ForkJoinPool(workers));
			case Subjects.SPRING_ASYNC -> springAsync(workers);
			case Subjects.RESILIENCE4J -> resilience4j(workers);
			case Subjects.REACTOR -> reactor(workers);
			case Subjects.VIRTUAL_THREADS -> executor(virtualThreads());
			default -> throw new IllegalArgumentException("No contender '" + subject + "'");
		};
	}

	/**
	 * Starts a pool of ours.
	 * @param isolation what a worker is
	 * @param workers how many
	 * @param more further settings
	 */
	static Contender workerpool(Isolation isolation, int workers, UnaryOperator<PoolSettings.Builder> more) {
		PoolSettings.Builder settings = PoolSettings.builder("bench")
			.isolation(isolation)
			.size(workers)
			.queue((queue) -> queue.capacity(CAPACITY));
		if (isolation == Isolation.PROCESS) {
			// an archive is made some seconds after the start, in the middle of the
			// measurement
			settings.process((process) -> process.classDataSharing(ClassDataSharing.OFF));
		}
		WorkerPool pool = new WorkerPoolFactory().create(more.apply(settings).build());
		pool.ready().join();
		return new Contender() {

			@Override
			public <R> CompletableFuture<R> submit(Work<R> work) {
				return pool.submit(work);
			}

			@Override
			public void close() {
				pool.close();
			}

		};
	}

	/** Whether this JVM has virtual threads. */
	static boolean hasVirtualThreads() {
		return Runtime.version().feature() >= 21;
	}

	private static ExecutorService virtualThreads() {
		try {
			return (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException("No virtual threads in Java " + Runtime.version(), ex);
		}
	}

	private static Contender threadPoolExecutor(int workers) {
		ThreadPoolExecutor executor = new ThreadPoolExecutor(workers, workers, 1, TimeUnit.MINUTES,
				new ArrayBlockingQueue<>(CAPACITY));
		executor.prestartAllCoreThreads();
		return executor(executor);
	}

	private static Contender executor(ExecutorService executor) {
		return new Contender() {

			@Override
			public <R> CompletableFuture<R> submit(Work<R> work) {
				return CompletableFuture.supplyAsync(work, executor);
			}

			@Override
			public void close() {
				executor.shutdownNow();
			}

		};
	}

	private static Contender springAsync(int workers) {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.registerBean("workers", Integer.class, () -> workers);
		context.register(AsyncConfiguration.class);
		context.refresh();
		AsyncService service = context.getBean(AsyncService.class);
		return new Contender() {

			@Override
			public <R> CompletableFuture<R> submit(Work<R> work) {
				return service.run(work);
			}

			@Override
			public void close() {
				context.close();
			}

		};
	}

	private static Contender resilience4j(int workers) {
		ThreadPoolBulkhead bulkhead = ThreadPoolBulkhead.of("bench",
				ThreadPoolBulkheadConfig.custom()
					.coreThreadPoolSize(workers)
					.maxThreadPoolSize(workers)
					.queueCapacity(CAPACITY)
					.build());
		return new Contender() {

			@Override
			public <R> CompletableFuture<R> submit(Work<R> work) {
				return bulkhead.executeSupplier(work).toCompletableFuture();
			}

			@Override
			public void close() {
				try {
					bulkhead.close();
				}
				catch (Exception ex) {
					throw new IllegalStateException(ex);
				}
			}

		};
	}

	private static Contender reactor(int workers) {
		Scheduler scheduler = Schedulers.newParallel("bench", workers, true);
		return new Contender() {

			@Override
			public <R> CompletableFuture<R> submit(Work<R> work) {
				return Mono.fromSupplier(work).subscribeOn(scheduler).toFuture();
			}

			@Override
			public void close() {
				scheduler.dispose();
			}

		};
	}

	/**
	 * A context as an application has it.
	 */
	@Configuration
	@EnableAsync
	class AsyncConfiguration {

		@Bean
		ThreadPoolTaskExecutor taskExecutor(Integer workers) {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
			executor.setCorePoolSize(workers);
			executor.setMaxPoolSize(workers);
			executor.setQueueCapacity(CAPACITY);
			executor.setPrestartAllCoreThreads(true);
			return executor;
		}

		@Bean
		AsyncService service() {
			return new AsyncService();
		}

	}

	/**
	 * A bean with an asynchronous method.
	 */
	class AsyncService {

		@Async
		public <R> CompletableFuture<R> run(Work<R> work) {
			return CompletableFuture.completedFuture(work.get());
		}

	}

}
