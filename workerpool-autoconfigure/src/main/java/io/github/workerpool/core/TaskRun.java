package io.github.workerpool.core;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;

import io.github.workerpool.CrashReport;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskSerializationException.Part;
import io.github.workerpool.TaskStatus;
import org.jspecify.annotations.Nullable;

/**
 * One submitted task: what is queued, what a worker runs, and the future, in a single
 * object.
 *
 * <h2>Settling</h2>
 *
 * Everything that can end a task (its result, a deadline, a cancel, a crash, an outsider)
 * competes in one compare-and-set on {@link #status}. The winner publishes
 * {@link #outcome}, which is all that {@code isDone}, {@code get} and {@code join} look
 * at: waiters are woken directly, before and independent of any dependant. The
 * superclass's own result follows; it runs the dependants, on the worker's thread for
 * what a worker concluded, on a callback thread for everything else. So a slow dependant
 * delays no waiter, and no dependant ever runs on the supervising thread.
 * <p>
 * <strong>Hazard:</strong> between the two, {@code isDone()} is true while the superclass
 * still believes otherwise. Everything that reads the superclass's result directly must
 * be overridden here.
 *
 * @param <R> the type of the result
 * @since 0.1.0
 */
public final class TaskRun<R extends @Nullable Object> extends TaskFuture<R> {

	private static final VarHandle STATUS;

	private static final VarHandle WAITERS;

	private static final VarHandle EXTRAS;

	static {
		try {
			MethodHandles.Lookup lookup = MethodHandles.lookup();
			STATUS = lookup.findVarHandle(TaskRun.class, "status", int.class);
			WAITERS = lookup.findVarHandle(TaskRun.class, "waiters", Waiter.class);
			EXTRAS = lookup.findVarHandle(TaskRun.class, "extras", TaskExtras.class);
		}
		catch (ReflectiveOperationException ex) {
			throw new ExceptionInInitializerError(ex);
		}
	}

	private static final TaskStatus[] STATUSES = TaskStatus.values();

	private static final int QUEUED = TaskStatus.QUEUED.ordinal();

	private static final int RUNNING = TaskStatus.RUNNING.ordinal();

	private static final int CANCELLED = TaskStatus.CANCELLED.ordinal();

	/** Stands for a {@code null} result. */
	private static final Object NIL = new Object();

	/** How long a waiter looks before it parks, if tasks are known to be short. */
	private static final long SPIN_NANOS = 20_000;

	private final SupervisedWorkerPool pool;

	private final long sequence;

	private final TaskOptions options;

	/** The ordinal of a {@link TaskStatus}; an int, so that no collector cares. */
	private volatile int status = QUEUED;

	/** What was submitted, until it has ended. */
	private @Nullable Object payload;

	/** The same while it runs, also once it was settled; for the worker only. */
	private @Nullable Object started;

	private TaskContext.@Nullable Captured context;

	private volatile @Nullable Object outcome;

	private volatile @Nullable Waiter waiters;

	/** What few tasks need. */
	private volatile @Nullable TaskExtras extras;

	/** The worker that runs it, or the only one that may. */
	private @Nullable PoolWorker worker;

	private boolean aimed;

	/** Link of the queue's lists; guarded by the queue's lock. */
	@Nullable TaskRun<?> next;

	/** Whether it waits in the ring, not in a lane. */
	boolean inRing;

	/** When it was accepted, by the pool's clock. */
	long enqueuedAt;

	/** When its wait ends by the pool's clock, 0 for never. */
	long queueDeadline;

	/** Size of the encoded task, 0 if it isn't encoded. */
	long bytes;

	TaskRun(SupervisedWorkerPool pool, long sequence, TaskOptions options) {
		this.pool = pool;
		this.sequence = sequence;
		this.options = options;
	}

	// What the engine and its backends see

	SupervisedWorkerPool pool() {
		return this.pool;
	}

	/**
	 * What the worker factory prepared; on the worker's thread also of a run that was
	 * settled since it was started.
	 * @return the payload
	 * @throws IllegalStateException if the task has ended
	 */
	public Object payload() {
		Object prepared = this.payload;
		if (prepared == null) {
			prepared = this.started;
		}
		if (prepared == null) {
			throw new IllegalStateException("Task '" + id() + "' has ended");
		}
		return prepared;
	}

	/**
	 * Name of the pool it was submitted to.
	 * @return the name
	 */
	public String poolName() {
		return this.pool.name();
	}

	/**
	 * Options of the task.
	 * @return the options
	 */
	public TaskOptions options() {
		return this.options;
	}

	/**
	 * Tells whether the task should stop: it has been settled while it runs.
	 * @return whether to stop
	 */
	public boolean isStopRequested() {
		return this.status != RUNNING;
	}

	/**
	 * Delivers what the task emitted; waits while its listener is far behind. Does
	 * nothing once the task has been settled.
	 * @param event the event
	 */
	public void emit(Object event) {
		Objects.requireNonNull(event, "'event' must not be null");
		Object prepared = this.payload;
		if (prepared != null && !isStopRequested()) {
			extras().events().emit(this.pool.workerFactory().handOver(prepared, Part.EVENT, event));
		}
	}

	/**
	 * Delivers the task's progress. Does nothing once the task has been settled.
	 * @param progress the progress
	 */
	public void progress(double progress) {
		if (!isStopRequested()) {
			extras().progress(progress);
		}
	}

	/**
	 * What it carried over from its submitter.
	 * @return the context, {@code null} if there is none
	 */
	public TaskContext.@Nullable Captured context() {
		return this.context;
	}

	/**
	 * Number of the task, unique in its pool and at least 1.
	 * @return the number
	 */
	public long sequence() {
		return this.sequence;
	}

	int priority() {
		return this.options.priority();
	}

	@Nullable String key() {
		return this.options.key();
	}

	@Nullable PoolWorker worker() {
		return (isQueued() && !this.aimed) ? null : this.worker;
	}

	boolean isQueued() {
		return this.status == QUEUED;
	}

	TaskExtras extras() {
		TaskExtras known = this.extras;
		if (known != null) {
			return known;
		}
		TaskExtras made = new TaskExtras(this.pool);
		TaskExtras winner = (TaskExtras) EXTRAS.compareAndExchange(this, null, made);
		return (winner != null) ? winner : made;
	}

	void load(Object payload) {
		this.payload = payload;
	}

	void carry(TaskContext.@Nullable Captured context) {
		this.context = context;
	}

	/** Whether it can run once more after its worker has died with it. */
	boolean isRepeatable() {
		Object prepared = this.payload;
		return prepared != null && this.pool.workerFactory().isRepeatable(prepared);
	}

	void aimAt(PoolWorker target) {
		this.worker = target;
		this.aimed = true;
	}

	/** Whether only one worker may run it. */
	boolean isAimed() {
		return this.aimed;
	}

	boolean start(PoolWorker on) {
		Object prepared = this.payload;
		if (!this.aimed) {
			this.worker = on;
		}
		if (!STATUS.compareAndSet(this, QUEUED, RUNNING)) {
			return false;
		}
		this.started = prepared;
		return true;
	}

	/**
	 * Makes a task that its worker has not begun, or died of, one that waits again. Until
	 * it is started once more it shows where it was: who stops it may have to know.
	 * @return whether it does; not if it was settled meanwhile
	 */
	boolean restart() {
		if (isStopRequested()) {
			return false;
		}
		Object prepared = this.started;
		this.started = null;
		if (STATUS.compareAndSet(this, RUNNING, QUEUED)) {
			return true;
		}
		this.started = prepared;
		return false;
	}

	/**
	 * Decides what becomes of the task. The winner must {@link #publish} or
	 * {@link #publishElsewhere} the outcome next.
	 */
	boolean decide(TaskStatus from, TaskStatus to) {
		if (!STATUS.compareAndSet(this, from.ordinal(), to.ordinal())) {
			return false;
		}
		if (from == TaskStatus.QUEUED && to != TaskStatus.RUNNING) {
			// Whoever sees the outcome has back what went with it
			release(this.payload);
		}
		return true;
	}

	/** The run is over; called by the worker that has started it. */
	void over() {
		Object prepared = this.started;
		this.started = null;
		release(prepared);
	}

	private void release(@Nullable Object prepared) {
		if (prepared == null) {
			return;
		}
		try {
			this.pool.workerFactory().release(prepared);
		}
		catch (RuntimeException | Error ex) {
			this.pool.log().warn("What came with task '{}' ({}) could not be handed back", name(), id(), ex);
		}
	}

	/** Publishes a value; dependants run on this thread. */
	void publish(@Nullable Object value) {
		wake((value != null) ? value : NIL);
		completeDependants(value);
	}

	private void completeDependants(@Nullable Object value) {
		@SuppressWarnings({ "unchecked", "NullAway" })
		R result = (R) value;
		try {
			super.complete(result);
		}
		catch (Throwable ex) {
			tellTheOthers(ex);
		}
	}

	/** Publishes a value; dependants run on a callback thread. */
	void publishValueElsewhere(@Nullable Object value) {
		wake((value != null) ? value : NIL);
		this.pool.callbacks().execute(() -> completeDependants(value));
	}

	/** Publishes an error; dependants run on this thread. */
	void publishFailure(Throwable error) {
		wake(new Failure(error));
		failDependants(error);
	}

	/** Publishes an error; dependants run on a callback thread. */
	void publishElsewhere(Throwable error) {
		wake(new Failure(error));
		this.pool.callbacks().execute(() -> failDependants(error));
	}

	/**
	 * The superclass passes an error on wrapped, and words the wrapper by the error's own
	 * words; one that has none is wrapped here instead.
	 */
	private void failDependants(Throwable error) {
		Throwable told = ErrorText.canSpeak(error) ? error : new CompletionException(ErrorText.of(error), error);
		try {
			super.completeExceptionally(told);
		}
		catch (Throwable ex) {
			tellTheOthers(ex);
		}
	}

	/**
	 * The superclass gives up in the middle if it can't even note what a dependant threw,
	 * which is so for an error that can't be put into words. Each further try goes on
	 * with the next dependant.
	 */
	@SuppressWarnings("NullAway")
	private void tellTheOthers(Throwable broken) {
		this.pool.log()
			.warn("A dependant of task '{}' ({}) threw what can't be noted; it never completes", name(), id(),
					ErrorText.loggable(broken));
		for (int left = getNumberOfDependents(); left >= 0; left--) {
			try {
				super.complete(null);
				return;
			}
			catch (Throwable ex) {
				// The next one then
			}
		}
	}

	private void wake(Object result) {
		this.payload = null;
		this.context = null;
		this.outcome = result;
		if (this.waiters == null) {
			return;
		}
		Waiter waiter = (Waiter) WAITERS.getAndSet(this, null);
		while (waiter != null) {
			Thread thread = waiter.thread;
			if (thread != null) {
				LockSupport.unpark(thread);
			}
			waiter = waiter.next;
		}
	}

	@Nullable Throwable error() {
		return (this.outcome instanceof Failure failure) ? failure.error() : null;
	}

	// What its submitter sees

	@Override
	public String id() {
		return this.pool.name() + "-" + this.sequence;
	}

	@Override
	public String name() {
		return this.options.name();
	}

	@Override
	public TaskStatus status() {
		return STATUSES[this.status];
	}

	@Override
	public TaskFuture<R> onEvent(Consumer<Object> listener) {
		extras().events().listen(Objects.requireNonNull(listener, "'listener' must not be null"));
		return this;
	}

	@Override
	public TaskFuture<R> onProgress(DoubleConsumer listener) {
		extras().events().listenToProgress(Objects.requireNonNull(listener, "'listener' must not be null"));
		return this;
	}

	@Override
	public boolean isDone() {
		return this.outcome != null;
	}

	@Override
	public boolean isCancelled() {
		return error() instanceof CancellationException;
	}

	@Override
	public boolean isCompletedExceptionally() {
		return this.outcome instanceof Failure;
	}

	@Override
	public boolean cancel(boolean mayInterruptIfRunning) {
		CancellationException error = new CancellationException(
				"Task '" + name() + "' (" + id() + ") in pool '" + this.pool.name() + "' was cancelled");
		do {
			if (decide(TaskStatus.QUEUED, TaskStatus.CANCELLED)) {
				this.pool.leftQueue(this);
				publishElsewhere(error);
			}
			else if (mayInterruptIfRunning && decide(TaskStatus.RUNNING, TaskStatus.CANCELLED)) {
				publishElsewhere(error);
				this.pool.stopRun(this, "cancelled");
			}
		}
		// It may have gone back to the queue in between
		while (isQueued() || (mayInterruptIfRunning && this.status == RUNNING));
		awaitOutsider();
		return isCancelled();
	}

	/**
	 * Whoever cancels sees a future that is done, also if another was a moment faster and
	 * has not got as far as to publish.
	 */
	private void awaitOutsider() {
		for (int i = 0; this.outcome == null && this.status == CANCELLED; i++) {
			if (i < 100) {
				Thread.onSpinWait();
			}
			else {
				Thread.yield();
			}
		}
	}

	@Override
	public boolean complete(R value) {
		if (!takenByOutsider()) {
			return false;
		}
		wake((value != null) ? value : NIL);
		super.complete(value);
		return true;
	}

	@Override
	public boolean completeExceptionally(Throwable ex) {
		Objects.requireNonNull(ex, "'ex' must not be null");
		if (!takenByOutsider()) {
			return false;
		}
		wake(new Failure(ex));
		failDependants(ex);
		return true;
	}

	@Override
	public void obtrudeValue(R value) {
		takenByOutsider();
		wake((value != null) ? value : NIL);
		super.obtrudeValue(value);
	}

	@Override
	public void obtrudeException(Throwable ex) {
		Objects.requireNonNull(ex, "'ex' must not be null");
		takenByOutsider();
		wake(new Failure(ex));
		super.obtrudeException(ex);
	}

	private boolean takenByOutsider() {
		do {
			if (decide(TaskStatus.QUEUED, TaskStatus.CANCELLED)) {
				this.pool.leftQueue(this);
				return true;
			}
			if (decide(TaskStatus.RUNNING, TaskStatus.CANCELLED)) {
				this.pool.stopRun(this, "cancelled");
				return true;
			}
		}
		// It may have gone back to the queue in between
		while (isQueued() || this.status == RUNNING);
		return false;
	}

	@Override
	public R get() throws InterruptedException, ExecutionException {
		Object result = this.outcome;
		if (result == null) {
			result = await(true, Long.MAX_VALUE);
		}
		return reportGet(result);
	}

	@Override
	public R get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
		Object result = this.outcome;
		if (result == null) {
			result = await(true, unit.toNanos(timeout));
			if (result == null) {
				throw new TimeoutException("Task '" + name() + "' (" + id() + ") in pool '" + this.pool.name()
						+ "' is still " + status() + " after " + timeout + " " + unit);
			}
		}
		return reportGet(result);
	}

	@Override
	public R join() {
		Object result = this.outcome;
		if (result == null) {
			try {
				result = await(false, Long.MAX_VALUE);
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}
		return reportJoin(result);
	}

	@Override
	public R getNow(R valueIfAbsent) {
		Object result = this.outcome;
		return (result != null) ? reportJoin(result) : valueIfAbsent;
	}

	/**
	 * The value of a success; overrides the JDK's method of this name where there is one.
	 * @return the value
	 * @throws IllegalStateException if there is none
	 */
	public R resultNow() {
		Object result = this.outcome;
		if (result == null || result instanceof Failure) {
			throw new IllegalStateException("Task '" + id() + "' has no value: it is " + status());
		}
		return value(result);
	}

	/**
	 * The error of a failure; overrides the JDK's method of this name where there is one.
	 * @return the error
	 * @throws IllegalStateException if there is none
	 */
	public Throwable exceptionNow() {
		Throwable error = error();
		if (error == null || error instanceof CancellationException) {
			throw new IllegalStateException("Task '" + id() + "' has no error: it is " + status());
		}
		return error;
	}

	private R reportGet(@Nullable Object result) throws ExecutionException {
		if (result instanceof Failure failure) {
			Throwable inner = inner(failure);
			throw new ExecutionException(ErrorText.of(inner), inner);
		}
		return value(result);
	}

	private R reportJoin(@Nullable Object result) {
		if (result instanceof Failure failure) {
			Throwable inner = inner(failure);
			throw new CompletionException(ErrorText.of(inner), inner);
		}
		return value(result);
	}

	/** What a waiter finds wrapped; a cancellation is thrown as it is. */
	private static Throwable inner(Failure failure) {
		Throwable error = failure.error();
		if (error instanceof CancellationException) {
			throw cancelled(error);
		}
		Throwable cause = error.getCause();
		return (error instanceof CompletionException && cause != null) ? cause : error;
	}

	/** A fresh one, so that the waiter's stack shows. */
	static CancellationException cancelled(Throwable cause) {
		CancellationException seenHere = new CancellationException(cause.getMessage());
		seenHere.initCause(cause);
		return seenHere;
	}

	@SuppressWarnings({ "unchecked", "NullAway" })
	private R value(@Nullable Object result) {
		return (result == NIL) ? null : (R) result;
	}

	private @Nullable Object await(boolean interruptibly, long nanos) throws InterruptedException {
		this.pool.checkStarted();
		Object result = spin(nanos);
		if (result != null) {
			return result;
		}
		if (interruptibly && Thread.interrupted()) {
			throw new InterruptedException("Interrupted while waiting for task '" + id() + "'");
		}
		PoolWorker self = PoolWorker.ofThisThread();
		WaitGraph.enter(self, this);
		try {
			return park(interruptibly, nanos);
		}
		finally {
			WaitGraph.leave(self);
		}
	}

	/** How many threads wait. */
	int numberOfWaiters() {
		int number = 0;
		for (Waiter waiter = this.waiters; waiter != null; waiter = waiter.next) {
			number++;
		}
		return number;
	}

	private @Nullable Object spin(long nanos) {
		if (nanos < SPIN_NANOS || !this.pool.worthSpinning(this)) {
			return this.outcome;
		}
		// One yield may take long, where others want the processor more
		int looks = this.pool.hasSpareProcessor() ? 16 : 1;
		long end = System.nanoTime() + SPIN_NANOS;
		while (true) {
			for (int i = 0; i < looks; i++) {
				Object result = this.outcome;
				if (result != null) {
					return result;
				}
				if (looks == 1) {
					Thread.yield();
				}
				else {
					Thread.onSpinWait();
				}
			}
			if (System.nanoTime() - end >= 0) {
				return this.outcome;
			}
		}
	}

	private @Nullable Object park(boolean interruptibly, long nanos) throws InterruptedException {
		long end = System.nanoTime() + nanos;
		Waiter waiter = new Waiter(Thread.currentThread());
		Waiter head;
		do {
			head = this.waiters;
			waiter.next = head;
		}
		while (!WAITERS.compareAndSet(this, head, waiter));
		boolean interrupted = false;
		try {
			while (true) {
				Object result = this.outcome;
				if (result != null) {
					return result;
				}
				long left = (nanos == Long.MAX_VALUE) ? Long.MAX_VALUE : end - System.nanoTime();
				if (left <= 0) {
					return null;
				}
				block(waiter, left);
				if (Thread.interrupted()) {
					if (interruptibly) {
						throw new InterruptedException("Interrupted while waiting for task '" + id() + "'");
					}
					interrupted = true;
				}
			}
		}
		finally {
			forget(waiter);
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	/**
	 * Takes a waiter that no longer waits out of the list, and any other like it. The
	 * list is a stack with a lock-free head; a link that a concurrent removal brought
	 * back is found by looking again.
	 */
	private void forget(Waiter waiter) {
		waiter.thread = null;
		Waiter before = null;
		Waiter seen = this.waiters;
		while (seen != null) {
			Waiter following = seen.next;
			boolean again = false;
			if (seen.thread != null) {
				before = seen;
			}
			else if (before == null) {
				again = !WAITERS.compareAndSet(this, seen, following);
			}
			else {
				before.next = following;
				again = before.thread == null;
			}
			if (again) {
				before = null;
				seen = this.waiters;
			}
			else {
				seen = following;
			}
		}
	}

	/** In a fork-join pool the wait is made known, so that it can compensate. */
	private void block(Waiter waiter, long nanos) throws InterruptedException {
		if (Thread.currentThread() instanceof ForkJoinWorkerThread) {
			ForkJoinPool.managedBlock(new ForkJoinPool.ManagedBlocker() {

				private boolean blocked;

				@Override
				public boolean block() {
					if (!isReleasable()) {
						this.blocked = true;
						LockSupport.parkNanos(TaskRun.this, nanos);
					}
					return true;
				}

				@Override
				public boolean isReleasable() {
					return this.blocked || isDone();
				}

			});
		}
		else if (this.waiters != null) {
			LockSupport.parkNanos(this, nanos);
		}
	}

	@Override
	public String toString() {
		return "TaskFuture[" + id() + ", " + name() + ", " + status() + "]";
	}

	List<CrashReport.Attempt> attempts() {
		TaskExtras known = this.extras;
		return (known != null) ? known.attempts() : List.of();
	}

	/**
	 * An error, told apart from a value.
	 *
	 * @param error the error
	 */
	private record Failure(Throwable error) {

	}

	/**
	 * A thread that waits for the outcome, {@code null} once it no longer does.
	 */
	private static final class Waiter {

		volatile @Nullable Thread thread;

		volatile @Nullable Waiter next;

		Waiter(Thread thread) {
			this.thread = thread;
		}

	}

}
