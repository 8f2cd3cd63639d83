package io.github.workerpool.sample.demo;

import java.util.Collections;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import io.github.workerpool.MapOptions;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.sample.InvalidInputException;
import io.github.workerpool.sample.math.Fibonacci;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * What a pool is for, in two figures.
 */
@RestController
class DemoController {

	private static final int LONG_COMPUTATION = 38;

	private static final int SHORT_COMPUTATION = 34;

	private static final TaskOptions NAMED = TaskOptions.none().withName("demo");

	private final WorkerPool pool;

	DemoController(@Qualifier("math") WorkerPool pool) {
		this.pool = pool;
	}

	@GetMapping("/demo/responsiveness")
	CompletionStage<Responsiveness> responsiveness() throws InterruptedException {
		long started = System.nanoTime();
		TaskFuture<Long> computation = this.pool.submit(() -> Fibonacci.value(LONG_COMPUTATION), NAMED);
		Ticker ticker = new Ticker();
		ticker.tickUntilDone(computation);
		long millis = (System.nanoTime() - started) / 1_000_000;
		return computation
			.thenApply((result) -> new Responsiveness(ticker.ticks(), ticker.longestPauseMillis(), millis));
	}

	@GetMapping("/demo/speedup")
	CompletionStage<Speedup> speedup(@RequestParam(defaultValue = "8") int tasks) {
		InvalidInputException.requireRange("tasks", tasks, 1, 100);
		int workers = this.pool.snapshot().workers().max();
		// The first run pays for the compiler and is not counted
		return nanosOf(1, workers).thenCompose((ignored) -> nanosOf(tasks, 1))
			.thenCompose((sequential) -> nanosOf(tasks, workers)
				.thenApply((pooled) -> Speedup.of(tasks, workers, sequential, pooled)));
	}

	private CompletableFuture<Long> nanosOf(int tasks, int concurrency) {
		MapOptions options = MapOptions.none().withChunkSize(1).withConcurrency(concurrency).withTaskOptions(NAMED);
		long started = System.nanoTime();
		return this.pool.map(Collections.nCopies(tasks, SHORT_COMPUTATION), Fibonacci::value, options)
			.thenApply((results) -> System.nanoTime() - started);
	}

	/**
	 * How a thread fared while a worker computed.
	 *
	 * @param ticks times it woke up
	 * @param longestPauseMillis longest time between two, in milliseconds; 5 is perfect
	 * @param millis how long the computation took
	 */
	record Responsiveness(int ticks, double longestPauseMillis, long millis) {

	}

	/**
	 * What several workers bring.
	 *
	 * @param tasks number of tasks
	 * @param workers number of workers
	 * @param sequentialMillis time they took one after the other
	 * @param pooledMillis time they took all at once
	 * @param speedup the ratio
	 */
	record Speedup(int tasks, int workers, long sequentialMillis, long pooledMillis, double speedup) {

		static Speedup of(int tasks, int workers, long sequentialNanos, long pooledNanos) {
			return new Speedup(tasks, workers, sequentialNanos / 1_000_000, pooledNanos / 1_000_000,
					Math.round(100.0 * sequentialNanos / pooledNanos) / 100.0);
		}

	}

}
