package io.github.workerpool.core;

import io.github.workerpool.Isolation;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerThread;
import org.jspecify.annotations.Nullable;

/**
 * The thread of one worker in this JVM: it runs the tasks itself, or drives the child JVM
 * that does.
 *
 * @since 0.1.0
 */
public final class PoolThread extends WorkerThread {

	private final PoolWorker worker;

	private boolean working;

	private @Nullable RunContext context;

	PoolThread(PoolWorker worker, String name, long stackSize, @Nullable ClassLoader contextClassLoader) {
		super(worker, name, stackSize);
		this.worker = worker;
		setContextClassLoader(contextClassLoader);
	}

	/**
	 * Tells whether a task's own code runs on this thread from now on; called on this
	 * thread.
	 * @param working whether it does
	 */
	public void working(boolean working) {
		this.working = working;
		if (this.context != null) {
			this.context = null;
		}
	}

	PoolWorker worker() {
		return this.worker;
	}

	void closeWorkerLocals() {
		closeLocals((ex) -> this.worker.pool()
			.log()
			.warn("A WorkerLocal of worker '{}' failed to close", this.worker.workerId(), ex));
	}

	@Override
	protected @Nullable WorkerContext workerContext() {
		TaskRun<?> run = this.working ? this.worker.current() : null;
		if (run == null) {
			return null;
		}
		RunContext known = this.context;
		if (known == null) {
			known = new RunContext(run, this.worker.workerId());
			this.context = known;
		}
		return known;
	}

	@Override
	protected boolean isWorking() {
		return this.working;
	}

	/**
	 * One run as the task's own code sees it.
	 */
	private record RunContext(TaskRun<?> run, String workerId) implements WorkerContext {

		@Override
		public String poolName() {
			return this.run.pool().name();
		}

		@Override
		public Isolation isolation() {
			return Isolation.THREAD;
		}

		@Override
		public String taskId() {
			return this.run.id();
		}

		@Override
		public boolean isCancelled() {
			return this.run.isStopRequested();
		}

		@Override
		public void progress(double progress) {
			this.run.progress(progress);
		}

		@Override
		public void emit(java.io.Serializable event) {
			this.run.emit(event);
		}

	}

}
