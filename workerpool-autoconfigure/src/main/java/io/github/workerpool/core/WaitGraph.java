package io.github.workerpool.core;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.RejectedTaskException.Reason;
import io.github.workerpool.TaskStatus;
import org.jspecify.annotations.Nullable;

/**
 * Finds out before a worker waits whether that wait could ever end.
 * <p>
 * A worker that waits depends on what it waits for: a running task on its worker, a
 * queued one on any worker of its pool that is not stuck itself, or that can still be
 * started. If from there nobody can move, everybody would wait for ever; the wait is
 * refused instead. The graph spans all pools of the JVM and is looked at under one lock,
 * so that of two waits that together would deadlock the second is refused. Only waits on
 * workers' own threads come here.
 */
final class WaitGraph {

	private static final ReentrantLock LOCK = new ReentrantLock();

	private WaitGraph() {
	}

	/**
	 * Notes that a worker is about to wait.
	 * @param self the worker, {@code null} if it is somebody else who waits
	 * @param target a {@link TaskRun}, or a pool if any of its workers will do
	 * @throws RejectedTaskException if the wait could never end
	 */
	static void enter(@Nullable PoolWorker self, Object target) {
		if (self == null) {
			return;
		}
		self.takeBack();
		LOCK.lock();
		try {
			Object before = self.waitingFor;
			self.waitingFor = target;
			Set<PoolWorker> seen = Collections.newSetFromMap(new IdentityHashMap<>());
			if (!canEnd(target, seen)) {
				self.waitingFor = before;
				String what = (target instanceof TaskRun<?> run)
						? "task '" + run.name() + "' (" + run.id() + ") in pool '" + run.pool().name() + "'"
						: "pool '" + ((SupervisedWorkerPool) target).name() + "'";
				throw new RejectedTaskException(Reason.WOULD_DEADLOCK,
						"Worker '" + self.workerId() + "' can't wait for " + what
								+ ": every worker that could serve it would then be waiting. "
								+ "Don't wait inside a task, use another pool, or make the pool larger");
			}
		}
		finally {
			LOCK.unlock();
		}
	}

	static void leave(@Nullable PoolWorker self) {
		if (self != null) {
			self.waitingFor = null;
		}
	}

	private static boolean canEnd(Object target, Set<PoolWorker> seen) {
		if (target instanceof TaskRun<?> run) {
			TaskStatus status = run.status();
			if (status.isFinal()) {
				return true;
			}
			PoolWorker on = run.worker();
			return (on != null) ? canMove(on, seen) : anyCanMove(run.pool(), seen);
		}
		return anyCanMove((SupervisedWorkerPool) target, seen);
	}

	private static boolean canMove(PoolWorker worker, Set<PoolWorker> seen) {
		if (!seen.add(worker)) {
			return false;
		}
		Object target = worker.waitingFor;
		return target == null || canEnd(target, seen);
	}

	private static boolean anyCanMove(SupervisedWorkerPool pool, Set<PoolWorker> seen) {
		if (pool.canGrow()) {
			return true;
		}
		for (PoolWorker worker : pool.dispatcher().workers()) {
			if (canMove(worker, seen)) {
				return true;
			}
		}
		return false;
	}

}
