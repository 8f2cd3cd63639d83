package io.github.workerpool.process;

import java.io.IOException;
import java.io.InvalidObjectException;
import java.util.concurrent.Callable;

import io.github.workerpool.core.TaskContext;
import org.jspecify.annotations.Nullable;

/**
 * What a child took over of the context that a task was submitted in.
 *
 * @since 0.1.0
 */
public final class CarriedContext {

	private final TaskContext.Captured captured;

	private CarriedContext(TaskContext.Captured captured) {
		this.captured = captured;
	}

	/**
	 * Reads a context.
	 * @param values decodes it
	 * @param in where from
	 * @return the context
	 * @throws IOException if it can't be decoded
	 * @throws ClassNotFoundException if a class is missing in the child
	 */
	public static CarriedContext read(ValueCodec values, PayloadInput in) throws IOException, ClassNotFoundException {
		if (values.read(in) instanceof TaskContext.Captured captured) {
			return new CarriedContext(captured);
		}
		throw new InvalidObjectException("What came is no context");
	}

	/**
	 * Runs something with the context in place on this thread, and removes it after.
	 * @param <R> the type of the result
	 * @param body what to run
	 * @return its result
	 * @throws Exception what the body throws
	 */
	public <R extends @Nullable Object> R call(Callable<R> body) throws Exception {
		return this.captured.call(body);
	}

}
