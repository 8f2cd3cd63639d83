package io.github.workerpool.message;

import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

import io.github.workerpool.Isolation;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.RejectedTaskException.Reason;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.memory.SharedMemory;
import io.github.workerpool.memory.TransferableBuffer;
import io.github.workerpool.process.Leftovers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Ports, channels and memory between workers of both isolations.
 */
@ExtendWith(Leftovers.class)
class MessageIntegrationTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static WorkerOptions options(Isolation isolation) {
		return WorkerIntegrationTests.options(isolation);
	}

	@Test
	void messagesOfAChannelKeepTheirOrderAndAreClones() {
		MessageChannel channel = MessageChannel.create();
		int[] numbers = { 1, 2 };
		channel.port1().postMessage(numbers);
		numbers[0] = 7;
		channel.port1().postMessage(null);
		channel.port1().postMessage(new Scripts.Plain("a", List.of(new Scripts.Plain("b", List.of()))));
		assertThat((int[]) channel.port2().receive(PATIENCE)).containsExactly(1, 2);
		assertThat(channel.port2().poll()).isNull();
		assertThat(channel.port2().poll())
			.isEqualTo(new Scripts.Plain("a", List.of(new Scripts.Plain("b", List.of()))));
		assertThat(channel.port2().poll()).isNull();
		channel.port1().close();
		await().atMost(PATIENCE).until(channel.port2()::isClosed);
	}

	@Test
	void whatCantBeClonedIsNamedAndTransfersNothing() {
		MessageChannel channel = MessageChannel.create();
		try (TransferableBuffer buffer = TransferableBuffer.allocate(10)) {
			assertThatExceptionOfType(TaskSerializationException.class)
				.isThrownBy(() -> channel.port1().postMessage(Map.of("s", new Socket(), "b", buffer), buffer))
				.satisfies((error) -> assertThat(error.path()).contains("[s]"));
			assertThat(buffer.isDetached()).isFalse();
		}
		assertThatIllegalArgumentException().isThrownBy(() -> channel.port1().postMessage("x", channel.port2()));
		channel.port1().close();
	}

	@Test
	void portRefusesWhatPassesItsBound() {
		MessageChannel channel = MessageChannel.create(10_000);
		channel.port1().postMessage(new byte[6000]);
		assertThatExceptionOfType(RejectedTaskException.class)
			.isThrownBy(() -> channel.port1().postMessage(new byte[6000]))
			.satisfies((error) -> assertThat(error.reason()).isEqualTo(Reason.QUEUE_FULL));
		channel.port2().poll();
		channel.port1().postMessage(new byte[6000]);
		channel.port2().close();
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void workerThatTakesNothingMakesItsPortRefuse(Isolation isolation) {
		try (Worker worker = Worker.start(Scripts.Sleeping.class, options(isolation))) {
			byte[] much = new byte[30 << 20];
			worker.postMessage(much);
			worker.postMessage(much);
			assertThatExceptionOfType(RejectedTaskException.class).isThrownBy(() -> worker.postMessage(much))
				.satisfies((error) -> assertThat(error.reason()).isEqualTo(Reason.QUEUE_FULL));
		}
	}

	@Test
	void messageMayBeAsLargeAsTheProcessTakes() {
		int large = (64 << 20) + 1;
		BlockingQueue<Object> answers = new LinkedBlockingQueue<>();
		try (Worker worker = Worker.start(Scripts.Length.class,
				options(Isolation.PROCESS).withProcess((process) -> process.maxPayloadSize(65 << 20)))) {
			worker.onMessage(answers::add).onError(answers::add);
			worker.postMessage(new byte[large]);
			await().atMost(PATIENCE).untilAsserted(() -> assertThat(answers).containsExactly(large));
		}
	}

	@Test
	void messageThatTheProcessDoesNotTakeIsRefusedBeforeItIsSent() {
		MessageChannel channel = MessageChannel.create();
		try (Worker worker = Worker.start(Scripts.Length.class,
				options(Isolation.PROCESS).withProcess((process) -> process.maxPayloadSize(1 << 20))
					.withWorkerData(channel.port2())
					.withTransfer(channel.port2()))) {
			assertThatExceptionOfType(TaskSerializationException.class)
				.isThrownBy(() -> channel.port1().postMessage(new byte[2 << 20]))
				.withMessageContaining("1048576");
			channel.port1().postMessage(new byte[1000]);
			assertThat(channel.port1().receive(PATIENCE)).isEqualTo(1000);
			assertThat(worker.exitCode()).isNotDone();
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void portTravelsInData(Isolation isolation) {
		MessageChannel channel = MessageChannel.create();
		Worker worker = Worker.start(Scripts.DataPort.class,
				options(isolation).withWorkerData(Map.of("port", channel.port2())).withTransfer(channel.port2()));
		assertThatIllegalStateException().isThrownBy(() -> channel.port2().postMessage("mine"));
		channel.port1().postMessage(42);
		assertThat(channel.port1().receive(PATIENCE)).isEqualTo(84);
		assertThat(WorkerIntegrationTests.exitCode(worker)).isZero();
		await().atMost(PATIENCE).until(() -> channel.port1().poll() == null && channel.port1().isClosed());
	}

	@Test
	void workersOfAnyIsolationTalkOverAPort() {
		for (Isolation one : Isolation.values()) {
			for (Isolation other : Isolation.values()) {
				MessageChannel channel = MessageChannel.create();
				Worker first = Worker.start(Scripts.Greeter.class, options(one).withName("first"));
				Worker second = Worker.start(Scripts.Greeter.class, options(other).withName("second"));
				List<Object> heard = new CopyOnWriteArrayList<>();
				first.onMessage(heard::add).postMessage(channel.port1(), channel.port1());
				second.onMessage(heard::add).postMessage(channel.port2(), channel.port2());
				assertThat(WorkerIntegrationTests.exitCode(first)).isZero();
				assertThat(WorkerIntegrationTests.exitCode(second)).isZero();
				assertThat(heard).contains("first got hello from second")
					.allMatch((text) -> ((String) text).contains(" got hello from "));
			}
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void workerCanMakeAChannelAndGiveOneEndAway(Isolation isolation) {
		Worker worker = Worker.start(Scripts.ChannelMaker.class, options(isolation));
		List<Object> heard = new CopyOnWriteArrayList<>();
		worker.onMessage(heard::add);
		await().atMost(PATIENCE).until(() -> heard.size() == 1);
		MessagePort port = (MessagePort) heard.get(0);
		assertThat(port.receive(PATIENCE)).isEqualTo("waiting for you");
		port.postMessage("here");
		await().atMost(PATIENCE).until(() -> heard.size() == 2);
		assertThat(heard.get(1)).isEqualTo("here");
		assertThat(WorkerIntegrationTests.exitCode(worker)).isZero();
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void bothEndsOfAChannelMayTravelInData(Isolation isolation) {
		MessageChannel channel = MessageChannel.create();
		channel.port1().postMessage("sent before");
		Worker worker = Worker.start(Scripts.BothEnds.class,
				options(isolation).withWorkerData(List.of(channel.port1(), channel.port2()))
					.withTransfer(channel.port1(), channel.port2()));
		assertChannelIsServed(worker);
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void otherEndOfAChannelMayFollow(Isolation isolation) {
		MessageChannel channel = MessageChannel.create();
		channel.port1().postMessage("sent before");
		Worker worker = Worker.start(Scripts.BothEnds.class,
				options(isolation).withWorkerData(List.of(channel.port1())).withTransfer(channel.port1()));
		worker.postMessage(channel.port2(), channel.port2());
		assertChannelIsServed(worker);
	}

	private static void assertChannelIsServed(Worker worker) {
		List<Object> events = WorkerIntegrationTests.events(worker);
		assertThat(WorkerIntegrationTests.exitCode(worker)).isZero();
		assertThat(events).isEqualTo(List.of("online", List.of("sent before", 0, 1, 2), "exit 0"));
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void portThatComesAndGoesKeepsTheOrder(Isolation isolation) {
		MessageChannel channel = MessageChannel.create();
		try (Worker worker = Worker.start(Scripts.PingPong.class, options(isolation))) {
			List<Object> back = new CopyOnWriteArrayList<>();
			worker.onMessage(back::add);
			MessagePort moving = channel.port2();
			int sent = 0;
			for (int round = 1; round <= 20; round++) {
				worker.postMessage(moving, moving);
				for (int i = 0; i < 50; i++) {
					channel.port1().postMessage(sent++);
				}
				int wanted = round;
				await().atMost(PATIENCE).until(() -> back.size() == wanted);
				channel.port1().postMessage(sent++);
				moving = (MessagePort) back.get(round - 1);
			}
			for (int i = 0; i < sent; i++) {
				assertThat(moving.receive(PATIENCE)).isEqualTo(i);
			}
			moving.close();
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void portClosesWhenItsOwnerDies(Isolation isolation) {
		MessageChannel channel = MessageChannel.create();
		List<Object> events = new CopyOnWriteArrayList<>();
		channel.port1().onClose(() -> events.add("closed"));
		Worker worker = Worker.start(Scripts.Holder.class, options(isolation));
		worker.onMessage(events::add).postMessage(channel.port2(), channel.port2());
		await().atMost(PATIENCE).until(() -> events.contains("holding"));
		worker.close();
		await().atMost(PATIENCE).until(() -> events.contains("closed"));
		assertThat(channel.port1().isClosed()).isTrue();
	}

	@Test
	void broadcastReachesEveryoneOfTheName() {
		try (BroadcastChannel here = BroadcastChannel.open("news");
				BroadcastChannel deaf = BroadcastChannel.open("other")) {
			List<Object> heard = new CopyOnWriteArrayList<>();
			List<Worker> listeners = List.of(
					Worker.start(Scripts.Listener.class, options(Isolation.PROCESS).withWorkerData("news")),
					Worker.start(Scripts.Listener.class, options(Isolation.THREAD).withWorkerData("news")),
					Worker.start(Scripts.Listener.class, options(Isolation.PROCESS).withWorkerData("news")));
			listeners.forEach((worker) -> worker.onMessage(heard::add));
			await().atMost(PATIENCE).until(() -> heard.size() == 3);
			for (Isolation isolation : Isolation.values()) {
				heard.clear();
				String name = "announcer-" + isolation.ordinal();
				Worker announcer = Worker.start(Scripts.Announcer.class,
						options(isolation).withName(name).withWorkerData("news"));
				assertThat(WorkerIntegrationTests.exitCode(announcer)).isZero();
				await().atMost(PATIENCE).until(() -> heard.size() == 3);
				assertThat(heard).containsOnly("news from " + name);
				assertThat(here.receive(PATIENCE)).isEqualTo("news from " + name);
			}
			here.postMessage("done");
			listeners.forEach((worker) -> assertThat(WorkerIntegrationTests.exitCode(worker)).isZero());
			assertThat(deaf.poll()).isNull();
		}
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void bufferGoesThereAndBackWithoutBeingCopied(Isolation isolation) {
		Worker worker = Worker.start(Scripts.BufferFiller.class, options(isolation));
		List<Object> back = new CopyOnWriteArrayList<>();
		worker.onMessage(back::add);
		TransferableBuffer buffer = TransferableBuffer.allocate(1 << 20);
		worker.postMessage(buffer, buffer);
		assertThat(buffer.isDetached()).isTrue();
		assertThat(WorkerIntegrationTests.exitCode(worker)).isZero();
		assertThat(back).hasSize(2);
		try (TransferableBuffer returned = (TransferableBuffer) back.get(0)) {
			assertThat(returned.size()).isEqualTo(1 << 20);
			assertThat(returned.asBuffer().get(0)).isEqualTo((byte) 42);
		}
		assertThat(back.get(1)).isEqualTo(true);
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void sharedCellIsSeenAndChangedByTheWorker(Isolation isolation) {
		try (SharedMemory memory = SharedMemory.allocate(64)) {
			memory.ints().set(0, 150);
			Worker worker = Worker.start(Scripts.Adder.class,
					options(isolation).withWorkerData(Map.of("memory", memory, "times", 1, "amount", 25)));
			List<Object> read = new CopyOnWriteArrayList<>();
			worker.onMessage(read::add);
			assertThat(WorkerIntegrationTests.exitCode(worker)).isZero();
			assertThat(read).containsExactly(150);
			assertThat(memory.ints().get(0)).isEqualTo(175);
		}
	}

}
