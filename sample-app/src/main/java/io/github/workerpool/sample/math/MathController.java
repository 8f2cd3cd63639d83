package io.github.workerpool.sample.math;

import java.util.concurrent.CompletionStage;

import io.github.workerpool.MapOptions;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.sample.InvalidInputException;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Numbers over HTTP.
 */
@RestController
class MathController {

	private final FibonacciService fibonacci;

	private final WorkerPool pool;

	MathController(FibonacciService fibonacci, @Qualifier("math") WorkerPool pool) {
		this.fibonacci = fibonacci;
		this.pool = pool;
	}

	@GetMapping("/fibonacci/{n}")
	Fibonacci fibonacci(@PathVariable int n) {
		InvalidInputException.requireRange("n", n, 0, Fibonacci.MAX_N);
		return this.fibonacci.compute(n);
	}

	@GetMapping("/primes")
	CompletionStage<Primes> primes(@RequestParam int upTo) {
		InvalidInputException.requireRange("upTo", upTo, 0, PrimeSieve.MAX);
		long started = System.nanoTime();
		MapOptions options = MapOptions.none().withTaskOptions(TaskOptions.none().withName("primes"));
		return this.pool.map(PrimeSieve.segments(upTo), PrimeSieve.upTo(upTo), options)
			.thenApply((counts) -> new Primes(upTo, counts.stream().mapToLong(Long::longValue).sum(),
					millisSince(started)));
	}

	@GetMapping("/sort")
	CompletionStage<Sorted> sort(@RequestParam(defaultValue = "1000000") int n) {
		InvalidInputException.requireRange("n", n, 1, Sorting.MAX_NUMBERS);
		long started = System.nanoTime();
		TaskOptions sort = TaskOptions.none().withName("sort");
		TaskOptions merge = TaskOptions.none().withName("sort-merge");
		int parts = this.pool.snapshot().workers().max();
		return this.pool.map(Sorting.parts(n, parts), Sorting::sortedNumbers, MapOptions.none().withTaskOptions(sort))
			.thenCompose((sorted) -> this.pool.submit(() -> Sorting.isSorted(Sorting.merge(sorted)), merge))
			.thenApply((sorted) -> new Sorted(n, sorted, millisSince(started)));
	}

	private static long millisSince(long started) {
		return (System.nanoTime() - started) / 1_000_000;
	}

	/**
	 * How many primes there are.
	 *
	 * @param upTo the largest number looked at
	 * @param count number of primes
	 * @param millis how long it took, in milliseconds
	 */
	record Primes(int upTo, long count, long millis) {

	}

	/**
	 * Numbers were sorted.
	 *
	 * @param n how many
	 * @param sorted whether they are in order
	 * @param millis how long it took, in milliseconds
	 */
	record Sorted(int n, boolean sorted, long millis) {

	}

}
