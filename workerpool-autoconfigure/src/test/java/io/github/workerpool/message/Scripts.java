package io.github.workerpool.message;

import java.io.Serializable;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import io.github.workerpool.WorkerContext;
import io.github.workerpool.memory.SharedIntArray;
import io.github.workerpool.memory.SharedMemory;
import io.github.workerpool.memory.TransferableBuffer;
import io.github.workerpool.process.child.InterruptHandler;

/**
 * What the workers of the tests run.
 */
final class Scripts {

	private Scripts() {
	}

	static Object next(MessagePort port) {
		Object message = port.receive(Duration.ofSeconds(30));
		if (message == null) {
			throw new IllegalStateException("No message has come");
		}
		return message;
	}

	/** Answers every message with itself, until the port is closed. */
	static final class Echo implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			MessagePort parent = scope.parentPort();
			parent.onMessage((message) -> {
				if ("close".equals(message)) {
					parent.close();
				}
				else {
					parent.postMessage(message);
				}
			});
		}

	}

	/** Has a channel to itself, of which the second end may come later. */
	static final class BothEnds implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			List<?> ports = (List<?>) scope.workerData();
			MessagePort one = (MessagePort) ports.get(0);
			MessagePort other = (MessagePort) ((ports.size() > 1) ? ports.get(1) : next(scope.parentPort()));
			for (int i = 0; i < 3; i++) {
				one.postMessage(i);
			}
			scope.parentPort().postMessage(List.of(next(other), next(other), next(other), next(other)));
		}

	}

	/** Answers every array of bytes with its length. */
	static final class Length implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			MessagePort port = (scope.workerData() instanceof MessagePort given) ? given : scope.parentPort();
			port.onMessage((message) -> port.postMessage(((byte[]) message).length));
		}

	}

	/** Tells what it knows. */
	static final class Tell implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			scope.parentPort()
				.postMessage(List.of(String.valueOf(scope.workerData()), scope.name(), scope.isolation(),
						WorkerContext.isWorker(), scope.isTerminated(), Thread.currentThread().getName()));
		}

	}

	/** Tells what happens to it when its terminal is interrupted. */
	static final class TellInterruptHandler implements WorkerScript {

		@Override
		public void run(WorkerScope scope) throws ReflectiveOperationException {
			scope.parentPort().postMessage(InterruptHandler.await());
		}

	}

	/** Sums from 1 to its data. */
	static final class Sum implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			int last = (Integer) scope.workerData();
			scope.parentPort().postMessage(LongStream.rangeClosed(1, last).sum());
		}

	}

	static final class Silent implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			// Nothing to say
		}

	}

	/** Posts its data several times, and exits. */
	static final class PostAndExit implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			int[] countAndCode = (int[]) scope.workerData();
			for (int i = 0; i < countAndCode[0]; i++) {
				scope.parentPort().postMessage(i);
			}
			scope.exit(countAndCode[1]);
		}

	}

	static final class Throwing implements WorkerScript {

		@Override
		public void run(WorkerScope scope) throws Exception {
			scope.parentPort().postMessage("before");
			throw new java.io.IOException("thrown on purpose", new IllegalStateException("the cause"));
		}

	}

	static final class ThrowingInListener implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			scope.parentPort().onMessage((message) -> {
				throw new IllegalArgumentException("did not like " + message);
			});
		}

	}

	static final class Unserializable extends RuntimeException {

		private static final long serialVersionUID = 1L;

		final transient Thread none = Thread.currentThread();

		final Object socket = new Socket();

		Unserializable() {
			super("can't be sent");
		}

	}

	static final class ThrowingUnserializable implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			throw new Unserializable();
		}

	}

	static final class Overflowing implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			scope.parentPort().postMessage(depth(0));
		}

		private static int depth(int level) {
			return depth(level + 1) + 1;
		}

	}

	static final class FailingConstructor implements WorkerScript {

		FailingConstructor() {
			throw new IllegalStateException("no such thing");
		}

		@Override
		public void run(WorkerScope scope) {
			// Never called
		}

	}

	static final class NoConstructor implements WorkerScript {

		NoConstructor(int value) {
			throw new IllegalStateException("Never called with " + value);
		}

		@Override
		public void run(WorkerScope scope) {
			// Never called
		}

	}

	/** Says that it has begun, and never ends by itself. */
	static final class Busy implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			scope.parentPort().postMessage("busy");
			long value = 0;
			while (true) {
				value = value * 31 + 7;
				if (value == 42 && !scope.name().isEmpty() && System.nanoTime() == 0) {
					return;
				}
			}
		}

	}

	/** Waits until it is interrupted. */
	static final class Sleeping implements WorkerScript {

		@Override
		public void run(WorkerScope scope) throws InterruptedException {
			scope.parentPort().postMessage("asleep");
			Thread.sleep(Long.MAX_VALUE);
		}

	}

	/** Waits until it is told to end, whatever interrupts it. */
	static final class Polite implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			scope.parentPort().postMessage("waiting");
			while (!scope.isTerminated()) {
				LockSupport.parkNanos(1_000_000);
				Thread.interrupted();
			}
		}

	}

	/** Ignores everything until a latch in the test's own JVM opens. */
	static final class Stubborn implements WorkerScript {

		static final java.util.concurrent.atomic.AtomicReference<java.util.concurrent.CountDownLatch> RELEASE = new java.util.concurrent.atomic.AtomicReference<>();

		@Override
		public void run(WorkerScope scope) {
			scope.parentPort().postMessage("stubborn");
			while (RELEASE.get().getCount() > 0) {
				LockSupport.parkNanos(1_000_000);
				Thread.interrupted();
			}
		}

	}

	/** Ends its JVM. */
	static final class SystemExit implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			scope.parentPort().postMessage("leaving");
			System.exit((Integer) scope.workerData());
		}

	}

	static final class Halt implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			scope.parentPort().postMessage("leaving");
			Runtime.getRuntime().halt((Integer) scope.workerData());
		}

	}

	static final class HeapEater implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			List<byte[]> all = new java.util.ArrayList<>();
			IntStream.range(0, Integer.MAX_VALUE).forEach((i) -> all.add(new byte[1 << 20]));
			scope.parentPort().postMessage(all.size());
		}

	}

	static final class Environment implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			scope.parentPort().postMessage(String.valueOf(System.getenv("GREETING")));
		}

	}

	/** Says one thing on each port it is given, and waits for an answer. */
	static final class Greeter implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			scope.parentPort().onMessage((message) -> {
				MessagePort port = (MessagePort) message;
				port.postMessage("hello from " + scope.name());
				port.onMessage((answer) -> {
					scope.parentPort().postMessage(scope.name() + " got " + answer);
					port.close();
					scope.parentPort().close();
				});
			});
		}

	}

	/** Talks over the port in its data. */
	static final class DataPort implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			MessagePort port = (MessagePort) ((Map<?, ?>) scope.workerData()).get("port");
			port.postMessage(((Integer) next(port)) * 2);
		}

	}

	/** Makes a channel and gives one end away. */
	static final class ChannelMaker implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			MessageChannel channel = MessageChannel.create();
			channel.port1().postMessage("waiting for you");
			scope.parentPort().postMessage(channel.port2(), channel.port2());
			scope.parentPort().postMessage(next(channel.port1()));
		}

	}

	/** Gives back every port it gets, after a while of echoing. */
	static final class PingPong implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			scope.parentPort().onMessage((message) -> scope.parentPort().postMessage(message, (MessagePort) message));
		}

	}

	/** Holds a port until it is killed. */
	static final class Holder implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			scope.parentPort().onMessage((message) -> {
				((MessagePort) message).onMessage((ignored) -> {
				});
				scope.parentPort().postMessage("holding");
			});
		}

	}

	/** Passes on what it hears. */
	static final class Listener implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			BroadcastChannel channel = BroadcastChannel.open((String) scope.workerData());
			channel.onMessage((message) -> {
				if ("done".equals(message)) {
					channel.close();
				}
				else {
					scope.parentPort().postMessage(message);
				}
			});
			scope.parentPort().postMessage("listening");
		}

	}

	static final class Announcer implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			try (BroadcastChannel channel = BroadcastChannel.open((String) scope.workerData())) {
				channel.postMessage("news from " + scope.name());
			}
		}

	}

	/** Puts 42 into the buffer that it gets, and gives it back. */
	static final class BufferFiller implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			TransferableBuffer buffer = (TransferableBuffer) next(scope.parentPort());
			buffer.asBuffer().put(0, (byte) 42);
			scope.parentPort().postMessage(buffer, buffer);
			scope.parentPort().postMessage(buffer.isDetached());
		}

	}

	/** Adds to a cell of the shared memory in its data. */
	static final class Adder implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			Map<?, ?> data = (Map<?, ?>) scope.workerData();
			SharedIntArray cells = ((SharedMemory) data.get("memory")).ints();
			int times = (Integer) data.get("times");
			int amount = (Integer) data.get("amount");
			scope.parentPort().postMessage(cells.get(0));
			for (int i = 0; i < times; i++) {
				cells.getAndAdd(0, amount);
			}
		}

	}

	/** A message with a bit of everything. */
	record Letter(String text, List<Integer> numbers, Letter[] replies, Thread.State mood) implements Serializable {

	}

	/** Not serializable by the JDK's means. */
	record Plain(String text, List<Plain> more) {

	}

}
