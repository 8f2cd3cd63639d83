package io.github.workerpool.message;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

import io.github.workerpool.CrashReport;
import io.github.workerpool.InvalidPoolSettingException;
import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskSerializationException.Part;
import io.github.workerpool.WorkerCrashedException;
import io.github.workerpool.WorkerStartException;
import io.github.workerpool.process.ChildBudget;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread or a child JVM that runs a {@link WorkerScript}, seen from the side that has
 * started it.
 *
 * <pre class="code">
 * Worker worker = Worker.start(EchoScript.class, WorkerOptions.defaults().withIsolation(Isolation.PROCESS));
 * worker.onMessage(System.out::println).onExit((code) -> System.out.println("ended with " + code));
 * worker.postMessage("hello");
 * </pre>
 *
 * A worker ends when its script has returned and none of its ports has a listener, when
 * it fails, exits or is terminated, and with this JVM. Nobody restarts it.
 * <p>
 * Events arrive one at a time and in order, on a thread of the library. What happened
 * before a listener was registered is kept for the first one. What the worker posted
 * arrives before the error it failed with, and that before its exit, which is the last
 * event. If nobody listens to errors, one is logged. An exception in a listener is
 * logged. Safe for use by any number of threads.
 *
 * @since 0.1.0
 */
public final class Worker implements AutoCloseable {

	private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

	/** What it may take beyond the grace until a worker is gone. */
	private static final long END_SECONDS = 10;

	private final String name;

	private final Isolation isolation;

	private final Duration grace;

	private final Instant startedAt = Instant.now();

	private final EventThreads.Serial events = Site.HERE.threads.serial();

	private final MessagePort port;

	private final ScriptRun run;

	private final CompletableFuture<Integer> exit = new CompletableFuture<>();

	private volatile boolean stopping;

	/** Guards what follows. */
	private final Object lock = new Object();

	private final List<Runnable> onlineListeners = new ArrayList<>();

	private final List<Consumer<Throwable>> errorListeners = new ArrayList<>();

	private final List<IntConsumer> exitListeners = new ArrayList<>();

	private final Deque<Throwable> keptErrors = new ArrayDeque<>();

	private int late;

	private boolean online;

	private @Nullable Integer code;

	private Worker(Class<? extends WorkerScript> script, WorkerOptions options, ChildBudget budget,
			boolean endsWithJvm) {
		this.name = options.name().orElseGet(Site.HERE::nextWorker);
		this.isolation = options.isolation();
		this.grace = options.grace();
		PoolSettings settings = options.settings(this.name);
		long bound = settings.process().maxPayloadSize();
		Envelope data = Envelope.of(Part.WORKER_DATA, options.workerData(), bound, options.transfer());
		try {
			End inner = Site.HERE.newChannel(bound);
			this.port = MessagePort.inTransit(inner);
			this.port.adopt(null, this.events);
			MessagePort outer = MessagePort.inTransit(inner.peer());
			Host host = new Host();
			this.run = (this.isolation == Isolation.PROCESS)
					? new ProcessRun(this.name, script, settings, this.grace, host, outer, data.message(), budget,
							endsWithJvm)
					: new ThreadRun(this.name, script, stackSize(settings), this.grace, host, outer, data.message());
		}
		catch (RuntimeException ex) {
			data.rollback();
			throw ex;
		}
		data.commit();
	}

	private static long stackSize(PoolSettings settings) {
		Long size = settings.resourceLimits().stackSize();
		return (size != null) ? size : 0;
	}

	/**
	 * Starts a worker that is a thread.
	 * @param script its script
	 * @return the worker
	 */
	public static Worker start(Class<? extends WorkerScript> script) {
		return start(script, WorkerOptions.defaults());
	}

	/**
	 * Starts a worker. Returns before it runs; if it can't be started,
	 * {@link #onError(Consumer)} is told of a {@link WorkerStartException}, and the exit
	 * code is 1.
	 * @param script its script
	 * @param options how to start it
	 * @return the worker
	 * @throws TaskSerializationException if the data can't be copied
	 * @throws IllegalArgumentException if something in the transfer list can't be
	 * transferred
	 * @throws InvalidPoolSettingException if this JVM can't provide what the options ask
	 * for. Nothing is transferred if anything is thrown
	 */
	public static Worker start(Class<? extends WorkerScript> script, WorkerOptions options) {
		Worker worker = new Worker(Objects.requireNonNull(script, "'script' must not be null"), options,
				ChildBudget.unlimited(), true);
		worker.run.start();
		return worker;
	}

	/** Starts a worker that somebody sees to until it has ended. */
	static Worker start(Class<? extends WorkerScript> script, WorkerOptions options, Workers owner) {
		Worker worker = new Worker(Objects.requireNonNull(script, "'script' must not be null"), options, owner.budget(),
				false);
		owner.started(worker);
		worker.exit.whenComplete((code, error) -> owner.ended(worker));
		worker.run.start();
		return worker;
	}

	/**
	 * Runs a worker for one result.
	 * @param <R> type of the result
	 * @param script its script
	 * @param options how to start it
	 * @return completes with the first message that the worker posts; fails with the
	 * error that it fails with, or with a {@link WorkerCrashedException} if it exits
	 * before it has posted anything. Cancelling it terminates the worker. The worker's
	 * way to this side is closed then, so that it ends
	 * @throws TaskSerializationException if the data can't be copied
	 */
	public static <R> CompletableFuture<R> run(Class<? extends WorkerScript> script, WorkerOptions options) {
		return run(start(script, options));
	}

	@SuppressWarnings("unchecked") // as the caller says
	static <R> CompletableFuture<R> run(Worker worker) {
		CompletableFuture<R> result = new CompletableFuture<>();
		worker.port.onMessageError(result::completeExceptionally);
		worker.port.onMessage((message) -> {
			result.complete((R) message);
			worker.port.close();
		});
		// Last, as a message that has come counts though the worker has failed meanwhile
		worker.onError(result::completeExceptionally);
		worker.onExit((code) -> result.completeExceptionally(worker.silent(code)));
		result.whenComplete((value, error) -> {
			if (error != null) {
				worker.terminate();
			}
		});
		return result;
	}

	private WorkerCrashedException silent(int exitCode) {
		String exited = "exited with code " + exitCode + " without having posted a message";
		CrashReport report = new CrashReport("worker", this.name, null, null,
				pid().isPresent() ? pid().getAsLong() : null, exitCode, exited, List.of(), null, Instant.now(),
				List.of());
		return new WorkerCrashedException("Worker '" + this.name + "' " + exited, report);
	}

	/**
	 * Has it told when the script is about to run; at once if it is already.
	 * @param listener the listener
	 * @return this worker
	 */
	public Worker onOnline(Runnable listener) {
		Objects.requireNonNull(listener, "'listener' must not be null");
		synchronized (this.lock) {
			this.onlineListeners.add(listener);
			if (this.online) {
				this.late++;
				this.events.execute(() -> tellLate(listener));
			}
		}
		return this;
	}

	/**
	 * Has the worker's messages handed to a listener, beginning with those that wait.
	 * @param listener the listener
	 * @return this worker
	 */
	public Worker onMessage(Consumer<Object> listener) {
		this.port.onMessage(listener);
		return this;
	}

	/**
	 * Has messages reported that can't be decoded on this side. Without such a listener
	 * they are logged.
	 * @param listener the listener
	 * @return this worker
	 */
	public Worker onMessageError(Consumer<TaskSerializationException> listener) {
		this.port.onMessageError(listener);
		return this;
	}

	/**
	 * Has the error reported that the worker fails with: what its script or one of its
	 * listeners threw, or why it could not start or died.
	 * @param listener the listener
	 * @return this worker
	 */
	public Worker onError(Consumer<Throwable> listener) {
		Objects.requireNonNull(listener, "'listener' must not be null");
		synchronized (this.lock) {
			this.errorListeners.add(listener);
			for (Throwable kept = this.keptErrors.poll(); kept != null; kept = this.keptErrors.poll()) {
				Throwable error = kept;
				this.late++;
				this.events.execute(() -> tellKept(() -> listener.accept(error)));
			}
		}
		return this;
	}

	/**
	 * Has the end of the worker reported; at once if it has ended already.
	 * @param listener is given the exit code: 0 if the worker ended by itself, 1 if it
	 * failed or was terminated, what it has said if it exited; that of the system if its
	 * process was killed by somebody else
	 * @return this worker
	 */
	public Worker onExit(IntConsumer listener) {
		Objects.requireNonNull(listener, "'listener' must not be null");
		synchronized (this.lock) {
			this.exitListeners.add(listener);
			if (this.code != null) {
				this.events.execute(this::tellExit);
			}
		}
		return this;
	}

	/**
	 * Sends the worker a message. Never waits. If the worker has ended, the message is
	 * dropped and what it transfers is freed.
	 * @param message what to send, which is copied; may be {@code null}
	 * @param transfer buffers and ports that move to the worker instead
	 * @throws TaskSerializationException if something in it can't be copied, with the
	 * path to it
	 * @throws RejectedTaskException with the reason {@code QUEUE_FULL} if too much waits
	 * for the worker
	 * @throws IllegalArgumentException if something in the transfer list can't be
	 * transferred. Nothing is transferred if anything is thrown
	 */
	public void postMessage(@Nullable Object message, Object... transfer) {
		this.port.postMessage(message, transfer);
	}

	/**
	 * Has the worker end: its thread is interrupted, and after the
	 * {@linkplain WorkerOptions#withGrace grace} its JVM is killed, or its thread
	 * abandoned.
	 * @return {@link #exitCode()}
	 */
	public CompletableFuture<Integer> terminate() {
		this.stopping = true;
		this.run.terminate();
		return exitCode();
	}

	/**
	 * The end of the worker.
	 * @return completes with the exit code after all listeners were told; a listener must
	 * not wait for it
	 */
	public CompletableFuture<Integer> exitCode() {
		return this.exit.copy();
	}

	/**
	 * Name of the worker.
	 * @return the name
	 */
	public String name() {
		return this.name;
	}

	/**
	 * What the worker is.
	 * @return the isolation
	 */
	public Isolation isolation() {
		return this.isolation;
	}

	/**
	 * When the worker was started.
	 * @return the time
	 */
	public Instant startedAt() {
		return this.startedAt;
	}

	/**
	 * How far the worker is.
	 * @return its state now
	 */
	public State state() {
		if (this.exit.isDone()) {
			return State.ENDED;
		}
		if (this.stopping) {
			return State.STOPPING;
		}
		synchronized (this.lock) {
			return this.online ? State.RUNNING : State.STARTING;
		}
	}

	/**
	 * Process id of a worker that is a child JVM.
	 * @return the id, empty before there is a process
	 */
	public OptionalLong pid() {
		return this.run.pid();
	}

	/**
	 * Threads of all workers of this JVM that ignored their end and still run.
	 * @return how many
	 */
	public static int abandonedThreads() {
		return Site.HERE.abandoned(0);
	}

	/**
	 * Terminates the worker and waits until it has ended; only the former in one of its
	 * listeners, or if this thread is interrupted (the flag is kept).
	 */
	@Override
	public void close() {
		terminate();
		if (this.events.isCurrent()) {
			return;
		}
		try {
			this.exit.get();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Waits for the end, which was asked for, no longer than that can take unless a
	 * listener hangs. Doesn't wait in a listener, or if this thread is interrupted.
	 */
	void awaitEnd() {
		if (this.events.isCurrent()) {
			return;
		}
		try {
			this.exit.get(this.grace.toSeconds() + END_SECONDS, TimeUnit.SECONDS);
		}
		catch (TimeoutException ex) {
			LOG.warn("Worker '{}' was told to end, but has not within {} s, or one of its listeners doesn't return",
					this.name, this.grace.toSeconds() + END_SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public String toString() {
		return "Worker '" + this.name + "'";
	}

	/** Tells a listener of what has happened before. */
	private void tellLate(Runnable listener) {
		call(listener);
		synchronized (this.lock) {
			this.late--;
		}
	}

	/** Errors come after the messages, also where those come late. */
	private void tellKept(Runnable listener) {
		if (this.port.isBusy()) {
			this.events.execute(() -> tellKept(listener));
		}
		else {
			tellLate(listener);
		}
	}

	/** The exit comes after all else, also where somebody asks for it late. */
	private void tellExit() {
		List<IntConsumer> listeners;
		Integer exitCode;
		synchronized (this.lock) {
			exitCode = this.code;
			if (exitCode == null || isEarly()) {
				this.events.execute(this::tellExit);
				return;
			}
			listeners = takeExitListeners();
		}
		listeners.forEach((listener) -> call(() -> listener.accept(exitCode)));
	}

	private List<IntConsumer> takeExitListeners() {
		List<IntConsumer> taken = List.copyOf(this.exitListeners);
		this.exitListeners.clear();
		return taken;
	}

	/**
	 * Whether there is something to tell first, to who has begun to listen only now.
	 * Asked under the lock under which listeners are taken, so that nobody is told of the
	 * end who is still to be told of what came before.
	 */
	private boolean isEarly() {
		return this.late > 0 || this.port.isBusy();
	}

	private void call(Runnable listener) {
		try {
			listener.run();
		}
		catch (Throwable ex) {
			LOG.warn("A listener of worker '{}' threw", this.name, ex);
		}
	}

	/** The worker's events in their order. */
	Executor events() {
		return this.events;
	}

	/**
	 * How far a worker is.
	 *
	 * @since 0.1.0
	 */
	public enum State {

		/** On its way: its thread or JVM starts, its script is made. */
		STARTING,

		/** Its script runs, or its listeners wait for messages. */
		RUNNING,

		/** Told to end, or over while its last events are told. */
		STOPPING,

		/** Over; {@link Worker#exitCode()} knows how. */
		ENDED

	}

	private final class Host implements ScriptRun.Host {

		@Override
		public void online() {
			synchronized (Worker.this.lock) {
				Worker.this.online = true;
				for (Runnable listener : Worker.this.onlineListeners) {
					Worker.this.events.execute(() -> call(listener));
				}
			}
		}

		@Override
		public void ended(int exitCode, @Nullable Throwable error) {
			Worker.this.stopping = true;
			Worker.this.events.execute(() -> finish(exitCode, error));
		}

		private void finish(int exitCode, @Nullable Throwable error) {
			List<Consumer<Throwable>> listeners;
			synchronized (Worker.this.lock) {
				if (isEarly()) {
					Worker.this.events.execute(() -> finish(exitCode, error));
					return;
				}
				listeners = List.copyOf(Worker.this.errorListeners);
				if (error != null && listeners.isEmpty()) {
					Worker.this.keptErrors.add(error);
				}
			}
			if (error != null) {
				listeners.forEach((listener) -> call(() -> listener.accept(error)));
			}
			Worker.this.events.execute(() -> exited(exitCode));
		}

		private void exited(int exitCode) {
			List<IntConsumer> listeners;
			synchronized (Worker.this.lock) {
				if (isEarly()) {
					Worker.this.events.execute(() -> exited(exitCode));
					return;
				}
				Worker.this.code = exitCode;
				listeners = takeExitListeners();
				Throwable unheard = Worker.this.keptErrors.peek();
				if (unheard != null) {
					LOG.error("Worker '{}' has failed, and nobody listens to its errors", Worker.this.name, unheard);
				}
			}
			listeners.forEach((listener) -> call(() -> listener.accept(exitCode)));
			// Dependants may take their time
			Site.HERE.threads.execute(() -> Worker.this.exit.complete(exitCode));
		}

	}

}
