package io.github.workerpool.thread;

import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.Task;
import io.github.workerpool.TaskOptions;
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

	private final TaskCopier copier;

	/**
	 * Makes a factory.
	 * @param settings settings of the pool
	 * @param copier copies tasks and results
	 * @throws io.github.workerpool.InvalidPoolSettingException if this JVM can't measure
	 * what they limit
	 */
	public ThreadWorkerFactory(PoolSettings settings, TaskCopier copier) {
		this.usage = ThreadUsage.of(settings);
		this.copier = copier;
	}

	@Override
	public Isolation isolation() {
		return Isolation.THREAD;
	}

	@Override
	public Object prepare(Task<?> task, TaskOptions options) {
		return this.copier.task(task, options);
	}

	@Override
	public WorkerBackend create(WorkerHost host) {
		return new ThreadBackend(host, this.usage, this.copier);
	}

}
