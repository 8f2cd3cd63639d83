package io.github.workerpool.benchmarks;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.github.workerpool.PoolSettings;
import io.github.workerpool.Task;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.factory.WorkerPoolFactory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it costs to hand a task that does nothing to a worker and get its result: many in
 * flight, and one at a time. The pool has its statistics on, as it always has; the
 * executor has a queue of the same bound.
 */
@State(Scope.Benchmark)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class HandOverBenchmark {

	private static final int BATCH = 10_000;

	private static final int CAPACITY = 16_384;

	/** How many workers. */
	@Param("2")
	public int workers;

	private WorkerPool pool;

	private ThreadPoolExecutor executor;

	private final Task<Integer> task = () -> 1;

	private final Supplier<Integer> supplier = () -> 1;

	private final CompletableFuture<?>[] futures = new CompletableFuture<?>[BATCH];

	@Setup(Level.Trial)
	public void start() {
		this.pool = new WorkerPoolFactory().create(
				PoolSettings.builder("bench").size(this.workers).queue((queue) -> queue.capacity(CAPACITY)).build());
		this.pool.ready().join();
		this.executor = new ThreadPoolExecutor(this.workers, this.workers, 1, TimeUnit.MINUTES,
				new ArrayBlockingQueue<>(CAPACITY));
		this.executor.prestartAllCoreThreads();
	}

	@TearDown(Level.Trial)
	public void stop() throws InterruptedException {
		this.pool.close();
		this.executor.shutdown();
		this.executor.awaitTermination(10, TimeUnit.SECONDS);
	}

	@Benchmark
	@BenchmarkMode(Mode.Throughput)
	@OutputTimeUnit(TimeUnit.SECONDS)
	@OperationsPerInvocation(BATCH)
	public void pipelinedPool() {
		for (int i = 0; i < BATCH; i++) {
			this.futures[i] = this.pool.submit(this.task);
		}
		for (int i = 0; i < BATCH; i++) {
			this.futures[i].join();
		}
	}

	@Benchmark
	@BenchmarkMode(Mode.Throughput)
	@OutputTimeUnit(TimeUnit.SECONDS)
	@OperationsPerInvocation(BATCH)
	public void pipelinedExecutor() {
		for (int i = 0; i < BATCH; i++) {
			this.futures[i] = CompletableFuture.supplyAsync(this.supplier, this.executor);
		}
		for (int i = 0; i < BATCH; i++) {
			this.futures[i].join();
		}
	}

	@Benchmark
	@BenchmarkMode(Mode.SampleTime)
	@OutputTimeUnit(TimeUnit.MICROSECONDS)
	public Object oneAtATimePool() {
		return this.pool.submit(this.task).join();
	}

	@Benchmark
	@BenchmarkMode(Mode.SampleTime)
	@OutputTimeUnit(TimeUnit.MICROSECONDS)
	public Object oneAtATimeExecutor() {
		return CompletableFuture.supplyAsync(this.supplier, this.executor).join();
	}

}
