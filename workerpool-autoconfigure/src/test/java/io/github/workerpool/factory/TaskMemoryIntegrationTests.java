package io.github.workerpool.factory;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.Isolation;
import io.github.workerpool.MapOptions;
import io.github.workerpool.OverflowPolicy;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.TaskTimeoutException;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerCrashedException;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.core.TaskContext;
import io.github.workerpool.memory.SharedIntArray;
import io.github.workerpool.memory.SharedMemory;
import io.github.workerpool.memory.TransferableBuffer;
import io.github.workerpool.process.Leftovers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Buffers and shared memory in tasks, which are the same whatever the workers are.
 */
@ExtendWith(Leftovers.class)
class TaskMemoryIntegrationTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	enum Way {

		THREAD, COPYING_THREAD, PROCESS;

		WorkerPool pool(int size, int capacity) {
			return pool(new WorkerPoolFactory(), size, capacity);
		}

		WorkerPool pool(WorkerPoolFactory factory, int size, int capacity) {
			PoolSettings.Builder builder = PoolSettings.builder("memory")
				.isolation((this == PROCESS) ? Isolation.PROCESS : Isolation.THREAD)
				.size(size)
				.queue((queue) -> queue.capacity(capacity));
			if (this == PROCESS) {
				builder.resourceLimits((limits) -> limits.maxHeapSize(64L << 20));
			}
			if (this == COPYING_THREAD) {
				builder.task((task) -> task.copyArguments(true));
			}
			builder.task((task) -> task.maxAttempts(2).grace(Duration.ofSeconds(30)));
			return factory.create(builder.build());
		}

		WorkerPool pool() {
			return pool(1, 100);
		}

	}

	private static <R> R get(Future<R> future) throws Exception {
		return future.get(30, TimeUnit.SECONDS);
	}

	private static Throwable failure(Future<?> future) throws Exception {
		try {
			get(future);
		}
		catch (ExecutionException ex) {
			return ex.getCause();
		}
		catch (CancellationException ex) {
			return ex;
		}
		throw new AssertionError("The task succeeded");
	}

	private static TransferableBuffer buffer(int... bytes) {
		TransferableBuffer buffer = TransferableBuffer.allocate(bytes.length);
		for (int i = 0; i < bytes.length; i++) {
			buffer.asBuffer().put(i, (byte) bytes[i]);
		}
		return buffer;
	}

	private static TransferableBuffer doubled(TransferableBuffer buffer) {
		ByteBuffer bytes = buffer.asBuffer();
		for (int i = 0; i < bytes.capacity(); i++) {
			bytes.put(i, (byte) (bytes.get(i) * 2));
		}
		return buffer;
	}

	private static void assertDetached(TransferableBuffer buffer) {
		assertThat(buffer.isDetached()).isTrue();
		assertThat(buffer.size()).isZero();
		assertThatIllegalStateException().isThrownBy(buffer::asBuffer);
	}

	@ParameterizedTest
	@EnumSource
	void capturedBufferGoesToTheTaskAndComesBackAsItsResult(Way way) throws Exception {
		try (WorkerPool pool = way.pool()) {
			TransferableBuffer buffer = buffer(1, 21);
			pool.pause();
			TaskFuture<TransferableBuffer> task = pool.submit(() -> doubled(buffer));
			assertDetached(buffer);
			pool.resume();
			try (TransferableBuffer back = get(task)) {
				assertThat(back.toByteArray()).containsExactly(2, 42);
			}
		}
	}

	@ParameterizedTest
	@EnumSource
	void bufferInTheTransferListMovesThoughNobodyRefersToIt(Way way) throws Exception {
		try (WorkerPool pool = way.pool()) {
			TransferableBuffer buffer = buffer(1);
			pool.pause();
			TaskFuture<String> task = pool.submit(() -> "done", TaskOptions.none().withTransfer(buffer));
			assertDetached(buffer);
			task.cancel(true);
			assertThat(buffer.toByteArray()).containsExactly(1);
			buffer.close();
		}
	}

	@ParameterizedTest
	@EnumSource
	void bufferOfATaskThatNeverStartsIsItsOwnersAgain(Way way) throws Exception {
		TransferableBuffer buffer = buffer(7);
		try (WorkerPool pool = way.pool(1, 1)) {
			pool.pause();
			await().atMost(PATIENCE).until(() -> pool.snapshot().workers().alive() == 1);
			TaskFuture<byte[]> cancelled = pool.submit(() -> buffer.toByteArray());
			assertDetached(buffer);
			cancelled.cancel(false);
			assertThat(failure(cancelled)).isInstanceOf(CancellationException.class);
			assertThat(buffer.toByteArray()).containsExactly(7);

			TaskFuture<byte[]> late = pool.submit(() -> buffer.toByteArray(),
					TaskOptions.none().withQueueTimeout(Duration.ofMillis(10)));
			assertThat(failure(late)).isInstanceOf(TaskTimeoutException.class);
			assertThat(buffer.toByteArray()).containsExactly(7);

			List<TaskFuture<Integer>> filling = new ArrayList<>();
			while (pool.snapshot().tasks().rejected() == 0) {
				filling.add(pool.submit(() -> 1));
			}
			assertThat(failure(pool.submit(() -> buffer.toByteArray()))).isInstanceOf(RejectedTaskException.class);
			assertThat(buffer.toByteArray()).containsExactly(7);
			filling.forEach((task) -> task.cancel(true));

			TaskFuture<byte[]> last = pool.submit(() -> buffer.toByteArray());
			pool.cancelQueued();
			assertThat(last.status()).isEqualTo(TaskStatus.CANCELLED);
			assertThat(buffer.toByteArray()).containsExactly(7);

			pool.submit(() -> buffer.toByteArray());
			assertDetached(buffer);
		}
		assertThat(buffer.toByteArray()).containsExactly(7);
		buffer.close();
	}

	@ParameterizedTest
	@EnumSource
	void taskThatCantHaveItsBufferFailsAndTakesNothing(Way way) throws Exception {
		try (WorkerPool pool = way.pool();
				TransferableBuffer good = buffer(5);
				TransferableBuffer gone = TransferableBuffer.allocate(1)) {
			gone.close();
			assertThat(failure(pool.submit(() -> good.size() + gone.size())))
				.isInstanceOf(TaskSerializationException.class)
				.hasMessageContaining("closed");
			assertThat(good.toByteArray()).containsExactly(5);
			assertThat(failure(pool.submit(() -> 1, TaskOptions.none().withTransfer(good, "text"))))
				.isInstanceOf(IllegalArgumentException.class)
				.hasMessageContaining("java.lang.String");
			assertThat(good.toByteArray()).containsExactly(5);
			assertThat(failure(pool.submit(() -> 1, TaskOptions.none().withTransfer(good).withMaxAttempts(2))))
				.isInstanceOf(IllegalArgumentException.class)
				.hasMessageContaining("maxAttempts");
			assertThat(good.toByteArray()).containsExactly(5);
			if (way != Way.THREAD) {
				Object stubborn = new Object();
				assertThat(failure(pool.submit(() -> good.size() + stubborn.hashCode())))
					.isInstanceOf(TaskSerializationException.class);
				assertThat(good.toByteArray()).containsExactly(5);
			}
			assertThat(get(pool.submit(() -> "alive"))).isEqualTo("alive");
		}
	}

	@ParameterizedTest
	@EnumSource
	void itemsOfAMapMove(Way way) throws Exception {
		try (WorkerPool pool = way.pool(2, 100)) {
			List<TransferableBuffer> buffers = new ArrayList<>();
			for (int i = 0; i < 10; i++) {
				buffers.add(buffer(i));
			}
			List<TransferableBuffer> back = get(
					pool.map(buffers, TaskMemoryIntegrationTests::doubled, MapOptions.none().withChunkSize(3)));
			assertThat(back).extracting((buffer) -> (int) buffer.toByteArray()[0])
				.containsExactly(0, 2, 4, 6, 8, 10, 12, 14, 16, 18);
			back.forEach(TransferableBuffer::close);
		}
	}

	@ParameterizedTest
	@EnumSource
	void buffersInEventsAndDeepInResultsBelongToTheSubmitter(Way way) throws Exception {
		try (WorkerPool pool = way.pool()) {
			TransferableBuffer first = buffer(1);
			TransferableBuffer second = buffer(2);
			List<Object> events = new CopyOnWriteArrayList<>();
			pool.pause();
			TaskFuture<Map<String, List<TransferableBuffer>>> task = pool.submit(() -> {
				WorkerContext.current().orElseThrow().emit(doubled(first));
				return Map.of("made", List.of(buffer(3), doubled(second)));
			});
			task.onEvent((event) -> events.add(((TransferableBuffer) event).toByteArray()[0]));
			task.onEvent((event) -> ((TransferableBuffer) event).close());
			pool.resume();
			List<TransferableBuffer> made = get(task).get("made");
			assertThat(made).extracting((buffer) -> (int) buffer.toByteArray()[0]).containsExactly(3, 4);
			made.forEach(TransferableBuffer::close);
			await().atMost(PATIENCE).untilAsserted(() -> assertThat(events).containsExactly((byte) 2));
		}
	}

	@ParameterizedTest
	@EnumSource
	void sharedMemoryIsSharedWithTasksAndItems(Way way) throws Exception {
		try (WorkerPool pool = way.pool(2, 100); SharedMemory memory = SharedMemory.allocate(64)) {
			SharedIntArray cells = memory.ints();
			get(pool.map(List.of(1, 2, 3, 4), (item) -> cells.getAndAdd(0, item)));
			assertThat(cells.get(0)).isEqualTo(10);
			SharedMemory same = get(pool.submit(() -> {
				memory.longs().set(1, 42);
				return memory;
			}));
			assertThat(same.longs().get(1)).isEqualTo(42);
			assertThat(memory.longs().get(1)).isEqualTo(42);
		}
	}

	@ParameterizedTest
	@EnumSource
	void largeBuffersGoToAndFroManyTimes(Way way) throws Exception {
		try (WorkerPool pool = way.pool()) {
			TransferableBuffer buffer = TransferableBuffer.allocate(8 << 20);
			for (int i = 0; i < 20; i++) {
				TransferableBuffer given = buffer;
				int round = i;
				buffer = get(pool.submit(() -> {
					given.asBuffer().putInt(round * 4, round);
					return given;
				}));
			}
			for (int i = 0; i < 20; i++) {
				assertThat(buffer.asBuffer().getInt(i * 4)).isEqualTo(i);
			}
			buffer.close();
		}
	}

	@Test
	void bufferGoesWithAWorkerThatDiesAndTheTaskIsNotRunAgain() throws Exception {
		try (WorkerPool pool = Way.PROCESS.pool(); SharedMemory runs = SharedMemory.allocate(8)) {
			TransferableBuffer buffer = buffer(1);
			SharedIntArray counter = runs.ints();
			TaskFuture<Integer> task = pool.submit(() -> {
				counter.getAndAdd(0, buffer.size());
				Runtime.getRuntime().halt(3);
				return 0;
			});
			assertThat(failure(task)).isInstanceOf(WorkerCrashedException.class);
			assertDetached(buffer);
			assertThat(get(pool.submit(() -> "next"))).isEqualTo("next");
			assertThat(counter.get(0)).isEqualTo(1);
		}
	}

	@Test
	void taskThatWasNotStartedTakesItsBufferToAnotherChild() throws Exception {
		try (WorkerPool pool = Way.PROCESS.pool()) {
			long pid = get(pool.submit(() -> ProcessHandle.current().pid()));
			TransferableBuffer buffer = buffer(4);
			ProcessHandle.of(pid).orElseThrow().destroyForcibly();
			try (TransferableBuffer back = get(pool.submit(() -> doubled(buffer)))) {
				assertThat(back.toByteArray()).containsExactly(8);
			}
		}
	}

	@ParameterizedTest
	@EnumSource
	void bufferOfATaskWhoseContextBreaksIsItsOwnersAgain(Way way) throws Exception {
		WorkerPoolFactory factory = new WorkerPoolFactory().withContext(new BrokenContext(() -> {
			throw new IllegalStateException("broken");
		}));
		try (WorkerPool pool = way.pool(factory, 1, 100); TransferableBuffer buffer = buffer(3)) {
			assertThat(failure(pool.submit(() -> buffer.size()))).hasMessageContaining("broken");
			assertThat(buffer.toByteArray()).containsExactly(3);
		}
	}

	@ParameterizedTest
	@EnumSource
	void bufferOfATaskThatIsCancelledBeforeItsCodeBeginsIsItsOwnersAgain(Way way) throws Exception {
		CountDownLatch started = new CountDownLatch(1);
		CountDownLatch cancelled = new CountDownLatch(1);
		WorkerPoolFactory factory = new WorkerPoolFactory().withContext(new BrokenContext(() -> {
			started.countDown();
			boolean waits = true;
			while (waits) {
				try {
					waits = !cancelled.await(30, TimeUnit.SECONDS);
				}
				catch (InterruptedException ex) {
					// It is the cancellation
				}
			}
		}));
		try (WorkerPool pool = way.pool(factory, 1, 100); TransferableBuffer buffer = buffer(3)) {
			TaskFuture<Integer> task = pool.submit(() -> buffer.size());
			assertThat(started.await(30, TimeUnit.SECONDS)).isTrue();
			task.cancel(true);
			cancelled.countDown();
			await().atMost(PATIENCE).untilAsserted(() -> assertThat(buffer.isDetached()).isFalse());
			assertThat(buffer.toByteArray()).containsExactly(3);
		}
	}

	@Test
	void sharedMemoryIsStillThereWhenATaskRunsAgain() throws Exception {
		try (WorkerPool pool = Way.PROCESS.pool(); SharedMemory memory = SharedMemory.allocate(8)) {
			TaskFuture<Integer> task = pool.submit(() -> {
				if (memory.ints().getAndAdd(0, 1) == 0) {
					Runtime.getRuntime().halt(3);
				}
				return 42;
			}, TaskOptions.none().withMaxAttempts(3));
			assertThat(get(task)).isEqualTo(42);
			assertThat(memory.ints().get(0)).isEqualTo(2);
		}
	}

	@ParameterizedTest
	@EnumSource
	void whatATaskUsesUpCanBeClosedByWhoeverGaveIt(Way way) throws Exception {
		try (WorkerPool pool = way.pool()) {
			TransferableBuffer used = buffer(1, 2);
			try (TransferableBuffer buffer = used) {
				assertThat(get(pool.submit(() -> buffer.size()))).isEqualTo(2);
			}
			assertDetached(used);
			get(pool.submit(() -> "next"));
		}
	}

	@Test
	void resultThatNobodyWantsAnyMoreIsFreed() throws Exception {
		try (WorkerPool pool = Way.PROCESS.pool(); SharedMemory gate = SharedMemory.allocate(8)) {
			SharedIntArray cells = gate.ints();
			TaskFuture<TransferableBuffer> task = pool.submit(() -> {
				cells.set(0, 1);
				cells.signal(0, 1);
				try {
					cells.await(1, 0);
				}
				catch (InterruptedException ex) {
					// It ends in its own way
				}
				return TransferableBuffer.allocate(1 << 20);
			});
			await().atMost(PATIENCE).until(() -> cells.get(0) == 1);
			task.cancel(true);
			assertThat(get(pool.submit(() -> "next"))).isEqualTo("next");
			assertThat(pool.snapshot().restarts()).isZero();
		}
	}

	@Test
	void promisedBufferBelongsToTheSubmitterThoughItRanTheTaskItself() throws Exception {
		PoolSettings settings = PoolSettings.builder("memory")
			.size(1)
			.queue((queue) -> queue.capacity(0).overflow(OverflowPolicy.CALLER_RUNS))
			.build();
		try (WorkerPool pool = new WorkerPoolFactory().create(settings)) {
			get(pool.ready());
			CountDownLatch busy = new CountDownLatch(1);
			CountDownLatch free = new CountDownLatch(1);
			TaskFuture<Boolean> occupying = pool.submit(() -> {
				busy.countDown();
				return free.await(30, TimeUnit.SECONDS);
			});
			assertThat(busy.await(30, TimeUnit.SECONDS)).isTrue();
			TransferableBuffer buffer = buffer(21);
			TransferableBuffer back = get(get(pool.submit(() -> CompletableFuture.completedFuture(doubled(buffer)))));
			free.countDown();
			get(occupying);
			assertThat(get(CompletableFuture.supplyAsync(back::toByteArray))).containsExactly(42);
			back.close();
		}
	}

	/**
	 * Does something before a task's code, and perhaps not that.
	 */
	private static final class BrokenContext implements TaskContext {

		private final Runnable before;

		BrokenContext(Runnable before) {
			this.before = before;
		}

		@Override
		public Captured capture() {
			return new Captured() {

				@Override
				public <R extends @Nullable Object> R call(Callable<R> body) throws Exception {
					BrokenContext.this.before.run();
					return body.call();
				}

			};
		}

		@Override
		public TaskContext acrossJvms() {
			return this;
		}

	}

}
