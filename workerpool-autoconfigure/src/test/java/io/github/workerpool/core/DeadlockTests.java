package io.github.workerpool.core;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

import io.github.workerpool.PoolSettings;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.RejectedTaskException.Reason;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.factory.WorkerPoolFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Waits on workers that could never end are refused; all others are not.
 */
class DeadlockTests {

	@Test
	void onlyWorkerCannotWaitForItsOwnPool() {
		try (WorkerPool pool = pool("alone", 1)) {
			assertThat(pool.submit(() -> reasonOf(() -> pool.submit(() -> 1).join())).join())
				.isEqualTo(Reason.WOULD_DEADLOCK);
		}
	}

	@Test
	void workerMayWaitWhileAnotherIsFree() {
		try (WorkerPool pool = pool("pair", 2)) {
			assertThat(pool.submit(() -> pool.submit(() -> 1).join()).join()).isEqualTo(1);
		}
	}

	@Test
	void lastFreeWorkerIsTheOneThatIsRefused() throws Exception {
		try (WorkerPool pool = pool("both", 2)) {
			CountDownLatch both = new CountDownLatch(2);
			var first = pool.submit(() -> waitTogether(pool, both));
			var second = pool.submit(() -> waitTogether(pool, both));
			assertThat(List.of(first.join(), second.join())).contains("refused");
		}
	}

	@Test
	void chainOverTwoPoolsIsSeen() {
		try (WorkerPool one = pool("one", 1); WorkerPool two = pool("two", 1)) {
			CompletableFuture<TaskRun<?>> middle = new CompletableFuture<>();
			Reason reason = one.submit(() -> {
				TaskFuture<Reason> inner = two.submit(() -> {
					// The wait that closes the circle is the one that is refused
					TaskRun<?> run = middle.join();
					Awaitility.await().until(() -> run.numberOfWaiters() == 1);
					return reasonOf(() -> one.submit(() -> 1).join());
				});
				middle.complete((TaskRun<?>) inner);
				return inner.join();
			}).join();
			assertThat(reason).isEqualTo(Reason.WOULD_DEADLOCK);
		}
	}

	@Test
	void waitForAnotherPoolIsAllowed() {
		try (WorkerPool one = pool("one", 1); WorkerPool two = pool("two", 1)) {
			assertThat(one.submit(() -> two.submit(() -> 2).join()).join()).isEqualTo(2);
		}
	}

	@Test
	void mapFromTheOnlyWorkerIsRefused() {
		try (WorkerPool pool = pool("maps", 1)) {
			assertThat(pool.submit(() -> reasonOf(() -> pool.map(List.of(1, 2), (item) -> item).join())).join())
				.isEqualTo(Reason.WOULD_DEADLOCK);
		}
	}

	@Test
	void broadcastToOneselfIsRefused() {
		try (WorkerPool pool = pool("self", 1)) {
			assertThat(pool.submit(() -> reasonOf(() -> pool.broadcast(() -> 1).get(0).join())).join())
				.isEqualTo(Reason.WOULD_DEADLOCK);
		}
	}

	private static String waitTogether(WorkerPool pool, CountDownLatch both) throws InterruptedException {
		both.countDown();
		both.await();
		try {
			pool.submit(() -> 1).join();
			return "served";
		}
		catch (RejectedTaskException ex) {
			assertThat(ex.reason()).isEqualTo(Reason.WOULD_DEADLOCK);
			return "refused";
		}
	}

	private static Reason reasonOf(Runnable wait) {
		try {
			wait.run();
			throw new AssertionError("The wait ended");
		}
		catch (RejectedTaskException ex) {
			return ex.reason();
		}
	}

	private static WorkerPool pool(String name, int size) {
		WorkerPool pool = new WorkerPoolFactory().create(PoolSettings.builder(name).size(size).build());
		pool.ready().join();
		return pool;
	}

}
