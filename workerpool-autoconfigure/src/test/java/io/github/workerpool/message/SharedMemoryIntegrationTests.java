package io.github.workerpool.message;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.github.workerpool.Isolation;
import io.github.workerpool.memory.AwaitResult;
import io.github.workerpool.memory.SharedIntArray;
import io.github.workerpool.memory.SharedLongArray;
import io.github.workerpool.memory.SharedMemory;
import io.github.workerpool.process.Leftovers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Memory that workers of both isolations share with each other and with this JVM.
 */
@ExtendWith(Leftovers.class)
class SharedMemoryIntegrationTests {

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private static final int INCREMENTS = 100_000;

	private static final int PLAIN_BYTES = 100_000;

	/** The cells that the scripts use; plain bytes follow. */
	private static final int COUNTER = 0;

	private static final int BELL = 1;

	private static final int DONE = 2;

	private static final int PLAIN_AT = 64;

	private static WorkerOptions options(Isolation isolation, Object data) {
		return WorkerIntegrationTests.options(isolation).withWorkerData(data);
	}

	private static Worker start(Class<? extends WorkerScript> script, Isolation isolation, SharedMemory memory) {
		return Worker.start(script, options(isolation, memory));
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void counterOfParentAndFourWorkersIsExact(Isolation isolation) {
		try (SharedMemory memory = SharedMemory.allocate(64)) {
			List<Worker> four = IntStream.range(0, 4)
				.mapToObj((i) -> start(Counting.class, isolation, memory))
				.toList();
			// at the same time, not before the workers have started
			await().atMost(PATIENCE).until(() -> memory.ints().get(COUNTER) > 0);
			Counting.count(memory);
			four.forEach((worker) -> assertThat(WorkerIntegrationTests.exitCode(worker)).isZero());
			assertThat(memory.ints().get(COUNTER)).isEqualTo(5 * INCREMENTS);
			assertThat(memory.longs().get(Counting.LONG_COUNTER)).isEqualTo(5 * INCREMENTS);
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void workerKilledWhileItCountsLeavesTheOthersCounting(Isolation survivors) {
		try (SharedMemory memory = SharedMemory.allocate(64)) {
			Worker victim = start(CountingForEver.class, Isolation.PROCESS, memory);
			await().atMost(PATIENCE).until(() -> memory.ints().get(COUNTER) > 1000);
			kill(victim);
			int before = memory.ints().get(COUNTER);
			long longBefore = memory.longs().get(Counting.LONG_COUNTER);
			Worker survivor = start(Counting.class, survivors, memory);
			Counting.count(memory);
			assertThat(WorkerIntegrationTests.exitCode(survivor)).isZero();
			assertThat(memory.ints().get(COUNTER)).isEqualTo(before + 2 * INCREMENTS);
			assertThat(memory.longs().get(Counting.LONG_COUNTER)).isEqualTo(longBefore + 2 * INCREMENTS);
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void workerKilledWhileItWaitsTakesNoSignalFromTheOthers(Isolation survivors) {
		try (SharedMemory memory = SharedMemory.allocate(64)) {
			Worker victim = start(Waiting.class, Isolation.PROCESS, memory);
			awaitWaiting(memory, 1);
			Worker survivor = start(Waiting.class, survivors, memory);
			awaitWaiting(memory, 2);
			kill(victim);
			// the victim has waited longer
			await().atMost(PATIENCE).until(() -> memory.ints().signal(BELL, 1) == 1);
			assertThat(WorkerIntegrationTests.exitCode(survivor)).isZero();
			assertThat(memory.ints().get(DONE)).isEqualTo(1);
			assertThat(memory.ints().signal(BELL, Integer.MAX_VALUE)).isZero();
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void terminationEndsAnAwait(Isolation isolation) {
		try (SharedMemory memory = SharedMemory.allocate(64)) {
			Worker worker = Worker.start(Waiting.class, options(isolation, memory).withGrace(Duration.ofSeconds(30)));
			awaitWaiting(memory, 1);
			assertThat(WorkerIntegrationTests.within(worker.terminate())).isEqualTo(1);
			// it was not killed in its sleep
			assertThat(memory.ints().get(DONE)).isEqualTo(Waiting.INTERRUPTED);
			assertThat(memory.ints().signal(BELL, Integer.MAX_VALUE)).isZero();
		}
	}

	@Test
	void signalTellsHowManyItWokeOfBothIsolations() {
		try (SharedMemory memory = SharedMemory.allocate(64)) {
			List<Worker> four = Stream.of(Isolation.values())
				.flatMap((isolation) -> Stream.of(isolation, isolation))
				.map((isolation) -> start(Waiting.class, isolation, memory))
				.toList();
			awaitWaiting(memory, 4);
			SharedIntArray ints = memory.ints();
			// all have said that they are about to wait, and may not yet
			List<Integer> woken = new ArrayList<>();
			await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(() -> {
				woken.add(ints.signal(BELL, 3));
				return woken.stream().mapToInt(Integer::intValue).sum() == 4;
			});
			assertThat(woken).allMatch((count) -> count <= 3);
			four.forEach((worker) -> assertThat(WorkerIntegrationTests.exitCode(worker)).isZero());
			assertThat(ints.get(DONE)).isEqualTo(4);
			assertThat(ints.signal(BELL, Integer.MAX_VALUE)).isZero();
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void parentAndWorkerTakeTurns(Isolation isolation) throws Exception {
		try (SharedMemory memory = SharedMemory.allocate(64)) {
			Worker worker = start(TakingTurns.class, isolation, memory);
			SharedIntArray ints = memory.ints();
			for (int turn = 1; turn <= TakingTurns.TURNS; turn++) {
				ints.set(COUNTER, turn);
				ints.signal(COUNTER, 1);
				while (ints.get(DONE) < turn) {
					assertThat(ints.await(DONE, turn - 1, PATIENCE)).as("turn %d", turn)
						.isNotEqualTo(AwaitResult.TIMED_OUT);
				}
			}
			assertThat(WorkerIntegrationTests.exitCode(worker)).isZero();
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void plainWritesAreSeenByWhoeverSeesAMessageACellOrTheEnd(Isolation isolation) {
		for (Publication publication : Publication.values()) {
			try (SharedMemory memory = SharedMemory.allocate(PLAIN_AT + PLAIN_BYTES)) {
				Worker worker = Worker.start(Writing.class,
						options(isolation, Map.of("memory", memory, "by", publication)));
				List<Object> heard = new CopyOnWriteArrayList<>();
				worker.onMessage(heard::add);
				switch (publication) {
					case MESSAGE -> await().atMost(PATIENCE).until(() -> !heard.isEmpty());
					case CELL -> await().atMost(PATIENCE).until(() -> memory.ints().get(DONE) == 1);
					case END -> assertThat(WorkerIntegrationTests.exitCode(worker)).isZero();
				}
				assertThat(sum(memory)).as("%s", publication).isEqualTo(PLAIN_BYTES);
				memory.ints().set(BELL, 1);
				memory.ints().signal(BELL, 1);
				assertThat(WorkerIntegrationTests.exitCode(worker)).isZero();
			}
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void plainWritesOfTheParentAreSeenByTheWorkerThatGetsAMessage(Isolation isolation) {
		try (SharedMemory memory = SharedMemory.allocate(PLAIN_AT + PLAIN_BYTES)) {
			Worker worker = start(Reading.class, isolation, memory);
			List<Object> heard = new CopyOnWriteArrayList<>();
			worker.onMessage(heard::add);
			for (int round = 1; round <= 20; round++) {
				fill(memory, (byte) round);
				worker.postMessage("look");
				int wanted = round;
				await().atMost(PATIENCE).pollInterval(Duration.ofMillis(1)).until(() -> heard.size() == wanted);
				assertThat(heard.get(round - 1)).isEqualTo(round * PLAIN_BYTES);
			}
			worker.close();
		}
	}

	private static void fill(SharedMemory memory, byte value) {
		ByteBuffer buffer = memory.asBuffer().position(PLAIN_AT);
		while (buffer.hasRemaining()) {
			buffer.put(value);
		}
	}

	private static int sum(SharedMemory memory) {
		ByteBuffer buffer = memory.asBuffer().position(PLAIN_AT);
		int sum = 0;
		while (buffer.hasRemaining()) {
			sum += buffer.get();
		}
		return sum;
	}

	/** Until so many workers are about to wait. */
	private static void awaitWaiting(SharedMemory memory, int count) {
		await().atMost(PATIENCE).until(() -> memory.ints().get(COUNTER) == count);
	}

	private static void kill(Worker worker) {
		ProcessHandle.of(worker.pid().getAsLong()).orElseThrow().destroyForcibly();
		worker.onError((error) -> {
		});
		assertThat(WorkerIntegrationTests.exitCode(worker)).isEqualTo(137);
	}

	enum Publication {

		MESSAGE, CELL, END

	}

	/** Adds to an {@code int} and to a {@code long}. */
	static final class Counting implements WorkerScript {

		static final int LONG_COUNTER = 4;

		@Override
		public void run(WorkerScope scope) {
			count((SharedMemory) scope.workerData());
		}

		static void count(SharedMemory memory) {
			SharedIntArray ints = memory.ints();
			SharedLongArray longs = memory.longs();
			for (int i = 0; i < INCREMENTS; i++) {
				ints.getAndAdd(COUNTER, 1);
				long before;
				do {
					before = longs.get(LONG_COUNTER);
				}
				while (!longs.compareAndSet(LONG_COUNTER, before, before + 1));
			}
		}

	}

	static final class CountingForEver implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			while (!scope.isTerminated()) {
				Counting.count((SharedMemory) scope.workerData());
			}
		}

	}

	/** Says that it is about to wait, waits, and says how that ended. */
	static final class Waiting implements WorkerScript {

		static final int INTERRUPTED = 1000;

		@Override
		public void run(WorkerScope scope) throws InterruptedException {
			SharedIntArray ints = ((SharedMemory) scope.workerData()).ints();
			ints.getAndAdd(COUNTER, 1);
			try {
				if (ints.await(BELL, 0) == AwaitResult.OK) {
					ints.getAndAdd(DONE, 1);
				}
			}
			catch (InterruptedException ex) {
				ints.getAndAdd(DONE, INTERRUPTED);
				throw ex;
			}
		}

	}

	/** Repeats each number that it is told. */
	static final class TakingTurns implements WorkerScript {

		static final int TURNS = 1000;

		@Override
		public void run(WorkerScope scope) throws InterruptedException {
			SharedIntArray ints = ((SharedMemory) scope.workerData()).ints();
			for (int turn = 1; turn <= TURNS; turn++) {
				while (ints.get(COUNTER) < turn) {
					if (ints.await(COUNTER, turn - 1, PATIENCE) == AwaitResult.TIMED_OUT) {
						throw new IllegalStateException("No signal in turn " + turn);
					}
				}
				ints.set(DONE, turn);
				ints.signal(DONE, 1);
			}
		}

	}

	/** Writes plainly, and has it known in one way. */
	static final class Writing implements WorkerScript {

		@Override
		public void run(WorkerScope scope) throws InterruptedException {
			Map<?, ?> data = (Map<?, ?>) scope.workerData();
			SharedMemory memory = (SharedMemory) data.get("memory");
			fill(memory, (byte) 1);
			Publication publication = (Publication) data.get("by");
			if (publication == Publication.MESSAGE) {
				scope.parentPort().postMessage("written");
			}
			else if (publication == Publication.CELL) {
				memory.ints().set(DONE, 1);
			}
			if (publication != Publication.END) {
				// so that it is not its end that tells
				memory.ints().await(BELL, 0, PATIENCE);
			}
		}

	}

	/** Reads plainly whenever it is told to. */
	static final class Reading implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			SharedMemory memory = (SharedMemory) scope.workerData();
			scope.parentPort().onMessage((message) -> scope.parentPort().postMessage(sum(memory)));
		}

	}

}
