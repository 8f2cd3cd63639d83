package io.github.workerpool.thread;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

import io.github.workerpool.ResourceLimitExceededException;
import io.github.workerpool.ResourceLimitExceededException.Limit;
import io.github.workerpool.Task;
import io.github.workerpool.WorkerInitializer;
import io.github.workerpool.core.PendingResults;
import io.github.workerpool.core.PoolThread;
import io.github.workerpool.core.SupervisedWorkerPool;
import io.github.workerpool.core.TaskRun;
import io.github.workerpool.core.WorkerBackend;
import io.github.workerpool.core.WorkerHost;
import org.jspecify.annotations.Nullable;

/**
 * A worker whose tasks run on its own thread.
 * <p>
 * <strong>Hazard:</strong> an interruption must hit the task it is meant for and no
 * other. Whoever interrupts claims the run by a compare-and-set first, and the run does
 * not end before the claim is released; then the flag is cleared.
 */
final class ThreadBackend implements WorkerBackend {

	private static final VarHandle ACTIVE;

	static {
		try {
			ACTIVE = MethodHandles.lookup().findVarHandle(ThreadBackend.class, "active", long.class);
		}
		catch (ReflectiveOperationException ex) {
			throw new ExceptionInInitializerError(ex);
		}
	}

	private static final long NONE = 0;

	/** Somebody is about to interrupt the thread. */
	private static final long INTERRUPTING = -1;

	private final WorkerHost host;

	private final ThreadUsage usage;

	private final TaskCopier copier;

	/** Number of the run whose code is on the thread. */
	private volatile long active = NONE;

	private volatile long cpuAtStart = -1;

	private volatile long allocatedAtStart = -1;

	ThreadBackend(WorkerHost host, ThreadUsage usage, TaskCopier copier) {
		this.host = host;
		this.usage = usage;
		this.copier = copier;
	}

	@Override
	public void open() throws Exception {
		for (WorkerInitializer initializer : this.host.hooks().initializers()) {
			initializer.initialize(this.host.settings().name(), this.host.workerId());
		}
	}

	@Override
	public @Nullable Object run(TaskRun<?> run) throws Throwable {
		Task<?> task = (Task<?>) run.payload();
		PoolThread thread = this.host.thread();
		if (this.usage.perTask()) {
			this.allocatedAtStart = this.usage.allocatedBytes(thread);
			this.cpuAtStart = this.usage.cpuNanos(thread);
		}
		// An initializer or a dependant may have left an interruption behind
		Thread.interrupted();
		this.active = run.sequence();
		thread.working(true);
		try {
			if (run.isStopRequested()) {
				// It was told to stop before it could be interrupted
				thread.interrupt();
			}
			Object result = task.call();
			PendingResults.Pending pending = (result != null) ? this.host.hooks().pendingResults().pending(result)
					: null;
			if (pending == null) {
				return this.copier.result(result);
			}
			SupervisedWorkerPool.awaitPending(pending);
			return pending.result().get();
		}
		catch (StackOverflowError ex) {
			throw new ResourceLimitExceededException(
					Limit.STACK, "Task '" + run.name() + "' (" + run.id()
							+ ") overflowed its stack; if that much is needed, raise" + " 'resource-limits.stack-size'",
					ex);
		}
		catch (OutOfMemoryError ex) {
			throw new ResourceLimitExceededException(limitOf(ex), "Task '" + run.name() + "' (" + run.id()
					+ ") ran out of memory, which all threads of this JVM share: " + ex.getMessage(), ex);
		}
		finally {
			thread.working(false);
			if (this.usage.perTask()) {
				this.cpuAtStart = -1;
				this.allocatedAtStart = -1;
			}
			endOfRun(run);
		}
	}

	private void endOfRun(TaskRun<?> run) {
		while (!ACTIVE.compareAndSet(this, run.sequence(), NONE)) {
			Thread.onSpinWait();
		}
		Thread.interrupted();
	}

	private static Limit limitOf(OutOfMemoryError error) {
		String message = String.valueOf(error.getMessage());
		if (message.contains("Metaspace") || message.contains("class space")) {
			return Limit.METASPACE;
		}
		return message.contains("direct") || message.contains("Direct") ? Limit.DIRECT_MEMORY : Limit.HEAP;
	}

	@Override
	public void interrupt(TaskRun<?> run) {
		if (ACTIVE.compareAndSet(this, run.sequence(), INTERRUPTING)) {
			try {
				this.host.thread().interrupt();
			}
			finally {
				this.active = run.sequence();
			}
		}
	}

	@Override
	public boolean kill() {
		return false;
	}

	@Override
	public void close() {
		// The thread ends by itself
	}

	@Override
	public Usage usage() {
		PoolThread thread = this.host.thread();
		long cpu = this.usage.cpuNanos(thread);
		long cpuBefore = this.cpuAtStart;
		long allocatedBefore = this.allocatedAtStart;
		return new Usage(-1, cpu, (cpuBefore < 0) ? -1 : cpu - cpuBefore,
				(allocatedBefore < 0) ? -1 : this.usage.allocatedBytes(thread) - allocatedBefore, -1, -1);
	}

}
