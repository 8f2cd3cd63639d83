package io.github.workerpool.thread;

import io.github.workerpool.ResourceLimitExceededException;
import io.github.workerpool.ResourceLimitExceededException.Limit;
import io.github.workerpool.Task;
import io.github.workerpool.TaskSerializationException.Part;
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
 */
final class ThreadBackend implements WorkerBackend {

	private final WorkerHost host;

	private final ThreadUsage usage;

	private final Handover handover;

	/** Class of the last result that was no promise; the worker's own. */
	private @Nullable Class<?> noPromise;

	private volatile long cpuAtStart = -1;

	private volatile long allocatedAtStart = -1;

	ThreadBackend(WorkerHost host, ThreadUsage usage, Handover handover) {
		this.host = host;
		this.usage = usage;
		this.handover = handover;
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
		thread.working(true);
		try {
			Object result = task.call();
			if (result == null) {
				return null;
			}
			PendingResults.Pending pending = pending(result);
			if (pending == null) {
				return this.handover.leave(task, Part.RESULT, result);
			}
			Object value = SupervisedWorkerPool.awaitPending(pending);
			if (value != null) {
				this.handover.keepPromise(task, value);
			}
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
		}
	}

	private PendingResults.@Nullable Pending pending(Object result) {
		if (result.getClass() == this.noPromise) {
			return null;
		}
		PendingResults.Pending pending = this.host.hooks().pendingResults().pending(result);
		if (pending == null) {
			this.noPromise = result.getClass();
		}
		return pending;
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
		this.host.thread().interrupt();
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
