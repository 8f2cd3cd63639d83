package io.github.workerpool.process.child;

import java.util.function.Consumer;

import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerThread;
import org.jspecify.annotations.Nullable;

/**
 * The thread of a child that runs a user's code.
 */
final class ChildThread extends WorkerThread {

	private @Nullable RunContext context;

	ChildThread(Runnable target, String name, long stackSize) {
		super(target, name, stackSize);
	}

	/** The run whose code is on this thread from now on; called on this thread. */
	void running(@Nullable RunContext run) {
		this.context = run;
	}

	void closeWorkerLocals(Consumer<Throwable> onError) {
		closeLocals(onError);
	}

	@Override
	protected @Nullable WorkerContext workerContext() {
		return this.context;
	}

}
