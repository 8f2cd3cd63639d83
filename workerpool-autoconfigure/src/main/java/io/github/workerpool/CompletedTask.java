package io.github.workerpool;

import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;

import org.jspecify.annotations.Nullable;

/**
 * What is like the future of a task that has succeeded, without a task.
 *
 * @param <R> the type of the result
 */
final class CompletedTask<R extends @Nullable Object> extends TaskFuture<R> {

	CompletedTask(R value) {
		complete(value);
	}

	@Override
	public String id() {
		return "none";
	}

	@Override
	public String name() {
		return TaskOptions.none().name();
	}

	@Override
	public TaskStatus status() {
		return TaskStatus.SUCCEEDED;
	}

	@Override
	public TaskFuture<R> onEvent(Consumer<Object> listener) {
		Objects.requireNonNull(listener, "'listener' must not be null");
		return this;
	}

	@Override
	public TaskFuture<R> onProgress(DoubleConsumer listener) {
		Objects.requireNonNull(listener, "'listener' must not be null");
		return this;
	}

}
