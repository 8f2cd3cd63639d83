package io.github.workerpool.message;

import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

import io.github.workerpool.Isolation;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskSerializationException.Part;
import io.github.workerpool.WorkerLocal;
import io.github.workerpool.WorkerStartException;
import io.github.workerpool.memory.TransferableBuffer;
import io.github.workerpool.process.Leftovers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.util.StringUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What the listeners of workers and ports are told when something goes wrong.
 */
@ExtendWith({ Leftovers.class, OutputCaptureExtension.class })
class WorkerEventsIntegrationTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static WorkerOptions options(Isolation isolation) {
		return WorkerIntegrationTests.options(isolation);
	}

	private static int exitCode(Worker worker) {
		return WorkerIntegrationTests.exitCode(worker);
	}

	private static void awaitEvent(List<Object> events, Object event) {
		await().atMost(PATIENCE).untilAsserted(() -> assertThat(events).contains(event));
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void eventsOfAFailureComeInTheirOrder(Isolation isolation) {
		Worker worker = Worker.start(Scripts.Throwing.class, options(isolation));
		List<Object> events = WorkerIntegrationTests.events(worker);
		assertThat(exitCode(worker)).isEqualTo(1);
		assertThat(events).isEqualTo(List.of("online", "before", "IOException", "exit 1"));
	}

	@Test
	void orderHoldsForListenersThatComeWhileTheWorkerEnds() {
		List<Object> expected = List.of("online", "before", "IOException", "exit 1");
		for (int i = 0; i < 500; i++) {
			Worker worker = Worker.start(Scripts.Throwing.class, options(Isolation.THREAD));
			List<Object> events = WorkerIntegrationTests.events(worker);
			await().atMost(PATIENCE)
				.pollDelay(Duration.ZERO)
				.pollInterval(Duration.ofMillis(1))
				.until(() -> events.size() == expected.size());
			assertThat(events).isEqualTo(expected);
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void errorThatNobodyListensToIsLoggedOnceAndKept(Isolation isolation, CapturedOutput output) {
		Worker worker = Worker.start(Scripts.Throwing.class, options(isolation).withName("lonely"));
		assertThat(exitCode(worker)).isEqualTo(1);
		String line = "Worker 'lonely' has failed, and nobody listens to its errors";
		await().atMost(PATIENCE).untilAsserted(() -> assertThat(output).contains(line, "Scripts$Throwing.run"));
		assertThat(StringUtils.countOccurrencesOf(output.toString(), line)).isEqualTo(1);
		List<Object> errors = new CopyOnWriteArrayList<>();
		worker.onError(errors::add);
		await().atMost(PATIENCE).until(() -> errors.size() == 1);
		assertThat(errors.get(0)).isInstanceOf(IOException.class);
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void errorThatSomebodyListensToIsNotLogged(Isolation isolation, CapturedOutput output) {
		Worker worker = Worker.start(Scripts.ThrowingInListener.class, options(isolation).withName("heard"));
		worker.onError((error) -> {
		});
		worker.postMessage("this");
		assertThat(exitCode(worker)).isEqualTo(1);
		assertThat(output).doesNotContain("Worker 'heard' has failed");
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void listenersThatThrowKeepNobodyFromBeingTold(Isolation isolation, CapturedOutput output) {
		Worker worker = Worker.start(FailingWhenTold.class, options(isolation).withName("misheard"));
		worker.onOnline(WorkerEventsIntegrationTests::fail)
			.onMessage((message) -> fail())
			.onError((error) -> fail())
			.onExit((code) -> fail());
		List<Object> events = WorkerIntegrationTests.events(worker);
		worker.postMessage("now");
		assertThat(exitCode(worker)).isEqualTo(1);
		assertThat(events).isEqualTo(List.of("online", "before", "IOException", "exit 1"));
		assertThat(output).contains("A listener of worker 'misheard' threw", "fails on purpose");
	}

	private static void fail() {
		throw new IllegalStateException("A listener fails on purpose");
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void messageThatCantBeReadIsReportedInItsPlace(Isolation isolation) {
		Worker worker = Worker.start(Poisoning.class, options(isolation));
		List<Object> events = new CopyOnWriteArrayList<>();
		// Messages wait for a listener; an error that comes before its own is kept until
		// later
		worker.onMessageError((error) -> events.add(error.part())).onMessage(events::add);
		assertThat(exitCode(worker)).isZero();
		assertThat(events).isEqualTo(List.of("before", Part.MESSAGE, "after"));
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void messageErrorThatNobodyListensToIsLoggedAndKept(Isolation isolation, CapturedOutput output) {
		Worker worker = Worker.start(Poisoning.class, options(isolation));
		List<Object> events = new CopyOnWriteArrayList<>();
		worker.onMessage(events::add);
		assertThat(exitCode(worker)).isZero();
		assertThat(events).isEqualTo(List.of("before", "after"));
		assertThat(output).contains("can't be decoded, and nobody listens to such errors");
		List<TaskSerializationException> errors = new CopyOnWriteArrayList<>();
		worker.onMessageError(errors::add);
		await().atMost(PATIENCE).until(() -> errors.size() == 1);
		assertThat(errors.get(0)).hasStackTraceContaining("spoilt on purpose");
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void workerIsToldOfAMessageThatItCantRead(Isolation isolation) {
		Worker worker = Worker.start(Tasting.class, options(isolation));
		List<Object> events = WorkerIntegrationTests.events(worker);
		worker.postMessage(new Poison());
		worker.postMessage("bread");
		worker.postMessage("close");
		assertThat(exitCode(worker)).isZero();
		assertThat(events).isEqualTo(List.of("online", "refused MESSAGE", "eaten bread", "exit 0"));
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void exitEndsTheWorkerFromAListenerAndFromAnotherThread(Isolation isolation) {
		for (String where : List.of("listener", "thread")) {
			Worker worker = Worker.start(Leaving.class, options(isolation));
			List<Object> events = WorkerIntegrationTests.events(worker);
			worker.postMessage(where);
			assertThat(exitCode(worker)).isEqualTo(4);
			assertThat(events).isEqualTo(List.of("online", "leaving from the " + where, "exit 4"));
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void valuesOfTheWorkerAreClosedBeforeItsPort(Isolation isolation) {
		Worker worker = Worker.start(Keeping.class, options(isolation));
		List<Object> events = WorkerIntegrationTests.events(worker);
		assertThat(exitCode(worker)).isZero();
		assertThat(events).isEqualTo(List.of("online", "made once: true", "closed", "exit 0"));
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void messageToAWorkerThatHasEndedIsDroppedAndWhatItTransfersIsFreed(Isolation isolation) {
		Worker worker = Worker.start(Scripts.Silent.class, options(isolation));
		assertThat(exitCode(worker)).isZero();
		TransferableBuffer buffer = TransferableBuffer.allocate(4096);
		MessageChannel channel = MessageChannel.create();
		worker.postMessage(List.of(buffer, channel.port2()), buffer, channel.port2());
		assertThat(buffer.isDetached()).isTrue();
		await().atMost(PATIENCE).until(() -> channel.port1().poll() == null && channel.port1().isClosed());
	}

	@Test
	void classThatOnlyThisJvmHasIsAStartFailure() {
		Class<? extends WorkerScript> made = ((WorkerScript) Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { WorkerScript.class }, (proxy, method, arguments) -> null))
			.getClass();
		Worker worker = Worker.start(made, options(Isolation.PROCESS).withName("made"));
		List<Object> events = new CopyOnWriteArrayList<>();
		worker.onOnline(() -> events.add("online")).onError(events::add).onExit(events::add);
		assertThat(exitCode(worker)).isEqualTo(1);
		assertThat(events).hasSize(2);
		assertThat((Throwable) events.get(0)).isInstanceOf(WorkerStartException.class)
			.hasMessageContaining("Worker 'made'")
			.hasMessageContaining("can't load its class");
	}

	@Test
	void whatWasHandedToAWorkerThatCantStartIsFreed() {
		MessageChannel channel = MessageChannel.create();
		TransferableBuffer buffer = TransferableBuffer.allocate(4096);
		Worker worker = Worker.start(Scripts.Silent.class,
				options(Isolation.PROCESS).withProcess((process) -> process.jvmArgs(List.of("-XX:NoSuchOption=1")))
					.withWorkerData(List.of(channel.port2(), buffer))
					.withTransfer(channel.port2(), buffer));
		worker.onError((error) -> {
		});
		assertThat(exitCode(worker)).isEqualTo(1);
		assertThat(buffer.isDetached()).isTrue();
		await().atMost(PATIENCE).until(() -> channel.port1().poll() == null && channel.port1().isClosed());
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void portClosesWhenItsWorkerCrashesAndWhatItHadPostedStillArrives(Isolation isolation) {
		MessageChannel channel = MessageChannel.create();
		List<Object> events = new CopyOnWriteArrayList<>();
		channel.port1().onClose(() -> events.add("closed")).onMessage(events::add);
		Worker worker = Worker.start(Crashing.class,
				options(isolation).withWorkerData(Map.of("port", channel.port2())).withTransfer(channel.port2()));
		worker.onError((error) -> {
		});
		assertThat(exitCode(worker)).isEqualTo(1);
		awaitEvent(events, "closed");
		assertThat(events).isEqualTo(List.of("last words", "closed"));
	}

	@ParameterizedTest
	@CsvSource({ "THREAD,PROCESS", "PROCESS,THREAD", "PROCESS,PROCESS" })
	void portOfAWorkerClosesWhenTheOtherWorkerDies(Isolation dying, Isolation watching) {
		MessageChannel channel = MessageChannel.create();
		Worker watcher = Worker.start(Watching.class,
				options(watching).withWorkerData(Map.of("port", channel.port1())).withTransfer(channel.port1()));
		List<Object> events = WorkerIntegrationTests.events(watcher);
		awaitEvent(events, "watching");
		Worker other = Worker.start(Crashing.class,
				options(dying).withWorkerData(Map.of("port", channel.port2())).withTransfer(channel.port2()));
		other.onError((error) -> {
		});
		assertThat(exitCode(other)).isEqualTo(1);
		assertThat(exitCode(watcher)).isZero();
		assertThat(events).isEqualTo(List.of("online", "watching", "last words", "closed", "exit 0"));
	}

	@Test
	void abandonedThreadIsNamedAndReachesNobody(CapturedOutput output) {
		Deaf.RELEASE.set(new CountDownLatch(1));
		int before = Worker.abandonedThreads();
		MessageChannel channel = MessageChannel.create();
		List<Object> heard = new CopyOnWriteArrayList<>();
		channel.port1().onMessage(heard::add);
		Worker worker = Worker.start(Deaf.class,
				options(Isolation.THREAD).withName("deaf")
					.withGrace(Duration.ofMillis(50))
					.withWorkerData(Map.of("port", channel.port2()))
					.withTransfer(channel.port2()));
		List<Object> events = WorkerIntegrationTests.events(worker);
		awaitEvent(events, "working");
		assertThat(WorkerIntegrationTests.within(worker.terminate())).isEqualTo(1);
		await().atMost(PATIENCE).until(channel.port1()::isClosed);
		Deaf.RELEASE.get().countDown();
		await().atMost(PATIENCE).until(() -> Worker.abandonedThreads() == before);
		assertThat(events).isEqualTo(List.of("online", "working", "exit 1"));
		assertThat(heard).isEmpty();
		await().atMost(PATIENCE)
			.untilAsserted(() -> assertThat(output).contains("Worker 'deaf' ignores that it was told to end",
					"'workerpool-script-deaf'", "The abandoned thread of worker 'deaf' has ended"));
	}

	private static MessagePort port(WorkerScope scope) {
		return (MessagePort) ((Map<?, ?>) scope.workerData()).get("port");
	}

	/** Can be written, but not read. */
	static final class Poison implements Serializable {

		private static final long serialVersionUID = 1L;

		private void readObject(ObjectInputStream in) throws IOException {
			throw new InvalidObjectException("spoilt on purpose");
		}

	}

	static final class Poisoning implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			scope.parentPort().postMessage("before");
			scope.parentPort().postMessage(new Poison());
			scope.parentPort().postMessage("after");
		}

	}

	static final class FailingWhenTold implements WorkerScript {

		@Override
		public void run(WorkerScope scope) throws IOException {
			Object when = Scripts.next(scope.parentPort());
			scope.parentPort().postMessage("before");
			throw new IOException("Told to fail " + when);
		}

	}

	static final class Tasting implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			MessagePort parent = scope.parentPort();
			parent.onMessageError((error) -> parent.postMessage("refused " + error.part()));
			parent.onMessage((message) -> {
				if ("close".equals(message)) {
					parent.close();
				}
				else {
					parent.postMessage("eaten " + message);
				}
			});
		}

	}

	static final class Leaving implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			MessagePort parent = scope.parentPort();
			parent.onMessage((where) -> {
				parent.postMessage("leaving from the " + where);
				if ("listener".equals(where)) {
					scope.exit(4);
				}
				new Thread(() -> scope.exit(4)).start();
			});
		}

	}

	static final class Keeping implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			WorkerLocal<AutoCloseable> local = WorkerLocal.of(() -> () -> scope.parentPort().postMessage("closed"));
			AutoCloseable first = local.get();
			scope.parentPort().postMessage("made once: " + (first == local.get()));
		}

	}

	/** Says something on its port, and dies as its worker can. */
	static final class Crashing implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			port(scope).postMessage("last words");
			if (scope.isolation() == Isolation.PROCESS) {
				Runtime.getRuntime().halt(1);
			}
			throw new IllegalStateException("crashes on purpose");
		}

	}

	static final class Watching implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			MessagePort port = port(scope);
			port.onClose(() -> scope.parentPort().postMessage("closed"));
			port.onMessage(scope.parentPort()::postMessage);
			scope.parentPort().postMessage("watching");
		}

	}

	/** Goes on when it should end, and tells everybody. */
	static final class Deaf implements WorkerScript {

		static final AtomicReference<CountDownLatch> RELEASE = new AtomicReference<>();

		@Override
		public void run(WorkerScope scope) {
			MessagePort port = port(scope);
			scope.parentPort().postMessage("working");
			while (RELEASE.get().getCount() > 0) {
				LockSupport.parkNanos(1_000_000);
				Thread.interrupted();
			}
			try {
				port.postMessage("too late");
			}
			finally {
				scope.parentPort().postMessage("too late");
			}
		}

	}

}
