package io.github.workerpool.core;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskStatus;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * No task is left alone with a parked worker.
 */
class DispatcherTests {

	@RegisterExtension
	final Pools pools = new Pools();

	@RepeatedTest(20)
	void everyWorkerIsWokenWhenThereIsWorkForAll() {
		SupervisedWorkerPool pool = this.pools.ready(4);
		awaitAllParked(pool);
		Gate gate = this.pools.gate();
		for (int i = 0; i < 4; i++) {
			pool.submit(gate.holding(null));
		}
		gate.awaitEntered(4);
	}

	@Test
	void aTaskIsNotLostWithTheWorkerThatIsWokenForItAndLeaves() {
		SupervisedWorkerPool pool = this.pools.ready(2);
		pool.resize(1, 2);
		awaitAllParked(pool);
		PoolWorker leaving = pool.dispatcher().workers()[0];
		leaving.leave(WorkerEnd.planned("test"));
		TaskFuture<Integer> future = pool.submit(() -> 1);
		assertThat(future).succeedsWithin(Gate.PATIENCE).isEqualTo(1);
	}

	@Test
	void aPausedPoolHandsNothingOutAndAResumedOneAll() {
		SupervisedWorkerPool pool = this.pools.ready(2);
		awaitAllParked(pool);
		pool.pause();
		List<TaskFuture<Integer>> futures = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			futures.add(pool.submit(() -> 1));
		}
		assertThat(futures).allMatch((future) -> future.status() == TaskStatus.QUEUED);
		pool.resume();
		assertThat(futures).allSatisfy((future) -> assertThat(future).succeedsWithin(Gate.PATIENCE));
	}

	@Test
	void runningTasksGoOnWhileThePoolIsPaused() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate gate = this.pools.gate();
		TaskFuture<Integer> running = pool.submit(gate.holding(1));
		gate.awaitEntered();
		pool.pause();
		gate.open();
		assertThat(running).succeedsWithin(Gate.PATIENCE);
		assertThat(pool.submit(() -> 1).status()).isEqualTo(TaskStatus.QUEUED);
	}

	@Test
	void noTaskIsLeftBehindWhenSubmittersComeOneAtATime() throws Exception {
		SupervisedWorkerPool pool = this.pools.ready(2);
		List<Pools.Spawned<Void>> submitters = new ArrayList<>();
		for (int t = 0; t < 3; t++) {
			submitters.add(this.pools.spawn(() -> {
				for (int i = 0; i < 20_000; i++) {
					pool.submit(() -> 1).get();
				}
				return null;
			}));
		}
		for (Pools.Spawned<Void> submitter : submitters) {
			submitter.get();
		}
	}

	@Test
	void noTaskIsLeftBehindWhileWorkersComeAndGo() throws Exception {
		SupervisedWorkerPool pool = this.pools.ready((settings) -> settings.minSize(1).maxSize(3));
		AtomicBoolean busy = new AtomicBoolean(true);
		List<Pools.Spawned<Void>> submitters = new ArrayList<>();
		for (int t = 0; t < 2; t++) {
			submitters.add(this.pools.spawn(() -> {
				for (int i = 0; i < 5_000; i++) {
					pool.submit(() -> 1).get();
				}
				return null;
			}));
		}
		Pools.Spawned<Void> disturber = this.pools.spawn(() -> {
			for (int i = 0; busy.get(); i++) {
				switch (i % 3) {
					case 0 -> pool.recycle().join();
					case 1 -> pool.resize(3, 3);
					default -> pool.resize(1, 3);
				}
				Thread.yield();
			}
			return null;
		});
		for (Pools.Spawned<Void> submitter : submitters) {
			submitter.get();
		}
		busy.set(false);
		disturber.get();
	}

	@Test
	void noTaskIsLeftBehindWhileThePoolIsPausedAndResumed() throws Exception {
		SupervisedWorkerPool pool = this.pools.ready(2);
		AtomicBoolean busy = new AtomicBoolean(true);
		Pools.Spawned<Void> submitter = this.pools.spawn(() -> {
			for (int i = 0; i < 5_000; i++) {
				pool.submit(() -> 1).get();
			}
			return null;
		});
		Pools.Spawned<Void> disturber = this.pools.spawn(() -> {
			while (busy.get()) {
				pool.pause();
				Thread.yield();
				pool.resume();
			}
			return null;
		});
		submitter.get();
		busy.set(false);
		disturber.get();
	}

	private static void awaitAllParked(SupervisedWorkerPool pool) {
		Pools.await(() -> assertThat(pool.dispatcher().workers()).allMatch(PoolWorker::isParked));
	}

}
