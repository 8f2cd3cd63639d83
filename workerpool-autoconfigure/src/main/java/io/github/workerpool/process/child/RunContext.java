package io.github.workerpool.process.child;

import java.io.Serializable;
import java.util.Objects;

import io.github.workerpool.Isolation;
import io.github.workerpool.WorkerContext;

/**
 * One run as the task's own code sees it.
 */
final class RunContext implements WorkerContext {

	private final TaskLoop loop;

	private final long number;

	private final long sequence;

	private volatile boolean cancelled;

	RunContext(TaskLoop loop, long number, long sequence) {
		this.loop = loop;
		this.number = number;
		this.sequence = sequence;
	}

	long number() {
		return this.number;
	}

	void cancel() {
		this.cancelled = true;
	}

	@Override
	public String poolName() {
		return this.loop.poolName();
	}

	@Override
	public String workerId() {
		return this.loop.workerId();
	}

	@Override
	public Isolation isolation() {
		return Isolation.PROCESS;
	}

	@Override
	public String taskId() {
		return poolName() + "-" + this.sequence;
	}

	@Override
	public boolean isCancelled() {
		return this.cancelled;
	}

	@Override
	public void progress(double progress) {
		this.loop.progress(this, progress);
	}

	@Override
	public void emit(Serializable event) {
		this.loop.emit(this, Objects.requireNonNull(event, "'event' must not be null"));
	}

}
