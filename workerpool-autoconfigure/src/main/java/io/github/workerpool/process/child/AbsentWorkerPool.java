package io.github.workerpool.process.child;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

import io.github.workerpool.MapOptions;
import io.github.workerpool.Outcome;
import io.github.workerpool.PoolSnapshot;
import io.github.workerpool.Task;
import io.github.workerpool.TaskFunction;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.WorkerPool;
import org.jspecify.annotations.Nullable;

/**
 * Stands for a pool in a child JVM, where there is none: what asks for a pool can be made
 * there, and finds out when it uses it.
 *
 * @since 0.1.0
 */
public final class AbsentWorkerPool implements WorkerPool {

	private final String name;

	/**
	 * Makes a stand-in.
	 * @param name name of the pool
	 */
	public AbsentWorkerPool(String name) {
		this.name = name;
	}

	private IllegalStateException absent() {
		return new IllegalStateException("Pool '" + this.name
				+ "' can't be used here: this is a child JVM, and pools exist only in its parent. Return what the next"
				+ " task needs, and submit that there");
	}

	@Override
	public String name() {
		return this.name;
	}

	@Override
	public <R extends @Nullable Object> TaskFuture<R> submit(Task<R> task) {
		throw absent();
	}

	@Override
	public <R extends @Nullable Object> TaskFuture<R> submit(Task<R> task, TaskOptions options) {
		throw absent();
	}

	@Override
	public <T extends @Nullable Object, R extends @Nullable Object> TaskFuture<List<R>> map(
			Collection<? extends T> items, TaskFunction<? super T, ? extends R> function) {
		throw absent();
	}

	@Override
	public <T extends @Nullable Object, R extends @Nullable Object> TaskFuture<List<R>> map(
			Collection<? extends T> items, TaskFunction<? super T, ? extends R> function, MapOptions options) {
		throw absent();
	}

	@Override
	public <T extends @Nullable Object, R extends @Nullable Object> TaskFuture<List<Outcome<R>>> mapOutcomes(
			Collection<? extends T> items, TaskFunction<? super T, ? extends R> function, MapOptions options) {
		throw absent();
	}

	@Override
	public <R extends @Nullable Object> List<TaskFuture<R>> broadcast(Task<R> task) {
		throw absent();
	}

	@Override
	public CompletableFuture<Void> ready() {
		throw absent();
	}

	@Override
	public PoolSnapshot snapshot() {
		throw absent();
	}

	@Override
	public void resize(int minSize, int maxSize) {
		throw absent();
	}

	@Override
	public void pause() {
		throw absent();
	}

	@Override
	public void resume() {
		throw absent();
	}

	@Override
	public CompletableFuture<Void> recycle() {
		throw absent();
	}

	@Override
	public void restart() {
		throw absent();
	}

	@Override
	public int cancelQueued() {
		throw absent();
	}

	@Override
	public Executor asExecutor() {
		throw absent();
	}

	@Override
	public void close() {
		// A context that ends closes what it holds
	}

}
