package io.github.workerpool.autoconfigure;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;

import io.github.workerpool.PoolSettings;
import io.github.workerpool.autoconfigure.WorkerPoolProperties.Pool;
import org.jspecify.annotations.Nullable;

import org.springframework.util.unit.DataSize;

/**
 * One key of a pool: where its value is found among the properties, and how the settings
 * are told. The one table between the two.
 *
 * @param <T> the type of the value
 * @param key the key, relative to the pool
 * @param shape what may follow the key
 * @param reader reads the value
 * @param writer writes it
 */
record PoolProperty<T>(String key, Shape shape, Function<Pool, @Nullable T> reader,
		BiConsumer<PoolSettings.Builder, T> writer) {

	static final String ENVIRONMENT = "process.environment";

	// @formatter:off
	static final List<PoolProperty<?>> ALL = List.of(
		of("isolation", Pool::getIsolation, PoolSettings.Builder::isolation),
		of("size", Pool::getSize, PoolSettings.Builder::size),
		of("min-size", Pool::getMinSize, PoolSettings.Builder::minSize),
		of("max-size", Pool::getMaxSize, PoolSettings.Builder::maxSize),
		of("idle-timeout", Pool::getIdleTimeout, PoolSettings.Builder::idleTimeout),
		of("startup-wait", Pool::isStartupWait, PoolSettings.Builder::startupWait),
		of("shutdown-timeout", Pool::getShutdownTimeout, PoolSettings.Builder::shutdownTimeout),
		of("propagate-context", Pool::isPropagateContext, PoolSettings.Builder::propagateContext),
		of("queue.capacity", (pool) -> pool.getQueue().getCapacity(),
			(settings, value) -> settings.queue((queue) -> queue.capacity(value))),
		of("queue.max-bytes", (pool) -> bytes(pool.getQueue().getMaxBytes()),
			(settings, value) -> settings.queue((queue) -> queue.maxBytes(value))),
		of("queue.overflow", (pool) -> pool.getQueue().getOverflow(),
			(settings, value) -> settings.queue((queue) -> queue.overflow(value))),
		of("queue.offer-timeout", (pool) -> pool.getQueue().getOfferTimeout(),
			(settings, value) -> settings.queue((queue) -> queue.offerTimeout(value))),
		of("queue.timeout", (pool) -> pool.getQueue().getTimeout(),
			(settings, value) -> settings.queue((queue) -> queue.timeout(value))),
		of("queue.share", (pool) -> pool.getQueue().getShare(),
			(settings, value) -> settings.queue((queue) -> queue.share(value))),
		of("task.timeout", (pool) -> pool.getTask().getTimeout(),
			(settings, value) -> settings.task((task) -> task.timeout(value))),
		of("task.grace", (pool) -> pool.getTask().getGrace(),
			(settings, value) -> settings.task((task) -> task.grace(value))),
		of("task.max-attempts", (pool) -> pool.getTask().getMaxAttempts(),
			(settings, value) -> settings.task((task) -> task.maxAttempts(value))),
		of("task.copy-arguments", (pool) -> pool.getTask().isCopyArguments(),
			(settings, value) -> settings.task((task) -> task.copyArguments(value))),
		of("resource-limits.stack-size", (pool) -> bytes(pool.getResourceLimits().getStackSize()),
			(settings, value) -> settings.resourceLimits((limits) -> limits.stackSize(value))),
		of("resource-limits.cpu-time", (pool) -> pool.getResourceLimits().getCpuTime(),
			(settings, value) -> settings.resourceLimits((limits) -> limits.cpuTime(value))),
		of("resource-limits.allocation", (pool) -> bytes(pool.getResourceLimits().getAllocation()),
			(settings, value) -> settings.resourceLimits((limits) -> limits.allocation(value))),
		of("resource-limits.max-heap-size", (pool) -> bytes(pool.getResourceLimits().getMaxHeapSize()),
			(settings, value) -> settings.resourceLimits((limits) -> limits.maxHeapSize(value))),
		of("resource-limits.max-young-size", (pool) -> bytes(pool.getResourceLimits().getMaxYoungSize()),
			(settings, value) -> settings.resourceLimits((limits) -> limits.maxYoungSize(value))),
		of("resource-limits.reserved-code-cache-size",
			(pool) -> bytes(pool.getResourceLimits().getReservedCodeCacheSize()),
			(settings, value) -> settings.resourceLimits((limits) -> limits.reservedCodeCacheSize(value))),
		of("resource-limits.max-metaspace-size", (pool) -> bytes(pool.getResourceLimits().getMaxMetaspaceSize()),
			(settings, value) -> settings.resourceLimits((limits) -> limits.maxMetaspaceSize(value))),
		of("resource-limits.max-direct-memory-size",
			(pool) -> bytes(pool.getResourceLimits().getMaxDirectMemorySize()),
			(settings, value) -> settings.resourceLimits((limits) -> limits.maxDirectMemorySize(value))),
		of("resource-limits.max-resident-size", (pool) -> bytes(pool.getResourceLimits().getMaxResidentSize()),
			(settings, value) -> settings.resourceLimits((limits) -> limits.maxResidentSize(value))),
		of("restart.policy", (pool) -> pool.getRestart().getPolicy(),
			(settings, value) -> settings.restart((restart) -> restart.policy(value))),
		of("restart.max-restarts", (pool) -> pool.getRestart().getMaxRestarts(),
			(settings, value) -> settings.restart((restart) -> restart.maxRestarts(value))),
		of("restart.period", (pool) -> pool.getRestart().getPeriod(),
			(settings, value) -> settings.restart((restart) -> restart.period(value))),
		of("restart.cool-down", (pool) -> pool.getRestart().getCoolDown(),
			(settings, value) -> settings.restart((restart) -> restart.coolDown(value))),
		of("restart.backoff.initial", (pool) -> pool.getRestart().getBackoff().getInitial(),
			(settings, value) -> settings.restart((restart) -> restart.backoff((backoff) -> backoff.initial(value)))),
		of("restart.backoff.multiplier", (pool) -> pool.getRestart().getBackoff().getMultiplier(),
			(settings, value) -> settings.restart((restart) -> restart.backoff((backoff) -> backoff.multiplier(value)))),
		of("restart.backoff.max", (pool) -> pool.getRestart().getBackoff().getMax(),
			(settings, value) -> settings.restart((restart) -> restart.backoff((backoff) -> backoff.max(value)))),
		of("restart.backoff.jitter", (pool) -> pool.getRestart().getBackoff().getJitter(),
			(settings, value) -> settings.restart((restart) -> restart.backoff((backoff) -> backoff.jitter(value)))),
		of("recycle.after-tasks", (pool) -> pool.getRecycle().getAfterTasks(),
			(settings, value) -> settings.recycle((recycle) -> recycle.afterTasks(value))),
		of("recycle.after-time", (pool) -> pool.getRecycle().getAfterTime(),
			(settings, value) -> settings.recycle((recycle) -> recycle.afterTime(value))),
		of("recycle.above-memory", (pool) -> bytes(pool.getRecycle().getAboveMemory()),
			(settings, value) -> settings.recycle((recycle) -> recycle.aboveMemory(value))),
		of("recycle.jitter", (pool) -> pool.getRecycle().getJitter(),
			(settings, value) -> settings.recycle((recycle) -> recycle.jitter(value))),
		of("process.jvm-args", Shape.LIST, (pool) -> pool.getProcess().getJvmArgs(),
			(settings, value) -> settings.process((process) -> process.jvmArgs(value))),
		of("process.java-home", (pool) -> pool.getProcess().getJavaHome(),
			(settings, value) -> settings.process((process) -> process.javaHome(value))),
		of(ENVIRONMENT, Shape.MAP, (pool) -> pool.getProcess().getEnvironment(),
			(settings, value) -> settings.process((process) -> process.environment(value))),
		of("process.sources", Shape.LIST, (pool) -> pool.getProcess().getSources(),
			(settings, value) -> settings.process((process) -> process.sources(value))),
		of("process.spares", (pool) -> pool.getProcess().getSpares(),
			(settings, value) -> settings.process((process) -> process.spares(value))),
		of("process.startup-timeout", (pool) -> pool.getProcess().getStartupTimeout(),
			(settings, value) -> settings.process((process) -> process.startupTimeout(value))),
		of("process.nice", (pool) -> pool.getProcess().getNice(),
			(settings, value) -> settings.process((process) -> process.nice(value))),
		of("process.class-data-sharing", (pool) -> pool.getProcess().getClassDataSharing(),
			(settings, value) -> settings.process((process) -> process.classDataSharing(value))),
		of("process.max-payload-size", (pool) -> bytes(pool.getProcess().getMaxPayloadSize()),
			(settings, value) -> settings.process((process) -> process.maxPayloadSize(value))),
		of("process.serialization-filter", (pool) -> pool.getProcess().getSerializationFilter(),
			(settings, value) -> settings.process((process) -> process.serializationFilter(value))),
		of("process.heartbeat.interval", (pool) -> pool.getProcess().getHeartbeat().getInterval(),
			(settings, value) -> settings.process((process) -> process.heartbeat((beat) -> beat.interval(value)))),
		of("process.heartbeat.timeout", (pool) -> pool.getProcess().getHeartbeat().getTimeout(),
			(settings, value) -> settings.process((process) -> process.heartbeat((beat) -> beat.timeout(value)))));
	// @formatter:on

	/**
	 * Hands the value over, if there is one.
	 * @param from the properties
	 * @param to the settings
	 */
	void transfer(Pool from, PoolSettings.Builder to) {
		T value = this.reader.apply(from);
		if (value != null) {
			this.writer.accept(to, value);
		}
	}

	private static <T> PoolProperty<T> of(String key, Function<Pool, @Nullable T> reader,
			BiConsumer<PoolSettings.Builder, T> writer) {
		return of(key, Shape.VALUE, reader, writer);
	}

	private static <T> PoolProperty<T> of(String key, Shape shape, Function<Pool, @Nullable T> reader,
			BiConsumer<PoolSettings.Builder, T> writer) {
		return new PoolProperty<>(key, shape, reader, writer);
	}

	private static @Nullable Long bytes(@Nullable DataSize size) {
		return (size != null) ? size.toBytes() : null;
	}

	/**
	 * What may follow a key.
	 */
	enum Shape {

		/** Nothing. */
		VALUE,

		/** An index. */
		LIST,

		/** Any name. */
		MAP

	}

}
