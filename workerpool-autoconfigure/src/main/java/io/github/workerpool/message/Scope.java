package io.github.workerpool.message;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;

import io.github.workerpool.Isolation;
import io.github.workerpool.TaskSerializationException.Part;
import io.github.workerpool.WorkerStartException;
import org.jspecify.annotations.Nullable;

/**
 * What a script sees, and how it comes to life.
 */
final class Scope implements WorkerScope {

	private final String name;

	private final Isolation isolation;

	private final ScriptLoop loop;

	private final MessagePort parentPort;

	private final Message data;

	private @Nullable Object workerData;

	Scope(String name, Isolation isolation, ScriptLoop loop, MessagePort parentPort, Message data) {
		this.name = name;
		this.isolation = isolation;
		this.loop = loop;
		this.parentPort = parentPort;
		this.data = data;
	}

	/**
	 * Makes a script and runs it; on the worker's thread.
	 * @param type its class
	 * @param online told when all is ready
	 */
	void run(Class<?> type, Runnable online) throws Exception {
		this.parentPort.adopt(this.loop);
		WorkerScript script = make(type);
		this.workerData = this.data.open(Part.WORKER_DATA, this.loop);
		online.run();
		script.run(this);
	}

	private WorkerScript make(Class<?> type) {
		try {
			Constructor<?> constructor = type.getDeclaredConstructor();
			constructor.setAccessible(true);
			return (WorkerScript) constructor.newInstance();
		}
		catch (InvocationTargetException ex) {
			throw cantStart(type, "its constructor failed with " + ex.getCause(), ex.getCause());
		}
		catch (NoSuchMethodException ex) {
			throw cantStart(type,
					"it has no constructor without parameters. Give it one; a nested class must be static", ex);
		}
		catch (ReflectiveOperationException | RuntimeException | LinkageError ex) {
			throw cantStart(type, "no instance can be made: " + ex, ex);
		}
	}

	private WorkerStartException cantStart(Class<?> type, String why, @Nullable Throwable cause) {
		return new WorkerStartException(
				"Worker '" + this.name + "' can't start script '" + type.getName() + "': " + why, cause);
	}

	@Override
	public @Nullable Object workerData() {
		return this.workerData;
	}

	@Override
	public MessagePort parentPort() {
		return this.parentPort;
	}

	@Override
	public String name() {
		return this.name;
	}

	@Override
	public Isolation isolation() {
		return this.isolation;
	}

	@Override
	public boolean isTerminated() {
		return this.loop.isTerminated();
	}

	@Override
	public void exit(int code) {
		this.loop.exit(code);
	}

}
