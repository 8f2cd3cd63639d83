package io.github.workerpool.sample.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.TaskTimeoutException;
import io.github.workerpool.message.Worker;
import io.github.workerpool.message.WorkerOptions;
import io.github.workerpool.message.WorkerScript;

/**
 * The workers of one request: whatever becomes of it, they end with it. If one of them
 * fails, so does the request, with the worker's own error.
 */
final class Crew implements AutoCloseable {

	private final List<Worker> workers = new ArrayList<>();

	/** What the workers have posted, and what they have failed with. */
	private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();

	private final Duration patience;

	private final long started = System.nanoTime();

	/**
	 * Makes a crew of no one yet.
	 * @param patience how long all of it may take
	 */
	Crew(Duration patience) {
		this.patience = patience;
	}

	Worker start(Class<? extends WorkerScript> script, WorkerOptions options) {
		Worker worker = Worker.start(script, options);
		this.workers.add(worker);
		return worker.onMessage(this.heard::add).onError((error) -> this.heard.add(new Failure(error)));
	}

	/**
	 * Waits for the next message of any worker.
	 */
	Object hear() throws InterruptedException {
		long left = this.patience.toNanos() - (System.nanoTime() - this.started);
		Object next = this.heard.poll(left, TimeUnit.NANOSECONDS);
		if (next == null) {
			throw new TaskTimeoutException(TaskTimeoutException.Phase.RUNNING,
					"The workers have not come to an end within " + this.patience.toSeconds() + " s");
		}
		if (next instanceof Failure failure) {
			throw failure.toException();
		}
		return next;
	}

	/**
	 * Ends all workers. All are told before the first is waited for.
	 */
	@Override
	public void close() {
		this.workers.forEach(Worker::terminate);
		this.workers.forEach(Worker::close);
	}

	private record Failure(Throwable error) {

		RuntimeException toException() {
			return (this.error instanceof RuntimeException exception) ? exception
					: new IllegalStateException("A worker has failed", this.error);
		}

	}

}
