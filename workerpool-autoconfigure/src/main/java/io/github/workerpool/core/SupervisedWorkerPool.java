package io.github.workerpool.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

import io.github.workerpool.Isolation;
import io.github.workerpool.MapOptions;
import io.github.workerpool.Outcome;
import io.github.workerpool.OverflowPolicy;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.PoolSnapshot;
import io.github.workerpool.PoolState;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.RejectedTaskException.Reason;
import io.github.workerpool.Task;
import io.github.workerpool.TaskFunction;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskSerializationException.Part;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.TaskTimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pool of either isolation: takes tasks in, and shows what became of them.
 * <p>
 * A task goes one way. {@link #submit} makes it ready on the submitter's thread and
 * offers it to the {@link FairQueue}; a {@link PoolWorker} comes for it through the
 * {@link Dispatcher}, runs it on its {@link WorkerBackend} and settles the
 * {@link TaskRun}, which is the future. The {@link Supervisor} watches and never stands
 * in the way.
 *
 * @since 0.1.0
 */
public final class SupervisedWorkerPool implements ManagedWorkerPool {

	private final PoolSettings settings;

	private final boolean spareProcessor;

	private final PoolHooks hooks;

	private final WorkerFactory workerFactory;

	private final Logger log;

	private final @Nullable ClassLoader contextClassLoader = Thread.currentThread().getContextClassLoader();

	private final PoolClock clock;

	private final PoolStatistics statistics = new PoolStatistics();

	private final FairQueue queue;

	private final Dispatcher dispatcher;

	private volatile Callbacks callbacks;

	private final PoolEvents events;

	private final Supervisor supervisor;

	private final TaskContext context;

	private final Supplier<TaskContext.@Nullable Captured> contexts = this::captureContext;

	private final long timeoutNanos;

	private final long queueTimeoutNanos;

	private final AtomicBoolean saturated = new AtomicBoolean();

	private final AtomicBoolean observerBroke = new AtomicBoolean();

	/** Why tasks are not accepted now, if they are not. */
	private volatile @Nullable Reason refusal;

	/**
	 * Makes a pool; nothing is started.
	 * @param settings its settings
	 * @param hooks what extends it
	 * @param workerFactory makes its workers
	 */
	public SupervisedWorkerPool(PoolSettings settings, PoolHooks hooks, WorkerFactory workerFactory) {
		this(settings, hooks, workerFactory, new PoolClock());
	}

	SupervisedWorkerPool(PoolSettings settings, PoolHooks hooks, WorkerFactory workerFactory, PoolClock clock) {
		this.clock = clock;
		this.settings = settings;
		// A child works on one processor while the thread that drives it spins on another
		this.spareProcessor = Runtime.getRuntime()
			.availableProcessors() > ((settings.isolation() == Isolation.PROCESS) ? 2 : 1) * settings.maxSize();
		this.hooks = hooks;
		this.context = settings.propagateContext() ? hooks.context() : TaskContext.NONE;
		this.workerFactory = workerFactory;
		this.log = LoggerFactory.getLogger("workerpool." + settings.name());
		PoolSettings.Queue bounds = settings.queue();
		this.queue = new FairQueue(bounds.capacity(), bounds.maxBytes(), bounds.share());
		this.dispatcher = new Dispatcher(this.queue, this.clock);
		this.callbacks = new Callbacks(settings.name(), this.log);
		this.events = new PoolEvents(hooks.listeners(), (event) -> this.callbacks.inOrder(event), this.log);
		this.timeoutNanos = (settings.task().timeout() != null) ? PoolClock.nanos(settings.task().timeout()) : 0;
		this.queueTimeoutNanos = (bounds.timeout() != null) ? PoolClock.nanos(bounds.timeout()) : 0;
		this.supervisor = new Supervisor(this, this.events);
	}

	// What the other parts of the engine see

	PoolSettings settings() {
		return this.settings;
	}

	PoolHooks hooks() {
		return this.hooks;
	}

	WorkerFactory workerFactory() {
		return this.workerFactory;
	}

	Logger log() {
		return this.log;
	}

	@Nullable ClassLoader contextClassLoader() {
		return this.contextClassLoader;
	}

	PoolClock clock() {
		return this.clock;
	}

	PoolStatistics statistics() {
		return this.statistics;
	}

	FairQueue queue() {
		return this.queue;
	}

	Dispatcher dispatcher() {
		return this.dispatcher;
	}

	Callbacks callbacks() {
		return this.callbacks;
	}

	Supervisor supervisor() {
		return this.supervisor;
	}

	// A task's way in

	@Override
	public String name() {
		return this.settings.name();
	}

	@Override
	public <R extends @Nullable Object> TaskFuture<R> submit(Task<R> task) {
		return submit(task, TaskOptions.none());
	}

	@Override
	public <R extends @Nullable Object> TaskFuture<R> submit(Task<R> task, TaskOptions options) {
		Objects.requireNonNull(task, "'task' must not be null");
		Objects.requireNonNull(options, "'options' must not be null");
		TaskRun<R> run = new TaskRun<>(this, this.statistics.nextSequence(), options);
		if (prepare(run, task, this.contexts)) {
			enqueue(run);
		}
		return run;
	}

	TaskContext.@Nullable Captured captureContext() {
		return this.context.capture();
	}

	private boolean prepare(TaskRun<?> run, Task<?> task, Supplier<TaskContext.@Nullable Captured> context) {
		Reason reason = this.refusal;
		if (reason != null) {
			reject(run, reason);
			return false;
		}
		try {
			Object payload = this.workerFactory.prepare(task, run.options());
			checkAttempts(run.options(), payload);
			run.bytes = this.workerFactory.sizeOf(payload);
			run.load(payload);
			run.carry(context.get());
			return true;
		}
		catch (Throwable ex) {
			if (run.decide(TaskStatus.QUEUED, TaskStatus.FAILED)) {
				this.statistics.count(TaskStatus.FAILED);
				run.publishFailure(ex);
			}
			return false;
		}
	}

	private void checkAttempts(TaskOptions options, Object payload) {
		Integer attempts = options.maxAttempts();
		if (attempts != null && attempts > 1 && !this.workerFactory.isRepeatable(payload)) {
			this.workerFactory.release(payload);
			throw new IllegalArgumentException("Task '" + options.name() + "' can't have 'maxAttempts' " + attempts
					+ " and a buffer that is transferred to it: that is gone with the worker that dies. Leave one of"
					+ " them out");
		}
	}

	private void enqueue(TaskRun<?> run) {
		if (!findsRoom(run)) {
			overflow(run);
		}
	}

	/** Queues a task, or refuses it for its share; if the queue is full, does nothing. */
	private boolean findsRoom(TaskRun<?> run) {
		waitsFromNow(run);
		if (this.supervisor.isLazy()) {
			this.supervisor.firstUse();
		}
		FairQueue.Offer offer = offer(run);
		if (offer == FairQueue.Offer.ACCEPTED) {
			accepted(run);
		}
		else if (offer == FairQueue.Offer.SHARE_EXCEEDED) {
			reject(run, Reason.SHARE_EXCEEDED);
		}
		return offer != FairQueue.Offer.FULL;
	}

	// A map's chunks: where others would be refused they may come again

	/** Makes a chunk ready. It has ended already if it can't be, or is refused. */
	<R extends @Nullable Object> TaskRun<R> newChunk(Task<R> task, TaskOptions options,
			TaskContext.@Nullable Captured context, TaskEvents events) {
		TaskRun<R> run = new TaskRun<>(this, this.statistics.nextSequence(), options);
		run.extras().partOfMap(events);
		prepare(run, task, () -> context);
		return run;
	}

	/**
	 * Queues a chunk, or has its caller run it.
	 * @param run the chunk
	 * @param mayWait whether this thread may wait for room
	 * @return whether it is on its way or has ended; if not there is no room
	 */
	boolean offerChunk(TaskRun<?> run, boolean mayWait) {
		if (findsRoom(run)) {
			return true;
		}
		OverflowPolicy policy = this.settings.queue().overflow();
		if (policy == OverflowPolicy.CALLER_RUNS || (mayWait && policy == OverflowPolicy.WAIT)) {
			overflow(run);
			return true;
		}
		return false;
	}

	/** Ends a chunk that found no room. */
	void refuseChunk(TaskRun<?> run) {
		saturated();
		reject(run, Reason.QUEUE_FULL);
	}

	/** Ends a chunk that found no room before its map had ended. */
	void dropChunk(TaskRun<?> run) {
		if (run.decide(TaskStatus.QUEUED, TaskStatus.CANCELLED)) {
			this.statistics.count(TaskStatus.CANCELLED);
			run.publishFailure(new CancellationException("Its map has ended"));
		}
	}

	private void waitsFromNow(TaskRun<?> run) {
		long now = this.clock.now();
		run.enqueuedAt = now;
		long timeout = (run.options().queueTimeout() != null) ? PoolClock.nanos(run.options().queueTimeout())
				: this.queueTimeoutNanos;
		run.queueDeadline = (timeout > 0) ? PoolClock.after(now, timeout) : 0;
	}

	private FairQueue.Offer offer(TaskRun<?> run) {
		return this.queue.offer(run, this.dispatcher::freeOrComing);
	}

	private void accepted(TaskRun<?> run) {
		this.dispatcher.signal();
		if (run.queueDeadline != 0) {
			this.supervisor.wakeBy(run.queueDeadline);
		}
		// Rather once too often: the supervisor looks again
		int waiting = this.queue.size();
		if (this.dispatcher.coming() > 0 && this.dispatcher.free() < waiting) {
			this.supervisor.growthWanted();
		}
		// The pool may have been emptied between the look at 'refusal' and the offer
		Reason late = this.refusal;
		if (late != null && !this.supervisor.isDraining()) {
			refuseWaiting(run, late);
		}
	}

	private void refuseWaiting(TaskRun<?> run, Reason reason) {
		if (run.decide(TaskStatus.QUEUED, TaskStatus.REJECTED)) {
			this.queue.settled(run);
			this.statistics.countRejection(reason);
			run.publishElsewhere(refusal(reason));
		}
	}

	/** Refuses what has got into the queue of a pool that takes no more tasks. */
	void refuseWaiting() {
		Reason reason = this.refusal;
		if (reason != null) {
			this.queue.waitingRuns().forEach((run) -> refuseWaiting(run, reason));
		}
	}

	private void overflow(TaskRun<?> run) {
		saturated();
		OverflowPolicy policy = this.settings.queue().overflow();
		if (policy == OverflowPolicy.WAIT) {
			waitForRoom(run);
		}
		else if (policy == OverflowPolicy.CALLER_RUNS) {
			runOnCaller(run);
		}
		else {
			reject(run, Reason.QUEUE_FULL);
		}
	}

	private void waitForRoom(TaskRun<?> run) {
		PoolWorker self = PoolWorker.ofThisThread();
		long left = PoolClock.nanos(this.settings.queue().offerTimeout());
		try {
			checkStarted();
			WaitGraph.enter(self, this);
			while (left > 0 && this.refusal == null) {
				left = this.dispatcher.awaitRoom(left,
						() -> this.refusal == null && this.queue.isFullFor(run, this.dispatcher.freeOrComing()));
				FairQueue.Offer offer = (this.refusal == null) ? offer(run) : FairQueue.Offer.FULL;
				if (offer == FairQueue.Offer.ACCEPTED) {
					accepted(run);
					return;
				}
				if (offer == FairQueue.Offer.SHARE_EXCEEDED) {
					reject(run, Reason.SHARE_EXCEEDED);
					return;
				}
			}
			Reason reason = this.refusal;
			reject(run, (reason != null) ? reason : Reason.QUEUE_FULL);
		}
		catch (RejectedTaskException ex) {
			reject(run, ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			if (run.decide(TaskStatus.QUEUED, TaskStatus.CANCELLED)) {
				this.statistics.count(TaskStatus.CANCELLED);
				run.publishElsewhere(new CancellationException("The submitter of task '" + run.name()
						+ "' was interrupted while it waited for room in the queue of pool '" + name() + "'"));
			}
		}
		finally {
			WaitGraph.leave(self);
		}
	}

	/** Runs a task on its submitter: no deadline, no limit, no worker. */
	private void runOnCaller(TaskRun<?> run) {
		Object payload = run.payload();
		if (!run.decide(TaskStatus.QUEUED, TaskStatus.RUNNING)) {
			return;
		}
		Object value = null;
		Throwable error = null;
		try {
			Object result = ((Task<?>) payload).call();
			PendingResults.Pending pending = (result != null) ? this.hooks.pendingResults().pending(result) : null;
			if (pending != null) {
				Object kept = awaitPending(pending);
				if (kept != null) {
					this.workerFactory.keepPromise(payload, kept);
				}
				result = pending.result().get();
			}
			else if (result != null) {
				result = this.workerFactory.handOver(payload, Part.RESULT, result);
			}
			value = result;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			error = ex;
		}
		catch (Throwable ex) {
			error = ex;
		}
		this.workerFactory.release(payload);
		TaskStatus outcome = (error == null) ? TaskStatus.SUCCEEDED : TaskStatus.FAILED;
		if (run.decide(TaskStatus.RUNNING, outcome)) {
			this.statistics.count(outcome);
			if (error == null) {
				run.publish(value);
			}
			else {
				run.publishFailure(error);
			}
		}
	}

	/**
	 * Waits for a promise that a task's body returned; cancels it if interrupted.
	 * @param pending the promise
	 * @return its value
	 * @throws Throwable what it failed with
	 */
	public static @Nullable Object awaitPending(PendingResults.Pending pending) throws Throwable {
		try {
			return pending.future().get();
		}
		catch (ExecutionException ex) {
			Throwable cause = ex.getCause();
			if (cause instanceof CompletionException && cause.getCause() != null) {
				cause = cause.getCause();
			}
			throw (cause != null) ? cause : ex;
		}
		catch (InterruptedException ex) {
			pending.future().cancel(true);
			throw ex;
		}
	}

	private void reject(TaskRun<?> run, Reason reason) {
		reject(run, refusal(reason));
	}

	private void reject(TaskRun<?> run, RejectedTaskException why) {
		if (run.decide(TaskStatus.QUEUED, TaskStatus.REJECTED)) {
			this.statistics.countRejection(why.reason());
			// Its submitter has not got the future yet, so there is no dependant
			run.publishFailure(why);
		}
	}

	private RejectedTaskException refusal(Reason reason) {
		String pool = "Pool '" + name() + "' ";
		return switch (reason) {
			case QUEUE_FULL -> new RejectedTaskException(reason, pool + "has no room: " + this.queue.size()
					+ " tasks wait and 'queue.capacity' is " + this.queue.capacity()
					+ ((this.settings.isolation() == Isolation.PROCESS) ? " (or 'queue.max-bytes' is reached)" : ""));
			case SHARE_EXCEEDED -> new RejectedTaskException(reason,
					pool + "has no room for this key: it already holds its 'queue.share' of "
							+ this.settings.queue().share());
			case POOL_FAILED -> {
				Throwable cause = this.supervisor.failure();
				yield (cause != null)
						? new RejectedTaskException(reason, pool + "has failed: " + cause.getMessage(), cause)
						: new RejectedTaskException(reason, pool + "has failed");
			}
			case NOT_RUNNING -> new RejectedTaskException(reason, pool + "is not running");
			case CLOSED -> new RejectedTaskException(reason, pool + "is closed");
			case WOULD_DEADLOCK -> new RejectedTaskException(reason, pool + "can't be waited for here");
		};
	}

	private void saturated() {
		if (this.saturated.compareAndSet(false, true)) {
			this.log.warn("Pool '{}' is saturated: {} tasks wait and 'queue.capacity' is {}", name(), this.queue.size(),
					this.queue.capacity());
			this.events.fire((listener) -> listener.onSaturated(this));
			this.supervisor.wake();
		}
	}

	/**
	 * Ends the episode if the queue has emptied.
	 * @return whether it goes on
	 */
	boolean isSaturatedStill() {
		if (this.saturated.get() && this.queue.size() <= this.queue.capacity() / 2
				&& this.saturated.compareAndSet(true, false)) {
			this.events.fire((listener) -> listener.onRelieved(this));
		}
		return this.saturated.get();
	}

	// A task's way out, other than through its worker

	/** The task was settled while it waited. */
	void leftQueue(TaskRun<?> run) {
		this.statistics.count(TaskStatus.CANCELLED);
		if (!run.isAimed()) {
			this.queue.settled(run);
			this.dispatcher.madeRoom();
		}
	}

	/** The task was settled from outside while it runs. */
	void stopRun(TaskRun<?> run, String reason) {
		this.statistics.count(TaskStatus.CANCELLED);
		this.supervisor.stopRun(run, reason);
	}

	/** Ends a wait that took too long. */
	boolean expire(TaskRun<?> run) {
		if (!run.decide(TaskStatus.QUEUED, TaskStatus.TIMED_OUT)) {
			return false;
		}
		this.queue.settled(run);
		this.statistics.count(TaskStatus.TIMED_OUT);
		this.dispatcher.madeRoom();
		run.publishElsewhere(new TaskTimeoutException(TaskTimeoutException.Phase.QUEUED,
				"Task '" + run.name() + "' (" + run.id() + ") in pool '" + name()
						+ "' waited longer than its queue timeout of "
						+ Duration.ofNanos(run.queueDeadline - run.enqueuedAt)));
		return true;
	}

	/** As {@link #putBack}, but what it had been waiting for has happened once. */
	boolean runAgain(TaskRun<?> run) {
		waitsFromNow(run);
		return putBack(run);
	}

	/**
	 * Puts a task back to the head of the queue that its worker has not begun, or died
	 * of.
	 * @return whether it waits again; not if it was settled meanwhile
	 */
	boolean putBack(TaskRun<?> run) {
		if (!this.queue.putBack(run)) {
			return false;
		}
		accepted(run);
		return true;
	}

	void failQueued(Throwable cause) {
		for (TaskRun<?> run : this.queue.waitingRuns()) {
			if (run.decide(TaskStatus.QUEUED, TaskStatus.FAILED)) {
				this.queue.settled(run);
				this.statistics.count(TaskStatus.FAILED);
				run.publishElsewhere(cause);
			}
		}
		this.dispatcher.madeRoom();
	}

	int cancelWaiting() {
		int cancelled = 0;
		for (TaskRun<?> run : this.queue.waitingRuns()) {
			cancelled += run.cancel(false) ? 1 : 0;
		}
		return cancelled;
	}

	void refuse(@Nullable Reason reason) {
		this.refusal = reason;
		if (reason != null) {
			this.dispatcher.madeRoom();
		}
	}

	void terminated(boolean forGood) {
		Callbacks ending = this.callbacks;
		if (!forGood) {
			this.callbacks = new Callbacks(name(), this.log);
		}
		ending.shutdown();
	}

	// What workers ask

	/** How long a task may run, 0 for as long as it likes. */
	long timeoutNanos(TaskRun<?> run) {
		Duration own = run.options().timeout();
		return (own != null) ? PoolClock.nanos(own) : this.timeoutNanos;
	}

	@Nullable Duration timeout(TaskRun<?> run) {
		return (run.options().timeout() != null) ? run.options().timeout() : this.settings.task().timeout();
	}

	int maxAttempts(TaskRun<?> run) {
		if (!run.isRepeatable()) {
			return 1;
		}
		Integer own = run.options().maxAttempts();
		return (own != null) ? own : this.settings.task().maxAttempts();
	}

	TaskObserver.@Nullable Observed observe(TaskRun<?> run, long waitNanos) {
		TaskObserver observer = this.hooks.observer();
		if (observer == null) {
			return null;
		}
		try {
			return observer.started(run, waitNanos);
		}
		catch (Throwable ex) {
			observerBroke(ex);
			return null;
		}
	}

	void observed(TaskObserver.@Nullable Observed observed, TaskStatus outcome, @Nullable Throwable error, long nanos) {
		if (observed == null) {
			return;
		}
		try {
			observed.ended(outcome, error, nanos);
		}
		catch (Throwable ex) {
			observerBroke(ex);
		}
	}

	private void observerBroke(Throwable ex) {
		if (this.observerBroke.compareAndSet(false, true)) {
			this.log.warn("The observer of pool '{}' threw; its further errors are not logged", name(),
					ErrorText.loggable(ex));
		}
	}

	/** Refuses to wait for what was never started. */
	void checkStarted() {
		if (this.supervisor.isNotRunning() && this.refusal == null) {
			throw new RejectedTaskException(Reason.NOT_RUNNING, "Pool '" + name()
					+ "' has not been started, so nothing can be waited for yet; the task stays queued");
		}
	}

	/** Whether tasks lately were so short that a waiter had better not park. */
	boolean worthSpinning(TaskRun<?> run) {
		PoolWorker worker = run.worker();
		if (worker == null) {
			PoolWorker[] workers = this.dispatcher.workers();
			if (workers.length == 0) {
				return false;
			}
			worker = workers[0];
		}
		return Dispatcher.MULTIPROCESSOR && worker.lastRunNanos() < Dispatcher.WORTH_SPINNING_NANOS;
	}

	/** Whether a waiter that spins takes the processor from nobody who has work. */
	boolean hasSpareProcessor() {
		return this.spareProcessor;
	}

	boolean canGrow() {
		return this.dispatcher.coming() > 0;
	}

	// Many tasks

	@Override
	public <T extends @Nullable Object, R extends @Nullable Object> TaskFuture<List<R>> map(
			Collection<? extends T> items, TaskFunction<? super T, ? extends R> function) {
		return map(items, function, MapOptions.none());
	}

	@Override
	public <T extends @Nullable Object, R extends @Nullable Object> TaskFuture<List<R>> map(
			Collection<? extends T> items, TaskFunction<? super T, ? extends R> function, MapOptions options) {
		MapRun<List<R>> run = new MapRun<>(this, items, function, options, false);
		run.start();
		return run;
	}

	@Override
	public <T extends @Nullable Object, R extends @Nullable Object> TaskFuture<List<Outcome<R>>> mapOutcomes(
			Collection<? extends T> items, TaskFunction<? super T, ? extends R> function, MapOptions options) {
		MapRun<List<Outcome<R>>> run = new MapRun<>(this, items, function, options, true);
		run.start();
		return run;
	}

	@Override
	public <R extends @Nullable Object> List<TaskFuture<R>> broadcast(Task<R> task) {
		Objects.requireNonNull(task, "'task' must not be null");
		List<TaskFuture<R>> futures = new ArrayList<>();
		for (PoolWorker worker : this.dispatcher.workers()) {
			TaskRun<R> run = new TaskRun<>(this, this.statistics.nextSequence(), TaskOptions.none());
			futures.add(run);
			if (!prepare(run, task, this.contexts)) {
				continue;
			}
			if (worker.owns() > this.queue.capacity()) {
				reject(run, Reason.QUEUE_FULL);
				continue;
			}
			run.enqueuedAt = this.clock.now();
			run.aimAt(worker);
			worker.give(run);
			this.dispatcher.wake(worker);
		}
		return futures;
	}

	@Override
	public Executor asExecutor() {
		if (this.settings.isolation() == Isolation.PROCESS) {
			throw new UnsupportedOperationException("Pool '" + name()
					+ "' has isolation 'process', where an arbitrary Runnable can't cross; submit a Task instead");
		}
		return (command) -> {
			Objects.requireNonNull(command, "'command' must not be null");
			TaskFuture<Void> future = submit(() -> {
				command.run();
				return null;
			});
			if (future.status() == TaskStatus.REJECTED && future instanceof TaskRun<?> run
					&& run.error() instanceof RejectedTaskException refused) {
				throw new RejectedTaskException(refused.reason(), String.valueOf(refused.getMessage()), refused);
			}
			future.whenComplete((nothing, ex) -> {
				if (ex != null && !(ex instanceof CancellationException)) {
					this.log.error("A command executed by pool '{}' failed", name(), ErrorText.loggable(ex));
				}
			});
		};
	}

	// Life and looks

	@Override
	public CompletableFuture<Void> ready() {
		return toldElsewhere(this.supervisor.whenReady());
	}

	/** What users hang on it must not run on the supervising thread. */
	private CompletableFuture<Void> toldElsewhere(CompletableFuture<Void> future) {
		Executor executor = future.isDone() ? Runnable::run : this.callbacks();
		CompletableFuture<Void> told = new CompletableFuture<>();
		future.whenComplete((nothing, ex) -> executor.execute(() -> {
			if (ex == null) {
				told.complete(null);
			}
			else {
				told.completeExceptionally(ex);
			}
		}));
		return told;
	}

	@Override
	public PoolSnapshot snapshot() {
		Supervisor.View view = this.supervisor.view();
		long oldest = this.queue.oldest();
		long oldestWait = (oldest == 0) ? 0 : Math.max(0, this.clock.now() - oldest) / 1_000_000;
		Map<String, Long> restarts = view.restarts();
		Map<String, Long> recycled = view.recycled();
		return new PoolSnapshot(name(), view.state(), view.reason(), this.settings.isolation(),
				new PoolSnapshot.Workers(view.min(), view.max(), view.alive(), view.idle(), view.busy(),
						view.starting(), view.abandoned()),
				new PoolSnapshot.Queue(this.queue.size(), this.queue.capacity(), oldestWait), this.statistics.tasks(),
				restarts.values().stream().mapToLong(Long::longValue).sum(), restarts,
				recycled.values().stream().mapToLong(Long::longValue).sum(), recycled, view.utilization(),
				view.timings(), view.workers(), view.lastCrash(), this.settings.toMap());
	}

	@Override
	public void resize(int minSize, int maxSize) {
		if (minSize < 0 || maxSize < 1 || minSize > maxSize) {
			throw new IllegalArgumentException("Pool '" + name() + "' can't have a size from " + minSize + " to "
					+ maxSize + ": the minimum must be at least 0, the maximum at least 1 and not below the minimum");
		}
		this.supervisor.resize(minSize, maxSize);
		this.dispatcher.madeRoom();
	}

	@Override
	public void pause() {
		this.dispatcher.pause();
		this.supervisor.wake();
	}

	@Override
	public void resume() {
		this.dispatcher.resume();
		this.supervisor.wake();
	}

	@Override
	public CompletableFuture<Void> recycle() {
		return toldElsewhere(this.supervisor.recycle());
	}

	@Override
	public void restart() {
		this.supervisor.restart();
	}

	@Override
	public int cancelQueued() {
		return cancelWaiting();
	}

	@Override
	public boolean cancel(String taskId) {
		for (TaskRun<?> run : this.queue.waitingRuns()) {
			if (run.id().equals(taskId)) {
				return run.cancel(true);
			}
		}
		for (PoolWorker worker : this.dispatcher.workers()) {
			for (TaskRun<?> run : worker.runs()) {
				if (run.id().equals(taskId)) {
					return run.cancel(true);
				}
			}
		}
		return false;
	}

	@Override
	public void start() {
		this.supervisor.start(false);
	}

	@Override
	public void startLazily() {
		this.supervisor.start(true);
	}

	@Override
	public CompletableFuture<Void> stop() {
		return toldElsewhere(this.supervisor.stop(false));
	}

	@Override
	public boolean isStarted() {
		return this.supervisor.isStarted();
	}

	@Override
	public void close() {
		CompletableFuture<Void> stopped = this.supervisor.stop(true);
		PoolWorker self = PoolWorker.ofThisThread();
		if (self != null && self.pool() == this) {
			// This worker can't wait for its own end
			return;
		}
		boolean interrupted = false;
		while (true) {
			try {
				stopped.get(1, TimeUnit.DAYS);
				break;
			}
			catch (InterruptedException ex) {
				interrupted = true;
			}
			catch (TimeoutException ex) {
				// A shutdown timeout may be longer than a day
			}
			catch (ExecutionException ex) {
				throw new IllegalStateException(ex);
			}
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	PoolState state() {
		return this.supervisor.currentState();
	}

	@Override
	public String toString() {
		return "WorkerPool[" + name() + ", " + state() + "]";
	}

}
