package io.github.workerpool.message;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

import io.github.workerpool.Isolation;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.RejectedTaskException.Reason;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.WorkerStartException;
import io.github.workerpool.process.ChildBudget;
import io.github.workerpool.process.Leftovers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link Workers}: starting, listing and ending workers together.
 */
@ExtendWith(Leftovers.class)
class WorkersIntegrationTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static WorkerOptions options(Isolation isolation) {
		return WorkerIntegrationTests.options(isolation);
	}

	private static void assertRejected(Workers workers, Reason reason) {
		assertThatExceptionOfType(RejectedTaskException.class).isThrownBy(() -> workers.start(Scripts.Silent.class))
			.satisfies((error) -> assertThat(error.reason()).isEqualTo(reason));
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void workersAreListedFromTheirStartToTheirEnd(Isolation isolation) {
		try (Workers workers = new Workers()) {
			Worker first = workers.start(Scripts.Echo.class, options(isolation).withName("first"));
			Worker second = workers.start(Scripts.Sleeping.class, options(isolation).withName("second"));
			assertThat(workers.list()).containsExactly(first, second);
			await().atMost(PATIENCE)
				.untilAsserted(
						() -> assertThat(workers.stream().map(Worker::state)).containsOnly(Worker.State.RUNNING));
			assertThat(first.pid().isPresent()).isEqualTo(isolation == Isolation.PROCESS);
			first.postMessage("close");
			assertThat(WorkerIntegrationTests.exitCode(first)).isZero();
			assertThat(first.state()).isEqualTo(Worker.State.ENDED);
			assertThat(workers.list()).containsExactly(second);
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void workerThatIsToldToEndIsStoppingUntilItHas(Isolation isolation) {
		CountDownLatch release = new CountDownLatch(1);
		try (Workers workers = new Workers()) {
			Worker worker = workers.start(Scripts.Sleeping.class, options(isolation));
			worker.onExit((code) -> awaitUninterrupted(release));
			CompletableFuture<Integer> code = worker.terminate();
			assertThat(worker.state()).isEqualTo(Worker.State.STOPPING);
			assertThat(workers.list()).containsExactly(worker);
			release.countDown();
			assertThat(WorkerIntegrationTests.within(code)).isEqualTo(1);
			assertThat(workers.list()).isEmpty();
		}
		finally {
			release.countDown();
		}
	}

	private static void awaitUninterrupted(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void runGivesTheFirstMessage(Isolation isolation) {
		try (Workers workers = new Workers()) {
			assertThat(WorkerIntegrationTests
				.within(workers.<Long>run(Scripts.Sum.class, options(isolation).withWorkerData(1000))))
				.isEqualTo(500_500);
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void stopEndsAllAndResumeLetsOthersStart(Isolation isolation) {
		try (Workers workers = new Workers()) {
			List<Worker> started = List.of(workers.start(Scripts.Sleeping.class, options(isolation)),
					workers.start(Scripts.Echo.class, options(isolation)));
			WorkerIntegrationTests.within(workers.stop());
			assertThat(started).allSatisfy((worker) -> {
				assertThat(worker.state()).isEqualTo(Worker.State.ENDED);
				assertThat(worker.exitCode()).isCompletedWithValue(1);
			});
			assertThat(workers.list()).isEmpty();
			assertRejected(workers, Reason.NOT_RUNNING);
			workers.resume();
			assertThat(WorkerIntegrationTests.exitCode(workers.start(Scripts.Silent.class, options(isolation))))
				.isZero();
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void closeWaitsForTheEndAndIsForGood(Isolation isolation) {
		Workers workers = new Workers();
		Worker worker = workers.start(Scripts.Sleeping.class, options(isolation));
		List<Object> events = WorkerIntegrationTests.events(worker);
		await().atMost(PATIENCE).until(() -> events.contains("asleep"));
		workers.close();
		workers.close();
		assertThat(events).isEqualTo(List.of("online", "asleep", "exit 1"));
		assertThat(workers.list()).isEmpty();
		assertRejected(workers, Reason.CLOSED);
		assertThatIllegalStateException().isThrownBy(workers::resume);
	}

	@Test
	void closeInAListenerDoesNotWaitForItself() {
		Workers workers = new Workers();
		Worker worker = workers.start(Scripts.Sleeping.class, options(Isolation.THREAD));
		worker.onMessage((message) -> workers.close());
		assertThat(WorkerIntegrationTests.exitCode(worker)).isEqualTo(1);
		assertRejected(workers, Reason.CLOSED);
	}

	@Test
	void workerThatCantBeStartedIsNotListed() {
		try (Workers workers = new Workers()) {
			assertThatExceptionOfType(TaskSerializationException.class).isThrownBy(() -> workers
				.start(Scripts.Silent.class, WorkerOptions.defaults().withWorkerData(new java.net.Socket())));
			assertThat(workers.list()).isEmpty();
		}
	}

	@Test
	void childrenWaitForRoomInTheBudgetAndThreadsDoNot() {
		try (Workers workers = new Workers(ChildBudget.of(1))) {
			Worker first = workers.start(Scripts.Sleeping.class, options(Isolation.PROCESS));
			await().atMost(PATIENCE).until(() -> first.state() == Worker.State.RUNNING);
			Worker second = workers.start(Scripts.Echo.class,
					options(Isolation.PROCESS).withProcess((process) -> process.startupTimeout(Duration.ofMinutes(5))));
			assertThat(WorkerIntegrationTests.exitCode(workers.start(Scripts.Silent.class))).isZero();
			assertThat(second.state()).isEqualTo(Worker.State.STARTING);
			assertThat(second.pid()).isEmpty();
			first.terminate();
			await().atMost(PATIENCE).until(() -> second.state() == Worker.State.RUNNING);
			assertThat(second.pid()).isPresent();
		}
	}

	@Test
	void childThatFindsNoRoomInTimeIsAStartFailure() {
		try (Workers workers = new Workers(ChildBudget.of(1))) {
			Worker first = workers.start(Scripts.Sleeping.class, options(Isolation.PROCESS).withName("first"));
			await().atMost(PATIENCE).until(() -> first.state() == Worker.State.RUNNING);
			AtomicReference<Throwable> error = new AtomicReference<>();
			Worker second = workers.start(Scripts.Silent.class, options(Isolation.PROCESS)
				.withProcess((process) -> process.startupTimeout(Duration.ofMillis(100))));
			second.onError(error::set);
			assertThat(WorkerIntegrationTests.exitCode(second)).isEqualTo(1);
			assertThat(error.get()).isInstanceOf(WorkerStartException.class)
				.hasMessageContaining("'workerpool.process.max-children' is 1, in use are {first=1}");
		}
	}

	@Test
	void childThatWaitsForRoomCanBeTerminated() {
		try (Workers workers = new Workers(ChildBudget.of(1))) {
			Worker first = workers.start(Scripts.Sleeping.class, options(Isolation.PROCESS));
			await().atMost(PATIENCE).until(() -> first.state() == Worker.State.RUNNING);
			Worker second = workers.start(Scripts.Silent.class,
					options(Isolation.PROCESS).withProcess((process) -> process.startupTimeout(Duration.ofMinutes(5))));
			List<Object> events = new CopyOnWriteArrayList<>();
			second.onError(events::add).onExit(events::add);
			assertThat(WorkerIntegrationTests.within(second.terminate())).isEqualTo(1);
			assertThat(events).containsExactly(1);
			assertThat(workers.list()).containsExactly(first);
		}
	}

}
