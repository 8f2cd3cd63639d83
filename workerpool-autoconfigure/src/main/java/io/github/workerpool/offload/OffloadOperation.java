package io.github.workerpool.offload;

import java.lang.reflect.Method;
import java.util.function.Supplier;

import io.github.workerpool.TaskOptions;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPools;
import org.jspecify.annotations.Nullable;

import org.springframework.core.GenericTypeResolver;

/**
 * An offloaded method of a bean, with everything in its annotation resolved and checked.
 * Safe for use by any number of threads.
 */
final class OffloadOperation {

	private final String bean;

	private final Class<?> type;

	private final Method method;

	private final String poolName;

	private final Supplier<? extends WorkerPools> pools;

	private final TaskOptions options;

	private final @Nullable TaskKey key;

	private final @Nullable Fallback fallback;

	private final ReturnStyle style;

	private volatile @Nullable WorkerPool pool;

	/**
	 * Makes an operation.
	 * @param bean name of the bean
	 * @param type class of the bean
	 * @param method the most specific method
	 * @param poolName name of the pool, empty for the default pool
	 * @param pools gives the pools
	 * @param options options of each task, but for its key
	 * @param key makes the key of a task, if it has any
	 * @param fallback called when a task fails, if anything is
	 * @param style how the result comes back
	 */
	OffloadOperation(String bean, Class<?> type, Method method, String poolName, Supplier<? extends WorkerPools> pools,
			TaskOptions options, @Nullable TaskKey key, @Nullable Fallback fallback, ReturnStyle style) {
		this.bean = bean;
		this.type = type;
		this.method = method;
		this.poolName = poolName;
		this.pools = pools;
		this.options = options;
		this.key = key;
		this.fallback = fallback;
		this.style = style;
	}

	String bean() {
		return this.bean;
	}

	Class<?> type() {
		return this.type;
	}

	Method method() {
		return this.method;
	}

	String poolName() {
		return this.poolName;
	}

	@Nullable Fallback fallback() {
		return this.fallback;
	}

	Class<?> returnType() {
		return GenericTypeResolver.resolveReturnType(this.method, this.type);
	}

	ReturnStyle style() {
		return this.style;
	}

	/** Looked up late: pools may need beans that have offloaded methods. */
	WorkerPool pool() {
		WorkerPool pool = this.pool;
		if (pool == null) {
			WorkerPools pools = this.pools.get();
			pool = this.poolName.isEmpty() ? pools.getDefault() : pools.get(this.poolName);
			this.pool = pool;
		}
		return pool;
	}

	String taskName() {
		return this.options.name();
	}

	TaskOptions options(@Nullable Object target, @Nullable Object[] arguments) {
		String key = (this.key != null) ? this.key.evaluate(target, arguments) : null;
		return (key != null) ? this.options.withKey(key) : this.options;
	}

	/**
	 * Tells whether this thread is a worker of the operation's pool, which then does the
	 * work itself: handing it over would make it wait for its own kind.
	 * @return whether to run in place
	 */
	boolean isInPlace() {
		WorkerContext context = WorkerContext.current().orElse(null);
		return context != null && context.poolName().equals(pool().name());
	}

}
