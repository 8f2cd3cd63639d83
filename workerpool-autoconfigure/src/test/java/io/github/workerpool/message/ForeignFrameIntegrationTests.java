package io.github.workerpool.message;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.Isolation;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.memory.TransferableBuffer;
import io.github.workerpool.process.BadFrameException;
import io.github.workerpool.process.Leftovers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What a child may not do to the ports of others, and what nobody may do to a broadcast.
 */
@ExtendWith(Leftovers.class)
class ForeignFrameIntegrationTests {

	private static final long FOREIGN_LINK = 1 << 20;

	private static final long FIRST_END_OF_LINK = (FOREIGN_LINK << 40) | 1;

	@Test
	void childCantSpeakForAnother() throws Exception {
		Set<Long> before = new HashSet<>(WireTap.opened());
		WireTap foreign = new WireTap(new ArrayList<>());
		LinkedBlockingQueue<Object> answers = new LinkedBlockingQueue<>();
		try (Worker worker = Worker.start(Scripts.Echo.class, WorkerIntegrationTests.options(Isolation.PROCESS))) {
			worker.onMessage(answers::add);
			worker.postMessage("one");
			assertThat(answers.poll(30, TimeUnit.SECONDS)).isEqualTo("one");
			Set<Long> ends = new HashSet<>(WireTap.opened());
			ends.removeAll(before);
			assertThat(ends).hasSize(2);
			for (long end : ends) {
				for (Frame frame : List.of(WireTap.message(end), Frame.of(Frame.Op.CLOSE, end),
						new Frame(Frame.Op.TAKEN, end, 1000, "", null, List.of()))) {
					assertThatExceptionOfType(BadFrameException.class)
						.isThrownBy(() -> foreign.locked(() -> Site.HERE.handle(frame, foreign)))
						.withMessageContaining("somebody else");
				}
				assertThatExceptionOfType(IOException.class).isThrownBy(() -> foreign
					.locked(() -> Site.HERE.arrive(new Frame.PortForm(FIRST_END_OF_LINK, end, 100, 0), foreign)));
				assertThatExceptionOfType(IOException.class).isThrownBy(() -> foreign
					.locked(() -> Site.HERE.arrive(new Frame.PortForm(end, FIRST_END_OF_LINK, 100, 0), foreign)));
			}
			worker.postMessage("two");
			assertThat(answers.poll(30, TimeUnit.SECONDS)).isEqualTo("two");
			assertThat(foreign.sent()).isEmpty();
		}
		assertThat(WireTap.opened()).isSubsetOf(before);
	}

	@Test
	void bufferCantBeBroadcast() {
		try (BroadcastChannel channel = BroadcastChannel.open("buffers");
				TransferableBuffer buffer = TransferableBuffer.allocate(8)) {
			assertThatExceptionOfType(TaskSerializationException.class)
				.isThrownBy(() -> channel.postMessage(Map.of("image", buffer)))
				.withMessageContaining("broadcast")
				.satisfies((error) -> assertThat(error.path()).contains("[image]"));
			assertThat(buffer.size()).isEqualTo(8);
		}
	}

	@Test
	void largeMessageFindsRoomWhereOthersWereTaken() {
		MessageChannel channel = MessageChannel.create(10_000);
		channel.port1().postMessage("small");
		assertThat(channel.port2().poll()).isEqualTo("small");
		channel.port1().postMessage(new byte[9_000]);
		assertThat((byte[]) channel.port2().poll()).hasSize(9_000);
		channel.port1().close();
	}

	/**
	 * A way to a child that nobody started.
	 *
	 * @param sent what was sent to it
	 */
	private record WireTap(List<Frame> sent) implements Link {

		static Set<Long> opened() {
			Site.HERE.lock.lock();
			try {
				return Site.HERE.crossing();
			}
			finally {
				Site.HERE.lock.unlock();
			}
		}

		static Frame message(long end) {
			return new Frame(Frame.Op.MESSAGE, end, 0, "", Envelope.forMany("injected", 1000).message(), List.of());
		}

		void locked(Action action) throws Exception {
			Site.HERE.lock.lock();
			try {
				action.run();
			}
			finally {
				Site.HERE.lock.unlock();
			}
		}

		@Override
		public void send(Frame frame) {
			this.sent.add(frame);
		}

		@Override
		public long number() {
			return FOREIGN_LINK;
		}

		@Override
		public long cap() {
			return 1 << 20;
		}

		@Override
		public Set<String> subscriptions() {
			return Set.of();
		}

		/**
		 * Something that may be refused.
		 */
		interface Action {

			void run() throws Exception;

		}

	}

}
