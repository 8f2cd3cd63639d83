package io.github.workerpool.benchmarks;

import java.util.concurrent.TimeUnit;

import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.factory.WorkerPoolFactory;
import io.github.workerpool.memory.TransferableBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Bytes that go to a worker and come back: transferred, and copied. The worker changes
 * one of them.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 2, jvmArgs = "-Xmx3g")
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class TransferBenchmark {

	/** What a worker is. */
	@Param({ "THREAD", "PROCESS" })
	public Isolation isolation;

	/** How many bytes. */
	@Param({ "1024", "1048576", "104857600" })
	public int bytes;

	private WorkerPool pool;

	private TransferableBuffer buffer;

	private byte[] array;

	@Setup(Level.Trial)
	public void start() {
		PoolSettings.Builder settings = PoolSettings.builder("bench").isolation(this.isolation).size(1);
		if (this.isolation == Isolation.PROCESS) {
			settings.process((process) -> process.maxPayloadSize(200L << 20))
				.queue((queue) -> queue.maxBytes(1L << 30))
				.resourceLimits((limits) -> limits.maxHeapSize(1L << 30));
		}
		else {
			settings.task((task) -> task.copyArguments(true));
		}
		this.pool = new WorkerPoolFactory().create(settings.build());
		this.pool.ready().join();
		this.buffer = TransferableBuffer.allocate(this.bytes);
		this.array = new byte[this.bytes];
	}

	@TearDown(Level.Trial)
	public void stop() {
		this.pool.close();
		this.buffer.close();
	}

	@Benchmark
	public Object transferred() {
		TransferableBuffer given = this.buffer;
		this.buffer = this.pool.submit(() -> {
			given.asBuffer().put(0, (byte) 1);
			return given;
		}).join();
		return this.buffer;
	}

	@Benchmark
	public Object copied() {
		byte[] given = this.array;
		this.array = this.pool.submit(() -> {
			given[0]++;
			return given;
		}).join();
		return this.array;
	}

}
