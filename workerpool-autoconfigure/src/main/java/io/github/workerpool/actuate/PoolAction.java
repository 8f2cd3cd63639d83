package io.github.workerpool.actuate;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import io.github.workerpool.WorkerPool;

/**
 * What an operator can do to a pool.
 */
enum PoolAction {

	PAUSE(WorkerPool::pause),

	RESUME(WorkerPool::resume),

	/** Nobody waits for the workers to be replaced: that may take as long as a task. */
	RECYCLE(WorkerPool::recycle),

	RESTART(WorkerPool::restart),

	CANCEL_QUEUED(WorkerPool::cancelQueued);

	private final Consumer<WorkerPool> action;

	PoolAction(Consumer<WorkerPool> action) {
		this.action = action;
	}

	void accept(WorkerPool pool) {
		this.action.accept(pool);
	}

	static PoolAction of(String name) {
		return Arrays.stream(values())
			.filter((action) -> action.kebabCaseName().equals(name))
			.findFirst()
			.orElseThrow(
					() -> WorkerPoolEndpoint.invalid("'action' must be one of " + names() + ", but is '" + name + "'"));
	}

	static String names() {
		return Arrays.stream(values())
			.map((action) -> "'" + action.kebabCaseName() + "'")
			.collect(Collectors.joining(", "));
	}

	private String kebabCaseName() {
		return name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

}
