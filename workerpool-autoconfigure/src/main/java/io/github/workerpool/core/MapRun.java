package io.github.workerpool.core;

import java.io.Serial;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;

import io.github.workerpool.MapOptions;
import io.github.workerpool.Outcome;
import io.github.workerpool.OverflowPolicy;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.ResourceLimitExceededException;
import io.github.workerpool.ResourceLimitExceededException.Limit;
import io.github.workerpool.Task;
import io.github.workerpool.TaskFunction;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.TaskTimeoutException;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerCrashedException;
import org.jspecify.annotations.Nullable;

/**
 * One {@code map}: cuts the items into chunks and keeps a few of them in the pool. The
 * next chunk goes in when one has ended, from that one's thread, when its worker is free
 * again. A chunk that finds the queue full, because of what others submitted, is held
 * back until one of its siblings has ended.
 *
 * <h2>Feeding</h2>
 *
 * One thread feeds at a time, in a loop; whoever finds another one feeding leaves it to
 * that one. So chunks that end at once, as those that are refused or that their caller
 * runs, make no deep stack, and a place is taken before a chunk is on its way, so that
 * there are never more than {@link #concurrency} of them. The submitter may wait for room
 * in the queue, as its pool's settings say; the threads on which chunks end never do, for
 * it may be them that make it.
 *
 * <h2>Settling</h2>
 *
 * As with {@link TaskRun}, waiters are woken by an outcome of its own, {@link #settled},
 * on which nothing depends, and the superclass's result follows: on a callback thread if
 * the map was cancelled.
 *
 * @param <L> the list of results
 */
final class MapRun<L extends @Nullable Object> extends TaskFuture<L> {

	private static final int CHUNKS_PER_WORKER = 4;

	/** Chunks that a submitter feeds beyond the concurrency before others take over. */
	private static final int PATIENCE = 64;

	private final SupervisedWorkerPool pool;

	private final long sequence;

	private final MapOptions options;

	private final boolean outcomes;

	private final int concurrency;

	private final @Nullable Object[] results;

	private final TaskEvents events;

	/** What {@code isDone}, {@code get} and {@code join} look at. */
	private final CompletableFuture<L> settled = new CompletableFuture<>();

	/** The submitter's, for all chunks, wherever they are fed from. */
	private TaskContext.@Nullable Captured context;

	private final ReentrantLock lock = new ReentrantLock();

	// All below is guarded by the lock

	private final Deque<MapChunk> left = new ArrayDeque<>();

	private @Nullable HeldBack heldBack;

	private final List<TaskRun<?>> inPool = new ArrayList<>();

	/** Chunks in the pool, or on their way. */
	private int places;

	private boolean feeding;

	private int done;

	private @Nullable TaskStatus ended;

	@SuppressWarnings("unchecked")
	MapRun(SupervisedWorkerPool pool, Collection<?> items, TaskFunction<?, ?> function, MapOptions options,
			boolean outcomes) {
		Objects.requireNonNull(items, "'items' must not be null");
		Objects.requireNonNull(function, "'function' must not be null");
		this.pool = pool;
		this.options = Objects.requireNonNull(options, "'options' must not be null");
		this.outcomes = outcomes;
		this.sequence = pool.statistics().nextMapSequence();
		this.events = new TaskEvents(pool.callbacks(), pool.log());
		@Nullable Object[] all = items.toArray();
		this.results = new @Nullable Object[all.length];
		int workers = pool.supervisor().maxSize();
		Integer asked = options.concurrency();
		long held = (long) pool.queue().capacity() + workers;
		this.concurrency = (int) Math.max(1, Math.min((asked != null) ? asked : workers, held));
		Integer size = options.chunkSize();
		int chunk = (size != null) ? size
				: Math.max(1, (int) Math.ceil((double) all.length / ((double) workers * CHUNKS_PER_WORKER)));
		for (long from = 0; from < all.length; from += chunk) {
			int to = (int) Math.min(all.length, from + chunk);
			this.left.addLast(new MapChunk((TaskFunction<Object, Object>) function,
					Arrays.copyOfRange(all, (int) from, to), (int) from, all.length, outcomes));
		}
	}

	void start() {
		if (this.left.isEmpty()) {
			finish();
			return;
		}
		try {
			this.context = this.pool.captureContext();
		}
		catch (Throwable ex) {
			fail(ex);
			return;
		}
		feed(true);
	}

	/**
	 * Puts chunks into the pool as long as there are places.
	 * @param bySubmitter whether this thread may wait for room, and should be let go soon
	 */
	private void feed(boolean bySubmitter) {
		this.lock.lock();
		try {
			if (this.feeding) {
				return;
			}
			this.feeding = true;
		}
		finally {
			this.lock.unlock();
		}
		int patience = (bySubmitter && this.pool.settings().queue().overflow() != OverflowPolicy.CALLER_RUNS)
				? this.concurrency + PATIENCE : Integer.MAX_VALUE;
		try {
			for (HeldBack next = next(); next != null; next = next()) {
				if (!send(next, bySubmitter) || (--patience <= 0 && handOver())) {
					return;
				}
			}
		}
		catch (Throwable ex) {
			// For want of memory, say; nobody would feed any more
			fail(ex);
		}
	}

	/** Lets others go on; not if this thread is the last that could. */
	private boolean handOver() {
		this.lock.lock();
		try {
			if (this.places == 0) {
				return false;
			}
			this.feeding = false;
		}
		finally {
			this.lock.unlock();
		}
		this.pool.callbacks().execute(() -> feed(false));
		return true;
	}

	/** Takes a place for the next chunk; without one this thread feeds no more. */
	private @Nullable HeldBack next() {
		MapChunk chunk;
		this.lock.lock();
		try {
			HeldBack before = this.heldBack;
			boolean more = this.ended == null && this.places < this.concurrency;
			chunk = (more && before == null) ? this.left.pollFirst() : null;
			if (!more || (before == null && chunk == null)) {
				this.feeding = false;
				return null;
			}
			this.places++;
			this.heldBack = null;
			if (before != null) {
				return before;
			}
		}
		finally {
			this.lock.unlock();
		}
		Objects.requireNonNull(chunk);
		return new HeldBack(chunk, this.pool.newChunk(chunk, this.options.taskOptions(), this.context, this.events));
	}

	/**
	 * Sends a chunk on its way.
	 * @return whether this thread feeds on; not if the chunk is held back
	 */
	private boolean send(HeldBack next, boolean mayWait) {
		TaskRun<@Nullable Object[]> run = next.run();
		if (!run.isDone() && !this.pool.offerChunk(run, mayWait && isAlone()) && holdBack(next)) {
			return false;
		}
		boolean stale;
		this.lock.lock();
		try {
			this.inPool.add(run);
			stale = this.ended != null;
		}
		finally {
			this.lock.unlock();
		}
		if (stale) {
			run.cancel(true);
		}
		run.whenComplete((values, error) -> ended(next.chunk(), run, values, error));
		return true;
	}

	private boolean isAlone() {
		this.lock.lock();
		try {
			return this.places == 1;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * The queue is full: a chunk waits for the next of its siblings that ends. If there
	 * is none a callback thread waits for room, where waiting is the pool's policy; else
	 * the chunk is refused.
	 * @return whether it is held back
	 */
	private boolean holdBack(HeldBack next) {
		boolean patient = this.pool.settings().queue().overflow() == OverflowPolicy.WAIT;
		boolean alone;
		boolean kept;
		this.lock.lock();
		try {
			alone = this.places == 1;
			kept = this.ended == null && (patient || !alone);
			if (kept) {
				this.places--;
				this.heldBack = next;
				this.feeding = false;
			}
		}
		finally {
			this.lock.unlock();
		}
		if (!kept) {
			this.pool.refuseChunk(next.run());
		}
		else if (alone) {
			this.pool.callbacks().execute(() -> feed(true));
		}
		return kept;
	}

	private void ended(MapChunk chunk, TaskRun<?> run, @Nullable Object @Nullable [] values,
			@Nullable Throwable error) {
		boolean last;
		double progress;
		this.lock.lock();
		try {
			this.inPool.remove(run);
			this.places--;
			if (this.ended != null) {
				return;
			}
			if (values != null) {
				System.arraycopy(values, 0, this.results, chunk.from(), values.length);
			}
			else if (this.outcomes && error != null) {
				Arrays.fill(this.results, chunk.from(), chunk.from() + chunk.size(), Outcome.failure(error));
			}
			this.done += chunk.size();
			progress = (double) this.done / this.results.length;
			last = this.done == this.results.length;
		}
		finally {
			this.lock.unlock();
		}
		this.events.progress(progress);
		if (error != null && !this.outcomes) {
			fail(error);
		}
		else if (last) {
			finish();
		}
		else {
			feed(false);
		}
	}

	@SuppressWarnings("unchecked")
	private void finish() {
		L all = (L) Collections.unmodifiableList(Arrays.asList(this.results));
		if (end(TaskStatus.SUCCEEDED, () -> this.settled.complete(all))) {
			super.complete(all);
		}
	}

	private void fail(Throwable error) {
		if (end(statusOf(error), () -> this.settled.completeExceptionally(error))) {
			super.completeExceptionally(error);
		}
	}

	private static TaskStatus statusOf(Throwable error) {
		if (error instanceof CancellationException) {
			return TaskStatus.CANCELLED;
		}
		if (error instanceof RejectedTaskException) {
			return TaskStatus.REJECTED;
		}
		if (error instanceof TaskTimeoutException) {
			return TaskStatus.TIMED_OUT;
		}
		return (error instanceof WorkerCrashedException) ? TaskStatus.CRASHED : TaskStatus.FAILED;
	}

	/**
	 * Ends the map, if it has not ended: lets all see it, then stops what is left.
	 * @return whether it had not
	 */
	private boolean end(TaskStatus how, Runnable settle) {
		List<TaskRun<?>> chunks;
		HeldBack dropped;
		this.lock.lock();
		try {
			if (this.ended != null) {
				return false;
			}
			this.ended = how;
			settle.run();
			this.left.clear();
			dropped = this.heldBack;
			this.heldBack = null;
			chunks = List.copyOf(this.inPool);
		}
		finally {
			this.lock.unlock();
		}
		if (dropped != null) {
			this.pool.dropChunk(dropped.run());
		}
		// Those that wait go first, lest a worker that is stopped takes one of them
		chunks.forEach((run) -> run.cancel(false));
		chunks.forEach((run) -> run.cancel(true));
		return true;
	}

	@Override
	public String id() {
		return this.pool.name() + "-map-" + this.sequence;
	}

	@Override
	public String name() {
		return this.options.taskOptions().name();
	}

	@Override
	public TaskStatus status() {
		this.lock.lock();
		try {
			if (this.ended != null) {
				return this.ended;
			}
			boolean waiting = this.done == 0 && this.inPool.stream().allMatch(TaskRun::isQueued);
			return waiting ? TaskStatus.QUEUED : TaskStatus.RUNNING;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public TaskFuture<L> onEvent(Consumer<Object> listener) {
		this.events.listen(Objects.requireNonNull(listener, "'listener' must not be null"));
		return this;
	}

	@Override
	public TaskFuture<L> onProgress(DoubleConsumer listener) {
		this.events.listenToProgress(Objects.requireNonNull(listener, "'listener' must not be null"));
		return this;
	}

	@Override
	public boolean cancel(boolean mayInterruptIfRunning) {
		if (mayInterruptIfRunning || status() == TaskStatus.QUEUED) {
			CancellationException error = new CancellationException(
					"Map '" + name() + "' (" + id() + ") over pool '" + this.pool.name() + "' was cancelled");
			if (end(TaskStatus.CANCELLED, () -> this.settled.completeExceptionally(error))) {
				this.pool.callbacks().execute(() -> super.completeExceptionally(error));
			}
		}
		return isCancelled();
	}

	@Override
	public boolean complete(L value) {
		return end(TaskStatus.CANCELLED, () -> this.settled.complete(value)) && super.complete(value);
	}

	@Override
	public boolean completeExceptionally(Throwable ex) {
		Objects.requireNonNull(ex, "'ex' must not be null");
		return end(TaskStatus.CANCELLED, () -> this.settled.completeExceptionally(ex))
				&& super.completeExceptionally(ex);
	}

	@Override
	public void obtrudeValue(L value) {
		end(TaskStatus.CANCELLED, () -> this.settled.complete(value));
		this.settled.obtrudeValue(value);
		super.obtrudeValue(value);
	}

	@Override
	public void obtrudeException(Throwable ex) {
		Objects.requireNonNull(ex, "'ex' must not be null");
		end(TaskStatus.CANCELLED, () -> this.settled.completeExceptionally(ex));
		this.settled.obtrudeException(ex);
		super.obtrudeException(ex);
	}

	@Override
	public boolean isDone() {
		return this.settled.isDone();
	}

	@Override
	public boolean isCancelled() {
		return this.settled.isCancelled();
	}

	@Override
	public boolean isCompletedExceptionally() {
		return this.settled.isCompletedExceptionally();
	}

	@Override
	public L get() throws InterruptedException, ExecutionException {
		PoolWorker self = aboutToWait();
		try {
			return this.settled.get();
		}
		catch (CancellationException ex) {
			throw TaskRun.cancelled(ex);
		}
		finally {
			WaitGraph.leave(self);
		}
	}

	@Override
	public L get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
		PoolWorker self = aboutToWait();
		try {
			return this.settled.get(timeout, unit);
		}
		catch (CancellationException ex) {
			throw TaskRun.cancelled(ex);
		}
		catch (TimeoutException ex) {
			throw (TimeoutException) new TimeoutException("Map '" + name() + "' (" + id() + ") over pool '"
					+ this.pool.name() + "' is still " + status() + " after " + timeout + " " + unit)
				.initCause(ex);
		}
		finally {
			WaitGraph.leave(self);
		}
	}

	@Override
	public L join() {
		PoolWorker self = aboutToWait();
		try {
			return this.settled.join();
		}
		catch (CancellationException ex) {
			throw TaskRun.cancelled(ex);
		}
		finally {
			WaitGraph.leave(self);
		}
	}

	@Override
	public L getNow(L valueIfAbsent) {
		try {
			return this.settled.getNow(valueIfAbsent);
		}
		catch (CancellationException ex) {
			throw TaskRun.cancelled(ex);
		}
	}

	/**
	 * The value of a success; overrides the JDK's method of this name where there is one.
	 * @return the value
	 * @throws IllegalStateException if there is none
	 */
	public L resultNow() {
		if (!isDone() || isCompletedExceptionally()) {
			throw new IllegalStateException("Map '" + id() + "' has no value: it is " + status());
		}
		return this.settled.join();
	}

	/**
	 * The error of a failure; overrides the JDK's method of this name where there is one.
	 * @return the error
	 * @throws IllegalStateException if there is none
	 */
	public Throwable exceptionNow() {
		Throwable error = isDone() ? this.settled.handle((value, ex) -> ex).join() : null;
		if (error == null || isCancelled()) {
			throw new IllegalStateException("Map '" + id() + "' has no error: it is " + status());
		}
		return error;
	}

	/** Any worker of the pool will do for a map. */
	private @Nullable PoolWorker aboutToWait() {
		PoolWorker self = PoolWorker.ofThisThread();
		if (!isDone()) {
			this.pool.checkStarted();
			WaitGraph.enter(self, this.pool);
		}
		return self;
	}

	@Override
	public String toString() {
		return "TaskFuture[" + id() + ", " + name() + ", " + status() + "]";
	}

	/**
	 * A chunk that is not in the pool yet.
	 *
	 * @param chunk the items
	 * @param run the task
	 */
	private record HeldBack(MapChunk chunk, TaskRun<@Nullable Object[]> run) {

	}

	/**
	 * Some neighbouring items, as one task.
	 */
	private static final class MapChunk implements Task<@Nullable Object[]>, TaskItems {

		@Serial
		private static final long serialVersionUID = 1L;

		private final TaskFunction<Object, Object> function;

		@SuppressWarnings("serial")
		private final @Nullable Object[] items;

		private final int from;

		private final int total;

		private final boolean outcomes;

		MapChunk(TaskFunction<Object, Object> function, @Nullable Object[] items, int from, int total,
				boolean outcomes) {
			this.function = function;
			this.items = items;
			this.from = from;
			this.total = total;
			this.outcomes = outcomes;
		}

		int from() {
			return this.from;
		}

		int size() {
			return this.items.length;
		}

		@Override
		public @Nullable Object[] items() {
			return this.items;
		}

		@Override
		@SuppressWarnings("NullAway")
		public @Nullable Object[] call() throws Exception {
			WorkerContext context = WorkerContext.current().orElse(null);
			@Nullable Object[] values = new @Nullable Object[this.items.length];
			for (int i = 0; i < values.length; i++) {
				if (context != null) {
					context.checkCancelled();
				}
				try {
					Object value = this.function.apply(this.items[i]);
					values[i] = this.outcomes ? Outcome.success(value) : value;
				}
				catch (StackOverflowError ex) {
					// Contained, so it costs its own item only
					ex.addSuppressed(new ItemNote(this.from + i, this.total));
					if (!this.outcomes) {
						throw ex;
					}
					values[i] = Outcome.failure(new ResourceLimitExceededException(Limit.STACK,
							"Item " + (this.from + i)
									+ " overflowed the stack of its worker; if that much is needed, raise"
									+ " 'resource-limits.stack-size'",
							ex));
				}
				catch (Throwable ex) {
					if (ex instanceof VirtualMachineError || !this.outcomes) {
						ex.addSuppressed(new ItemNote(this.from + i, this.total));
						throw ex;
					}
					values[i] = Outcome.failure(ex);
				}
			}
			return values;
		}

	}

	/**
	 * Says which item an exception came from.
	 */
	static final class ItemNote extends RuntimeException {

		@Serial
		private static final long serialVersionUID = 1L;

		ItemNote(int index, int total) {
			super("thrown for item " + index + " of " + total + " (the first is 0)", null, false, false);
		}

	}

}
