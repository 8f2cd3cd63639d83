package io.github.workerpool.message;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;

import io.github.workerpool.InvalidPoolSettingException;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.RejectedTaskException.Reason;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.process.ChildBudget;

/**
 * Starts workers that belong together and end together. In an application with Spring
 * there is a bean of this type: workers that it starts end with the application's
 * context, count in {@code workerpool.process.max-children}, and are listed by the
 * endpoint.
 *
 * <pre class="code">
 * Worker worker = workers.start(EchoScript.class, WorkerOptions.defaults().withIsolation(Isolation.PROCESS));
 * </pre>
 *
 * Where there is no room for a further child JVM, a worker waits for it, at most as long
 * as its start may take. Safe for use by any number of threads.
 *
 * @since 0.1.0
 */
public final class Workers implements AutoCloseable {

	private final ChildBudget budget;

	/** Read by those who start workers, written by who ends them. */
	private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock();

	/** Oldest first; guarded by itself. */
	private final Set<Worker> workers = new LinkedHashSet<>();

	private Phase phase = Phase.OPEN;

	/**
	 * Starts any number of child JVMs.
	 */
	public Workers() {
		this(ChildBudget.unlimited());
	}

	/**
	 * Starts as many child JVMs as a budget has room for.
	 * @param budget how many there may be, over all who share it
	 */
	public Workers(ChildBudget budget) {
		this.budget = Objects.requireNonNull(budget, "'budget' must not be null");
	}

	/**
	 * Starts a worker that is a thread.
	 * @param script its script
	 * @return the worker
	 * @throws RejectedTaskException as {@link #start(Class, WorkerOptions)}
	 */
	public Worker start(Class<? extends WorkerScript> script) {
		return start(script, WorkerOptions.defaults());
	}

	/**
	 * Starts a worker, as {@link Worker#start(Class, WorkerOptions)} does.
	 * @param script its script
	 * @param options how to start it
	 * @return the worker
	 * @throws RejectedTaskException with the reason {@code NOT_RUNNING} after
	 * {@link #stop()}, {@code CLOSED} after {@link #close()}
	 * @throws TaskSerializationException if the data can't be copied
	 * @throws IllegalArgumentException if something in the transfer list can't be
	 * transferred
	 * @throws InvalidPoolSettingException if this JVM can't provide what the options ask
	 * for. Nothing is transferred if anything is thrown
	 */
	public Worker start(Class<? extends WorkerScript> script, WorkerOptions options) {
		this.gate.readLock().lock();
		try {
			switch (this.phase) {
				case STOPPED -> throw new RejectedTaskException(Reason.NOT_RUNNING,
						"No worker can be started: the workers were stopped, and not resumed");
				case CLOSED ->
					throw new RejectedTaskException(Reason.CLOSED, "No worker can be started: the workers are closed");
				case OPEN -> {
					// it can
				}
			}
			return Worker.start(script, options, this);
		}
		finally {
			this.gate.readLock().unlock();
		}
	}

	/**
	 * Runs a worker for one result, as {@link Worker#run(Class, WorkerOptions)} does.
	 * @param <R> type of the result
	 * @param script its script
	 * @param options how to start it
	 * @return completes with the first message that the worker posts, or fails as the
	 * worker does
	 * @throws RejectedTaskException as {@link #start(Class, WorkerOptions)}
	 * @throws TaskSerializationException if the data can't be copied
	 */
	public <R> CompletableFuture<R> run(Class<? extends WorkerScript> script, WorkerOptions options) {
		return Worker.run(start(script, options));
	}

	/**
	 * The workers that have not ended.
	 * @return the workers as of now, oldest first
	 */
	public List<Worker> list() {
		synchronized (this.workers) {
			return this.workers.stream().filter((worker) -> worker.state() != Worker.State.ENDED).toList();
		}
	}

	/**
	 * The workers that have not ended.
	 * @return the workers as of now, oldest first
	 */
	public Stream<Worker> stream() {
		return list().stream();
	}

	/**
	 * Terminates all workers, and has none started until {@link #resume()}.
	 * @return completes when all have ended, which takes no longer than the longest
	 * {@linkplain WorkerOptions#withGrace grace} and a moment
	 */
	public CompletableFuture<Void> stop() {
		return stop(Phase.STOPPED);
	}

	private CompletableFuture<Void> stop(Phase next) {
		this.gate.writeLock().lock();
		try {
			if (this.phase != Phase.CLOSED) {
				this.phase = next;
			}
		}
		finally {
			this.gate.writeLock().unlock();
		}
		return CompletableFuture.allOf(stream().map(Worker::terminate).toArray(CompletableFuture[]::new));
	}

	/**
	 * Lets workers be started again after {@link #stop()}. Those that were terminated are
	 * not.
	 * @throws IllegalStateException after {@link #close()}
	 */
	public void resume() {
		this.gate.writeLock().lock();
		try {
			if (this.phase == Phase.CLOSED) {
				throw new IllegalStateException("The workers are closed; they can't be resumed");
			}
			this.phase = Phase.OPEN;
		}
		finally {
			this.gate.writeLock().unlock();
		}
	}

	/**
	 * Terminates all workers for good and waits until they have ended, as long as that
	 * may take; for a worker whose listener hangs, no longer than 10 s after its grace.
	 * Doesn't wait if this thread is interrupted (the flag is kept), nor in one of its
	 * listeners for a worker.
	 */
	@Override
	public void close() {
		stop(Phase.CLOSED);
		list().forEach(Worker::awaitEnd);
	}

	ChildBudget budget() {
		return this.budget;
	}

	void started(Worker worker) {
		synchronized (this.workers) {
			this.workers.add(worker);
		}
	}

	void ended(Worker worker) {
		synchronized (this.workers) {
			this.workers.remove(worker);
		}
	}

	private enum Phase {

		OPEN,

		STOPPED,

		CLOSED

	}

}
