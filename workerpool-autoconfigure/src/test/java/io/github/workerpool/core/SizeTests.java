package io.github.workerpool.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.workerpool.PoolSnapshot;
import io.github.workerpool.PoolState;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.testsupport.Gate;
import io.github.workerpool.testsupport.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * How many workers there are: growth, shrinking, live resizes.
 */
@ExtendWith(NoLeaks.class)
class SizeTests {

	@RegisterExtension
	final TestPools pools = new TestPools();

	private static List<TaskFuture<Object>> hold(SupervisedWorkerPool pool, Gate gate, int tasks) {
		List<TaskFuture<Object>> held = new ArrayList<>();
		for (int i = 0; i < tasks; i++) {
			held.add(pool.submit(() -> {
				gate.pass();
				return null;
			}));
		}
		return held;
	}

	@Test
	void poolGrowsToItsMaximumWhenTasksWaitAndShrinksToItsMinimumWhenIdle() throws Exception {
		ManualClock clock = ManualClock.standing();
		SupervisedWorkerPool pool = this.pools.buildThreads(this.pools.hooks(), clock.clock(),
				(settings) -> settings.minSize(1).maxSize(4).idleTimeout(Duration.ofSeconds(10)));
		pool.start();
		TestPools.awaitAlive(pool, 1);
		Gate gate = this.pools.gate();
		List<TaskFuture<Object>> held = hold(pool, gate, 6);
		gate.awaitEntered(4);
		assertThat(pool.snapshot().workers()).isEqualTo(new PoolSnapshot.Workers(1, 4, 4, 0, 4, 0, 0));
		assertThat(pool.snapshot().queue().size()).isEqualTo(2);
		gate.open();
		for (TaskFuture<Object> each : held) {
			TestPools.valueOf(each);
		}
		clock.advance(Duration.ofSeconds(9));
		clock.awaitRounds(pool);
		assertThat(pool.snapshot().workers().alive()).isEqualTo(4);
		clock.advance(Duration.ofSeconds(1));
		pool.supervisor().wake();
		TestPools.awaitAlive(pool, 1);
		clock.advance(Duration.ofHours(1));
		clock.awaitRounds(pool);
		assertThat(pool.snapshot().workers().alive()).isEqualTo(1);
		assertThat(pool.snapshot().restarts() + pool.snapshot().recycled()).isZero();
		TestPools.patiently()
			.untilAsserted(() -> assertThat(this.pools.told.workerEvents())
				.filteredOn((event) -> event.startsWith("worker-ended"))
				.hasSize(3)
				.allMatch((event) -> event.endsWith(" idle")));
		assertThat(TestPools.valueOf(pool.submit(() -> "fine"))).isEqualTo("fine");
		assertThat(this.pools.told.episodes()).isEmpty();
	}

	@Test
	void severalWorkersComeAtOnceWhenSeveralTasksWait() throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers();
		Gate gate = this.pools.gate();
		workers.opening = (backend) -> gate.pass();
		SupervisedWorkerPool pool = this.pools.start(workers, (settings) -> settings.minSize(0).maxSize(5));
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.RUNNING);
		List<TaskFuture<String>> tasks = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			tasks.add(pool.submit(() -> "done"));
		}
		gate.awaitEntered(3);
		assertThat(workers.made).as("one per waiting task").hasSize(3);
		gate.open();
		for (TaskFuture<String> each : tasks) {
			assertThat(TestPools.valueOf(each)).isEqualTo("done");
		}
	}

	@Test
	void poolDoesNotGrowWhileAWorkerIsFree() throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers();
		SupervisedWorkerPool pool = this.pools.start(workers, (settings) -> settings.minSize(1).maxSize(5));
		TestPools.awaitAlive(pool, 1);
		for (int i = 0; i < 200; i++) {
			TestPools.valueOf(pool.submit(() -> null));
		}
		assertThat(workers.made).hasSize(1);
	}

	@Test
	void poolOfNoneAtRestServesEveryTask() throws Exception {
		ManualClock clock = ManualClock.standing();
		SupervisedWorkerPool pool = this.pools.buildThreads(this.pools.hooks(), clock.clock(),
				(settings) -> settings.minSize(0).maxSize(2).idleTimeout(Duration.ofSeconds(1)));
		pool.start();
		assertThat(pool.ready()).succeedsWithin(TestPools.LONG);
		for (int i = 0; i < 5; i++) {
			assertThat(TestPools.valueOf(pool.submit(() -> "served"))).isEqualTo("served");
			TestPools.patiently().until(() -> {
				clock.advance(Duration.ofSeconds(1));
				clock.awaitRounds(pool);
				return pool.snapshot().workers().alive() == 0;
			});
		}
		assertThat(pool.snapshot().state()).isEqualTo(PoolState.RUNNING);
	}

	@Test
	void handOverPoolTakesATaskForAWorkerThatCouldCome() throws Exception {
		SupervisedWorkerPool pool = this.pools
			.threads((settings) -> settings.minSize(0).maxSize(2).queue((queue) -> queue.capacity(0)));
		Gate gate = this.pools.gate();
		List<TaskFuture<Object>> held = hold(pool, gate, 2);
		gate.awaitEntered(2);
		assertThat(pool.submit(() -> null).status()).isEqualTo(TaskStatus.REJECTED);
		gate.open();
		for (TaskFuture<Object> each : held) {
			TestPools.valueOf(each);
		}
		assertThat(TestPools.valueOf(pool.submit(() -> "again"))).isEqualTo("again");
	}

	@Test
	void handOverPoolRefusesNobodyBecauseAWorkerIsBeingRecycled() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(1)
			.queue((queue) -> queue.capacity(0))
			.recycle((recycle) -> recycle.afterTasks(1)));
		assertThat(pool.ready()).succeedsWithin(TestPools.LONG);
		for (int i = 0; i < 200; i++) {
			assertThat(TestPools.valueOf(pool.submit(() -> "taken"))).isEqualTo("taken");
		}
	}

	@Test
	void resizeUpStartsWorkersAndServesWhatWaits() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(1));
		Gate gate = this.pools.gate();
		List<TaskFuture<Object>> held = hold(pool, gate, 4);
		gate.awaitEntered(1);
		pool.resize(1, 2);
		gate.awaitEntered(2);
		assertThat(pool.snapshot().workers().min()).isEqualTo(1);
		assertThat(pool.snapshot().workers().max()).isEqualTo(2);
		pool.resize(4, 4);
		assertThat(pool.ready()).succeedsWithin(TestPools.LONG);
		gate.awaitEntered(4);
		gate.open();
		for (TaskFuture<Object> each : held) {
			TestPools.valueOf(each);
		}
		TestPools.awaitAlive(pool, 4);
		assertThat(this.pools.told.episodes()).isEmpty();
	}

	@Test
	void resizeDownLetsBusyWorkersFinish() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(4));
		Gate gate = this.pools.gate();
		List<TaskFuture<Object>> held = hold(pool, gate, 3);
		gate.awaitEntered(3);
		List<TaskFuture<Object>> waiting = new ArrayList<>();
		pool.resize(1, 1);
		TestPools.awaitAlive(pool, 3);
		AtomicInteger atOnce = new AtomicInteger();
		AtomicInteger most = new AtomicInteger();
		for (int i = 0; i < 20; i++) {
			waiting.add(pool.submit(() -> {
				most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
				Thread.yield();
				atOnce.decrementAndGet();
				return null;
			}));
		}
		assertThat(gate.interruptions()).isZero();
		gate.open();
		for (TaskFuture<Object> each : held) {
			TestPools.valueOf(each);
		}
		for (TaskFuture<Object> each : waiting) {
			TestPools.valueOf(each);
		}
		TestPools.awaitAlive(pool, 1);
		assertThat(most).hasValue(1);
		assertThat(pool.snapshot().restarts() + pool.snapshot().recycled()).isZero();
		TestPools.patiently()
			.untilAsserted(() -> assertThat(this.pools.told.workerEvents())
				.filteredOn((event) -> event.startsWith("worker-ended"))
				.hasSize(3)
				.allMatch((event) -> event.endsWith(" resize")));
	}

	@Test
	void neverMoreTasksRunThanThereAreSlotsWhileWorkersLeave() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(2));
		Gate first = this.pools.gate();
		hold(pool, first, 2);
		first.awaitEntered(2);
		Gate second = this.pools.gate();
		List<TaskFuture<Object>> waiting = hold(pool, second, 4);
		pool.recycle();
		pool.resize(1, 1);
		pool.resize(2, 2);
		pool.recycle();
		pool.supervisor().wake();
		TestPools.awaitSnapshot(pool, "no replacement beside busy workers",
				(snapshot) -> snapshot.workers().starting() == 0);
		assertThat(pool.snapshot().workers().alive()).isEqualTo(2);
		assertThat(second.entered()).isZero();
		assertThat(waiting).allMatch((task) -> task.status() == TaskStatus.QUEUED);
		first.open();
		second.awaitEntered(2);
		assertThat(pool.snapshot().workers().busy()).isEqualTo(2);
	}

	@Test
	void workersThatComeUpAfterAResizeDownLeaveAgain() throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers();
		Gate gate = this.pools.gate();
		workers.opening = (backend) -> gate.pass();
		SupervisedWorkerPool pool = this.pools.start(workers, (settings) -> settings.size(5));
		gate.awaitEntered(5);
		pool.resize(2, 2);
		gate.open();
		TestPools.awaitSnapshot(pool, "two workers",
				(snapshot) -> snapshot.workers().alive() == 2 && snapshot.workers().starting() == 0);
		TestPools.awaitState(pool, PoolState.RUNNING);
		TestPools.patiently()
			.until(() -> workers.made.stream().filter((backend) -> backend.closes.get() == 1).count() == 3);
	}

	@Test
	void resizeAppliesToAPoolThatStartsLater() throws Exception {
		SupervisedWorkerPool pool = this.pools.buildThreads((settings) -> settings.size(1));
		pool.resize(3, 3);
		pool.start();
		TestPools.awaitAlive(pool, 3);
		pool.stop().get(30, TimeUnit.SECONDS);
		pool.resize(2, 2);
		pool.start();
		TestPools.awaitAlive(pool, 2);
	}

	@Test
	void resizeOfAPausedPoolTakesPlace() throws Exception {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(1));
		pool.pause();
		TaskFuture<String> waiting = pool.submit(() -> "done");
		pool.resize(3, 3);
		TestPools.awaitAlive(pool, 3);
		assertThat(waiting.status()).isEqualTo(TaskStatus.QUEUED);
		pool.resize(1, 1);
		TestPools.awaitAlive(pool, 1);
		pool.resume();
		assertThat(TestPools.valueOf(waiting)).isEqualTo("done");
	}

	@ParameterizedTest
	@CsvSource({ "-1, 1", "0, 0", "2, 1", "1, -1" })
	void sizesWithoutSenseAreRefused(int min, int max) {
		SupervisedWorkerPool pool = this.pools.threads((settings) -> settings.size(1));
		assertThatIllegalArgumentException().isThrownBy(() -> pool.resize(min, max))
			.withMessageContaining(pool.name())
			.withMessageContaining(String.valueOf(max));
		assertThat(pool.snapshot().workers().max()).isEqualTo(1);
	}

	@Test
	void pausedPoolStartsNoWorkersForWhatWaits() throws Exception {
		ScriptedWorkers workers = new ScriptedWorkers();
		SupervisedWorkerPool pool = this.pools.start(workers, (settings) -> settings.minSize(0).maxSize(2));
		pool.pause();
		TaskFuture<String> waiting = pool.submit(() -> "done");
		pool.supervisor().wake();
		TestPools.awaitSnapshot(pool, "one waiting", (snapshot) -> snapshot.queue().size() == 1);
		assertThat(workers.made).isEmpty();
		pool.resume();
		assertThat(TestPools.valueOf(waiting)).isEqualTo("done");
	}

}
