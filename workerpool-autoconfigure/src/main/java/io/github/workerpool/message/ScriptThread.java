package io.github.workerpool.message;

import java.util.function.Consumer;

import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerThread;
import org.jspecify.annotations.Nullable;

/**
 * The thread of a worker, in whichever JVM it is.
 */
final class ScriptThread extends WorkerThread {

	private final ScriptLoop loop;

	ScriptThread(ScriptLoop loop, Runnable target, String name, long stackSize, ClassLoader loader) {
		super(target, name, stackSize);
		this.loop = loop;
		setContextClassLoader(loader);
	}

	ScriptLoop loop() {
		return this.loop;
	}

	void closeWorkerLocals(Consumer<Throwable> onError) {
		closeLocals(onError);
	}

	@Override
	protected @Nullable WorkerContext workerContext() {
		return null;
	}

	@Override
	protected boolean isWorking() {
		return true;
	}

}
