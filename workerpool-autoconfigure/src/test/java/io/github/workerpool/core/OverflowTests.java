package io.github.workerpool.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.github.workerpool.OverflowPolicy;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.PoolSnapshot;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.RejectedTaskException.Reason;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPoolListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What becomes of a task that finds the queue full.
 */
class OverflowTests {

	@RegisterExtension
	final Pools pools = new Pools();

	@Test
	void aTaskTooManyIsRefused() {
		SupervisedWorkerPool pool = this.pools.ready((settings) -> settings.queue((queue) -> queue.capacity(2)));
		Gate gate = this.pools.occupy(pool, 1);
		TaskFuture<Integer> first = pool.submit(() -> 1);
		TaskFuture<Integer> second = pool.submit(() -> 2);
		TaskFuture<Integer> third = pool.submit(() -> 3);
		assertRejected(third, Reason.QUEUE_FULL);
		assertThat(Pools.errorOf(third)).hasMessageContaining("'" + pool.name() + "'")
			.hasMessageContaining("'queue.capacity' is 2");
		gate.open();
		assertThat(first).succeedsWithin(Gate.PATIENCE).isEqualTo(1);
		assertThat(second).succeedsWithin(Gate.PATIENCE).isEqualTo(2);
	}

	@Test
	void aRefusedTaskIsSettledWhenSubmitReturns() {
		SupervisedWorkerPool pool = this.pools.ready((settings) -> settings.queue((queue) -> queue.capacity(0)));
		this.pools.occupy(pool, 1);
		TaskFuture<Integer> refused = pool.submit(() -> 1);
		assertThat(refused.isDone()).isTrue();
		assertThat(refused.isCompletedExceptionally()).isTrue();
		assertThat(refused.isCancelled()).isFalse();
		List<Thread> dependant = new ArrayList<>();
		refused.whenComplete((value, ex) -> dependant.add(Thread.currentThread()));
		assertThat(dependant).containsExactly(Thread.currentThread());
	}

	@Test
	void refusalsAreCountedByReason() {
		SupervisedWorkerPool pool = this.pools
			.ready((settings) -> settings.queue((queue) -> queue.capacity(4).share(0.5)));
		Gate gate = this.pools.occupy(pool, 1);
		TaskOptions tenant = TaskOptions.none().withKey("tenant");
		for (int i = 0; i < 3; i++) {
			pool.submit(() -> 1, tenant);
		}
		for (int i = 0; i < 4; i++) {
			pool.submit(() -> 1);
		}
		PoolSnapshot.Tasks tasks = pool.snapshot().tasks();
		assertThat(tasks.submitted()).isEqualTo(8);
		assertThat(tasks.rejected()).isEqualTo(3);
		assertThat(tasks.rejectedByReason()).containsEntry(Reason.SHARE_EXCEEDED, 1L)
			.containsEntry(Reason.QUEUE_FULL, 2L)
			.containsEntry(Reason.CLOSED, 0L);
		gate.open();
		Pools.await(() -> assertThat(pool.snapshot().tasks().succeeded()).isEqualTo(5));
	}

	@Test
	void aKeyBeyondItsShareIsRefusedWhileOthersAreTaken() {
		SupervisedWorkerPool pool = this.pools
			.ready((settings) -> settings.queue((queue) -> queue.capacity(10).share(0.2)));
		this.pools.occupy(pool, 1);
		TaskOptions greedy = TaskOptions.none().withKey("greedy");
		assertThat(pool.submit(() -> 1, greedy).status()).isEqualTo(TaskStatus.QUEUED);
		assertThat(pool.submit(() -> 1, greedy).status()).isEqualTo(TaskStatus.QUEUED);
		TaskFuture<Integer> refused = pool.submit(() -> 1, greedy);
		assertRejected(refused, Reason.SHARE_EXCEEDED);
		assertThat(Pools.errorOf(refused)).hasMessageContaining("'queue.share' of 0.2");
		assertThat(pool.submit(() -> 1, TaskOptions.none().withKey("modest")).status()).isEqualTo(TaskStatus.QUEUED);
		assertThat(pool.submit(() -> 1).status()).isEqualTo(TaskStatus.QUEUED);
	}

	@Test
	void anExceededShareIsRefusedUnderEveryPolicy() {
		for (OverflowPolicy policy : OverflowPolicy.values()) {
			SupervisedWorkerPool pool = this.pools.ready((settings) -> settings
				.queue((queue) -> queue.capacity(10).share(0.1).overflow(policy).offerTimeout(Duration.ofMinutes(1))));
			this.pools.occupy(pool, 1);
			pool.submit(() -> 1, TaskOptions.none().withKey("a"));
			assertRejected(pool.submit(() -> 1, TaskOptions.none().withKey("a")), Reason.SHARE_EXCEEDED);
		}
	}

	@Test
	void capacityZeroHandsOverToFreeWorkersOnly() {
		SupervisedWorkerPool pool = this.pools
			.ready((settings) -> settings.size(2).queue((queue) -> queue.capacity(0)));
		Gate gate = this.pools.gate();
		TaskFuture<Integer> first = pool.submit(gate.holding(1));
		TaskFuture<Integer> second = pool.submit(gate.holding(2));
		assertRejected(pool.submit(() -> 3), Reason.QUEUE_FULL);
		gate.awaitEntered(2).open();
		assertThat(first).succeedsWithin(Gate.PATIENCE);
		assertThat(second).succeedsWithin(Gate.PATIENCE);
		assertThat(pool.submit(() -> 4)).succeedsWithin(Gate.PATIENCE).isEqualTo(4);
	}

	@Test
	void capacityZeroTakesTasksForWorkersThatAreComing() {
		SupervisedWorkerPool pool = this.pools
			.start((settings) -> settings.minSize(0).maxSize(2).queue((queue) -> queue.capacity(0)));
		Gate gate = this.pools.gate();
		TaskFuture<Integer> first = pool.submit(gate.holding(1));
		TaskFuture<Integer> second = pool.submit(gate.holding(2));
		gate.awaitEntered(2);
		assertRejected(pool.submit(() -> 3), Reason.QUEUE_FULL);
		gate.open();
		assertThat(first).succeedsWithin(Gate.PATIENCE);
		assertThat(second).succeedsWithin(Gate.PATIENCE);
	}

	@Test
	void withCapacityZeroNoFreeWorkerIsOverlooked() {
		SupervisedWorkerPool pool = this.pools
			.ready((settings) -> settings.size(2).queue((queue) -> queue.capacity(0)));
		for (int i = 0; i < 20_000; i++) {
			TaskFuture<Integer> first = pool.submit(() -> 1);
			TaskFuture<Integer> second = pool.submit(() -> 2);
			assertThat(first.join() + second.join()).isEqualTo(3);
		}
	}

	@Test
	void whoeverSeesAResultFindsTheWorkerFree() {
		SupervisedWorkerPool pool = this.pools.ready((settings) -> settings.queue((queue) -> queue.capacity(0)));
		for (int i = 0; i < 5_000; i++) {
			assertThat(pool.submit(() -> 1).join()).isEqualTo(1);
		}
	}

	@Test
	void whoeverSeesAResultIsNotRefusedThoughTheWorkerIsRecycled() {
		SupervisedWorkerPool pool = this.pools.ready(
				(settings) -> settings.recycle((recycle) -> recycle.afterTasks(1)).queue((queue) -> queue.capacity(0)));
		for (int i = 0; i < 50; i++) {
			assertThat(pool.submit(() -> 1).join()).isEqualTo(1);
		}
	}

	@Test
	void aPausedPoolHasNoFreeWorker() {
		SupervisedWorkerPool pool = this.pools.ready((settings) -> settings.queue((queue) -> queue.capacity(0)));
		pool.pause();
		assertRejected(pool.submit(() -> 1), Reason.QUEUE_FULL);
		pool.resume();
		assertThat(pool.submit(() -> 1)).succeedsWithin(Gate.PATIENCE);
	}

	@Test
	void aWaitingSubmitterGetsInWhenATaskLeavesTheQueue() throws Exception {
		SupervisedWorkerPool pool = waiting(1, Duration.ofMinutes(1));
		Gate gate = this.pools.occupy(pool, 1);
		TaskFuture<Integer> queued = pool.submit(() -> 1);
		Pools.Spawned<TaskFuture<Integer>> submitter = this.pools.spawn(() -> pool.submit(() -> 2)).awaitBlocked();
		gate.open();
		assertThat(submitter.get()).succeedsWithin(Gate.PATIENCE).isEqualTo(2);
		assertThat(queued).succeedsWithin(Gate.PATIENCE).isEqualTo(1);
	}

	@Test
	void aWaitingSubmitterGetsInWhenAQueuedTaskIsCancelled() throws Exception {
		SupervisedWorkerPool pool = waiting(1, Duration.ofMinutes(1));
		Gate gate = this.pools.occupy(pool, 1);
		TaskFuture<Integer> queued = pool.submit(() -> 1);
		Pools.Spawned<TaskFuture<Integer>> submitter = this.pools.spawn(() -> pool.submit(() -> 2)).awaitBlocked();
		queued.cancel(true);
		assertThat(submitter.get().status()).isEqualTo(TaskStatus.QUEUED);
		gate.open();
	}

	@Test
	void aWaitingSubmitterGetsInWhenAWorkerComes() throws Exception {
		SupervisedWorkerPool pool = waiting(1, Duration.ofMinutes(1));
		Gate gate = this.pools.occupy(pool, 1);
		pool.submit(gate.holding(1));
		Pools.Spawned<TaskFuture<Integer>> submitter = this.pools.spawn(() -> pool.submit(() -> 2)).awaitBlocked();
		pool.resize(2, 2);
		assertThat(submitter.get().status()).isEqualTo(TaskStatus.QUEUED);
		gate.open();
	}

	@Test
	void aWaitingSubmitterGetsTheOnePlaceThatGetsFreeInALongQueue() throws Exception {
		SupervisedWorkerPool pool = waiting(64, Duration.ofMinutes(1));
		this.pools.occupy(pool, 1);
		List<TaskFuture<Integer>> queued = new ArrayList<>();
		for (int i = 0; i < 64; i++) {
			queued.add(pool.submit(() -> 1));
		}
		Pools.Spawned<TaskFuture<Integer>> submitter = this.pools.spawn(() -> pool.submit(() -> 2)).awaitBlocked();
		queued.get(10).cancel(true);
		assertThat(submitter.get().status()).isEqualTo(TaskStatus.QUEUED);
	}

	@Test
	void allWaitingSubmittersGetIn() throws Exception {
		SupervisedWorkerPool pool = waiting(2, Duration.ofMinutes(1));
		Gate gate = this.pools.occupy(pool, 1);
		pool.submit(() -> 0);
		pool.submit(() -> 0);
		List<Pools.Spawned<Integer>> submitters = new ArrayList<>();
		for (int i = 0; i < 8; i++) {
			int value = i;
			submitters.add(this.pools.spawn(() -> pool.submit(() -> value).join()));
		}
		submitters.forEach(Pools.Spawned::awaitBlocked);
		gate.open();
		for (int i = 0; i < 8; i++) {
			assertThat(submitters.get(i).get()).isEqualTo(i);
		}
	}

	@Test
	void aSubmitterWaitsNoLongerThanTheOfferTimeout() throws Exception {
		SupervisedWorkerPool pool = waiting(1, Duration.ofMillis(50));
		Gate gate = this.pools.occupy(pool, 1);
		pool.submit(() -> 1);
		assertRejected(this.pools.spawn(() -> pool.submit(() -> 2)).get(), Reason.QUEUE_FULL);
		gate.open();
	}

	@Test
	void anInterruptedSubmitterGetsACancelledTaskAndKeepsItsFlag() throws Exception {
		SupervisedWorkerPool pool = waiting(1, Duration.ofMinutes(1));
		this.pools.occupy(pool, 1);
		pool.submit(() -> 1);
		AtomicReference<Boolean> flag = new AtomicReference<>();
		Pools.Spawned<TaskFuture<Integer>> submitter = this.pools.spawn(() -> {
			TaskFuture<Integer> future = pool.submit(() -> 2);
			flag.set(Thread.currentThread().isInterrupted());
			return future;
		}).awaitBlocked();
		submitter.thread().interrupt();
		TaskFuture<Integer> cancelled = submitter.get();
		assertThat(flag).hasValue(true);
		assertThat(cancelled.isCancelled()).isTrue();
		assertThat(cancelled.status()).isEqualTo(TaskStatus.CANCELLED);
		assertThat(Pools.errorOf(cancelled)).isInstanceOf(CancellationException.class)
			.hasMessageContaining("interrupted");
		assertThat(pool.snapshot().tasks().cancelled()).isEqualTo(1);
	}

	@Test
	void aSubmitterThatIsInterruptedAlreadyDoesNotWait() throws Exception {
		SupervisedWorkerPool pool = waiting(1, Duration.ofMinutes(1));
		this.pools.occupy(pool, 1);
		pool.submit(() -> 1);
		TaskFuture<Integer> cancelled = this.pools.spawn(() -> {
			Thread.currentThread().interrupt();
			return pool.submit(() -> 2);
		}).get();
		assertThat(cancelled.status()).isEqualTo(TaskStatus.CANCELLED);
		assertThat(pool.dispatcher().submittersWaiting()).isZero();
	}

	@Test
	void aSubmitterThatIsInterruptedAlreadyStillGetsInWhereThereIsRoom() throws Exception {
		SupervisedWorkerPool pool = waiting(1, Duration.ofMinutes(1));
		TaskFuture<Integer> accepted = this.pools.spawn(() -> {
			Thread.currentThread().interrupt();
			return pool.submit(() -> 2);
		}).get();
		assertThat(accepted).succeedsWithin(Gate.PATIENCE).isEqualTo(2);
	}

	@Test
	void closingThePoolRefusesWaitingSubmitters() throws Exception {
		SupervisedWorkerPool pool = waiting(64, Duration.ofMinutes(5));
		Gate gate = this.pools.occupy(pool, 1);
		for (int i = 0; i < 64; i++) {
			pool.submit(() -> 1);
		}
		Pools.Spawned<TaskFuture<Integer>> submitter = this.pools.spawn(() -> pool.submit(() -> 2)).awaitBlocked();
		Pools.Spawned<Void> closer = this.pools.spawn(() -> {
			pool.close();
			return null;
		});
		assertRejected(submitter.get(), Reason.CLOSED);
		assertThat(gate.entered()).as("the running task goes on").isEqualTo(1);
		gate.open();
		closer.get();
		assertThat(pool.snapshot().tasks().succeeded()).isEqualTo(65);
	}

	@Test
	void stoppingThePoolRefusesWaitingSubmitters() throws Exception {
		SupervisedWorkerPool pool = waiting(1, Duration.ofMinutes(5));
		Gate gate = this.pools.occupy(pool, 1);
		pool.submit(() -> 1);
		Pools.Spawned<TaskFuture<Integer>> submitter = this.pools.spawn(() -> pool.submit(() -> 2)).awaitBlocked();
		CompletableFuture<Void> stopped = pool.stop();
		assertRejected(submitter.get(), Reason.NOT_RUNNING);
		gate.open();
		assertThat(stopped).succeedsWithin(Gate.PATIENCE);
	}

	@Test
	void beforeTheStartASubmitterDoesNotWait() {
		SupervisedWorkerPool pool = this.pools
			.build((settings) -> settings.queue((queue) -> queue.capacity(1).overflow(OverflowPolicy.WAIT)));
		TaskFuture<Integer> queued = pool.submit(() -> 1);
		assertThat(queued.status()).isEqualTo(TaskStatus.QUEUED);
		assertRejected(pool.submit(() -> 2), Reason.NOT_RUNNING);
		pool.start();
		assertThat(queued).succeedsWithin(Gate.PATIENCE);
	}

	@Test
	void callerRunsMeansTheCallerRunsIt() throws Exception {
		SupervisedWorkerPool pool = callerRuns();
		Gate gate = this.pools.occupy(pool, 1);
		pool.submit(() -> 1);
		Pools.Spawned<Thread> submitter = this.pools.spawn(() -> pool.submit(Thread::currentThread).join());
		assertThat(submitter.get()).isSameAs(submitter.thread());
		gate.open();
	}

	@Test
	void aTaskThatItsCallerRunsIsNotOnAWorker() throws Exception {
		SupervisedWorkerPool pool = callerRuns();
		this.pools.occupy(pool, 1);
		pool.submit(() -> 1);
		assertThat(pool.submit(WorkerContext::isWorker).get()).isFalse();
		assertThat(pool.submit(() -> WorkerContext.current().isPresent()).get()).isFalse();
	}

	@Test
	void whatACallerRunsIsSettledAndCounted() {
		SupervisedWorkerPool pool = callerRuns();
		Gate gate = this.pools.occupy(pool, 1);
		pool.submit(() -> 1);
		TaskFuture<Integer> good = pool.submit(() -> 2);
		assertThat(good.isDone()).isTrue();
		assertThat(good.status()).isEqualTo(TaskStatus.SUCCEEDED);
		IllegalStateException own = new IllegalStateException("own");
		TaskFuture<Integer> bad = pool.submit(() -> {
			throw own;
		});
		assertThat(bad.isDone()).isTrue();
		assertThat(bad.status()).isEqualTo(TaskStatus.FAILED);
		assertThat(Pools.errorOf(bad)).isSameAs(own);
		assertThat(pool.snapshot().tasks().succeeded()).isEqualTo(1);
		assertThat(pool.snapshot().tasks().failed()).isEqualTo(1);
		gate.open();
	}

	@Test
	void anInterruptedCallerKeepsItsFlag() throws Exception {
		SupervisedWorkerPool pool = callerRuns();
		this.pools.occupy(pool, 1);
		pool.submit(() -> 1);
		Gate own = this.pools.gate();
		AtomicReference<Boolean> flag = new AtomicReference<>();
		Pools.Spawned<TaskFuture<Integer>> submitter = this.pools.spawn(() -> {
			TaskFuture<Integer> future = pool.submit(own.holding(2));
			flag.set(Thread.currentThread().isInterrupted());
			return future;
		});
		own.awaitEntered();
		submitter.thread().interrupt();
		assertThat(Pools.errorOf(submitter.get())).isInstanceOf(InterruptedException.class);
		assertThat(flag).hasValue(true);
	}

	@Test
	void aFutureReturnedByATaskThatItsCallerRunsIsAwaited() throws Exception {
		SupervisedWorkerPool pool = callerRuns();
		this.pools.occupy(pool, 1);
		pool.submit(() -> 1);
		CompletableFuture<String> promise = new CompletableFuture<>();
		Pools.Spawned<TaskFuture<CompletableFuture<String>>> submitter = this.pools
			.spawn(() -> pool.submit(() -> promise))
			.awaitBlocked();
		promise.complete("kept");
		assertThat(submitter.get().join().join()).isEqualTo("kept");
	}

	@Test
	void saturationIsToldOnceAndSoIsItsEnd() {
		Episodes episodes = new Episodes();
		SupervisedWorkerPool pool = this.pools.start((settings) -> settings.queue((queue) -> queue.capacity(4)),
				episodes);
		Pools.awaitReady(pool);
		Gate gate = this.pools.occupy(pool, 1);
		List<TaskFuture<Integer>> queued = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			queued.add(pool.submit(() -> 1));
		}
		assertThat(episodes.told).isEmpty();
		for (int i = 0; i < 5; i++) {
			assertRejected(pool.submit(() -> 1), Reason.QUEUE_FULL);
		}
		Pools.await(() -> assertThat(episodes.told).containsExactly("saturated"));
		queued.get(0).cancel(true);
		assertThat(pool.submit(() -> 1).status()).isEqualTo(TaskStatus.QUEUED);
		assertRejected(pool.submit(() -> 1), Reason.QUEUE_FULL);
		gate.open();
		Pools.await(() -> assertThat(episodes.told).containsExactly("saturated", "relieved"));
		Gate again = this.pools.occupy(pool, 1);
		for (int i = 0; i < 5; i++) {
			pool.submit(() -> 1);
		}
		Pools.await(() -> assertThat(episodes.told).containsExactly("saturated", "relieved", "saturated"));
		again.open();
		Pools.await(() -> assertThat(episodes.told).containsExactly("saturated", "relieved", "saturated", "relieved"));
	}

	@Test
	void saturationIsToldUnderEveryPolicy() throws Exception {
		for (OverflowPolicy policy : OverflowPolicy.values()) {
			Episodes episodes = new Episodes();
			SupervisedWorkerPool pool = this.pools.start(
					(settings) -> settings
						.queue((queue) -> queue.capacity(1).overflow(policy).offerTimeout(Duration.ofMillis(1))),
					episodes);
			Pools.awaitReady(pool);
			Gate gate = this.pools.occupy(pool, 1);
			pool.submit(() -> 1);
			pool.submit(() -> 2);
			Pools.await(() -> assertThat(episodes.told).containsExactly("saturated"));
			gate.open();
			Pools.await(() -> assertThat(episodes.told).containsExactly("saturated", "relieved"));
		}
	}

	@Test
	void anEpisodeEndsWithThePool() {
		Episodes episodes = new Episodes();
		SupervisedWorkerPool pool = this.pools.start((settings) -> settings.queue((queue) -> queue.capacity(1)),
				episodes);
		Pools.awaitReady(pool);
		Gate gate = this.pools.occupy(pool, 1);
		pool.submit(() -> 1);
		pool.submit(() -> 2);
		gate.open();
		pool.close();
		Pools.await(() -> assertThat(episodes.told).containsExactly("saturated", "relieved"));
	}

	@Test
	void theBoundHoldsUnderLoad() throws Exception {
		SupervisedWorkerPool pool = this.pools
			.ready((settings) -> settings.size(2).queue((queue) -> queue.capacity(8)));
		AtomicInteger most = new AtomicInteger();
		AtomicInteger ran = new AtomicInteger();
		AtomicInteger refused = new AtomicInteger();
		ConcurrentLinkedQueue<TaskFuture<?>> futures = new ConcurrentLinkedQueue<>();
		List<Pools.Spawned<Void>> submitters = new ArrayList<>();
		for (int t = 0; t < 3; t++) {
			submitters.add(this.pools.spawn(() -> {
				for (int i = 0; i < 10_000; i++) {
					TaskFuture<Integer> future = pool.submit(ran::incrementAndGet);
					most.accumulateAndGet(pool.queue().size(), Math::max);
					if (future.status() == TaskStatus.REJECTED) {
						refused.incrementAndGet();
					}
					futures.add(future);
				}
				return null;
			}));
		}
		for (Pools.Spawned<Void> submitter : submitters) {
			submitter.get();
		}
		Pools.await(() -> assertThat(futures).allMatch(TaskFuture::isDone));
		assertThat(most.get()).as("tasks waiting, those of free workers included").isLessThanOrEqualTo(8 + 2);
		assertThat(ran.get() + refused.get()).isEqualTo(30_000);
	}

	private SupervisedWorkerPool waiting(int capacity, Duration offerTimeout) {
		return this.pools.ready((settings) -> settings
			.queue((queue) -> queue.capacity(capacity).overflow(OverflowPolicy.WAIT).offerTimeout(offerTimeout)));
	}

	private SupervisedWorkerPool callerRuns() {
		return this.pools.ready((PoolSettings.Builder settings) -> settings
			.queue((queue) -> queue.capacity(1).overflow(OverflowPolicy.CALLER_RUNS)));
	}

	private static void assertRejected(TaskFuture<?> future, Reason reason) {
		assertThat(future.status()).isEqualTo(TaskStatus.REJECTED);
		assertThat(Pools.errorOf(future)).isInstanceOfSatisfying(RejectedTaskException.class,
				(ex) -> assertThat(ex.reason()).isEqualTo(reason));
	}

	/**
	 * Notes the episodes.
	 */
	private static final class Episodes implements WorkerPoolListener {

		final List<String> told = java.util.Collections.synchronizedList(new ArrayList<>());

		@Override
		public void onSaturated(WorkerPool pool) {
			this.told.add("saturated");
		}

		@Override
		public void onRelieved(WorkerPool pool) {
			this.told.add("relieved");
		}

	}

}
