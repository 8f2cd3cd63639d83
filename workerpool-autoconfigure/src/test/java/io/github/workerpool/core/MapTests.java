package io.github.workerpool.core;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

import io.github.workerpool.MapOptions;
import io.github.workerpool.Outcome;
import io.github.workerpool.OverflowPolicy;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.RejectedTaskException.Reason;
import io.github.workerpool.TaskFunction;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.TaskTimeoutException;
import io.github.workerpool.WorkerContext;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Many items, as a few tasks at a time.
 */
class MapTests {

	@RegisterExtension
	final Pools pools = new Pools();

	@ParameterizedTest
	@CsvSource({ "0,1,1", "1,1,1", "7,1,1", "7,3,2", "7,7,1", "7,100,9", "100,1,3", "1000,7,2", "1000,,", "3,,5" })
	void resultsComeInTheItemsOrder(int items, Integer chunkSize, Integer concurrency) {
		SupervisedWorkerPool pool = this.pools.ready(2);
		List<Integer> in = IntStream.range(0, items).boxed().toList();
		MapOptions options = MapOptions.none();
		options = (chunkSize != null) ? options.withChunkSize(chunkSize) : options;
		options = (concurrency != null) ? options.withConcurrency(concurrency) : options;
		TaskFuture<List<String>> future = pool.map(in, (item) -> "r" + item, options);
		assertThat(future).succeedsWithin(Gate.PATIENCE).isEqualTo(in.stream().map((item) -> "r" + item).toList());
		assertThat(future.status()).isEqualTo(TaskStatus.SUCCEEDED);
		TaskFuture<List<Outcome<String>>> outcomes = pool.mapOutcomes(in, (item) -> "r" + item, options);
		assertThat(outcomes).succeedsWithin(Gate.PATIENCE)
			.isEqualTo(in.stream().map((item) -> Outcome.success("r" + item)).toList());
	}

	@Test
	void nullsAreItemsAndResults() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		List<String> items = Arrays.asList("a", null, "b");
		assertThat(pool.map(items, (item) -> item)).succeedsWithin(Gate.PATIENCE).isEqualTo(items);
		assertThat(pool.mapOutcomes(items, (item) -> item, MapOptions.none()).join()).allMatch(Outcome::isSuccess)
			.extracting(Outcome::value)
			.containsExactly("a", null, "b");
	}

	@Test
	void anyCollectionIsTakenAsItIsNow() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate gate = this.pools.occupy(pool, 1);
		List<Integer> items = new ArrayList<>(List.of(1, 2, 3));
		TaskFuture<List<Integer>> future = pool.map(items, (item) -> item * 2);
		items.clear();
		gate.open();
		assertThat(future).succeedsWithin(Gate.PATIENCE).isEqualTo(List.of(2, 4, 6));
		assertThat(pool.map(new LinkedHashSet<>(List.of(3, 1)), (item) -> item)).succeedsWithin(Gate.PATIENCE)
			.isEqualTo(List.of(3, 1));
	}

	@Test
	void theResultCannotBeChanged() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		List<Integer> result = pool.map(List.of(1, 2), (item) -> item).join();
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> result.set(0, 5));
	}

	@Test
	void nothingToMapIsDoneAtOnce() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		this.pools.occupy(pool, 1);
		TaskFuture<List<Integer>> future = pool.map(List.<Integer>of(), (item) -> item);
		assertThat(future.isDone()).isTrue();
		assertThat(future.join()).isEmpty();
		assertThat(future.status()).isEqualTo(TaskStatus.SUCCEEDED);
		assertThat(pool.snapshot().tasks().submitted()).as("none but the one that occupies the worker").isEqualTo(1);
	}

	@Test
	void nullArgumentsAreRefused() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		assertThatNullPointerException().isThrownBy(() -> pool.map(null, (item) -> item));
		assertThatNullPointerException().isThrownBy(() -> pool.map(List.of(1), null));
		assertThatNullPointerException().isThrownBy(() -> pool.map(List.of(1), (item) -> item, null));
		assertThatNullPointerException().isThrownBy(() -> pool.mapOutcomes(List.of(1), (item) -> item, null));
	}

	@Test
	void eachChunkCountsAsOneTask() {
		SupervisedWorkerPool pool = this.pools.ready(2);
		pool.map(IntStream.range(0, 10).boxed().toList(), (item) -> item, MapOptions.none().withChunkSize(3)).join();
		Pools.await(() -> assertThat(pool.snapshot().tasks().succeeded()).isEqualTo(4));
		assertThat(pool.snapshot().tasks().submitted()).isEqualTo(4);
	}

	@Test
	void byDefaultEachWorkerGetsSeveralChunks() {
		SupervisedWorkerPool pool = this.pools.ready(2);
		pool.map(IntStream.range(0, 1000).boxed().toList(), (item) -> item).join();
		Pools.await(() -> assertThat(pool.snapshot().tasks().succeeded()).isEqualTo(8));
	}

	@Test
	void theChunksHaveTheirOptions() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate gate = this.pools.gate();
		TaskOptions options = TaskOptions.none().withName("thumbnails").withTimeout(Duration.ofMillis(30));
		TaskFuture<List<Integer>> future = pool.map(List.of(1, 2), (item) -> {
			gate.pass();
			return item;
		}, MapOptions.none().withTaskOptions(options));
		assertThat(future.name()).isEqualTo("thumbnails");
		assertThat(future.id()).startsWith(pool.name() + "-map-");
		assertThat(Pools.errorOf(future)).isInstanceOf(TaskTimeoutException.class).hasMessageContaining("'thumbnails'");
		assertThat(future.status()).isEqualTo(TaskStatus.TIMED_OUT);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3 })
	void noMoreThanSoManyChunksAreInThePoolAtOnce(int concurrency) {
		SupervisedWorkerPool pool = this.pools.ready(4);
		AtomicInteger running = new AtomicInteger();
		AtomicInteger most = new AtomicInteger();
		TaskFunction<Integer, Integer> function = (item) -> {
			most.accumulateAndGet(running.incrementAndGet(), Math::max);
			Thread.yield();
			running.decrementAndGet();
			return item;
		};
		MapOptions options = MapOptions.none().withChunkSize(1).withConcurrency(concurrency);
		for (int round = 0; round < 20; round++) {
			most.set(0);
			assertThat(pool.map(IntStream.range(0, 500).boxed().toList(), function, options))
				.succeedsWithin(Gate.PATIENCE)
				.asInstanceOf(InstanceOfAssertFactories.LIST)
				.hasSize(500);
			assertThat(most.get()).isBetween(1, concurrency);
		}
	}

	@Test
	void chunksInThePoolAreRunningOrQueued() {
		SupervisedWorkerPool pool = this.pools.ready(2);
		Gate gate = this.pools.gate();
		TaskFuture<List<Integer>> future = pool.map(IntStream.range(0, 10).boxed().toList(), (item) -> {
			gate.pass();
			return item;
		}, MapOptions.none().withChunkSize(1).withConcurrency(5));
		gate.awaitEntered(2);
		assertThat(pool.queue().size()).isEqualTo(3);
		assertThat(future.status()).isEqualTo(TaskStatus.RUNNING);
		gate.open();
		assertThat(future).succeedsWithin(Gate.PATIENCE);
	}

	@Test
	void aMapIsQueuedUntilItsFirstChunkRuns() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate before = this.pools.occupy(pool, 1);
		Gate gate = this.pools.gate();
		TaskFuture<List<Integer>> future = pool.map(List.of(1, 2), (item) -> {
			gate.pass();
			return item;
		}, MapOptions.none().withChunkSize(1));
		assertThat(future.status()).isEqualTo(TaskStatus.QUEUED);
		assertThat(future.isDone()).isFalse();
		before.open();
		gate.awaitEntered();
		assertThat(future.status()).isEqualTo(TaskStatus.RUNNING);
		assertThat(future).hasToString("TaskFuture[" + future.id() + ", task, RUNNING]");
		gate.open();
		assertThat(future).succeedsWithin(Gate.PATIENCE);
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 3 })
	void aMapNeverFillsTheQueueByItself(int capacity) {
		SupervisedWorkerPool pool = this.pools
			.ready((settings) -> settings.size(2).queue((queue) -> queue.capacity(capacity)));
		for (int round = 0; round < 10; round++) {
			TaskFuture<List<Integer>> future = pool.map(IntStream.range(0, 1000).boxed().toList(), (item) -> item,
					MapOptions.none().withChunkSize(1).withConcurrency(100));
			assertThat(future).succeedsWithin(Gate.PATIENCE).asInstanceOf(InstanceOfAssertFactories.LIST).hasSize(1000);
		}
		assertThat(pool.snapshot().tasks().rejected()).isZero();
	}

	@Test
	void aMapOverAQueueWithoutBoundIsNotSerial() {
		SupervisedWorkerPool pool = this.pools
			.ready((settings) -> settings.size(2).queue((queue) -> queue.capacity(Integer.MAX_VALUE)));
		Gate gate = this.pools.gate();
		TaskFuture<List<Integer>> future = pool.map(List.of(1, 2), (item) -> {
			gate.pass();
			return item;
		}, MapOptions.none().withChunkSize(1).withConcurrency(2));
		gate.awaitEntered(2);
		gate.open();
		assertThat(future).succeedsWithin(Gate.PATIENCE);
	}

	@Test
	void aMapWaitsItsTurnWhenOthersFillTheQueue() {
		SupervisedWorkerPool pool = this.pools
			.ready((settings) -> settings.size(1).queue((queue) -> queue.capacity(2)));
		Gate gate = this.pools.gate();
		TaskFuture<List<Integer>> future = pool.map(IntStream.range(0, 20).boxed().toList(), (item) -> {
			if (item == 0) {
				gate.pass();
			}
			return item;
		}, MapOptions.none().withChunkSize(1).withConcurrency(1));
		gate.awaitEntered();
		List<TaskFuture<Integer>> others = List.of(pool.submit(() -> 1), pool.submit(() -> 2));
		gate.open();
		assertThat(future).succeedsWithin(Gate.PATIENCE).asInstanceOf(InstanceOfAssertFactories.LIST).hasSize(20);
		assertThat(others).allSatisfy((other) -> assertThat(other).succeedsWithin(Gate.PATIENCE));
	}

	@Test
	void aMapThatFindsTheQueueFullFromTheStartIsRefused() {
		SupervisedWorkerPool pool = this.pools.ready((settings) -> settings.queue((queue) -> queue.capacity(1)));
		this.pools.occupy(pool, 1);
		pool.submit(() -> 1);
		TaskFuture<List<Integer>> future = pool.map(List.of(1, 2), (item) -> item);
		assertThat(Pools.errorOf(future)).isInstanceOfSatisfying(RejectedTaskException.class,
				(ex) -> assertThat(ex.reason()).isEqualTo(Reason.QUEUE_FULL));
		assertThat(future.status()).isEqualTo(TaskStatus.REJECTED);
	}

	@Test
	void aMapThatFindsSomeRoomUsesThatUntilThereIsMore() {
		SupervisedWorkerPool pool = this.pools.ready((settings) -> settings.queue((queue) -> queue.capacity(3)));
		Gate gate = this.pools.occupy(pool, 1);
		pool.submit(() -> 1);
		pool.submit(() -> 1);
		TaskFuture<List<Integer>> future = pool.map(IntStream.range(0, 50).boxed().toList(), (item) -> item,
				MapOptions.none().withChunkSize(1).withConcurrency(4));
		assertThat(pool.queue().size()).isEqualTo(3);
		assertThat(future.isDone()).isFalse();
		gate.open();
		assertThat(future).succeedsWithin(Gate.PATIENCE).asInstanceOf(InstanceOfAssertFactories.LIST).hasSize(50);
	}

	@ParameterizedTest
	@EnumSource
	void aMapGetsThroughBesideOthersUnderEveryPolicy(OverflowPolicy policy) throws Exception {
		SupervisedWorkerPool pool = this.pools.ready((settings) -> settings.size(2)
			.queue((queue) -> queue.capacity(4).overflow(policy).offerTimeout(Duration.ofMinutes(1))));
		AtomicInteger done = new AtomicInteger();
		Pools.Spawned<Void> others = this.pools.spawn(() -> {
			while (done.get() < 3) {
				pool.submit(() -> 1);
				Thread.yield();
			}
			return null;
		});
		for (int round = 0; round < 3; round++) {
			// Others may have filled the queue just now, which is no fault of the map's
			TaskFuture<List<Integer>> future;
			do {
				future = pool.map(IntStream.range(0, 300).boxed().toList(), (item) -> item,
						MapOptions.none().withChunkSize(1).withConcurrency(2));
				Throwable error = catchThrowable(future::join);
				assertThat(error == null
						|| (policy == OverflowPolicy.REJECT && error.getCause() instanceof RejectedTaskException refused
								&& refused.reason() == Reason.QUEUE_FULL))
					.as(() -> "unexpected " + error)
					.isTrue();
			}
			while (future.isCompletedExceptionally());
			done.incrementAndGet();
		}
		others.get();
	}

	@Test
	void aMapThatWaitsForRoomDoesNotHoldUpTheWorkersThatMakeIt() throws Exception {
		SupervisedWorkerPool pool = this.pools.ready((settings) -> settings.size(1)
			.queue((queue) -> queue.capacity(1).overflow(OverflowPolicy.WAIT).offerTimeout(Duration.ofMinutes(10))));
		Gate first = this.pools.gate();
		TaskFuture<List<Integer>> future = pool.map(IntStream.range(0, 20).boxed().toList(), (item) -> {
			if (item == 0) {
				first.pass();
			}
			return item;
		}, MapOptions.none().withChunkSize(1).withConcurrency(1));
		first.awaitEntered();
		TaskFuture<Integer> queued = pool.submit(() -> 1);
		List<Pools.Spawned<Integer>> waiting = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			waiting.add(this.pools.spawn(() -> pool.submit(() -> 2).join()));
		}
		Pools.await(() -> assertThat(pool.dispatcher().submittersWaiting()).isEqualTo(3));
		first.open();
		assertThat(future).succeedsWithin(Gate.PATIENCE).asInstanceOf(InstanceOfAssertFactories.LIST).hasSize(20);
		assertThat(queued).succeedsWithin(Gate.PATIENCE);
		for (Pools.Spawned<Integer> one : waiting) {
			assertThat(one.get()).isEqualTo(2);
		}
	}

	@ParameterizedTest
	@EnumSource
	void manySmallChunksAreNoDeepStack(OverflowPolicy policy) {
		SupervisedWorkerPool pool = this.pools
			.ready((settings) -> settings.size(2).queue((queue) -> queue.capacity(2).overflow(policy)));
		TaskFuture<List<Integer>> future = pool.map(IntStream.range(0, 100_000).boxed().toList(), (item) -> item,
				MapOptions.none().withChunkSize(1).withConcurrency(3));
		assertThat(future).succeedsWithin(Gate.PATIENCE)
			.asInstanceOf(InstanceOfAssertFactories.LIST)
			.hasSize(100_000)
			.startsWith(0, 1, 2);
	}

	@Test
	void manyChunksThatTheirCallerRunsAreNoDeepStack() {
		SupervisedWorkerPool pool = this.pools
			.ready((settings) -> settings.queue((queue) -> queue.capacity(0).overflow(OverflowPolicy.CALLER_RUNS)));
		this.pools.occupy(pool, 1);
		TaskFuture<List<Integer>> future = pool.map(IntStream.range(0, 100_000).boxed().toList(), (item) -> item,
				MapOptions.none().withChunkSize(1));
		assertThat(future).succeedsWithin(Gate.PATIENCE).asInstanceOf(InstanceOfAssertFactories.LIST).hasSize(100_000);
	}

	@Test
	void manyChunksThatAreRefusedAreNoDeepStack() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		pool.close();
		List<Integer> items = IntStream.range(0, 100_000).boxed().toList();
		MapOptions options = MapOptions.none().withChunkSize(1);
		TaskFuture<List<Outcome<Integer>>> outcomes = pool.mapOutcomes(items, (item) -> item, options);
		assertThat(outcomes).succeedsWithin(Gate.PATIENCE)
			.asInstanceOf(InstanceOfAssertFactories.LIST)
			.hasSize(100_000);
		assertThat(outcomes.join())
			.allSatisfy((outcome) -> assertThat(outcome.error()).isInstanceOfSatisfying(RejectedTaskException.class,
					(ex) -> assertThat(ex.reason()).isEqualTo(Reason.CLOSED)));
		TaskFuture<List<Integer>> map = pool.map(items, (item) -> item, options);
		assertThat(Pools.errorOf(map)).isInstanceOf(RejectedTaskException.class);
		assertThat(map.status()).isEqualTo(TaskStatus.REJECTED);
	}

	@Test
	void aHugeCollectionIsMappedWithDefaults() {
		SupervisedWorkerPool pool = this.pools.ready(2);
		int size = 1_000_000;
		TaskFuture<List<Integer>> future = pool.map(IntStream.range(0, size).boxed().toList(), (item) -> item + 1);
		assertThat(future).succeedsWithin(Gate.PATIENCE);
		List<Integer> result = future.join();
		assertThat(result).hasSize(size);
		assertThat(result.get(0)).isEqualTo(1);
		assertThat(result.get(size - 1)).isEqualTo(size);
	}

	@Test
	void theFirstItemToFailFailsTheMapWithItsOwnExceptionAndItsIndex() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		IOException own = new IOException("own");
		TaskFuture<List<Integer>> future = pool.map(List.of(10, 11, 12, 13, 14), (item) -> {
			if (item == 13) {
				throw own;
			}
			return item;
		}, MapOptions.none().withChunkSize(2));
		assertThat(Pools.errorOf(future)).isSameAs(own);
		assertThat(own.getSuppressed()).singleElement()
			.satisfies((note) -> assertThat(note).hasMessageContaining("item 3 of 5"));
		assertThat(future.status()).isEqualTo(TaskStatus.FAILED);
	}

	@Test
	void aFailureCancelsWhatIsLeft() {
		SupervisedWorkerPool pool = this.pools.ready(2);
		Gate gate = this.pools.gate();
		AtomicInteger calls = new AtomicInteger();
		TaskFuture<List<Integer>> future = pool.map(IntStream.range(0, 100).boxed().toList(), (item) -> {
			calls.incrementAndGet();
			if (item == 0) {
				gate.awaitEntered();
				throw new IOException("own");
			}
			gate.pass();
			return item;
		}, MapOptions.none().withChunkSize(1).withConcurrency(4));
		assertThat(Pools.errorOf(future)).hasMessage("own");
		gate.awaitInterrupted();
		Pools.awaitIdle(pool);
		assertThat(pool.queue().size()).isZero();
		assertThat(calls.get()).isLessThanOrEqualTo(3);
		assertThat(pool.submit(() -> 1)).succeedsWithin(Gate.PATIENCE);
	}

	@Test
	void whatIsLeftIsCancelledBeforeDependantsOfTheFailureRun() {
		SupervisedWorkerPool pool = this.pools.ready(2);
		Gate gate = this.pools.gate();
		Gate fail = this.pools.gate();
		Gate slow = this.pools.gate();
		TaskFuture<List<Integer>> future = pool.map(List.of(0, 1), (item) -> {
			if (item == 0) {
				fail.pass();
				throw new IOException("own");
			}
			gate.pass();
			return item;
		}, MapOptions.none().withChunkSize(1));
		future.whenComplete((value, ex) -> slow.passStubbornly());
		gate.awaitEntered();
		fail.open();
		gate.awaitInterrupted();
		slow.awaitEntered().open();
	}

	@Test
	void mapOutcomesNeverFailsAsAWhole() {
		SupervisedWorkerPool pool = this.pools.ready(2);
		TaskFuture<List<Outcome<Integer>>> future = pool.mapOutcomes(IntStream.range(0, 10).boxed().toList(),
				(item) -> {
					if (item % 3 == 0) {
						throw new IOException("item " + item);
					}
					return item;
				}, MapOptions.none().withChunkSize(4));
		List<Outcome<Integer>> outcomes = future.join();
		assertThat(outcomes).hasSize(10);
		for (int i = 0; i < 10; i++) {
			Outcome<Integer> outcome = outcomes.get(i);
			assertThat(outcome.isSuccess()).isEqualTo(i % 3 != 0);
			if (outcome.isSuccess()) {
				assertThat(outcome.value()).isEqualTo(i);
				assertThat(outcome.error()).isNull();
			}
			else {
				assertThat(outcome.value()).isNull();
				assertThat(outcome.error()).isInstanceOf(IOException.class).hasMessage("item " + i);
			}
		}
		assertThat(future.status()).isEqualTo(TaskStatus.SUCCEEDED);
	}

	@Test
	void aStackOverflowCostsOnlyItsOwnItem() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		List<Outcome<Integer>> outcomes = pool
			.mapOutcomes(List.of(1, 2, 3), (item) -> (item == 2) ? endless(item) : item,
					MapOptions.none().withChunkSize(3))
			.join();
		assertThat(outcomes).extracting(Outcome::isSuccess).containsExactly(true, false, true);
		assertThat(outcomes.get(1).error()).isInstanceOf(io.github.workerpool.ResourceLimitExceededException.class)
			.hasCauseInstanceOf(StackOverflowError.class);
	}

	@Test
	void aChunkThatFailsAsAWholeCostsOnlyItsOwnItems() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate gate = this.pools.gate();
		List<Outcome<Integer>> outcomes = pool.mapOutcomes(List.of(1, 2, 3, 4), (item) -> {
			if (item == 2) {
				gate.pass();
			}
			return item;
		}, MapOptions.none().withChunkSize(2).withTaskOptions(TaskOptions.none().withTimeout(Duration.ofSeconds(2))))
			.join();
		assertThat(outcomes).extracting(Outcome::isSuccess).containsExactly(false, false, true, true);
		assertThat(outcomes.get(0).error()).isInstanceOf(TaskTimeoutException.class);
		assertThat(outcomes.get(1).error()).isInstanceOf(TaskTimeoutException.class);
	}

	@Test
	void cancellingReachesEveryChunk() {
		SupervisedWorkerPool pool = this.pools.ready(2);
		Gate gate = this.pools.gate();
		TaskFuture<List<Integer>> future = pool.map(IntStream.range(0, 100).boxed().toList(), (item) -> {
			gate.pass();
			return item;
		}, MapOptions.none().withChunkSize(1).withConcurrency(10));
		gate.awaitEntered(2);
		assertThat(future.cancel(true)).isTrue();
		assertThat(future.isDone()).isTrue();
		assertThat(future.isCancelled()).isTrue();
		assertThat(future.status()).isEqualTo(TaskStatus.CANCELLED);
		assertThat(catchThrowable(future::join)).isInstanceOf(CancellationException.class);
		Pools.awaitIdle(pool);
		assertThat(pool.queue().size()).isZero();
		assertThat(gate.entered()).isEqualTo(2);
		assertThat(gate.interrupted()).isEqualTo(2);
		assertThat(future.cancel(true)).isTrue();
		assertThat(future.cancel(false)).isTrue();
	}

	@Test
	void cancellingStopsWithinAChunk() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate gate = this.pools.gate();
		AtomicInteger calls = new AtomicInteger();
		TaskFuture<List<Integer>> future = pool.map(IntStream.range(0, 100).boxed().toList(), (item) -> {
			calls.incrementAndGet();
			gate.passStubbornly();
			return item;
		}, MapOptions.none().withChunkSize(100));
		gate.awaitEntered();
		future.cancel(true);
		gate.open();
		Pools.awaitIdle(pool);
		assertThat(calls).hasValue(1);
	}

	@Test
	void cancellingSoftlyStopsOnlyWhatHasNotBegun() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate before = this.pools.occupy(pool, 1);
		TaskFuture<List<Integer>> queued = pool.map(List.of(1, 2), (item) -> item);
		assertThat(queued.cancel(false)).isTrue();
		assertThat(pool.queue().size()).isZero();
		before.open();
		Gate gate = this.pools.gate();
		TaskFuture<List<Integer>> running = pool.map(List.of(1, 2), (item) -> {
			gate.pass();
			return item;
		});
		gate.awaitEntered();
		assertThat(running.cancel(false)).isFalse();
		assertThat(running.isDone()).isFalse();
		gate.open();
		assertThat(running).succeedsWithin(Gate.PATIENCE);
	}

	@Test
	void cancellingOneChunkInThePoolFailsTheMap() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		this.pools.occupy(pool, 1);
		TaskFuture<List<Integer>> future = pool.map(List.of(1, 2), (item) -> item,
				MapOptions.none().withChunkSize(1).withConcurrency(2));
		assertThat(pool.cancelQueued()).isEqualTo(2);
		assertThat(Pools.errorOf(future)).isInstanceOf(CancellationException.class);
		assertThat(future.status()).isEqualTo(TaskStatus.CANCELLED);
	}

	@Test
	void busyCallbackThreadsDelayNoCancellation() throws Exception {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate callbacks = this.pools.occupyCallbacks(pool);
		Gate gate = this.pools.gate();
		TaskFuture<List<Integer>> future = pool.map(List.of(1), (item) -> {
			gate.pass();
			return item;
		});
		gate.awaitEntered();
		Pools.Spawned<List<Integer>> waiter = this.pools.spawn(future::get).awaitBlocked();
		Pools.Spawned<Boolean> canceller = this.pools.spawn(() -> future.cancel(true));
		assertThat(canceller.get()).isTrue();
		assertThat(future.isDone()).isTrue();
		assertThat(future.isCancelled()).isTrue();
		assertThat(waiter.error()).isInstanceOf(CancellationException.class);
		gate.awaitInterrupted();
		callbacks.open();
	}

	@Test
	void mapsCancelledOnCallbackThreadsDoNotWaitForEachOther() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		this.pools.occupy(pool, 1);
		Gate all = this.pools.gate();
		List<TaskFuture<List<Integer>>> maps = new ArrayList<>();
		for (int i = 0; i < 8; i++) {
			TaskFuture<List<Integer>> map = pool.map(List.of(1), (item) -> item);
			maps.add(map);
			TaskFuture<Integer> trigger = pool.submit(() -> 1);
			trigger.whenComplete((value, ex) -> {
				all.passStubbornly();
				map.cancel(true);
			});
			trigger.cancel(true);
		}
		all.awaitEntered(4).open();
		Pools.await(() -> assertThat(maps).allMatch(TaskFuture::isCancelled));
	}

	@Test
	void dependantsOfACancelledMapRunOnACallbackThread() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate gate = this.pools.gate();
		TaskFuture<List<Integer>> future = pool.map(List.of(1), (item) -> {
			gate.pass();
			return item;
		});
		CompletableFuture<String> dependant = future.handle((value, ex) -> Thread.currentThread().getName());
		gate.awaitEntered();
		future.cancel(true);
		assertThat(dependant).succeedsWithin(Gate.PATIENCE).asString().contains("-callback-");
	}

	/**
	 * Ways for somebody outside to complete a map.
	 */
	enum Outside {

		COMPLETE, COMPLETE_EXCEPTIONALLY, COMPLETE_ASYNC, OR_TIMEOUT, COMPLETE_ON_TIMEOUT, OBTRUDE_VALUE,
		OBTRUDE_EXCEPTION

	}

	@ParameterizedTest
	@EnumSource
	void completingAMapFromOutsideStopsItsChunks(Outside way) {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate gate = this.pools.gate();
		TaskFuture<List<Integer>> future = pool.map(List.of(1, 2, 3), (item) -> {
			gate.pass();
			return item;
		}, MapOptions.none().withChunkSize(1).withConcurrency(2));
		gate.awaitEntered();
		AtomicReference<Object> dependant = new AtomicReference<>();
		future.whenComplete((value, ex) -> dependant.set((ex != null) ? ex : value));
		switch (way) {
			case COMPLETE -> assertThat(future.complete(List.of(42))).isTrue();
			case COMPLETE_EXCEPTIONALLY -> assertThat(future.completeExceptionally(new IOException())).isTrue();
			case COMPLETE_ASYNC -> future.completeAsync(() -> List.of(42));
			case OR_TIMEOUT -> future.orTimeout(1, TimeUnit.MILLISECONDS);
			case COMPLETE_ON_TIMEOUT -> future.completeOnTimeout(List.of(42), 1, TimeUnit.MILLISECONDS);
			case OBTRUDE_VALUE -> future.obtrudeValue(List.of(42));
			case OBTRUDE_EXCEPTION -> future.obtrudeException(new IOException());
		}
		gate.awaitInterrupted();
		Pools.await(() -> assertThat(future).isDone());
		Pools.await(() -> assertThat(dependant.get()).isNotNull());
		if (!future.isCompletedExceptionally()) {
			assertThat(future.join()).containsExactly(42);
			assertThat(dependant).hasValue(List.of(42));
		}
		else {
			assertThat(way).isIn(Outside.COMPLETE_EXCEPTIONALLY, Outside.OR_TIMEOUT, Outside.OBTRUDE_EXCEPTION);
		}
		assertThat(future.status()).as("completed from outside").isEqualTo(TaskStatus.CANCELLED);
		Pools.awaitIdle(pool);
		assertThat(gate.entered()).isEqualTo(1);
		assertThat(pool.queue().size()).isZero();
	}

	@Test
	void whatIsDoneStaysAsItIs() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		TaskFuture<List<Integer>> future = pool.map(List.of(1), (item) -> item);
		assertThat(future.join()).containsExactly(1);
		assertThat(future.complete(List.of())).isFalse();
		assertThat(future.completeExceptionally(new IOException())).isFalse();
		assertThat(future.cancel(true)).isFalse();
		assertThat(future.join()).containsExactly(1);
		assertThat(future.getNow(List.of())).containsExactly(1);
		assertThat(future.status()).isEqualTo(TaskStatus.SUCCEEDED);
	}

	@Test
	void aMapIsWaitedForWithATimeLimitToo() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate gate = this.pools.gate();
		TaskFuture<List<Integer>> future = pool.map(List.of(1), (item) -> {
			gate.pass();
			return item;
		});
		assertThat(catchThrowable(() -> future.get(1, TimeUnit.MILLISECONDS)))
			.isInstanceOf(java.util.concurrent.TimeoutException.class);
		assertThat(future.getNow(List.of())).isEmpty();
		gate.open();
		assertThat(future).succeedsWithin(Gate.PATIENCE).isEqualTo(List.of(1));
	}

	@Test
	void progressIsTheShareOfItemsDone() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate gate = this.pools.gate();
		ConcurrentLinkedQueue<Double> seen = new ConcurrentLinkedQueue<>();
		TaskFuture<List<Integer>> future = pool.map(List.of(0, 1, 2, 3), (item) -> {
			if (item == 2) {
				gate.pass();
			}
			WorkerContext.current().orElseThrow().progress(1000);
			return item;
		}, MapOptions.none().withChunkSize(1).withConcurrency(1)).onProgress(seen::add);
		gate.awaitEntered();
		Pools.await(() -> assertThat(seen).contains(0.5));
		gate.open();
		assertThat(future).succeedsWithin(Gate.PATIENCE);
		Pools.await(() -> assertThat(seen).contains(1.0));
		assertThat(List.copyOf(seen)).allMatch((value) -> value <= 1).isSorted();
	}

	@Test
	void whatTheItemsEmitArrivesAtTheMap() {
		SupervisedWorkerPool pool = this.pools.ready(2);
		ConcurrentLinkedQueue<Object> seen = new ConcurrentLinkedQueue<>();
		TaskFuture<List<Integer>> future = pool.map(IntStream.range(0, 100).boxed().toList(), (item) -> {
			WorkerContext.current().orElseThrow().emit("e" + item);
			return item;
		}, MapOptions.none().withChunkSize(10));
		future.onEvent(seen::add);
		assertThat(future).succeedsWithin(Gate.PATIENCE);
		Pools.await(() -> assertThat(seen).hasSize(100));
		assertThat(seen).containsSubsequence("e0", "e1", "e9");
	}

	@Test
	void chunksThatEmitMuchDoNotHoldUpEachOther() {
		SupervisedWorkerPool pool = this.pools.ready(6);
		AtomicInteger seen = new AtomicInteger();
		Gate listening = this.pools.gate();
		TaskFuture<List<Integer>> future = pool.map(IntStream.range(0, 12).boxed().toList(), (item) -> {
			listening.pass();
			WorkerContext context = WorkerContext.current().orElseThrow();
			for (int i = 0; i < 5000; i++) {
				context.emit(i);
			}
			return item;
		}, MapOptions.none().withChunkSize(1).withConcurrency(6));
		future.onEvent((event) -> seen.incrementAndGet());
		listening.open();
		assertThat(future).succeedsWithin(Gate.PATIENCE);
		Pools.await(() -> assertThat(seen).hasValue(60_000));
	}

	@Test
	void everyChunkHasTheContextOfTheMapsSubmitter() {
		ThreadLocal<String> value = new ThreadLocal<>();
		TaskContext context = () -> {
			String captured = value.get();
			return new TaskContext.Captured() {
				@Override
				public <R> R call(Callable<R> body) throws Exception {
					value.set(captured);
					try {
						return body.call();
					}
					finally {
						value.remove();
					}
				}
			};
		};
		SupervisedWorkerPool pool = this.pools.start((settings) -> settings.size(2),
				PoolHooks.NONE.withContext(context));
		value.set("mine");
		TaskFuture<List<String>> future = pool.map(IntStream.range(0, 200).boxed().toList(), (item) -> value.get(),
				MapOptions.none().withChunkSize(1));
		assertThat(future).succeedsWithin(Gate.PATIENCE);
		assertThat(future.join()).containsOnly("mine");
	}

	@Test
	void aContextThatCannotBeTakenFailsTheMap() {
		IllegalStateException own = new IllegalStateException("no context");
		SupervisedWorkerPool pool = this.pools.start((settings) -> settings.size(1), PoolHooks.NONE.withContext(() -> {
			throw own;
		}));
		TaskFuture<List<Integer>> future = pool.map(List.of(1), (item) -> item);
		assertThat(Pools.errorOf(future)).isSameAs(own);
		assertThat(future.status()).isEqualTo(TaskStatus.FAILED);
	}

	@Test
	void aStartedPoolIsNotNeededToQueueAMap() {
		SupervisedWorkerPool pool = this.pools.build((settings) -> settings.size(2));
		TaskFuture<List<Integer>> future = pool.map(List.of(1, 2, 3), (item) -> item);
		assertThat(future.status()).isEqualTo(TaskStatus.QUEUED);
		assertThatExceptionOfType(RejectedTaskException.class).isThrownBy(future::join)
			.satisfies((ex) -> assertThat(ex.reason()).isEqualTo(Reason.NOT_RUNNING));
		pool.start();
		assertThat(future).succeedsWithin(Gate.PATIENCE).isEqualTo(List.of(1, 2, 3));
	}

	@Test
	void mapsOfMapsOnOneWorkerAreRefusedAndLeaveTheirChunksBehind() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		TaskFuture<List<List<Integer>>> future = pool.map(List.of(List.of(1), List.of(2)),
				(items) -> pool.map(items, (item) -> item).join());
		assertThat(Pools.errorOf(future)).isInstanceOfSatisfying(RejectedTaskException.class,
				(ex) -> assertThat(ex.reason()).isEqualTo(Reason.WOULD_DEADLOCK));
		assertThat(pool.submit(() -> 1)).succeedsWithin(Gate.PATIENCE);
	}

	@Test
	void manyMapsAtOnceAreIndependent() throws Exception {
		SupervisedWorkerPool pool = this.pools
			.ready((settings) -> settings.size(3).queue((queue) -> queue.capacity(64)));
		List<Pools.Spawned<List<Integer>>> maps = new ArrayList<>();
		for (int m = 0; m < 6; m++) {
			int base = m * 10_000;
			maps.add(this.pools.spawn(
					() -> pool
						.map(IntStream.range(0, 2000).boxed().toList(), (item) -> base + item,
								MapOptions.none().withChunkSize(1).withConcurrency(3))
						.join()));
		}
		for (int m = 0; m < 6; m++) {
			int base = m * 10_000;
			assertThat(maps.get(m).get())
				.isEqualTo(IntStream.range(0, 2000).map((item) -> base + item).boxed().toList());
		}
		assertThat(Collections.max(maps.get(5).get())).isEqualTo(51_999);
	}

	private static int endless(int value) {
		return endless(value + 1) + 1;
	}

}
