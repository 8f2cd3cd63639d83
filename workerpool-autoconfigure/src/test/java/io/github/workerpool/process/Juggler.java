package io.github.workerpool.process;

import java.nio.ByteBuffer;
import java.util.List;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.Isolation;
import io.github.workerpool.memory.TransferableBuffer;
import io.github.workerpool.message.WorkerOptions;
import io.github.workerpool.message.WorkerScope;
import io.github.workerpool.message.WorkerScript;

/**
 * Throws back every buffer that it is thrown, and now and then one of its own.
 */
public final class Juggler implements WorkerScript {

	/** Id of the buffers that a worker makes itself. */
	static final int OWN = -1;

	private static final int OWN_EVERY = 16;

	private static final int HEADER_BYTES = 8;

	@Override
	public void run(WorkerScope scope) {
		for (Object each : (List<?>) scope.workerData()) {
			throwBack(scope, (TransferableBuffer) each);
		}
		scope.parentPort().onMessage((message) -> throwBack(scope, (TransferableBuffer) message));
	}

	private static void throwBack(WorkerScope scope, TransferableBuffer ball) {
		checkedId(ball);
		ByteBuffer content = ball.asBuffer();
		int turns = content.getInt(4) + 1;
		content.putInt(4, turns);
		if (turns % OWN_EVERY == 0) {
			TransferableBuffer own = ball(OWN, turns);
			scope.parentPort().postMessage(own, own);
		}
		scope.parentPort().postMessage(ball, ball);
	}

	/** Makes a buffer whose content tells whether it is whole. */
	static TransferableBuffer ball(int id, int bytes) {
		TransferableBuffer ball = TransferableBuffer.allocate(HEADER_BYTES + bytes);
		ByteBuffer content = ball.asBuffer().putInt(id).putInt(0);
		while (content.hasRemaining()) {
			content.put(expected(id, content.position()));
		}
		return ball;
	}

	/** Looks at every byte of a buffer. */
	static int checkedId(TransferableBuffer ball) {
		ByteBuffer content = ball.asBuffer();
		int id = content.getInt();
		content.getInt();
		while (content.hasRemaining()) {
			int at = content.position();
			byte found = content.get();
			if (found != expected(id, at)) {
				throw new IllegalStateException(
						"Byte %d of buffer %d is %d instead of %d".formatted(at, id, found, expected(id, at)));
			}
		}
		return id;
	}

	private static byte expected(int id, int at) {
		return (byte) (31 * id + at);
	}

	/** Quick to start, as many are killed. */
	static WorkerOptions options(List<TransferableBuffer> balls) {
		return WorkerOptions.defaults()
			.withIsolation(Isolation.PROCESS)
			.withProcess((process) -> process.classDataSharing(ClassDataSharing.OFF)
				.jvmArgs(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")))
			.withResourceLimits((limits) -> limits.maxHeapSize(64L << 20))
			.withWorkerData(balls)
			.withTransfer(balls.toArray());
	}

}
