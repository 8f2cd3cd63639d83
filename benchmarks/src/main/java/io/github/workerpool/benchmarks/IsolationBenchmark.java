package io.github.workerpool.benchmarks;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.Isolation;
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
 * What the isolation costs: the same hand-over to a thread and to a child JVM, as the
 * call of a method with an {@code int}, and as a lambda.
 */
@State(Scope.Benchmark)
@Fork(2)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class IsolationBenchmark {

	private static final int BATCH = 2_000;

	private static final int CAPACITY = 16_384;

	/** What a worker is. */
	@Param({ "THREAD", "PROCESS" })
	public Isolation isolation;

	/** How many workers. */
	@Param("1")
	public int workers;

	private WorkerPool pool;

	private final Task<Integer> lambda = () -> 1;

	private final Task<Integer> call = new SameCall(42);

	private final CompletableFuture<?>[] futures = new CompletableFuture<?>[BATCH];

	@Setup(Level.Trial)
	public void start() {
		this.pool = new WorkerPoolFactory().create(PoolSettings.builder("bench")
			.isolation(this.isolation)
			.size(this.workers)
			.queue((queue) -> queue.capacity(CAPACITY))
			.build());
		this.pool.ready().join();
	}

	@TearDown(Level.Trial)
	public void stop() {
		this.pool.close();
	}

	@Benchmark
	@BenchmarkMode(Mode.SampleTime)
	@OutputTimeUnit(TimeUnit.MICROSECONDS)
	public Object oneCallAtATime() {
		return this.pool.submit(this.call).join();
	}

	@Benchmark
	@BenchmarkMode(Mode.SampleTime)
	@OutputTimeUnit(TimeUnit.MICROSECONDS)
	public Object oneLambdaAtATime() {
		return this.pool.submit(this.lambda).join();
	}

	@Benchmark
	@BenchmarkMode(Mode.Throughput)
	@OutputTimeUnit(TimeUnit.SECONDS)
	@OperationsPerInvocation(BATCH)
	public void pipelinedCalls() {
		pipelined(this.call);
	}

	@Benchmark
	@BenchmarkMode(Mode.Throughput)
	@OutputTimeUnit(TimeUnit.SECONDS)
	@OperationsPerInvocation(BATCH)
	public void pipelinedLambdas() {
		pipelined(this.lambda);
	}

	private void pipelined(Task<Integer> task) {
		for (int i = 0; i < BATCH; i++) {
			this.futures[i] = this.pool.submit(task);
		}
		for (int i = 0; i < BATCH; i++) {
			this.futures[i].join();
		}
	}

}
