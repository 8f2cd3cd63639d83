package io.github.workerpool.process;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import io.github.workerpool.memory.SharedMemory;
import io.github.workerpool.memory.TransferableBuffer;
import io.github.workerpool.message.Worker;

/**
 * A JVM that throws buffers to its workers and back, for a test that kills it.
 */
public final class TransferParent {

	private static final int WORKERS = 2;

	private static final int BALLS = 4;

	private TransferParent() {
	}

	/**
	 * Goes on until it is killed.
	 * @param args where the flag is that is raised when all buffers fly
	 */
	public static void main(String[] args) {
		AtomicInteger flights = new AtomicInteger();
		Flag flying = new Flag(args[0]);
		List<Worker> workers = new ArrayList<>();
		for (int i = 0; i < WORKERS; i++) {
			List<TransferableBuffer> balls = new ArrayList<>();
			for (int id = 0; id < BALLS; id++) {
				balls.add(Juggler.ball(id, 10_000 * id));
			}
			Worker worker = Worker.start(Juggler.class, Juggler.options(balls));
			workers.add(worker);
			worker.onMessage((message) -> {
				TransferableBuffer ball = (TransferableBuffer) message;
				if (Juggler.checkedId(ball) == Juggler.OWN) {
					ball.close();
					return;
				}
				worker.postMessage(ball, ball);
				if (flights.incrementAndGet() == 10 * WORKERS * BALLS) {
					flying.raise();
				}
			});
		}
		while (workers.stream().noneMatch((worker) -> worker.exitCode().isDone())) {
			// and memory comes into being at any moment
			SharedMemory.allocate(100_000).close();
			LockSupport.parkNanos(1_000_000);
		}
	}

}
