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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;

import io.github.workerpool.MapOptions;
import io.github.workerpool.Outcome;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.RejectedTaskException.Reason;
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
 * again. A chunk that finds the queue full, because of what others submitted, waits for
 * the next end of one of its siblings.
 *
 * @param <L> the list of results
 */
final class MapRun<L extends @Nullable Object> extends TaskFuture<L> {

	private static final int CHUNKS_PER_WORKER = 4;

	private final SupervisedWorkerPool pool;

	private final long sequence;

	private final MapOptions options;

	private final TaskFunction<Object, Object> function;

	private final boolean outcomes;

	private final int concurrency;

	private final @Nullable Object[] results;

	private final ReentrantLock lock = new ReentrantLock();

	private final Deque<MapChunk> left = new ArrayDeque<>();

	private final List<TaskRun<?>> inPool = new ArrayList<>();

	private final TaskEvents events;

	private int done;

	private boolean over;

	private boolean begun;

	@SuppressWarnings("unchecked")
	MapRun(SupervisedWorkerPool pool, Collection<?> items, TaskFunction<?, ?> function, MapOptions options,
			boolean outcomes) {
		Objects.requireNonNull(items, "'items' must not be null");
		this.pool = pool;
		this.options = Objects.requireNonNull(options, "'options' must not be null");
		this.function = (TaskFunction<Object, Object>) Objects.requireNonNull(function, "'function' must not be null");
		this.outcomes = outcomes;
		this.sequence = pool.statistics().nextMapSequence();
		this.events = new TaskEvents(pool.callbacks(), pool.log());
		@Nullable Object[] all = items.toArray();
		this.results = new @Nullable Object[all.length];
		int workers = pool.supervisor().maxSize();
		Integer asked = options.concurrency();
		this.concurrency = Math.max(1, Math.min((asked != null) ? asked : workers, pool.queue().capacity() + workers));
		Integer size = options.chunkSize();
		int chunk = (size != null) ? size
				: Math.max(1, (int) Math.ceil((double) all.length / (workers * CHUNKS_PER_WORKER)));
		for (int from = 0; from < all.length; from += chunk) {
			int to = (int) Math.min(all.length, (long) from + chunk);
			this.left
				.addLast(new MapChunk(this.function, Arrays.copyOfRange(all, from, to), from, all.length, outcomes));
		}
	}

	void start() {
		if (this.left.isEmpty()) {
			finish();
			return;
		}
		feed(this.concurrency);
	}

	/** Puts up to so many chunks into the pool. */
	private void feed(int chunks) {
		for (int i = 0; i < chunks; i++) {
			MapChunk chunk;
			this.lock.lock();
			try {
				chunk = this.over ? null : this.left.pollFirst();
			}
			finally {
				this.lock.unlock();
			}
			if (chunk == null) {
				return;
			}
			TaskRun<@Nullable Object[]> run = (TaskRun<@Nullable Object[]>) this.pool.submit(chunk,
					this.options.taskOptions());
			if (run.error() instanceof RejectedTaskException refused && refused.reason() == Reason.QUEUE_FULL
					&& heldBack(chunk)) {
				return;
			}
			boolean stale;
			this.lock.lock();
			try {
				this.inPool.add(run);
				this.begun = true;
				stale = this.over;
			}
			finally {
				this.lock.unlock();
			}
			if (stale) {
				run.cancel(true);
			}
			run.onEvent(this.events::emit);
			run.whenComplete((values, error) -> ended(chunk, run, values, error));
		}
	}

	/** Keeps a chunk for later, if one of its siblings is still to end. */
	private boolean heldBack(MapChunk chunk) {
		this.lock.lock();
		try {
			if (this.inPool.isEmpty()) {
				return false;
			}
			this.left.addFirst(chunk);
			return true;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void ended(MapChunk chunk, TaskRun<?> run, @Nullable Object @Nullable [] values,
			@Nullable Throwable error) {
		boolean last;
		double progress;
		int vacant;
		this.lock.lock();
		try {
			this.inPool.remove(run);
			if (this.over) {
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
			vacant = this.concurrency - this.inPool.size();
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
			feed(vacant);
		}
	}

	@SuppressWarnings("unchecked")
	private void finish() {
		if (end()) {
			super.complete((L) Collections.unmodifiableList(Arrays.asList(this.results)));
		}
	}

	private void fail(Throwable error) {
		if (end()) {
			super.completeExceptionally(error);
			cancelChunks();
		}
	}

	private boolean end() {
		this.lock.lock();
		try {
			if (this.over) {
				return false;
			}
			this.over = true;
			this.left.clear();
			return true;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void cancelChunks() {
		List<TaskRun<?>> chunks;
		this.lock.lock();
		try {
			chunks = List.copyOf(this.inPool);
		}
		finally {
			this.lock.unlock();
		}
		chunks.forEach((run) -> run.cancel(true));
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
		if (!isDone()) {
			this.lock.lock();
			try {
				boolean waiting = !this.begun || (this.done == 0 && this.inPool.stream().allMatch(TaskRun::isQueued));
				return waiting ? TaskStatus.QUEUED : TaskStatus.RUNNING;
			}
			finally {
				this.lock.unlock();
			}
		}
		Throwable error = handle((value, ex) -> ex).getNow(null);
		if (error == null) {
			return TaskStatus.SUCCEEDED;
		}
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
		if (!mayInterruptIfRunning && status() != TaskStatus.QUEUED) {
			return isCancelled();
		}
		if (end()) {
			this.pool.callbacks()
				.execute(() -> super.completeExceptionally(
						new CancellationException("A map over pool '" + this.pool.name() + "' was cancelled")));
			cancelChunks();
			awaitOwnCompletion();
		}
		return isCancelled();
	}

	/** The outcome is on its way on a callback thread; dependants run after it shows. */
	private void awaitOwnCompletion() {
		while (!isDone()) {
			Thread.onSpinWait();
		}
	}

	@Override
	public boolean complete(L value) {
		boolean won = end();
		if (won) {
			super.complete(value);
			cancelChunks();
		}
		return won;
	}

	@Override
	public boolean completeExceptionally(Throwable ex) {
		boolean won = end();
		if (won) {
			super.completeExceptionally(ex);
			cancelChunks();
		}
		return won;
	}

	@Override
	public L get() throws InterruptedException, ExecutionException {
		PoolWorker self = aboutToWait();
		try {
			return super.get();
		}
		finally {
			WaitGraph.leave(self);
		}
	}

	@Override
	public L get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
		PoolWorker self = aboutToWait();
		try {
			return super.get(timeout, unit);
		}
		finally {
			WaitGraph.leave(self);
		}
	}

	@Override
	public L join() {
		PoolWorker self = aboutToWait();
		try {
			return super.join();
		}
		finally {
			WaitGraph.leave(self);
		}
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
	 * Some neighbouring items, as one task.
	 */
	private static final class MapChunk implements Task<@Nullable Object[]> {

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
