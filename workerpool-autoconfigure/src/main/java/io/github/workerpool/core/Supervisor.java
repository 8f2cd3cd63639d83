package io.github.workerpool.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

import io.github.workerpool.CrashReport;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.PoolSnapshot;
import io.github.workerpool.PoolState;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.RejectedTaskException.Reason;
import io.github.workerpool.RestartPolicy;
import io.github.workerpool.WorkerSnapshot;
import io.github.workerpool.WorkerStartException;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the pool as it should be: starts workers that are missing, lets surplus ones go,
 * ends waits and runs that take too long, and stops the pool.
 * <p>
 * One thread per pool. It never runs a user's code and no task passes through it. What it
 * does is not driven by messages: each round looks at what is and what should be
 * ({@code alive < target}), so no lost or doubled message can leave the pool short. A
 * round ends with a sleep until the next known moment; whoever creates an earlier one
 * lowers {@link #wakeAt} and wakes it. {@code wakeAt} is raised <em>before</em> a round
 * looks around, so that a moment created while it looks is not missed.
 */
final class Supervisor implements Runnable {

	/** How often to look whether a worker that has no room may start. */
	private static final long ROOM_LOOK_NANOS = 50_000_000;

	/** No moment at all. */
	static final long NEVER = Long.MAX_VALUE;

	/** How soon to go on after a round that failed. */
	private static final long FAILED_ROUND_NANOS = 10_000_000;

	/** How often a pool that stops is looked at. */
	private static final long WIND_DOWN_POLL_NANOS = 2_000_000;

	/** How long workers that were killed are waited for. */
	static final long LAST_PATIENCE_NANOS = 5_000_000_000L;

	/**
	 * How long the pool is degraded before its listeners are told, and how late they may
	 * be told else.
	 */
	private static final long EPISODE_NANOS = 100_000_000;

	/** After which those who were seen in motion have come to rest. */
	private static final long RACE_NANOS = 1_000_000;

	private final SupervisedWorkerPool pool;

	private final PoolSettings settings;

	private final PoolClock clock;

	private final Dispatcher dispatcher;

	private final FairQueue queue;

	private final PoolStatistics statistics;

	private final PoolEvents events;

	private final RestartBudget budget;

	private final Backoff backoff;

	private final RunLimits runLimits;

	private final AtomicLong wakeAt = new AtomicLong(NEVER);

	private volatile @Nullable Thread thread;

	private final ReentrantLock lock = new ReentrantLock();

	// All below is guarded by the lock; what is volatile may be read without

	private Phase phase = Phase.NEW;

	private final Crew crew;

	private long names;

	private boolean failed;

	private boolean probing;

	/** Failed for want of a place for a new thread, not for want of luck. */
	private boolean failedAtCap;

	private @Nullable Throwable lastCause;

	private @Nullable CrashReport lastCrash;

	private long failedAt;

	private long nextStartAt;

	private long nextTickAt;

	/** When what still waits or runs is cancelled. */
	private long drainBy;

	/** When workers that leave because the pool stops are helped along. */
	private long goneBy;

	/** Whether workers were lost that have not been made up for. */
	private boolean shortfall;

	private long degradedSince;

	private boolean degradedTold;

	private boolean closing;

	// These complete under the lock; what users make depend on them is told elsewhere

	private CompletableFuture<Void> stopped = new CompletableFuture<>();

	/** Whether to start, and how, once the pool has stopped. */
	private @Nullable Boolean startAgainLazily;

	private CompletableFuture<Void> whenReady = new CompletableFuture<>();

	private final List<Recycling> recyclings = new ArrayList<>();

	private volatile boolean notRunning = true;

	private volatile boolean draining;

	Supervisor(SupervisedWorkerPool pool, PoolEvents events) {
		this.pool = pool;
		this.settings = pool.settings();
		this.clock = pool.clock();
		this.dispatcher = pool.dispatcher();
		this.queue = pool.queue();
		this.statistics = pool.statistics();
		this.events = events;
		this.crew = new Crew(this.settings.minSize(), this.settings.maxSize());
		PoolSettings.Restart restart = this.settings.restart();
		this.budget = new RestartBudget(restart.maxRestarts(), PoolClock.nanos(restart.period()));
		this.backoff = new Backoff(restart.backoff());
		this.runLimits = new RunLimits(pool, this);
	}

	// What workers and submitters tell; none of it blocks for long

	/** A run has begun, and shows on its worker; called by that. */
	void runStarted(long now, long deadline) {
		wakeBy(this.runLimits.firstLook(now, deadline));
	}

	void succeeded() {
		this.budget.success();
	}

	/** Something must be looked at no later than this. */
	void wakeBy(long moment) {
		while (true) {
			long planned = this.wakeAt.get();
			if (planned <= moment) {
				return;
			}
			if (this.wakeAt.compareAndSet(planned, moment)) {
				LockSupport.unpark(this.thread);
				return;
			}
		}
	}

	void wake() {
		this.wakeAt.set(0);
		LockSupport.unpark(this.thread);
	}

	/** A task was queued and no worker was free for it. */
	void growthWanted() {
		wakeBy(1);
	}

	/** Whether the pool takes no more tasks but still runs those it has. */
	boolean isDraining() {
		return this.draining;
	}

	/** Whether waiting for a task is pointless because the pool was never started. */
	boolean isNotRunning() {
		return this.notRunning;
	}

	/**
	 * A worker came up; called on its thread.
	 * @return whether it may go on
	 */
	boolean ready(PoolWorker worker) {
		this.lock.lock();
		try {
			if (!this.crew.cameUp(worker)) {
				return false;
			}
			worker.idle();
			publishCrew();
			this.pool.log().debug("Worker '{}' is ready", worker.workerId());
			Duration startup = Duration.ofNanos(this.clock.now() - worker.createdAt());
			this.events.fire((listener) -> listener.onWorkerStarted(this.pool, worker.workerId(), startup));
			if (this.failed && this.probing && this.phase == Phase.STARTED) {
				recover();
			}
			finishRecyclings();
			noteReadiness();
		}
		finally {
			this.lock.unlock();
		}
		this.dispatcher.madeRoom();
		wake();
		return true;
	}

	/** A worker takes no more tasks; called on its thread, at least once. */
	void leaving(PoolWorker worker, WorkerEnd how) {
		this.lock.lock();
		try {
			if (this.crew.comesRound(worker)) {
				this.pool.log().info("The abandoned thread of worker '{}' has ended", worker.workerId());
			}
			else if (this.crew.leaves(worker)) {
				publishCrew();
				ended(worker, how);
				publishCrew();
				if (this.phase == Phase.LEAVING || this.phase == Phase.CANCELLING) {
					// It has as much time to leave as the others had
					this.goneBy = Math.max(this.goneBy, goneBy(this.clock.now()));
				}
			}
		}
		finally {
			this.lock.unlock();
		}
		wake();
	}

	/** Nothing is left of a worker; the last thing that its thread says. */
	void gone(PoolWorker worker) {
		this.lock.lock();
		try {
			this.crew.gone(worker);
			if (worker.isAbandoned()) {
				this.statistics.goneAtLast(worker);
			}
			else {
				this.statistics.gone(worker, this.clock.now());
			}
		}
		finally {
			this.lock.unlock();
		}
		wake();
	}

	private void ended(PoolWorker worker, WorkerEnd how) {
		this.events.fire((listener) -> listener.onWorkerEnded(this.pool, worker.workerId(), how.reason()));
		boolean replacing = this.phase == Phase.STARTED || this.phase == Phase.DRAINING;
		switch (how.kind()) {
			case PLANNED, ABANDONED -> {
			}
			case RECYCLED -> this.statistics.countRecycled(how.reason());
			case KILLED -> {
				noteCrash(worker.workerId(), how.report());
				if (replacing) {
					replaceUnplanned(how);
				}
			}
			case DIED, START_FAILED -> {
				if (replacing) {
					died(worker.workerId(), how);
				}
			}
		}
		for (Recycling recycling : this.recyclings) {
			recycling.left(worker);
		}
		finishRecyclings();
	}

	private void replaceUnplanned(WorkerEnd how) {
		this.statistics.countRestart(how.reason());
		if (!this.crew.isComplete()) {
			this.shortfall = true;
		}
	}

	private void died(String workerId, WorkerEnd how) {
		long now = this.clock.now();
		CrashReport report = how.report();
		noteCrash(workerId, report);
		if (how.kind() == WorkerEnd.Kind.START_FAILED) {
			this.pool.log().warn("Worker '{}' could not start", workerId, ErrorText.loggable(how.cause()));
		}
		this.lastCause = how.failure(this.pool.name(), workerId);
		boolean cleanExit = report != null && report.exitCode() != null && report.exitCode() == 0;
		RestartPolicy policy = this.settings.restart().policy();
		if (policy == RestartPolicy.NEVER || (policy == RestartPolicy.ON_FAILURE && cleanExit)) {
			this.crew.lose();
			this.shortfall = true;
		}
		else {
			replaceUnplanned(how);
		}
		if (this.failed) {
			this.probing = false;
			this.failedAt = now;
		}
		else if (this.budget.death(now)) {
			fail(this.lastCause);
		}
		else {
			long delay = this.backoff.nanosAfter(this.budget.inARow());
			this.nextStartAt = PoolClock.after(now, delay);
		}
	}

	private void noteCrash(String workerId, @Nullable CrashReport report) {
		if (report != null) {
			this.lastCrash = report;
			this.pool.log().warn("Worker '{}' died: {}", workerId, ErrorText.ofDeath(report));
			this.events.fire((listener) -> listener.onWorkerCrashed(this.pool, report));
		}
	}

	// Failing and recovering

	private void fail(Throwable cause) {
		this.failed = true;
		this.probing = false;
		this.failedAt = this.clock.now();
		if (this.phase == Phase.STARTED) {
			this.pool.refuse(Reason.POOL_FAILED);
		}
		this.pool.log()
			.error("Pool '{}' has failed; it tries again in {}", this.pool.name(), this.settings.restart().coolDown(),
					ErrorText.loggable(cause));
		this.pool.failQueued(cause);
		failReadiness(cause);
		this.events.fire((listener) -> listener.onFailed(this.pool, cause));
	}

	private RejectedTaskException endedBeforeReady() {
		return new RejectedTaskException(this.closing ? Reason.CLOSED : Reason.NOT_RUNNING, "Pool '" + this.pool.name()
				+ "' was " + (this.closing ? "closed" : "stopped") + " before its workers were ready");
	}

	private void failReadiness(Throwable cause) {
		CompletableFuture<Void> waitedFor = this.whenReady;
		this.whenReady = new CompletableFuture<>();
		waitedFor.completeExceptionally(cause);
	}

	private void recover() {
		this.failed = false;
		this.probing = false;
		this.failedAtCap = false;
		this.budget.clear();
		this.nextStartAt = 0;
		this.pool.refuse(null);
		this.pool.log().info("Pool '{}' works again", this.pool.name());
		this.events.fire((listener) -> listener.onRestarted(this.pool));
		noteReadiness();
	}

	void restart() {
		this.lock.lock();
		try {
			this.crew.makeUpForLost();
			this.budget.clear();
			this.nextStartAt = 0;
			if (this.failed && this.phase == Phase.STARTED) {
				recover();
			}
		}
		finally {
			this.lock.unlock();
		}
		wake();
	}

	@Nullable Throwable failure() {
		this.lock.lock();
		try {
			return this.failed ? this.lastCause : null;
		}
		finally {
			this.lock.unlock();
		}
	}

	// Life cycle

	void start(boolean lazily) {
		this.lock.lock();
		try {
			if (this.phase == Phase.CLOSED || this.phase == Phase.STARTED || this.closing) {
				return;
			}
			if (this.phase != Phase.NEW && this.phase != Phase.STOPPED) {
				this.pool.log()
					.warn("Pool '{}' is still stopping; it starts again once it has stopped", this.pool.name());
				this.startAgainLazily = lazily;
				return;
			}
			this.phase = Phase.STARTED;
			this.crew.setLazy(lazily);
			if (this.failed) {
				this.events.fire((listener) -> listener.onRestarted(this.pool));
			}
			this.failed = false;
			this.probing = false;
			this.failedAtCap = false;
			this.crew.makeUpForLost();
			this.shortfall = false;
			this.budget.clear();
			this.nextStartAt = 0;
			this.stopped = new CompletableFuture<>();
			this.nextTickAt = PoolClock.after(this.clock.now(), PoolStatistics.TICK_NANOS);
			this.notRunning = false;
			this.pool.refuse(null);
			Thread supervising = new Thread(null, this, "workerpool-" + this.pool.name() + "-supervisor", 0, false);
			supervising.setDaemon(true);
			supervising.setContextClassLoader(this.pool.contextClassLoader());
			this.thread = supervising;
			noteReadiness();
			// The first workers start here and now, all at once
			startMissing(this.clock.now());
			supervising.start();
		}
		finally {
			this.lock.unlock();
		}
	}

	/** The first task came. */
	void firstUse() {
		if (this.crew.isLazy()) {
			this.lock.lock();
			try {
				this.crew.setLazy(false);
				publishCrew();
			}
			finally {
				this.lock.unlock();
			}
			wake();
		}
	}

	boolean isLazy() {
		return this.crew.isLazy();
	}

	CompletableFuture<Void> stop(boolean forGood) {
		this.lock.lock();
		try {
			this.closing |= forGood;
			this.startAgainLazily = null;
			if (this.phase == Phase.CLOSED || (this.phase == Phase.STOPPED && !forGood)) {
				return this.stopped;
			}
			// Before it refuses: what goes back to the queue now was accepted long ago
			this.draining |= this.phase == Phase.STARTED;
			this.pool.refuse(this.closing ? Reason.CLOSED : Reason.NOT_RUNNING);
			if (this.phase == Phase.NEW || this.phase == Phase.STOPPED) {
				failReadiness(endedBeforeReady());
				this.pool.cancelWaiting();
				terminated();
				return this.stopped;
			}
			if (this.phase == Phase.STARTED) {
				this.phase = Phase.DRAINING;
				this.drainBy = PoolClock.after(this.clock.now(), PoolClock.nanos(this.settings.shutdownTimeout()));
				failReadiness(endedBeforeReady());
				publishCrew();
			}
			return this.stopped;
		}
		finally {
			this.lock.unlock();
			wake();
		}
	}

	/** Called under the lock, once nothing is left. */
	private void terminated() {
		this.phase = this.closing ? Phase.CLOSED : Phase.STOPPED;
		this.thread = null;
		publishCrew();
		List<Recycling> unfinished = List.copyOf(this.recyclings);
		this.recyclings.clear();
		this.pool.refuseWaiting();
		this.pool.isSaturatedStill();
		try {
			this.pool.workerFactory().stopped();
		}
		catch (Throwable ex) {
			this.pool.log()
				.warn("What was kept for workers of pool '{}' failed to close", this.pool.name(),
						ErrorText.loggable(ex));
		}
		if (this.closing) {
			try {
				this.pool.workerFactory().close();
			}
			catch (Throwable ex) {
				this.pool.log()
					.warn("What the workers of pool '{}' shared failed to close", this.pool.name(),
							ErrorText.loggable(ex));
			}
		}
		unfinished.forEach((recycling) -> recycling.done().complete(null));
		// Not by a callback: all callback threads may be waiting for this in close()
		this.stopped.complete(null);
		this.pool.terminated(this.closing);
		Boolean lazily = this.startAgainLazily;
		if (lazily != null && !this.closing) {
			this.startAgainLazily = null;
			start(lazily);
		}
	}

	boolean isStarted() {
		this.lock.lock();
		try {
			return this.phase == Phase.STARTED;
		}
		finally {
			this.lock.unlock();
		}
	}

	// The supervising thread

	@Override
	public void run() {
		while (this.thread == Thread.currentThread()) {
			try {
				rest(look());
			}
			catch (Throwable ex) {
				// Memory may be short, even for telling; whatever comes, this thread goes
				// on
				LockSupport.parkNanos(this, FAILED_ROUND_NANOS);
			}
			Thread.interrupted();
		}
	}

	private long look() {
		this.wakeAt.set(NEVER);
		this.lock.lock();
		try {
			// If not, it was stopped; the pool may even have started again, with another
			// one
			return (this.thread == Thread.currentThread()) ? round(this.clock.now()) : 0;
		}
		catch (Throwable ex) {
			this.pool.log().error("The supervisor of pool '{}' failed; it goes on", this.pool.name(), ex);
			return PoolClock.after(this.clock.now(), FAILED_ROUND_NANOS);
		}
		finally {
			this.lock.unlock();
		}
	}

	private void rest(long next) {
		long until = this.wakeAt.accumulateAndGet(next, Math::min);
		long nanos = until - this.clock.now();
		if (nanos > 0 && this.thread == Thread.currentThread()) {
			LockSupport.parkNanos(this, nanos);
		}
	}

	/**
	 * Looks at everything once.
	 * @return when to look again
	 */
	private long round(long now) {
		long next = expireWaits(now);
		next = Math.min(next, this.runLimits.enforce(this.crew.present(), now));
		if (this.phase == Phase.STARTED) {
			next = Math.min(next, tryAgain(now));
			next = Math.min(next, startMissing(now));
			next = Math.min(next, letGo(now));
			next = Math.min(next, startupsOverdue(now));
		}
		else {
			next = Math.min(next, windDown(now));
		}
		next = Math.min(next, tellEpisodes(now));
		if (this.pool.isSaturatedStill()) {
			next = Math.min(next, PoolClock.after(now, EPISODE_NANOS));
		}
		if (now >= this.nextTickAt) {
			this.statistics.tick(this.crew.present(), now);
			this.nextTickAt = PoolClock.after(now, PoolStatistics.TICK_NANOS);
		}
		return Math.min(next, this.nextTickAt);
	}

	private long expireWaits(long now) {
		for (TaskRun<?> run : this.queue.expired(now)) {
			this.pool.expire(run);
		}
		long deadline = this.queue.nextDeadline();
		return (deadline == 0) ? NEVER : Math.max(deadline, now + 1_000_000);
	}

	/**
	 * Tells a settled run to stop; patience ends after the grace.
	 */
	void stopRun(TaskRun<?> run, String reason) {
		PoolWorker worker = run.worker();
		if (worker == null) {
			return;
		}
		long killAt = PoolClock.after(this.clock.now(), PoolClock.nanos(this.settings.task().grace()));
		worker.stop(new PoolWorker.Stop(run, killAt, reason, PoolWorker.Stop.Stage.ASKED));
		worker.interrupt(run);
		wakeBy(killAt);
	}

	/** Goes on without a worker whose thread does not end. */
	void abandon(PoolWorker worker, WorkerEnd how) {
		worker.abandon();
		boolean counted = this.crew.abandon(worker);
		this.statistics.gone(worker, this.clock.now());
		publishCrew();
		if (counted) {
			ended(worker, how);
		}
		publishCrew();
	}

	private long tryAgain(long now) {
		if (!this.failed) {
			return NEVER;
		}
		if (this.failedAtCap) {
			if (this.crew.mayStart()) {
				recover();
			}
			return NEVER;
		}
		long again = PoolClock.after(this.failedAt, PoolClock.nanos(this.settings.restart().coolDown()));
		if (this.probing || now < again) {
			return this.probing ? NEVER : again;
		}
		this.crew.makeUpForLost();
		if (this.crew.countUsable() >= this.crew.max()) {
			recover();
		}
		else if (this.crew.mayStart()) {
			this.probing = true;
			startOne(now);
			if (!this.probing) {
				return PoolClock.after(this.failedAt, PoolClock.nanos(this.settings.restart().coolDown()));
			}
		}
		else {
			this.failedAtCap = true;
		}
		return NEVER;
	}

	private long startMissing(long now) {
		if (this.failed) {
			publishCrew();
			return NEVER;
		}
		int most = this.crew.most();
		if (most <= 0) {
			fail((this.lastCause != null) ? this.lastCause : new WorkerStartException(
					"Pool '" + this.pool.name() + "' has no worker left and its restart policy replaces none", null));
			return PoolClock.after(now, PoolClock.nanos(this.settings.restart().coolDown()));
		}
		int usable = this.crew.countUsable();
		// The free ones first: who takes a task in between counts on both sides then
		int free = this.dispatcher.free();
		int waiting = this.queue.size();
		if (this.dispatcher.isPaused()) {
			waiting = 0;
		}
		int least = (this.phase == Phase.DRAINING) ? 0 : this.crew.least();
		int wanted = Math.max(least, Math.min(most, usable + Math.max(0, waiting - free - this.crew.countStarting())));
		if (usable >= wanted) {
			publishCrew();
			// Free workers and waiting tasks are never seen for long, unless they are the
			// same
			return (free > 0 && waiting > 0 && usable < most) ? PoolClock.after(now, RACE_NANOS) : NEVER;
		}
		int slots = this.crew.freeSlots();
		while (usable < wanted && slots > 0 && !this.failed && this.crew.mayStart()) {
			if (now < this.nextStartAt) {
				// Also if it is this very round whose starts failed
				publishCrew();
				return this.nextStartAt;
			}
			if (!this.pool.workerFactory().hasRoom()) {
				publishCrew();
				return PoolClock.after(now, ROOM_LOOK_NANOS);
			}
			startOne(now);
			usable++;
			slots--;
		}
		if (!this.failed && usable == 0 && !this.crew.mayStart()) {
			this.failedAtCap = true;
			this.lastCause = new WorkerStartException(
					"Pool '" + this.pool.name() + "' has " + this.crew.countAbandoned()
							+ " abandoned threads, whose tasks ignore their interruption, and starts no"
							+ " more beside them. Make the tasks end, or use isolation 'process'",
					null);
			fail(this.lastCause);
		}
		publishCrew();
		return NEVER;
	}

	private void startOne(long now) {
		String id = this.pool.name() + "-w" + (++this.names);
		PoolWorker worker;
		try {
			worker = new PoolWorker(this.pool, id, now);
		}
		catch (Throwable ex) {
			died(id, WorkerEnd.startFailed(ex));
			return;
		}
		this.crew.comes(worker);
		try {
			worker.thread().start();
		}
		catch (Throwable ex) {
			// No more threads to be had
			this.crew.neverCame(worker);
			ended(worker, WorkerEnd.startFailed(ex));
		}
	}

	private long startupsOverdue(long now) {
		long next = NEVER;
		long timeout = PoolClock.nanos(this.settings.process().startupTimeout());
		for (PoolWorker worker : this.crew.starting()) {
			long due = PoolClock.after(worker.createdAt(), timeout);
			if (now < due) {
				next = Math.min(next, due);
				continue;
			}
			WorkerEnd how = WorkerEnd.startFailed(new WorkerStartException(
					"Worker '" + worker.workerId() + "' was not ready within 'process.startup-timeout', which is "
							+ this.settings.process().startupTimeout(),
					null));
			worker.leave(how);
			if (worker.backend().kill()) {
				this.crew.leaves(worker);
				ended(worker, how);
			}
			else {
				worker.thread().interrupt();
				abandon(worker, how);
			}
			next = now;
		}
		return next;
	}

	/** Surplus, idle and old workers leave, between tasks. */
	private long letGo(long now) {
		long next = NEVER;
		int usable = this.crew.countUsable();
		List<PoolWorker> staying = this.crew.staying();
		// Newest first, idle before busy
		for (boolean busyToo : new boolean[] { false, true }) {
			for (int i = staying.size() - 1; i >= 0 && usable > this.crew.max(); i--) {
				PoolWorker worker = staying.get(i);
				if (busyToo || worker.isFree()) {
					dismiss(worker, WorkerEnd.planned("resize"));
					staying.remove(i);
					usable--;
				}
			}
		}
		long idleTimeout = PoolClock.nanos(this.settings.idleTimeout());
		for (int i = staying.size() - 1; i >= 0 && usable > this.crew.least(); i--) {
			PoolWorker worker = staying.get(i);
			if (!worker.isFree()) {
				continue;
			}
			long due = PoolClock.after(worker.idleSince(), idleTimeout);
			if (now >= due) {
				dismiss(worker, WorkerEnd.planned("idle"));
				staying.remove(i);
				usable--;
			}
			else {
				next = Math.min(next, due);
			}
		}
		Long memoryBound = this.settings.recycle().aboveMemory();
		for (PoolWorker worker : staying) {
			if (now >= worker.recycleAt()) {
				dismiss(worker, WorkerEnd.recycled("after-time"));
			}
			else {
				next = Math.min(next, worker.recycleAt());
				if (memoryBound != null && worker.backend().usage().heapUsed() > memoryBound) {
					dismiss(worker, WorkerEnd.recycled("above-memory"));
				}
			}
		}
		return next;
	}

	private void dismiss(PoolWorker worker, WorkerEnd how) {
		worker.leave(how);
		this.dispatcher.wake(worker);
	}

	private long windDown(long now) {
		if (this.phase == Phase.DRAINING) {
			if (this.failed || this.dispatcher.isPaused()) {
				this.pool.cancelWaiting();
			}
			if (isIdle()) {
				enter(Phase.LEAVING, now);
			}
			else if (now >= this.drainBy) {
				enter(Phase.CANCELLING, now);
			}
			else {
				// What waits may need workers that have left meanwhile, or never came.
				// Tasks may end without anybody telling, so look now and then
				long next = Math.min(startMissing(now), startupsOverdue(now));
				return Math.min(Math.min(next, this.drainBy), PoolClock.after(now, WIND_DOWN_POLL_NANOS));
			}
		}
		else if (this.phase == Phase.LEAVING && now >= this.drainBy && !isIdle()) {
			enter(Phase.CANCELLING, now);
		}
		if (this.phase == Phase.CANCELLING) {
			this.pool.cancelWaiting();
			this.crew.ready().forEach((worker) -> worker.runs().forEach((run) -> run.cancel(true)));
		}
		this.pool.refuseWaiting();
		for (PoolWorker worker : this.crew.ready()) {
			dismiss(worker, WorkerEnd.planned("stop"));
		}
		for (PoolWorker worker : this.crew.starting()) {
			worker.leave(WorkerEnd.planned("stop"));
			worker.thread().interrupt();
		}
		if (now >= this.goneBy) {
			boolean last = now >= PoolClock.after(this.goneBy, LAST_PATIENCE_NANOS);
			overdue(this.crew.starting(), last);
			overdue(this.crew.leaving(), last);
			if (last) {
				boolean cancelled = this.phase == Phase.CANCELLING;
				overdue(this.crew.ready().stream().filter((worker) -> cancelled || !worker.isBusy()).toList(), last);
			}
		}
		if (this.crew.isGone()) {
			terminated();
			return NEVER;
		}
		return PoolClock.after(now, WIND_DOWN_POLL_NANOS);
	}

	private void enter(Phase next, long now) {
		this.phase = next;
		this.draining = false;
		this.goneBy = goneBy(now);
		if (next == Phase.CANCELLING) {
			this.pool.log()
				.warn("Pool '{}' did not finish its tasks within 'shutdown-timeout', which is {};"
						+ " the rest is cancelled", this.pool.name(), this.settings.shutdownTimeout());
		}
	}

	private long goneBy(long now) {
		return PoolClock.after(now, PoolClock.nanos(this.settings.task().grace()));
	}

	/**
	 * Whether nothing waits and nothing runs. Looks at the queue first: tasks go from
	 * there to the workers.
	 */
	private boolean isIdle() {
		if (this.queue.size() > 0) {
			return false;
		}
		boolean paused = this.dispatcher.isPaused();
		// Tasks may also go back
		return this.crew.ready().stream().noneMatch((worker) -> worker.isBusy() || (worker.hasOwn() && !paused))
				&& this.queue.size() == 0;
	}

	/**
	 * Workers that come up or close too slowly for a stop.
	 * @param last whether those that let themselves be killed had their time to go too
	 */
	private void overdue(Collection<PoolWorker> workers, boolean last) {
		for (PoolWorker worker : workers) {
			if (!worker.backend().kill() || last) {
				worker.thread().interrupt();
				abandon(worker, WorkerEnd.planned("stop"));
				this.pool.log()
					.warn("Thread '{}' ignores its interruption; the pool stops without it", worker.thread().getName());
			}
		}
	}

	// Size and state

	void resize(int newMin, int newMax) {
		this.lock.lock();
		try {
			this.crew.resize(newMin, newMax);
			finishRecyclings();
			noteReadiness();
			publishCrew();
		}
		finally {
			this.lock.unlock();
		}
		wake();
	}

	CompletableFuture<Void> recycle() {
		this.lock.lock();
		try {
			if (this.phase != Phase.STARTED) {
				return CompletableFuture.completedFuture(null);
			}
			Recycling recycling = new Recycling(new LinkedHashSet<>(this.crew.ready()), new CompletableFuture<>());
			this.recyclings.add(recycling);
			recycling.outgoing().forEach((worker) -> dismiss(worker, WorkerEnd.recycled("requested")));
			finishRecyclings();
			return recycling.done();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void finishRecyclings() {
		this.recyclings.removeIf((recycling) -> {
			if (recycling.outgoing().isEmpty() && this.crew.isComplete()) {
				recycling.done().complete(null);
				return true;
			}
			return false;
		});
	}

	CompletableFuture<Void> whenReady() {
		this.lock.lock();
		try {
			if (this.failed && this.lastCause != null) {
				return CompletableFuture.failedFuture(this.lastCause);
			}
			if (this.closing || (this.phase != Phase.NEW && this.phase != Phase.STARTED)) {
				return CompletableFuture.failedFuture(endedBeforeReady());
			}
			if (this.phase == Phase.STARTED && this.crew.isComplete()) {
				return CompletableFuture.completedFuture(null);
			}
			return this.whenReady;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void noteReadiness() {
		if (this.phase == Phase.STARTED && this.crew.isComplete()) {
			this.shortfall = this.shortfall && this.crew.lost() > 0 && this.crew.countReady() < this.crew.min();
			CompletableFuture<Void> waitedFor = this.whenReady;
			this.whenReady = new CompletableFuture<>();
			waitedFor.complete(null);
		}
	}

	/** Makes known to submitters and the dispatcher who is there, and who will be. */
	private void publishCrew() {
		this.dispatcher.crew(this.crew.ready().toArray(PoolWorker[]::new), coming());
	}

	private int coming() {
		if (this.phase != Phase.STARTED || this.failed) {
			return 0;
		}
		boolean now = this.clock.now() >= this.nextStartAt && this.crew.mayStart();
		return now ? Math.max(0, this.crew.most() - this.crew.countReady()) : this.crew.countStarting();
	}

	/** A worker that is replaced at once is no episode. */
	private long tellEpisodes(long now) {
		PoolState state = state();
		if (state != PoolState.DEGRADED) {
			this.degradedSince = 0;
			if (this.degradedTold && state == PoolState.RUNNING) {
				this.degradedTold = false;
				this.pool.log().info("Pool '{}' has recovered", this.pool.name());
				this.events.fire((listener) -> listener.onRecovered(this.pool));
			}
			return NEVER;
		}
		long again = (now < this.nextStartAt) ? this.nextStartAt : NEVER;
		if (this.degradedTold) {
			return again;
		}
		this.degradedSince = (this.degradedSince != 0) ? this.degradedSince : now;
		long due = PoolClock.after(this.degradedSince, EPISODE_NANOS);
		if (now < due) {
			return Math.min(due, again);
		}
		String reason = String.valueOf(degradation());
		this.degradedTold = true;
		this.pool.log().warn("Pool '{}' is degraded: {}", this.pool.name(), reason);
		this.events.fire((listener) -> listener.onDegraded(this.pool, reason));
		return again;
	}

	private PoolState state() {
		if (this.closing) {
			return PoolState.CLOSED;
		}
		return switch (this.phase) {
			case NEW -> PoolState.NEW;
			case STARTED -> startedState();
			case DRAINING, LEAVING, CANCELLING, STOPPED -> PoolState.STOPPED;
			case CLOSED -> PoolState.CLOSED;
		};
	}

	private PoolState startedState() {
		if (this.failed) {
			return PoolState.FAILED;
		}
		if (this.dispatcher.isPaused()) {
			return PoolState.PAUSED;
		}
		if (degradation() != null) {
			return PoolState.DEGRADED;
		}
		return this.crew.isComplete() ? PoolState.RUNNING : PoolState.STARTING;
	}

	/** Why the pool is degraded, if it is. */
	private @Nullable String degradation() {
		if (this.crew.countAbandoned() >= this.crew.max()) {
			return this.crew.countAbandoned() + " abandoned threads, and no more are started beside them";
		}
		int should = this.crew.isLazy() ? 0 : this.crew.min();
		boolean backingOff = this.clock.now() < this.nextStartAt;
		if (!backingOff && (!this.shortfall || this.crew.countReady() >= should)) {
			return null;
		}
		String missing = this.crew.countReady() + " of " + should + " workers ready";
		if (this.crew.lost() > 0) {
			missing += ", " + this.crew.lost() + " not replaced by the restart policy";
		}
		if (backingOff) {
			missing += ", in back-off";
		}
		return (this.lastCause != null) ? missing + "; last cause: " + this.lastCause.getMessage() : missing;
	}

	/**
	 * The supervisor's share of a snapshot. Who sees a restart counted also sees that the
	 * worker is gone.
	 */
	View view() {
		this.lock.lock();
		try {
			long now = this.clock.now();
			int busy = 0;
			for (PoolWorker worker : this.crew.ready()) {
				busy += worker.isFree() ? 0 : 1;
			}
			List<WorkerSnapshot> list = this.crew.shown().stream().map((worker) -> worker.snapshot(now)).toList();
			List<PoolWorker> present = this.crew.present();
			String reason = this.failed && this.lastCause != null ? this.lastCause.getMessage() : degradation();
			return new View(state(), reason, this.crew.min(), this.crew.max(), this.crew.countReady(),
					this.crew.countReady() - busy, busy, this.crew.countStarting(), this.crew.countAbandoned(), list,
					this.lastCrash, this.statistics.utilization(present, now), this.statistics.timings(present),
					this.statistics.restarts(), this.statistics.recycled());
		}
		finally {
			this.lock.unlock();
		}
	}

	PoolState currentState() {
		this.lock.lock();
		try {
			return state();
		}
		finally {
			this.lock.unlock();
		}
	}

	int maxSize() {
		return this.crew.max();
	}

	/**
	 * Where the pool is in its life.
	 */
	private enum Phase {

		NEW, STARTED,

		/** No new tasks; those that were accepted go on. */
		DRAINING,

		/**
		 * All that was accepted has ended, and the workers were told to leave. A submit
		 * that had not seen the refusal yet may come still: it is refused, unless a
		 * worker that had not seen its dismissal either has begun with it, which may then
		 * finish.
		 */
		LEAVING,

		/** The time for draining is over, and whatever is left is cancelled. */
		CANCELLING,

		STOPPED, CLOSED

	}

	/**
	 * Workers that are being replaced on request.
	 *
	 * @param outgoing those that have not left yet
	 * @param done completed when all are replaced
	 */
	private record Recycling(Set<PoolWorker> outgoing, CompletableFuture<Void> done) {

		void left(PoolWorker worker) {
			this.outgoing.remove(worker);
		}

	}

	/**
	 * The supervisor's share of a snapshot.
	 */
	record View(PoolState state, @Nullable String reason, int min, int max, int alive, int idle, int busy, int starting,
			int abandoned, List<WorkerSnapshot> workers, @Nullable CrashReport lastCrash, double utilization,
			PoolSnapshot.Timings timings, Map<String, Long> restarts, Map<String, Long> recycled) {

	}

}
