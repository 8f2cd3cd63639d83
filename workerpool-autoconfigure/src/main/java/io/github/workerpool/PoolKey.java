package io.github.workerpool;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * Every key a pool knows: its name below {@code workerpool.pools.<name>}, its default,
 * the isolation without which it has no meaning, and what its values must satisfy. The
 * one table that settings, their checks and what the endpoint shows are made from.
 */
enum PoolKey {

	ISOLATION("isolation", Isolation.THREAD),

	SIZE("size", null, atLeast(1)),

	MIN_SIZE("min-size", null, atLeast(0)),

	MAX_SIZE("max-size", null, atLeast(1)),

	IDLE_TIMEOUT("idle-timeout", Duration.ofMinutes(1), positive()),

	STARTUP_WAIT("startup-wait", true),

	QUEUE_CAPACITY("queue.capacity", 1000, atLeast(0)),

	QUEUE_MAX_BYTES("queue.max-bytes", 256L << 20, Isolation.PROCESS, atLeast(1)),

	QUEUE_OVERFLOW("queue.overflow", OverflowPolicy.REJECT),

	QUEUE_OFFER_TIMEOUT("queue.offer-timeout", Duration.ofSeconds(1), positive()),

	QUEUE_TIMEOUT("queue.timeout", null, positive()),

	QUEUE_SHARE("queue.share", null,
			(value) -> ((Double) value > 0 && (Double) value <= 1) ? null : "it must be more than 0 and at most 1"),

	TASK_TIMEOUT("task.timeout", null, positive()),

	TASK_GRACE("task.grace", Duration.ofSeconds(1), notNegative()),

	TASK_MAX_ATTEMPTS("task.max-attempts", 1, atLeast(1)),

	TASK_COPY_ARGUMENTS("task.copy-arguments", false, Isolation.THREAD, null),

	STACK_SIZE("resource-limits.stack-size", null, atLeast(64 << 10)),

	CPU_TIME("resource-limits.cpu-time", null, positive()),

	ALLOCATION("resource-limits.allocation", null, atLeast(1)),

	MAX_HEAP_SIZE("resource-limits.max-heap-size", null, Isolation.PROCESS, atLeast(8 << 20)),

	MAX_YOUNG_SIZE("resource-limits.max-young-size", null, Isolation.PROCESS, atLeast(1 << 20)),

	RESERVED_CODE_CACHE_SIZE("resource-limits.reserved-code-cache-size", null, Isolation.PROCESS, atLeast(4 << 20)),

	MAX_METASPACE_SIZE("resource-limits.max-metaspace-size", null, Isolation.PROCESS, atLeast(8 << 20)),

	MAX_DIRECT_MEMORY_SIZE("resource-limits.max-direct-memory-size", null, Isolation.PROCESS, atLeast(1 << 20)),

	MAX_RESIDENT_SIZE("resource-limits.max-resident-size", null, Isolation.PROCESS, atLeast(16 << 20)),

	RESTART_POLICY("restart.policy", RestartPolicy.ALWAYS),

	RESTART_MAX_RESTARTS("restart.max-restarts", 5, atLeast(0)),

	RESTART_PERIOD("restart.period", Duration.ofMinutes(1), positive()),

	BACKOFF_INITIAL("restart.backoff.initial", Duration.ofMillis(100), positive()),

	BACKOFF_MULTIPLIER("restart.backoff.multiplier", 2.0, atLeast(1)),

	BACKOFF_MAX("restart.backoff.max", Duration.ofSeconds(10), positive()),

	BACKOFF_JITTER("restart.backoff.jitter", 0.2, share()),

	RESTART_COOL_DOWN("restart.cool-down", Duration.ofSeconds(30), positive()),

	RECYCLE_AFTER_TASKS("recycle.after-tasks", null, atLeast(1)),

	RECYCLE_AFTER_TIME("recycle.after-time", null, positive()),

	RECYCLE_ABOVE_MEMORY("recycle.above-memory", null, Isolation.PROCESS, atLeast(1)),

	RECYCLE_JITTER("recycle.jitter", 0.1, share()),

	PROCESS_JVM_ARGS("process.jvm-args", List.of(), Isolation.PROCESS, null),

	PROCESS_JAVA_HOME("process.java-home", null, Isolation.PROCESS, null),

	PROCESS_ENVIRONMENT("process.environment", Map.of(), Isolation.PROCESS, null),

	PROCESS_SOURCES("process.sources", List.of(), Isolation.PROCESS, null),

	PROCESS_SPARES("process.spares", 0, Isolation.PROCESS, atLeast(0)),

	PROCESS_STARTUP_TIMEOUT("process.startup-timeout", Duration.ofSeconds(30), Isolation.PROCESS, positive()),

	PROCESS_NICE("process.nice", 0, Isolation.PROCESS,
			(value) -> ((Integer) value >= 0 && (Integer) value <= 19) ? null : "it must be from 0 to 19"),

	PROCESS_CLASS_DATA_SHARING("process.class-data-sharing", ClassDataSharing.AUTO, Isolation.PROCESS, null),

	PROCESS_MAX_PAYLOAD_SIZE("process.max-payload-size", 64L << 20, Isolation.PROCESS, atLeast(1 << 10)),

	PROCESS_HEARTBEAT_INTERVAL("process.heartbeat.interval", Duration.ofSeconds(1), Isolation.PROCESS, positive()),

	PROCESS_HEARTBEAT_TIMEOUT("process.heartbeat.timeout", Duration.ofSeconds(10), Isolation.PROCESS, positive()),

	PROCESS_SERIALIZATION_FILTER("process.serialization-filter", null, Isolation.PROCESS, null),

	SHUTDOWN_TIMEOUT("shutdown-timeout", Duration.ofSeconds(20), notNegative()),

	PROPAGATE_CONTEXT("propagate-context", true);

	private final String key;

	private final @Nullable Object defaultValue;

	private final @Nullable Isolation only;

	private final @Nullable Check check;

	PoolKey(String key, @Nullable Object defaultValue) {
		this(key, defaultValue, null, null);
	}

	PoolKey(String key, @Nullable Object defaultValue, Check check) {
		this(key, defaultValue, null, check);
	}

	PoolKey(String key, @Nullable Object defaultValue, @Nullable Isolation only, @Nullable Check check) {
		this.key = key;
		this.defaultValue = defaultValue;
		this.only = only;
		this.check = check;
	}

	String key() {
		return this.key;
	}

	@Nullable Object defaultValue() {
		return this.defaultValue;
	}

	boolean hasMeaningIn(Isolation isolation) {
		return this.only == null || this.only == isolation;
	}

	@Nullable Isolation only() {
		return this.only;
	}

	@Nullable String complaintAbout(Object value) {
		return (this.check != null) ? this.check.complaintAbout(value) : null;
	}

	static Optional<PoolKey> of(String key) {
		return Arrays.stream(values()).filter((candidate) -> candidate.key.equals(key)).findFirst();
	}

	private static Check atLeast(long least) {
		return (value) -> (((Number) value).doubleValue() >= least) ? null : "it must be at least " + least;
	}

	private static Check share() {
		return (value) -> ((Double) value >= 0 && (Double) value <= 1) ? null : "it must be from 0 to 1";
	}

	private static Check positive() {
		return (value) -> (!((Duration) value).isNegative() && !((Duration) value).isZero()) ? null
				: "it must be more than zero";
	}

	private static Check notNegative() {
		return (value) -> (!((Duration) value).isNegative()) ? null : "it must not be negative";
	}

	/**
	 * What a value must satisfy.
	 */
	private interface Check {

		@Nullable String complaintAbout(Object value);

	}

}
