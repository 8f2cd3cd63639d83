package io.github.workerpool.core;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;

import io.github.workerpool.CrashReport;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.ResourceLimitExceededException;
import io.github.workerpool.ResourceLimitExceededException.Limit;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.WorkerCrashedException;
import io.github.workerpool.WorkerSnapshot;
import io.github.workerpool.WorkerState;
import org.jspecify.annotations.Nullable;

/**
 * One worker: comes up, pulls tasks and runs them one at a time until it shall leave or
 * is gone. What a worker is (a thread, a child JVM) is its {@link WorkerBackend}'s
 * business.
 * <p>
 * The order at the end of a run matters: decide the outcome, tell the statistics, be free
 * again, and only then publish. So whoever sees the result also sees a worker that can
 * take the next task.
 */
final class PoolWorker implements Runnable, WorkerHost {

	private static final VarHandle ACTIVE;

	private static final VarHandle PARK;

	private static final VarHandle STOP;

	private static final VarHandle CURRENT;

	private static final VarHandle TASKS;

	private static final VarHandle BUSY_NANOS;

	private static final VarHandle RUN_NANOS;

	private static final VarHandle IDLE_SINCE;

	private static final VarHandle RUN_START;

	private static final VarHandle RUN_DEADLINE;

	static {
		try {
			MethodHandles.Lookup lookup = MethodHandles.lookup();
			ACTIVE = lookup.findVarHandle(PoolWorker.class, "active", long.class);
			PARK = lookup.findVarHandle(PoolWorker.class, "park", int.class);
			STOP = lookup.findVarHandle(PoolWorker.class, "stop", Stop.class);
			CURRENT = lookup.findVarHandle(PoolWorker.class, "current", TaskRun.class);
			TASKS = lookup.findVarHandle(PoolWorker.class, "tasks", long.class);
			BUSY_NANOS = lookup.findVarHandle(PoolWorker.class, "busyNanos", long.class);
			RUN_NANOS = lookup.findVarHandle(PoolWorker.class, "runNanos", long.class);
			IDLE_SINCE = lookup.findVarHandle(PoolWorker.class, "idleSince", long.class);
			RUN_START = lookup.findVarHandle(PoolWorker.class, "runStart", long.class);
			RUN_DEADLINE = lookup.findVarHandle(PoolWorker.class, "runDeadline", long.class);
		}
		catch (ReflectiveOperationException ex) {
			throw new ExceptionInInitializerError(ex);
		}
	}

	private static final long IDLE = 0;

	/** Somebody is about to interrupt the run. */
	private static final long INTERRUPTING = -1;

	private static final long STARTING = -2;

	private static final long LEAVING = -3;

	/** About to take a task from the queue. */
	private static final long TAKING = -4;

	/** Most work that waits at the worker itself, by the mean of its latest runs. */
	private static final long AHEAD_NANOS = 200_000;

	private static final int AWAKE = 0;

	private static final int PARKED = 1;

	private static final int WOKEN_TO_SEARCH = 2;

	private final SupervisedWorkerPool pool;

	private final String id;

	private final PoolThread thread;

	private final WorkerBackend backend;

	private final Instant startedAt = Instant.now();

	private final long createdAt;

	private final long recycleAfterTasks;

	private final long recycleAt;

	/**
	 * Number of the run on this worker, or one of the constants. It is set before the run
	 * starts and outlasts it. Who interrupts a run claims it here first, and the run does
	 * not end before the claim is released: an interruption never hits another task.
	 */
	private volatile long active = STARTING;

	private volatile int park = AWAKE;

	/** Whether the dispatcher counts this worker as searching; the worker's own. */
	boolean searching;

	/** Whether this worker had nothing to do before its task; its own. */
	boolean waited = true;

	/** What this worker's thread waits for; guarded by the {@link WaitGraph}. */
	volatile @Nullable Object waitingFor;

	private volatile @Nullable TaskRun<?> current;

	/** Tasks that were handed over while another runs, and show as running. */
	private final RunsAhead ahead = new RunsAhead();

	/** What {@link #active} was set to for the first of them, 0 if for none. */
	private long announced;

	/** Whether the current run was handed over ahead, and so may have begun. */
	private boolean handedOver;

	/** Tasks for this worker alone. */
	private final ConcurrentLinkedQueue<TaskRun<?>> own = new ConcurrentLinkedQueue<>();

	/** Why this worker shall leave after its task, if it shall. */
	private volatile @Nullable WorkerEnd leave;

	/** The task this worker was told to stop, and when patience ends. */
	private volatile @Nullable Stop stop;

	private volatile boolean abandoned;

	private volatile boolean dead;

	// Numbers only this worker writes, so that a release is enough; others read them late

	private volatile long idleSince;

	/** When the last run started, as near as the clock was read. */
	private volatile long runStart;

	/** When the current run must have ended, 0 for never; never one of another run. */
	private volatile long runDeadline;

	private volatile long tasks;

	private volatile long busyNanos;

	private long gapNanos = Long.MAX_VALUE / 2;

	private volatile long runNanos = Long.MAX_VALUE / 2;

	final RunTimes runTimes = new RunTimes();

	// What became of the run that just ended; the worker's own

	private @Nullable Throwable error;

	private boolean decided;

	/** Whether the task of the last run waits for another worker now. */
	private boolean putBack;

	private @Nullable WorkerEnd end;

	PoolWorker(SupervisedWorkerPool pool, String id, long now) {
		this.pool = pool;
		this.id = id;
		this.createdAt = now;
		this.idleSince = now;
		Long stackSize = pool.settings().resourceLimits().stackSize();
		this.thread = new PoolThread(this, "workerpool-" + id, (stackSize != null) ? stackSize : 0,
				pool.contextClassLoader());
		PoolSettings.Recycle recycle = pool.settings().recycle();
		double jitter = 1 - recycle.jitter() * ThreadLocalRandom.current().nextDouble();
		this.recycleAfterTasks = (recycle.afterTasks() != null)
				? Math.max(1, (long) Math.ceil(recycle.afterTasks() * jitter)) : Long.MAX_VALUE;
		this.recycleAt = (recycle.afterTime() != null)
				? PoolClock.after(now, (long) (PoolClock.nanos(recycle.afterTime()) * jitter)) : Long.MAX_VALUE;
		this.backend = pool.workerFactory().create(this);
	}

	/** The worker whose thread this is, if it is one's. */
	static @Nullable PoolWorker ofThisThread() {
		return (Thread.currentThread() instanceof PoolThread thread) ? thread.worker() : null;
	}

	// For the backend

	@Override
	public String workerId() {
		return this.id;
	}

	@Override
	public PoolSettings settings() {
		return this.pool.settings();
	}

	@Override
	public PoolHooks hooks() {
		return this.pool.hooks();
	}

	@Override
	public PoolThread thread() {
		return this.thread;
	}

	@Override
	public void died() {
		this.dead = true;
		this.pool.dispatcher().wake(this);
	}

	@Override
	public @Nullable TaskRun<?> takeAhead() {
		TaskRun<?> run = this.pool.dispatcher().takeAhead(this);
		if (run != null) {
			this.ahead.add(run);
		}
		return run;
	}

	/**
	 * As many as end within a moment, and never what another worker could begin with
	 * sooner; a few at a time, as it takes a look at the whole queue.
	 */
	@Override
	public int roomAhead() {
		long most = Math.min(RunsAhead.MOST, AHEAD_NANOS / Math.max(1, this.runTimes.mean()));
		if (this.ahead.size() > most / 2 || this.end != null || shallLeave() || hasOwn()) {
			return 0;
		}
		most = Math.min(most, this.pool.queue().size() / (2 * this.pool.dispatcher().workers().length + 1));
		return (int) Math.min(most - this.ahead.size(), this.recycleAfterTasks - this.tasks - 1 - this.ahead.size());
	}

	@Override
	public void putBack(TaskRun<?> task) {
		this.ahead.removeLast(task);
		if (!this.pool.putBack(task)) {
			task.over();
		}
	}

	/** Has tasks that have not begun wait for whoever is free. Called by this worker. */
	void takeBack() {
		if (this.ahead.size() > 0) {
			this.backend.takeBack();
		}
	}

	/**
	 * The next of the tasks that were handed over ahead. It may have begun, and even
	 * ended; but for everybody else it begins now.
	 */
	private @Nullable TaskRun<?> nextAhead() {
		TaskRun<?> run = this.ahead.peek();
		if (run != null && (run.isStopRequested() || shallLeave() || this.pool.dispatcher().isPaused())) {
			takeBack();
			run = this.ahead.peek();
		}
		long shown = this.announced;
		this.announced = IDLE;
		if (run == null) {
			// Somebody may be about to interrupt it
			while (shown != IDLE && !ACTIVE.compareAndSet(this, shown, IDLE)) {
				Thread.onSpinWait();
			}
			return null;
		}
		// One that is there now was left by an observer of the last task
		Thread.interrupted();
		this.waited = false;
		this.current = run;
		this.ahead.poll();
		noteGap(run.enqueuedAt);
		if (run.isStopRequested()) {
			// Whoever settled it did not find it here yet
			this.pool.supervisor().stopRun(run, "cancelled");
		}
		return run;
	}

	SupervisedWorkerPool pool() {
		return this.pool;
	}

	WorkerBackend backend() {
		return this.backend;
	}

	// The worker's life

	@Override
	public void run() {
		try {
			WorkerEnd how = liveAtAnyRate();
			this.active = LEAVING;
			this.runTimes.flush();
			this.pool.supervisor().leaving(this, how);
			cancelOwn();
			this.thread.closeWorkerLocals();
			this.backend.close();
		}
		catch (Throwable ex) {
			this.pool.log().warn("Worker '{}' failed to close", this.id, ErrorText.loggable(ex));
		}
		finally {
			this.pool.supervisor().gone(this);
		}
	}

	private WorkerEnd liveAtAnyRate() {
		try {
			return live();
		}
		catch (Throwable ex) {
			this.pool.log().error("Worker '{}' ended by an error of the pool itself", this.id, ErrorText.loggable(ex));
			endAhead(ex);
			return WorkerEnd.died("internal-error", ex, null);
		}
	}

	private void endAhead(Throwable failure) {
		try {
			takeBack();
		}
		catch (Throwable ex) {
			failure.addSuppressed(ex);
		}
		for (TaskRun<?> run = this.ahead.poll(); run != null; run = this.ahead.poll()) {
			this.decided = false;
			settleAtAnyRate(run, failure);
			run.over();
		}
	}

	private WorkerEnd live() {
		try {
			this.backend.open();
		}
		catch (Throwable ex) {
			WorkerEnd asked = this.leave;
			return (asked != null) ? asked : WorkerEnd.startFailed(ex);
		}
		if (!this.pool.supervisor().ready(this)) {
			WorkerEnd asked = this.leave;
			return (asked != null) ? asked : WorkerEnd.planned("stop");
		}
		while (true) {
			TaskRun<?> run = nextAhead();
			this.handedOver = run != null;
			if (run == null) {
				run = this.pool.dispatcher().next(this);
			}
			if (run == null) {
				if (this.abandoned) {
					return WorkerEnd.abandoned();
				}
				WorkerEnd asked = this.leave;
				return (asked != null) ? asked : WorkerEnd.died("crash", this.backend.deathWhileIdle());
			}
			WorkerEnd how;
			try {
				how = execute(run);
			}
			catch (Throwable ex) {
				settleAtAnyRate(run, ex);
				throw ex;
			}
			if (how != null) {
				return how;
			}
		}
	}

	/** The pool itself failed while it had a task in hand, for want of memory say. */
	private void settleAtAnyRate(TaskRun<?> run, Throwable failure) {
		CURRENT.setVolatile(this, null);
		while (this.active == INTERRUPTING) {
			Thread.onSpinWait();
		}
		CrashReport report = new CrashReport(this.pool.name(), this.id, run.name(), run.id(), null, null,
				"ended by an error of the pool itself: " + ErrorText.of(failure), List.of(), null, Instant.now(),
				List.of());
		decide(run, TaskStatus.CRASHED);
		if (this.decided && !run.isDone()) {
			WorkerCrashedException error = new WorkerCrashedException(
					"Worker '" + this.id + "' of pool '" + this.pool.name() + "' was " + report.exit(), report);
			error.addSuppressed(failure);
			run.publishFailure(error);
		}
	}

	private @Nullable WorkerEnd execute(TaskRun<?> run) {
		long timeout = this.pool.timeoutNanos(run);
		// A task that was there when the last one ended starts at that very moment, as
		// near as matters unless it has a deadline
		long start = (this.waited || timeout > 0) ? this.pool.clock().now() : Math.max(this.idleSince, run.enqueuedAt);
		long wait = start - run.enqueuedAt;
		RUN_START.setRelease(this, start);
		if (timeout > 0) {
			// It must show before the supervisor is told
			this.runDeadline = PoolClock.after(start, timeout);
		}
		this.putBack = false;
		this.pool.supervisor().runStarted(start, this.runDeadline);
		Object value = null;
		try {
			TaskContext.Captured context = run.context();
			value = (context == null) ? runObserved(run, start, wait) : runInContext(context, run, start, wait);
		}
		catch (Throwable ex) {
			// The task's own failure does not come here
			this.error = ex;
			decide(run, TaskStatus.FAILED);
		}
		if (!this.putBack) {
			run.over();
		}
		return concluded(run, value);
	}

	/**
	 * A context that breaks after the run, or never runs it, changes and hides nothing.
	 */
	private @Nullable Object runInContext(TaskContext.Captured context, TaskRun<?> run, long start, long wait)
			throws Exception {
		boolean[] ran = new boolean[1];
		@Nullable Object[] value = new @Nullable Object[1];
		try {
			context.call(() -> {
				ran[0] = true;
				value[0] = runObserved(run, start, wait);
				return value[0];
			});
		}
		catch (Throwable ex) {
			if (!ran[0]) {
				throw ex;
			}
			this.pool.log().warn("The context of task '{}' could not be removed", run.id(), ErrorText.loggable(ex));
		}
		if (!ran[0]) {
			throw new IllegalStateException("The context of task '" + run.name() + "' (" + run.id() + ") in pool '"
					+ this.pool.name() + "' did not run it; a decorator must call what it decorates");
		}
		return value[0];
	}

	private @Nullable Object runObserved(TaskRun<?> run, long start, long wait) {
		TaskObserver.Observed observed = this.pool.observe(run, wait);
		Object value = null;
		boolean returned = false;
		try {
			if (this.handedOver || !run.isStopRequested()) {
				value = this.backend.run(run);
				decide(run, TaskStatus.SUCCEEDED);
			}
		}
		catch (WorkerDeath ex) {
			returned = died(run, ex);
			this.putBack = returned;
		}
		catch (Throwable ex) {
			failed(run, ex);
		}
		try {
			this.runTimes.ended(run.enqueuedAt, start);
			if (observed == null && mayStayOpen(run)) {
				return value;
			}
			long nanos = bookRuns();
			// What others decided tells why, not what the task threw when it was stopped
			Throwable why = run.error();
			this.pool.observed(observed, returned ? TaskStatus.CRASHED : run.status(), (why != null) ? why : this.error,
					nanos);
		}
		catch (Throwable ex) {
			// Memory may be short just now; the result must not be lost with the numbers
			this.pool.log().warn("The run of task '{}' could not be booked", run.id(), ErrorText.loggable(ex));
		}
		return value;
	}

	private boolean mayStayOpen(TaskRun<?> run) {
		return this.runTimes.canStayOpen() && this.runDeadline == 0 && this.pool.queue().hasEntries()
				&& run.getNumberOfDependents() == 0;
	}

	/** This worker has nothing to do; what it did until now must be booked first. */
	void waits() {
		this.waited = true;
		if (this.runTimes.hasOpen()) {
			bookRuns();
		}
	}

	/**
	 * Reads the clock, and books what has run since it was read last.
	 * @return how long that was
	 */
	private long bookRuns() {
		long now = this.pool.clock().now();
		long nanos = this.runTimes.book(now);
		BUSY_NANOS.setRelease(this, this.busyNanos + nanos);
		RUN_NANOS.setRelease(this, nanos);
		IDLE_SINCE.setRelease(this, now);
		return nanos;
	}

	private void decide(TaskRun<?> run, TaskStatus outcome) {
		if (run.decide(TaskStatus.RUNNING, outcome)) {
			this.decided = true;
			this.pool.statistics().count(outcome);
		}
	}

	private void failed(TaskRun<?> run, Throwable ex) {
		this.error = ex;
		decide(run, TaskStatus.FAILED);
		if (ex instanceof ResourceLimitExceededException limit && limit.getCause() instanceof OutOfMemoryError) {
			this.end = WorkerEnd.killed(reasonOf(limit.limit()));
		}
	}

	/**
	 * The worker died with a task on it.
	 * @return whether the task waits for another worker now
	 */
	private boolean died(TaskRun<?> run, WorkerDeath death) {
		// Before this one, which is ahead of them
		takeBack();
		CrashReport report = death.report();
		Stop asked = this.stop;
		if (asked != null && asked.run() == run) {
			this.end = WorkerEnd.killed(asked.reason());
			return false;
		}
		if (!death.started() && !run.isAimed()) {
			// Whatever the worker died of, the task had no part in it
			this.end = WorkerEnd.died("crash", death.getCause(), report);
			return this.pool.putBack(run);
		}
		ResourceLimitExceededException limit = death.limit();
		if (limit != null) {
			this.end = WorkerEnd.outOf(reasonOf(limit.limit()), report);
			this.error = limit;
			decide(run, TaskStatus.FAILED);
			return false;
		}
		List<CrashReport.Attempt> attempts = new ArrayList<>(run.attempts());
		attempts
			.add(new CrashReport.Attempt(report.worker(), report.pid(), report.exitCode(), report.exit(), report.at()));
		if (attempts.size() < this.pool.maxAttempts(run) && !run.isAimed()) {
			this.end = WorkerEnd.died("crash", death.getCause(), report);
			run.extras().attempts(attempts);
			if (this.pool.runAgain(run)) {
				return true;
			}
		}
		CrashReport whole = new CrashReport(report.pool(), report.worker(), run.name(), run.id(), report.pid(),
				report.exitCode(), report.exit(), report.stderr(), report.hsErrFile(), report.at(), attempts);
		this.end = WorkerEnd.died("crash", null, whole);
		this.error = new WorkerCrashedException("Worker '" + this.id + "' of pool '" + this.pool.name()
				+ "' died while it ran task '" + run.name() + "' (" + run.id() + "): " + report.exit()
				+ ((attempts.size() > 1) ? "; attempt " + attempts.size() + " of " + this.pool.maxAttempts(run) : ""),
				whole);
		decide(run, TaskStatus.CRASHED);
		return false;
	}

	/** The limit as the reason of a restart. */
	static String reasonOf(Limit limit) {
		return limit.name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	/** The work is gone: be free again, then publish. */
	private @Nullable WorkerEnd concluded(TaskRun<?> run, @Nullable Object value) {
		if (this.runDeadline != 0) {
			this.runDeadline = 0;
		}
		CURRENT.setRelease(this, null);
		TASKS.setRelease(this, this.tasks + 1);
		Stop asked = this.stop;
		boolean condemned = asked != null && (asked.isCondemned() || !STOP.compareAndSet(this, asked, null));
		boolean won = this.decided;
		Throwable thrown = this.error;
		WorkerEnd how = this.end;
		this.error = null;
		this.end = null;
		if (how == null && asked != null && condemned) {
			// The supervisor ended this worker just as the work ended by itself
			how = WorkerEnd.killed(asked.reason());
		}
		if (this.tasks >= this.recycleAfterTasks) {
			leave(WorkerEnd.recycled("after-tasks"));
		}
		if (how == null && !hasOwn()) {
			how = this.leave;
		}
		if (how != null || run.getNumberOfDependents() > 0) {
			takeBack();
		}
		if (how != null && this.ahead.size() > 0) {
			// What has begun ends first
			this.stop = null;
			this.end = (how != this.leave) ? how : null;
			how = null;
		}
		long then = (how != null) ? LEAVING : afterwards();
		if (won && how == null) {
			// Nobody is about to interrupt it: only who settles a run does
			ACTIVE.setRelease(this, then);
		}
		else {
			while (!ACTIVE.compareAndSet(this, run.sequence(), then)) {
				Thread.onSpinWait();
			}
		}
		Thread.interrupted();
		if (how != null) {
			// Before anybody sees the result: the replacement waits for no dependant
			this.pool.supervisor().leaving(this, how);
		}
		else {
			this.pool.dispatcher().madeRoom();
		}
		if (won) {
			publish(run, value, thrown);
		}
		this.decided = false;
		return how;
	}

	/** What this worker does after a run: the next that was handed over, if any. */
	private long afterwards() {
		TaskRun<?> next = this.ahead.peek();
		this.announced = (next != null) ? next.sequence() : IDLE;
		return this.announced;
	}

	private void publish(TaskRun<?> run, @Nullable Object value, @Nullable Throwable thrown) {
		boolean dependants = run.getNumberOfDependents() > 0;
		// What has begun here must not wait for them. One that comes only now runs here
		// all the same; should it wait for what has begun, it is told that it can't
		boolean elsewhere = dependants && this.ahead.size() > 0;
		if (thrown == null) {
			this.pool.supervisor().succeeded();
			if (elsewhere) {
				run.publishValueElsewhere(value);
			}
			else {
				run.publish(value);
			}
		}
		else if (elsewhere) {
			run.publishElsewhere(thrown);
		}
		else {
			run.publishFailure(thrown);
		}
		if (dependants && !elsewhere) {
			// They may have taken long; the next task's run must not begin with them
			IDLE_SINCE.setRelease(this, this.pool.clock().now());
		}
	}

	// For the dispatcher

	/** About to take a task, so no longer free. */
	void taking() {
		ACTIVE.setRelease(this, TAKING);
	}

	/** Took this run, and is about to start it. */
	void took(TaskRun<?> run) {
		ACTIVE.setRelease(this, run.sequence());
	}

	/**
	 * Starts a run that was taken. It shows as this worker's before it is started: so
	 * whoever stops it either finds it here, or is found before its code begins.
	 * @return whether it was started; not if it had been settled
	 */
	boolean begin(TaskRun<?> run) {
		CURRENT.setRelease(this, run);
		if (run.start(this)) {
			return true;
		}
		CURRENT.setRelease(this, null);
		return false;
	}

	void idle() {
		ACTIVE.setRelease(this, IDLE);
	}

	/** Gives up a run that it has begun, and that waits again. */
	void letGo() {
		CURRENT.setRelease(this, null);
		idle();
	}

	/** Interrupts a run, if it is still on this worker; called by anybody. */
	void interrupt(TaskRun<?> run) {
		if (ACTIVE.compareAndSet(this, run.sequence(), INTERRUPTING)) {
			try {
				this.backend.interrupt(run);
			}
			finally {
				this.active = run.sequence();
			}
		}
	}

	/** Whether this worker would take a task at once. */
	boolean isFree() {
		return activityAfterTaking() == IDLE && !shallLeave();
	}

	/**
	 * Whether this worker would take a task at once, or another that comes in its place.
	 */
	boolean isFreeOrReplaced() {
		long seen = activityAfterTaking();
		if (!shallLeave()) {
			return seen == IDLE;
		}
		WorkerEnd asked = this.leave;
		return (seen == IDLE || seen == LEAVING) && asked != null && asked.kind() == WorkerEnd.Kind.RECYCLED;
	}

	/**
	 * What this worker does, when the queue's count and it agree: a worker that is about
	 * to leave the queue with its task is waited for. It has only a few instructions to
	 * go.
	 */
	private long activityAfterTaking() {
		long seen = this.active;
		for (int i = 0; seen == TAKING; i++) {
			if (i < 100) {
				Thread.onSpinWait();
			}
			else {
				Thread.yield();
			}
			seen = this.active;
		}
		return seen;
	}

	/** Whether it has a task, or is about to have one. */
	boolean isBusy() {
		long seen = this.active;
		return seen > IDLE || seen == INTERRUPTING || seen == TAKING;
	}

	boolean shallLeave() {
		return this.leave != null || this.dead || this.abandoned;
	}

	void park() {
		this.runTimes.flush();
		PARK.setVolatile(this, PARKED);
	}

	boolean isParked() {
		return this.park == PARKED;
	}

	boolean unpark(boolean toSearch) {
		return PARK.compareAndSet(this, PARKED, toSearch ? WOKEN_TO_SEARCH : AWAKE);
	}

	boolean wokenToSearch() {
		return this.park == WOKEN_TO_SEARCH;
	}

	@Nullable TaskRun<?> startOwn() {
		if (this.own.isEmpty()) {
			return null;
		}
		taking();
		// Whoever sees a run that came after a pause sees that, too
		while (hasOwn() && !this.pool.dispatcher().isPaused()) {
			TaskRun<?> run = this.own.poll();
			if (run != null) {
				took(run);
				if (begin(run)) {
					return run;
				}
			}
		}
		idle();
		return null;
	}

	boolean hasOwn() {
		return !this.own.isEmpty();
	}

	void give(TaskRun<?> run) {
		this.own.add(run);
		if (this.active == LEAVING || this.abandoned) {
			cancelOwn();
		}
	}

	/** What it runs, and what only it may run. */
	List<TaskRun<?>> runs() {
		List<TaskRun<?>> runs = new ArrayList<>(this.own);
		this.ahead.addTo(runs);
		TaskRun<?> running = this.current;
		if (running != null) {
			runs.add(running);
		}
		return runs;
	}

	int owns() {
		return this.own.size();
	}

	private void cancelOwn() {
		for (TaskRun<?> run = this.own.poll(); run != null; run = this.own.poll()) {
			run.cancel(false);
		}
	}

	/** Notes how soon the next task came after the last one had ended. */
	void noteGap(long enqueuedAt) {
		long gap = this.waited ? Math.max(0, enqueuedAt - this.idleSince) : 0;
		this.gapNanos += (Math.min(gap, 1_000_000) - this.gapNanos) >> 2;
	}

	long gapNanos() {
		return this.gapNanos;
	}

	long lastRunNanos() {
		return this.runNanos;
	}

	// For the supervisor

	@Nullable TaskRun<?> current() {
		return this.current;
	}

	long runDeadline() {
		return this.runDeadline;
	}

	@Nullable Stop stop() {
		return this.stop;
	}

	/**
	 * Tells it to stop a run, unless it is condemned already. For a run that has left it
	 * is too late: the word may be meant for its successor by then. For one that has not
	 * shown yet it is too early, and no need: its code will not begin.
	 */
	void stop(Stop asked) {
		Stop before = this.stop;
		if (this.current == asked.run() && (before == null || !before.isCondemned())) {
			STOP.compareAndSet(this, before, asked);
		}
	}

	/**
	 * Settles between worker and supervisor whether the run ended in time.
	 * @return not {@code null} if it did not: this worker takes no further task, whatever
	 * it does now
	 */
	@Nullable Stop condemn(Stop asked) {
		Stop condemned = new Stop(asked.run(), Long.MAX_VALUE, asked.reason(), Stop.Stage.CONDEMNED);
		return STOP.compareAndSet(this, asked, condemned) ? condemned : null;
	}

	/** Gives a worker that was condemned, or even killed, some time to end by itself. */
	void reprieve(Stop condemned, Stop.Stage stage, long until) {
		STOP.compareAndSet(this, condemned, new Stop(condemned.run(), until, condemned.reason(), stage));
	}

	@Nullable WorkerEnd leave() {
		return this.leave;
	}

	void leave(WorkerEnd how) {
		if (this.leave == null) {
			this.leave = how;
		}
	}

	void abandon() {
		this.abandoned = true;
		cancelOwn();
	}

	boolean isAbandoned() {
		return this.abandoned;
	}

	long createdAt() {
		return this.createdAt;
	}

	long idleSince() {
		return this.idleSince;
	}

	long recycleAt() {
		return this.recycleAt;
	}

	long busyNanos(long now) {
		TaskRun<?> run = this.current;
		// Until a run that has ended has left, it is in the sum already
		long since = this.runStart;
		return this.busyNanos + ((run != null && this.idleSince <= since) ? Math.max(0, now - since) : 0);
	}

	WorkerSnapshot snapshot(long now) {
		TaskRun<?> run = this.current;
		WorkerSnapshot.CurrentTask task = (run != null)
				? new WorkerSnapshot.CurrentTask(run.id(), run.name(), runningNanos(now) / 1_000_000) : null;
		WorkerBackend.Usage usage = this.backend.usage();
		return new WorkerSnapshot(this.id, state(), known(usage.pid(), 1), this.startedAt, this.tasks, task,
				known(usage.cpuNanos(), 1_000_000), known(usage.heapUsed(), 1), known(usage.residentSize(), 1));
	}

	/**
	 * How long the current run has been running; one that has just begun may not have
	 * dated itself.
	 */
	private long runningNanos(long now) {
		return Math.max(0, now - Math.max(this.runStart, this.idleSince));
	}

	private static @Nullable Long known(long value, long unit) {
		return (value < 0) ? null : value / unit;
	}

	private WorkerState state() {
		if (this.abandoned) {
			return WorkerState.ABANDONED;
		}
		long seen = this.active;
		if (isBusy()) {
			return WorkerState.BUSY;
		}
		if (seen == LEAVING || this.leave != null) {
			return WorkerState.STOPPING;
		}
		return (seen == STARTING) ? WorkerState.STARTING : WorkerState.IDLE;
	}

	/**
	 * A worker was told to stop what it runs.
	 *
	 * @param run what it was told to stop
	 * @param killAt when patience ends, by the pool's clock
	 * @param reason why
	 * @param stage how far it has come to
	 */
	record Stop(TaskRun<?> run, long killAt, String reason, Stage stage) {

		/** Whether patience has ended, and with it this worker. */
		boolean isCondemned() {
			return this.stage != Stage.ASKED;
		}

		/**
		 * How far it has come to with a worker that was told to stop.
		 */
		enum Stage {

			/** It may end what it runs, and go on. */
			ASKED,

			/** It will be ended, and runs nothing more. */
			CONDEMNED,

			/** It was ended by force, but has not come back yet. */
			KILLED

		}

	}

}
