package io.github.workerpool.process.child;

import java.io.Serializable;
import java.util.Objects;

import io.github.workerpool.Isolation;
import io.github.workerpool.WorkerContext;
import org.jspecify.annotations.Nullable;

/**
 * One run as the task's own code sees it.
 */
final class RunContext implements WorkerContext {

	private final TaskLoop loop;

	private final long number;

	private final long sequence;

	private volatile boolean cancelled;

	/** Guarded by this object. */
	private @Nullable Publication publication;

	/** Items asked for before there was a publication; guarded by this object. */
	private long requested;

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

	/** The run publishes items; called on its own thread. */
	synchronized void publish(Publication publication) {
		this.publication = publication;
		publication.request(this.requested);
	}

	/** Further items are asked for. */
	synchronized void request(long items) {
		Publication current = this.publication;
		if (current != null) {
			current.request(items);
		}
		else {
			this.requested = Math.max(this.requested + items, this.requested);
		}
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
