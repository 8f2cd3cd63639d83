package io.github.workerpool.message;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.InvalidPoolSettingException;
import io.github.workerpool.Isolation;
import io.github.workerpool.RemoteTaskException;
import io.github.workerpool.ResourceLimitExceededException;
import io.github.workerpool.ResourceLimitExceededException.Limit;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskSerializationException.Part;
import io.github.workerpool.WorkerCrashedException;
import io.github.workerpool.WorkerStartException;
import io.github.workerpool.process.Leftovers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * The life of a worker, whatever it is made of.
 */
@ExtendWith(Leftovers.class)
class WorkerIntegrationTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	static WorkerOptions options(Isolation isolation) {
		WorkerOptions options = WorkerOptions.defaults().withIsolation(isolation);
		return (isolation == Isolation.PROCESS)
				? options.withProcess((process) -> process.classDataSharing(ClassDataSharing.OFF)) : options;
	}

	/** Waits until all who listen have been told, even if they came after the end. */
	static int exitCode(Worker worker) {
		CompletableFuture<Integer> told = new CompletableFuture<>();
		worker.onExit(told::complete);
		int code = within(told);
		assertThat(within(worker.exitCode())).isEqualTo(code);
		return code;
	}

	static <T> T within(CompletableFuture<T> future) {
		return future.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
	}

	/** Notes all that happens to a worker, in order. */
	static List<Object> events(Worker worker) {
		List<Object> events = new CopyOnWriteArrayList<>();
		worker.onOnline(() -> events.add("online"))
			.onMessage(events::add)
			.onError((error) -> events.add(error.getClass().getSimpleName()))
			.onExit((code) -> events.add("exit " + code));
		return events;
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void scriptKnowsItsDataAndItsWorker(Isolation isolation) {
		List<?> told = within(Worker.run(Scripts.Tell.class,
				options(isolation).withName("teller").withWorkerData(Map.of("answer", 42))));
		assertThat(told.subList(0, 5)).isEqualTo(List.of("{answer=42}", "teller", isolation, true, false));
		assertThat((String) told.get(5)).contains("teller");
	}

	@Test
	void interruptedTerminalDoesNotEndAChild() {
		String handler = within(Worker.run(Scripts.TellInterruptHandler.class, options(Isolation.PROCESS)));
		assertThat(handler).isEqualTo("ignored");
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void eventsComeInOrderAndExitLast(Isolation isolation) {
		Worker worker = Worker.start(Scripts.PostAndExit.class,
				options(isolation).withWorkerData(new int[] { 100, 3 }));
		List<Object> events = events(worker);
		assertThat(exitCode(worker)).isEqualTo(3);
		List<Object> expected = new ArrayList<>(List.of("online"));
		IntStream.range(0, 100).forEach(expected::add);
		expected.add("exit 3");
		assertThat(events).isEqualTo(expected);
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void whatHappenedBeforeAListenerIsKeptForIt(Isolation isolation) {
		Worker worker = Worker.start(Scripts.Throwing.class, options(isolation));
		assertThat(within(worker.exitCode())).isEqualTo(1);
		List<Object> events = events(worker);
		await().atMost(PATIENCE).until(() -> events.size() == 4);
		assertThat(events).isEqualTo(List.of("online", "before", "IOException", "exit 1"));
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void exitIsLastForListenersThatComeAfterIt(Isolation isolation) {
		Worker worker = Worker.start(Scripts.PostAndExit.class,
				options(isolation).withWorkerData(new int[] { 100, 3 }));
		assertThat(within(worker.exitCode())).isEqualTo(3);
		List<Object> events = events(worker);
		await().atMost(PATIENCE).until(() -> events.contains("exit 3"));
		assertThat(events).hasSize(102).startsWith("online", 0, 1).endsWith(99, "exit 3");
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void eventsRunOneAtATimeOnAThreadOfTheLibrary(Isolation isolation) {
		Worker worker = Worker.start(Scripts.PostAndExit.class, options(isolation).withWorkerData(new int[] { 50, 0 }));
		List<String> threads = new CopyOnWriteArrayList<>();
		List<Object> inside = new CopyOnWriteArrayList<>();
		List<Integer> most = new CopyOnWriteArrayList<>();
		worker.onMessage((message) -> {
			inside.add(message);
			threads.add(Thread.currentThread().getName());
			most.add(inside.size());
			inside.remove(message);
		});
		assertThat(exitCode(worker)).isZero();
		assertThat(threads).hasSize(50).allMatch((name) -> name.startsWith("workerpool-events-"));
		assertThat(most).containsOnly(1);
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void workerLivesWhileItsPortHasAListener(Isolation isolation) {
		try (Worker worker = Worker.start(Scripts.Echo.class, options(isolation))) {
			List<Object> events = events(worker);
			worker.postMessage("one");
			worker.postMessage(List.of(2, "three"));
			await().atMost(PATIENCE).until(() -> events.size() == 3);
			assertThat(worker.exitCode()).isNotDone();
			worker.postMessage("close");
			assertThat(exitCode(worker)).isZero();
			assertThat(events).isEqualTo(List.of("online", "one", List.of(2, "three"), "exit 0"));
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void uncaughtErrorArrivesAsItselfAndEndsWithOne(Isolation isolation) {
		Worker worker = Worker.start(Scripts.Throwing.class, options(isolation));
		List<Throwable> errors = new CopyOnWriteArrayList<>();
		worker.onError(errors::add);
		assertThat(exitCode(worker)).isEqualTo(1);
		assertThat(errors).singleElement()
			.satisfies((error) -> assertThat(error).isInstanceOf(java.io.IOException.class)
				.hasMessage("thrown on purpose")
				.hasRootCauseInstanceOf(IllegalStateException.class)
				.satisfies((thrown) -> assertThat(thrown.getStackTrace())
					.anyMatch((frame) -> frame.getClassName().endsWith("Scripts$Throwing"))));
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void exceptionInAListenerOfTheWorkerEndsIt(Isolation isolation) {
		Worker worker = Worker.start(Scripts.ThrowingInListener.class, options(isolation));
		List<Throwable> errors = new CopyOnWriteArrayList<>();
		worker.onError(errors::add).postMessage("this");
		assertThat(exitCode(worker)).isEqualTo(1);
		assertThat(errors).singleElement()
			.satisfies((error) -> assertThat(error).isInstanceOf(IllegalArgumentException.class)
				.hasMessage("did not like this"));
	}

	@Test
	void errorThatCantCrossArrivesInWords() {
		Worker worker = Worker.start(Scripts.ThrowingUnserializable.class, options(Isolation.PROCESS));
		List<Throwable> errors = new CopyOnWriteArrayList<>();
		worker.onError(errors::add);
		assertThat(exitCode(worker)).isEqualTo(1);
		assertThat(errors).singleElement()
			.satisfies((error) -> assertThat(error).isInstanceOf(RemoteTaskException.class)
				.hasMessageContaining("can't be sent"));
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void stackOverflowIsALimit(Isolation isolation) {
		Worker worker = Worker.start(Scripts.Overflowing.class, options(isolation));
		List<Throwable> errors = new CopyOnWriteArrayList<>();
		worker.onError(errors::add);
		assertThat(exitCode(worker)).isEqualTo(1);
		assertThat(errors).singleElement()
			.satisfies((error) -> assertThat(((ResourceLimitExceededException) error).limit()).isEqualTo(Limit.STACK));
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void exceptionInAListenerLosesNoLaterMessage(Isolation isolation) {
		Worker worker = Worker.start(Scripts.PostAndExit.class, options(isolation).withWorkerData(new int[] { 3, 0 }));
		List<Object> messages = new CopyOnWriteArrayList<>();
		worker.onMessage((message) -> {
			messages.add(message);
			throw new IllegalStateException("thrown by a listener on purpose");
		});
		assertThat(exitCode(worker)).isZero();
		assertThat(messages).isEqualTo(List.of(0, 1, 2));
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void scriptThatCantBeMadeIsAStartFailure(Isolation isolation) {
		for (Class<? extends WorkerScript> script : List.of(Scripts.FailingConstructor.class,
				Scripts.NoConstructor.class)) {
			Worker worker = Worker.start(script, options(isolation));
			List<Object> events = new CopyOnWriteArrayList<>();
			worker.onOnline(() -> events.add("online")).onError(events::add).onExit(events::add);
			assertThat(exitCode(worker)).isEqualTo(1);
			await().atMost(PATIENCE).until(() -> events.size() == 2);
			assertThat(events.get(0)).isInstanceOf(WorkerStartException.class);
			assertThat(events.get(1)).isEqualTo(1);
		}
	}

	@Test
	void jvmThatCantStartIsAStartFailure() {
		Worker worker = Worker.start(Scripts.Silent.class,
				options(Isolation.PROCESS).withProcess((process) -> process.jvmArgs(List.of("-XX:NoSuchOption=1"))));
		List<Throwable> errors = new CopyOnWriteArrayList<>();
		worker.onError(errors::add);
		assertThat(exitCode(worker)).isEqualTo(1);
		assertThat(errors).singleElement()
			.satisfies((error) -> assertThat(error).isInstanceOf(WorkerStartException.class)
				.hasMessageContaining("NoSuchOption"));
	}

	@Test
	void dataThatCantCrossIsRefusedWithItsPath() {
		for (Isolation isolation : Isolation.values()) {
			assertThatExceptionOfType(TaskSerializationException.class)
				.isThrownBy(() -> Worker.start(Scripts.Silent.class,
						options(isolation).withWorkerData(Map.of("socket", new java.net.Socket()))))
				.satisfies((error) -> {
					assertThat(error.part()).isEqualTo(Part.WORKER_DATA);
					assertThat(error.path()).contains("[socket]");
				});
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void terminateEndsAWorkerThatSleeps(Isolation isolation) {
		Worker worker = Worker.start(Scripts.Sleeping.class, options(isolation).withGrace(Duration.ofSeconds(30)));
		List<Object> events = events(worker);
		await().atMost(PATIENCE).until(() -> events.contains("asleep"));
		assertThat(within(worker.terminate())).isEqualTo(1);
		assertThat(events).isEqualTo(List.of("online", "asleep", "exit 1"));
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void scriptCanAskWhetherItWasTerminated(Isolation isolation) {
		Worker worker = Worker.start(Scripts.Polite.class, options(isolation).withGrace(Duration.ofSeconds(30)));
		List<Object> events = events(worker);
		await().atMost(PATIENCE).until(() -> events.contains("waiting"));
		worker.close();
		assertThat(events).isEqualTo(List.of("online", "waiting", "exit 1"));
	}

	@Test
	void terminateKillsABusyLoopInAProcess() {
		Worker worker = Worker.start(Scripts.Busy.class, options(Isolation.PROCESS).withGrace(Duration.ofMillis(50)));
		List<Object> events = events(worker);
		await().atMost(PATIENCE).until(() -> events.contains("busy"));
		assertThat(within(worker.terminate())).isEqualTo(1);
		assertThat(events).isEqualTo(List.of("online", "busy", "exit 1"));
	}

	@Test
	void threadThatIgnoresItsEndIsAbandonedAndCounted() {
		Scripts.Stubborn.RELEASE.set(new CountDownLatch(1));
		int before = Worker.abandonedThreads();
		Worker worker = Worker.start(Scripts.Stubborn.class,
				options(Isolation.THREAD).withGrace(Duration.ofMillis(50)));
		List<Object> events = events(worker);
		await().atMost(PATIENCE).until(() -> events.contains("stubborn"));
		assertThat(within(worker.terminate())).isEqualTo(1);
		assertThat(events).isEqualTo(List.of("online", "stubborn", "exit 1"));
		assertThat(Worker.abandonedThreads()).isEqualTo(before + 1);
		Scripts.Stubborn.RELEASE.get().countDown();
		await().atMost(PATIENCE).until(() -> Worker.abandonedThreads() == before);
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void workerThatIsTerminatedAtOnceEndsOnce(Isolation isolation) {
		Worker worker = Worker.start(Scripts.Sleeping.class, options(isolation));
		List<Integer> codes = new CopyOnWriteArrayList<>();
		worker.onExit(codes::add);
		assertThat(within(worker.terminate())).isEqualTo(1);
		worker.close();
		assertThat(codes).containsExactly(1);
	}

	@Test
	void systemExitEndsTheWorkerWithItsCode() {
		for (int code : new int[] { 0, 7 }) {
			Worker worker = Worker.start(Scripts.SystemExit.class, options(Isolation.PROCESS).withWorkerData(code));
			List<Object> events = events(worker);
			assertThat(exitCode(worker)).isEqualTo(code);
			assertThat(events).isEqualTo(List.of("online", "leaving", "exit " + code));
		}
	}

	@Test
	void deathOfTheProcessIsACrash() {
		Worker worker = Worker.start(Scripts.Halt.class, options(Isolation.PROCESS).withWorkerData(9));
		List<Throwable> errors = new CopyOnWriteArrayList<>();
		List<Object> messages = new CopyOnWriteArrayList<>();
		worker.onMessage(messages::add).onError(errors::add);
		assertThat(exitCode(worker)).isEqualTo(9);
		assertThat(messages).containsExactly("leaving");
		assertThat(errors).singleElement()
			.satisfies((error) -> assertThat(((WorkerCrashedException) error).report().exitCode()).isEqualTo(9));
	}

	@Test
	void killedProcessIsACrashInWords() throws Exception {
		Worker worker = Worker.start(Scripts.Sleeping.class, options(Isolation.PROCESS));
		List<Throwable> errors = new CopyOnWriteArrayList<>();
		List<Object> messages = new CopyOnWriteArrayList<>();
		worker.onMessage(messages::add).onError(errors::add);
		await().atMost(PATIENCE).until(() -> messages.contains("asleep"));
		ProcessHandle.of(worker.pid().getAsLong()).orElseThrow().destroyForcibly();
		assertThat(exitCode(worker)).isEqualTo(137);
		assertThat(errors).singleElement()
			.satisfies((error) -> assertThat(error).isInstanceOf(WorkerCrashedException.class)
				.hasMessageContaining("SIGKILL"));
	}

	@Test
	void exhaustedHeapIsALimitThatHitsOnlyTheWorker() {
		Worker worker = Worker.start(Scripts.HeapEater.class,
				options(Isolation.PROCESS).withResourceLimits((limits) -> limits.maxHeapSize(32L << 20)));
		List<Throwable> errors = new CopyOnWriteArrayList<>();
		worker.onError(errors::add);
		assertThat(exitCode(worker)).isEqualTo(1);
		assertThat(errors).singleElement()
			.satisfies((error) -> assertThat(((ResourceLimitExceededException) error).limit()).isEqualTo(Limit.HEAP));
	}

	@Test
	void environmentReachesTheProcess() {
		assertThat(within(Worker.<String>run(Scripts.Environment.class,
				options(Isolation.PROCESS).withEnvironment(Map.of("GREETING", "good morning")))))
			.isEqualTo("good morning");
	}

	@Test
	void whatMakesNoSenseForAThreadIsRefused() {
		WorkerOptions options = options(Isolation.THREAD);
		assertThatThrownBy(() -> Worker.start(Scripts.Silent.class, options.withEnvironment(Map.of("A", "b"))))
			.isInstanceOf(InvalidPoolSettingException.class)
			.hasMessageContaining("environment");
		assertThatThrownBy(() -> Worker.start(Scripts.Silent.class,
				options.withResourceLimits((limits) -> limits.maxHeapSize(1L << 26))))
			.isInstanceOf(InvalidPoolSettingException.class)
			.hasMessageContaining("max-heap-size");
		assertThatThrownBy(() -> Worker.start(Scripts.Silent.class,
				options.withResourceLimits((limits) -> limits.cpuTime(Duration.ofSeconds(1)))))
			.isInstanceOf(InvalidPoolSettingException.class)
			.hasMessageContaining("cpu-time");
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void runGivesTheFirstMessage(Isolation isolation) {
		assertThat(within(Worker.<Long>run(Scripts.Sum.class, options(isolation).withWorkerData(1000))))
			.isEqualTo(500500L);
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void runFailsForAnErrorAnExitCodeAndSilence(Isolation isolation) {
		assertThatThrownBy(() -> within(Worker.run(Scripts.FailingConstructor.class, options(isolation))))
			.isInstanceOf(CompletionException.class)
			.hasCauseInstanceOf(WorkerStartException.class);
		assertThatThrownBy(() -> within(
				Worker.run(Scripts.PostAndExit.class, options(isolation).withWorkerData(new int[] { 0, 5 }))))
			.hasCauseInstanceOf(WorkerCrashedException.class)
			.hasMessageContaining("code 5");
		assertThatThrownBy(() -> within(Worker.run(Scripts.Silent.class, options(isolation))))
			.hasCauseInstanceOf(WorkerCrashedException.class)
			.hasMessageContaining("without having posted");
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void runEndsAWorkerThatWouldGoOnListening(Isolation isolation) {
		CompletableFuture<Object> result = Worker.run(Scripts.Holder.class, options(isolation));
		result.cancel(true);
		assertThat(result).isCancelled();
	}

}
