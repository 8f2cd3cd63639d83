package io.github.workerpool.sample.demo;

import java.nio.ByteBuffer;
import java.time.Duration;

import io.github.workerpool.Isolation;
import io.github.workerpool.memory.SharedMemory;
import io.github.workerpool.memory.TransferableBuffer;
import io.github.workerpool.message.MessagePort;
import io.github.workerpool.message.Worker;
import io.github.workerpool.message.WorkerOptions;
import io.github.workerpool.message.WorkerScope;
import io.github.workerpool.message.WorkerScript;

/**
 * The ways of a payload to a child JVM and back. The child writes into it, to show that
 * it has it.
 */
final class Handover implements AutoCloseable {

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private static final byte UNMARKED = 0;

	private static final byte MARKED = 42;

	/** For what a message is besides its payload. */
	private static final int ENVELOPE = 1 << 20;

	/** A copy that has come, one that is being sent, and what the sending takes. */
	private static final int COPIES = 5;

	private static final long CHILD_HEAP = 32 << 20;

	private final Crew crew = new Crew(PATIENCE);

	private final Worker worker;

	/**
	 * Starts the child.
	 * @param bytes size of the largest payload
	 */
	Handover(int bytes) {
		this.worker = this.crew.start(Marker.class,
				WorkerOptions.defaults()
					.withName("marker")
					.withIsolation(Isolation.PROCESS)
					.withResourceLimits((limits) -> limits.maxHeapSize(CHILD_HEAP + (long) COPIES * bytes))
					.withProcess((process) -> process.maxPayloadSize((long) bytes + ENVELOPE)));
	}

	/**
	 * Sends an array, which is copied both ways.
	 * @return how long it took, in nanoseconds
	 */
	long copy(int bytes) throws InterruptedException {
		byte[] payload = new byte[bytes];
		long started = System.nanoTime();
		this.worker.postMessage(payload);
		byte[] answer = (byte[]) this.crew.hear();
		long nanos = System.nanoTime() - started;
		requireMark(ByteBuffer.wrap(answer), bytes, MARKED);
		requireMark(ByteBuffer.wrap(payload), bytes, UNMARKED);
		return nanos;
	}

	/**
	 * Sends a buffer, which changes its owner both ways.
	 * @return how long it took, in nanoseconds
	 */
	long transfer(int bytes) throws InterruptedException {
		TransferableBuffer payload = TransferableBuffer.allocate(bytes);
		long started = System.nanoTime();
		this.worker.postMessage(payload, payload);
		try (TransferableBuffer answer = (TransferableBuffer) this.crew.hear()) {
			long nanos = System.nanoTime() - started;
			requireMark(answer.asBuffer(), bytes, MARKED);
			return nanos;
		}
	}

	/**
	 * Sends memory that both have at once, so that the answer is but a word.
	 * @return how long it took, in nanoseconds
	 */
	long share(int bytes) throws InterruptedException {
		try (SharedMemory payload = SharedMemory.allocate(bytes)) {
			long started = System.nanoTime();
			this.worker.postMessage(payload);
			this.crew.hear();
			long nanos = System.nanoTime() - started;
			requireMark(payload.asBuffer(), bytes, MARKED);
			return nanos;
		}
	}

	private static void requireMark(ByteBuffer payload, int bytes, byte mark) {
		if (payload.capacity() != bytes || payload.get(bytes - 1) != mark) {
			throw new IllegalStateException("The payload has not come back as it should");
		}
	}

	@Override
	public void close() {
		this.crew.close();
	}

	/**
	 * A worker that marks what it gets, and gives it back unless it is shared.
	 */
	static final class Marker implements WorkerScript {

		@Override
		public void run(WorkerScope scope) {
			MessagePort parent = scope.parentPort();
			parent.onMessage((message) -> {
				if (message instanceof byte[] copy) {
					mark(ByteBuffer.wrap(copy));
					parent.postMessage(copy);
				}
				else if (message instanceof TransferableBuffer buffer) {
					mark(buffer.asBuffer());
					parent.postMessage(buffer, buffer);
				}
				else if (message instanceof SharedMemory memory) {
					mark(memory.asBuffer());
					memory.close();
					parent.postMessage("marked");
				}
			});
		}

		private static void mark(ByteBuffer payload) {
			payload.put(payload.capacity() - 1, MARKED);
		}

	}

}
