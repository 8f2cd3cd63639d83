package io.github.workerpool.thread;

import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.Task;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskSerializationException.Part;
import io.github.workerpool.core.WorkerBackend;
import io.github.workerpool.core.WorkerFactory;
import io.github.workerpool.core.WorkerHost;

/**
 * Makes workers that are threads of this JVM.
 *
 * @since 0.1.0
 */
public final class ThreadWorkerFactory implements WorkerFactory {

	private final ThreadUsage usage;

	private final Handover handover;

	/**
	 * Makes a factory.
	 * @param settings settings of the pool
	 * @param handover what becomes of tasks and results
	 * @throws io.github.workerpool.InvalidPoolSettingException if this JVM can't measure
	 * what they limit
	 */
	public ThreadWorkerFactory(PoolSettings settings, Handover handover) {
		this.usage = ThreadUsage.of(settings);
		this.handover = handover;
	}

	@Override
	public Isolation isolation() {
		return Isolation.THREAD;
	}

	@Override
	public Object prepare(Task<?> task, TaskOptions options) {
		return this.handover.prepare(task, options);
	}

	@Override
	public Object handOver(Object payload, Part part, Object value) {
		return this.handover.leave((Task<?>) payload, part, value);
	}

	@Override
	public void keepPromise(Object payload, Object value) {
		this.handover.keepPromise((Task<?>) payload, value);
	}

	@Override
	public void release(Object payload) {
		this.handover.release((Task<?>) payload);
	}

	@Override
	public boolean isRepeatable(Object payload) {
		return this.handover.isRepeatable((Task<?>) payload);
	}

	@Override
	public WorkerBackend create(WorkerHost host) {
		return new ThreadBackend(host, this.usage, this.handover);
	}

}
