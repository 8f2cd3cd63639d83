package io.github.workerpool.message;

import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.ResourceLimitExceededException;
import io.github.workerpool.ResourceLimitExceededException.Limit;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.factory.WorkerPoolFactory;
import io.github.workerpool.memory.SharedIntArray;
import io.github.workerpool.memory.SharedMemory;
import io.github.workerpool.memory.TransferableBuffer;
import io.github.workerpool.process.Leftovers;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * The examples that worker threads are usually explained with, whose results everybody
 * knows, in both isolations. Each uses nothing but the public API.
 */
@ExtendWith(Leftovers.class)
class NodeExamplesTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static WorkerOptions options(Isolation isolation) {
		return WorkerIntegrationTests.options(isolation);
	}

	private static WorkerPool pool(Isolation isolation, String name) {
		PoolSettings.Builder settings = PoolSettings.builder(name).isolation(isolation).size(4);
		if (isolation == Isolation.PROCESS) {
			settings.process((process) -> process.classDataSharing(ClassDataSharing.OFF))
				.resourceLimits((limits) -> limits.maxHeapSize(64L << 20));
		}
		return new WorkerPoolFactory().create(settings.build());
	}

	private static <T> T within(CompletableFuture<T> future) {
		return WorkerIntegrationTests.within(future);
	}

	private static int exitCode(Worker worker) {
		return WorkerIntegrationTests.exitCode(worker);
	}

	/** The next message of a worker that somebody waits for. */
	private static CompletableFuture<Object> next(Worker worker) {
		CompletableFuture<Object> message = new CompletableFuture<>();
		worker.onMessage(message::complete).onError(message::completeExceptionally);
		return message;
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void sumOfOneToAThousand(Isolation isolation) {
		assertThat(within(Worker.<Long>run(Scripts.Sum.class, options(isolation).withWorkerData(1000))))
			.isEqualTo(500_500);
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void sumOfTheNumbersInTheData(Isolation isolation) {
		assertThat(
				within(Worker.<Integer>run(SumOfList.class, options(isolation).withWorkerData(List.of(1, 2, 3, 4, 5)))))
			.isEqualTo(15);
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void numberDoubledThroughMessages(Isolation isolation) {
		Worker worker = Worker.start(Doubling.class, options(isolation));
		CompletableFuture<Object> doubled = next(worker);
		worker.postMessage(42);
		assertThat(within(doubled)).isEqualTo(84);
		assertThat(exitCode(worker)).isZero();
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void hundredMillionAdditions(Isolation isolation) {
		assertThat(within(
				Worker.<Long>run(Additions.class, options(isolation).withWorkerData(new int[] { 100_000_000, 42 }))))
			.isEqualTo(4_200_000_000L);
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void fibonacciTheSlowWay(Isolation isolation) {
		assertThat(within(Worker.<Integer>run(Fibonacci.class, options(isolation).withWorkerData(38))))
			.isEqualTo(39_088_169);
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void sharedCellReadAndChangedByTheWorker(Isolation isolation) {
		try (SharedMemory memory = SharedMemory.allocate(Integer.BYTES)) {
			SharedIntArray cell = memory.ints();
			cell.set(0, 100);
			cell.getAndAdd(0, 50);
			Worker worker = Worker.start(Scripts.Adder.class,
					options(isolation).withWorkerData(Map.of("memory", memory, "times", 1, "amount", 25)));
			assertThat(within(next(worker))).isEqualTo(150);
			assertThat(exitCode(worker)).isZero();
			assertThat(cell.get(0)).isEqualTo(175);
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void oneAddedWhileTheParentWaitsForTheChange(Isolation isolation) throws InterruptedException {
		try (SharedMemory memory = SharedMemory.allocate(Integer.BYTES)) {
			SharedIntArray cell = memory.ints();
			cell.set(0, 42);
			Worker worker = Worker.start(Increment.class, options(isolation).withWorkerData(memory));
			cell.await(0, 42, PATIENCE);
			assertThat(cell.get(0)).isEqualTo(43);
			assertThat(exitCode(worker)).isZero();
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void parentAndWorkerAddToOneCounter(Isolation isolation) {
		try (SharedMemory memory = SharedMemory.allocate(Integer.BYTES)) {
			SharedIntArray counter = memory.ints();
			Worker worker = Worker.start(Scripts.Adder.class,
					options(isolation).withWorkerData(Map.of("memory", memory, "times", 1000, "amount", 1)));
			for (int i = 0; i < 1000; i++) {
				counter.getAndAdd(0, 1);
			}
			assertThat(exitCode(worker)).isZero();
			assertThat(counter.get(0)).isEqualTo(2000);
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void portHandedOverAndAnsweredThrough(Isolation isolation) {
		MessageChannel channel = MessageChannel.create();
		Worker worker = Worker.start(Answering.class, options(isolation));
		worker.postMessage(channel.port2(), channel.port2());
		channel.port1().postMessage("are you there?");
		assertThat(channel.port1().receive(PATIENCE)).isEqualTo("are you there? Yes");
		channel.port1().close();
		assertThat(exitCode(worker)).isZero();
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void bufferTransferredThereAndBack(Isolation isolation) {
		Worker worker = Worker.start(Scripts.BufferFiller.class, options(isolation));
		CompletableFuture<Object> back = next(worker);
		TransferableBuffer buffer = TransferableBuffer.allocate(1024);
		worker.postMessage(buffer, buffer);
		assertThat(buffer.isDetached()).isTrue();
		assertThat(buffer.size()).isZero();
		try (TransferableBuffer returned = (TransferableBuffer) within(back)) {
			assertThat(returned.size()).isEqualTo(1024);
			assertThat(returned.asBuffer().get(0)).isEqualTo((byte) 42);
		}
		assertThat(exitCode(worker)).isZero();
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void hundredTasksOnFourWorkers(Isolation isolation) {
		List<Worker> workers = new ArrayList<>();
		List<CompletableFuture<Integer>> ended = new ArrayList<>();
		List<Long> results = Collections.synchronizedList(new ArrayList<>());
		Queue<Integer> tasks = IntStream.rangeClosed(1, 100)
			.boxed()
			.collect(Collectors.toCollection(ConcurrentLinkedQueue::new));
		for (int i = 0; i < 4; i++) {
			Worker worker = Worker.start(Squaring.class, options(isolation));
			// Whoever is free takes the next
			worker.onMessage((result) -> {
				results.add((Long) result);
				feed(worker, tasks);
			});
			ended.add(worker.exitCode());
			workers.add(worker);
		}
		workers.forEach((worker) -> feed(worker, tasks));
		assertThat(ended).allSatisfy((code) -> assertThat(within(code)).isZero());
		assertThat(results)
			.containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(1, 100).mapToObj((i) -> (long) i * i).toList());
	}

	private static void feed(Worker worker, Queue<Integer> tasks) {
		Integer task = tasks.poll();
		worker.postMessage((task != null) ? task : "done");
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void eightTasksOnAPoolOfFour(Isolation isolation) {
		try (WorkerPool pool = pool(isolation, "eight")) {
			List<TaskFuture<Result>> futures = IntStream.rangeClosed(1, 8)
				.mapToObj((i) -> pool
					.submit(() -> new Result(WorkerContext.current().orElseThrow().workerId(), Fibonacci.of(20 + i))))
				.toList();
			List<Result> results = futures.stream().map(NodeExamplesTests::within).toList();
			assertThat(results).extracting(Result::value)
				.containsExactly(10946, 17711, 28657, 46368, 75025, 121393, 196418, 317811);
			Set<String> workers = results.stream().map(Result::worker).collect(Collectors.toSet());
			assertThat(workers).hasSizeBetween(1, 4);
			assertThat(pool.snapshot().workers().max()).isEqualTo(4);
			assertThat(pool.snapshot().tasks().succeeded()).isEqualTo(8);
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void workerThatExits(Isolation isolation) {
		Worker worker = Worker.start(Exiting.class, options(isolation).withWorkerData(3));
		List<Object> events = WorkerIntegrationTests.events(worker);
		assertThat(exitCode(worker)).isEqualTo(3);
		assertThat(events).isEqualTo(List.of("online", "exit 3"));
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void workerThatThrows(Isolation isolation) {
		CompletableFuture<Object> result = Worker.run(Throwing.class, options(isolation));
		assertThatThrownBy(() -> within(result)).isInstanceOf(CompletionException.class)
			.cause()
			.isInstanceOf(IllegalStateException.class)
			.hasMessage("something went wrong");
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void workerThatExhaustsItsHeap(Isolation isolation) {
		WorkerOptions options = (isolation == Isolation.PROCESS)
				? options(isolation).withResourceLimits((limits) -> limits.maxHeapSize(32L << 20)) : options(isolation);
		Worker worker = Worker.start(HeapEater.class, options);
		CompletableFuture<Throwable> failure = new CompletableFuture<>();
		worker.onError(failure::complete);
		assertThat(exitCode(worker)).isEqualTo(1);
		assertThat(within(failure)).isInstanceOfSatisfying(ResourceLimitExceededException.class,
				(error) -> assertThat(error.limit()).isEqualTo(Limit.HEAP));
	}

	/** What a task has computed, and where. */
	record Result(String worker, int value) implements Serializable {

	}

	static final class SumOfList implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			int sum = 0;
			for (Object each : (List<?>) scope.workerData()) {
				sum += (Integer) each;
			}
			scope.parentPort().postMessage(sum);
		}

	}

	/** Doubles the one number that it is sent. */
	static final class Doubling implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			MessagePort parent = scope.parentPort();
			parent.onMessage((message) -> {
				parent.postMessage((Integer) message * 2);
				parent.close();
			});
		}

	}

	/** Adds a number so many times. */
	static final class Additions implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			int[] timesAndNumber = (int[]) scope.workerData();
			long sum = 0;
			for (int i = 0; i < timesAndNumber[0]; i++) {
				sum += timesAndNumber[1];
			}
			scope.parentPort().postMessage(sum);
		}

	}

	static final class Fibonacci implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			scope.parentPort().postMessage(of((Integer) scope.workerData()));
		}

		static int of(int n) {
			return (n < 2) ? n : of(n - 1) + of(n - 2);
		}

	}

	/** Adds one to a shared cell and wakes who waits for that. */
	static final class Increment implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			SharedIntArray cell = ((SharedMemory) scope.workerData()).ints();
			cell.getAndAdd(0, 1);
			cell.signal(0, 1);
		}

	}

	/** Answers on the port that it is sent. */
	static final class Answering implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			MessagePort port = (MessagePort) Scripts.next(scope.parentPort());
			port.onMessage((question) -> port.postMessage(question + " Yes"));
		}

	}

	/** Squares numbers until there are no more. */
	static final class Squaring implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			MessagePort parent = scope.parentPort();
			parent.onMessage((message) -> {
				if (message instanceof Integer number) {
					parent.postMessage((long) number * number);
				}
				else {
					parent.close();
				}
			});
		}

	}

	static final class Exiting implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			scope.exit((Integer) scope.workerData());
		}

	}

	static final class Throwing implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			throw new IllegalStateException("something went wrong");
		}

	}

	/**
	 * Takes all memory there is; where others live on the same heap, asks for more than
	 * any heap can give, which takes nothing from them.
	 */
	static final class HeapEater implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			List<Object> all = new ArrayList<>();
			while (all.size() >= 0) {
				all.add((scope.isolation() == Isolation.PROCESS) ? new byte[1 << 20] : new long[Integer.MAX_VALUE]);
			}
			scope.parentPort().postMessage(all.size());
		}

	}

}
