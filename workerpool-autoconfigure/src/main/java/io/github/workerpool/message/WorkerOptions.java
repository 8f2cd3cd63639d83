package io.github.workerpool.message;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;

import io.github.workerpool.InvalidPoolSettingException;
import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import org.jspecify.annotations.Nullable;

/**
 * How to start a {@link Worker}. Immutable; each method returns a changed copy. By
 * default a worker is a thread, has no data, and is named {@code worker-} and a number.
 *
 * @since 0.1.0
 */
public final class WorkerOptions {

	private static final WorkerOptions DEFAULTS = new WorkerOptions(null, Isolation.THREAD, null, new Object[0], null,
			Map.of(), Duration.ofSeconds(1), (limits) -> {
			}, (process) -> {
			});

	private static final Pattern POOL_NAME = Pattern.compile("[a-z][a-z0-9-]*");

	private final @Nullable String name;

	private final Isolation isolation;

	private final @Nullable Object workerData;

	private final Object[] transfer;

	private final PoolSettings.@Nullable ResourceLimits limits;

	private final Map<String, String> environment;

	private final Duration grace;

	private final Consumer<PoolSettings.ResourceLimitsBuilder> limiter;

	private final Consumer<PoolSettings.ProcessBuilder> process;

	private WorkerOptions(@Nullable String name, Isolation isolation, @Nullable Object workerData, Object[] transfer,
			PoolSettings.@Nullable ResourceLimits limits, Map<String, String> environment, Duration grace,
			Consumer<PoolSettings.ResourceLimitsBuilder> limiter, Consumer<PoolSettings.ProcessBuilder> process) {
		this.name = name;
		this.isolation = isolation;
		this.workerData = workerData;
		this.transfer = transfer;
		this.limits = limits;
		this.environment = environment;
		this.grace = grace;
		this.limiter = limiter;
		this.process = process;
	}

	/**
	 * The defaults.
	 * @return the options to begin with
	 */
	public static WorkerOptions defaults() {
		return DEFAULTS;
	}

	/**
	 * Names the worker, for the log and for its script.
	 * @param name the name, not empty
	 * @return a changed copy
	 */
	public WorkerOptions withName(String name) {
		if (name.isBlank()) {
			throw new IllegalArgumentException("'name' must not be blank");
		}
		return new WorkerOptions(name, this.isolation, this.workerData, this.transfer, this.limits, this.environment,
				this.grace, this.limiter, this.process);
	}

	/**
	 * Says what the worker is: a thread by default.
	 * @param isolation the isolation
	 * @return a changed copy
	 */
	public WorkerOptions withIsolation(Isolation isolation) {
		return new WorkerOptions(this.name, Objects.requireNonNull(isolation, "'isolation' must not be null"),
				this.workerData, this.transfer, this.limits, this.environment, this.grace, this.limiter, this.process);
	}

	/**
	 * Gives the worker data, of which it gets a structured clone.
	 * @param workerData the data
	 * @return a changed copy
	 */
	public WorkerOptions withWorkerData(@Nullable Object workerData) {
		return new WorkerOptions(this.name, this.isolation, workerData, this.transfer, this.limits, this.environment,
				this.grace, this.limiter, this.process);
	}

	/**
	 * Names what in the data moves to the worker instead of being copied. It moves when
	 * the worker is started, so such options start one worker.
	 * @param transfer buffers and ports
	 * @return a changed copy
	 */
	public WorkerOptions withTransfer(Object... transfer) {
		return new WorkerOptions(this.name, this.isolation, this.workerData, transfer.clone(), this.limits,
				this.environment, this.grace, this.limiter, this.process);
	}

	/**
	 * Limits the worker. Those of tasks ({@code cpuTime}, {@code allocation}) and
	 * {@code maxResidentSize} are refused when it is started, as are those of a JVM if
	 * the worker is a thread.
	 * @param limits the limits
	 * @return a changed copy
	 */
	public WorkerOptions withResourceLimits(PoolSettings.ResourceLimits limits) {
		return new WorkerOptions(this.name, this.isolation, this.workerData, this.transfer,
				Objects.requireNonNull(limits, "'limits' must not be null"), this.environment, this.grace, this.limiter,
				this.process);
	}

	/**
	 * Limits the worker; as {@link #withResourceLimits(PoolSettings.ResourceLimits)}.
	 * @param limits sets the limits
	 * @return a changed copy
	 */
	public WorkerOptions withResourceLimits(Consumer<PoolSettings.ResourceLimitsBuilder> limits) {
		return new WorkerOptions(this.name, this.isolation, this.workerData, this.transfer, this.limits,
				this.environment, this.grace, this.limiter.andThen(limits), this.process);
	}

	/**
	 * Gives a child JVM environment variables besides those it inherits.
	 * @param environment the variables
	 * @return a changed copy
	 */
	public WorkerOptions withEnvironment(Map<String, String> environment) {
		return new WorkerOptions(this.name, this.isolation, this.workerData, this.transfer, this.limits,
				Map.copyOf(environment), this.grace, this.limiter, this.process);
	}

	/**
	 * Says how long a worker that was told to end may go on before it is killed, or
	 * abandoned if it is a thread: 1 s by default.
	 * @param grace the time, 0 for none
	 * @return a changed copy
	 */
	public WorkerOptions withGrace(Duration grace) {
		if (grace.isNegative()) {
			throw new IllegalArgumentException("'grace' must not be negative, but is " + grace);
		}
		return new WorkerOptions(this.name, this.isolation, this.workerData, this.transfer, this.limits,
				this.environment, grace, this.limiter, this.process);
	}

	/**
	 * Sets what else there is to set of a child JVM, as for a pool: its options, its
	 * start-up timeout, how much a message may take, which types it may send.
	 * @param process sets it
	 * @return a changed copy
	 */
	public WorkerOptions withProcess(Consumer<PoolSettings.ProcessBuilder> process) {
		return new WorkerOptions(this.name, this.isolation, this.workerData, this.transfer, this.limits,
				this.environment, this.grace, this.limiter, this.process.andThen(process));
	}

	/**
	 * Name of the worker.
	 * @return the name, empty if it gets one of its own
	 */
	public Optional<String> name() {
		return Optional.ofNullable(this.name);
	}

	/**
	 * What the worker is.
	 * @return the isolation
	 */
	public Isolation isolation() {
		return this.isolation;
	}

	/**
	 * What the worker is started with.
	 * @return the data
	 */
	public @Nullable Object workerData() {
		return this.workerData;
	}

	Object[] transfer() {
		return this.transfer;
	}

	Duration grace() {
		return this.grace;
	}

	/** The same as a pool of one worker would have it. */
	PoolSettings settings(String workerName) {
		String pool = POOL_NAME.matcher(workerName).matches() ? workerName : "worker";
		PoolSettings.Builder builder = PoolSettings.builder(pool).isolation(this.isolation).size(1);
		builder.resourceLimits(this::limit);
		if (!this.environment.isEmpty()) {
			builder.process((settings) -> settings.environment(this.environment));
		}
		builder.process(this.process);
		PoolSettings settings = builder.build();
		PoolSettings.ResourceLimits all = settings.resourceLimits();
		refuse(settings, "cpu-time", all.cpuTime());
		refuse(settings, "allocation", all.allocation());
		refuse(settings, "max-resident-size", all.maxResidentSize());
		if (settings.process().spares() > 0) {
			throw new InvalidPoolSettingException(settings.name(), "process.spares", settings.process().spares(),
					"a worker script has one JVM; leave it out");
		}
		return settings;
	}

	private static void refuse(PoolSettings settings, String key, @Nullable Object value) {
		if (value != null) {
			throw new InvalidPoolSettingException(settings.name(), "resource-limits." + key, value,
					"it is a matter of tasks, and a worker script has none; leave it out, or use a pool");
		}
	}

	private void limit(PoolSettings.ResourceLimitsBuilder builder) {
		PoolSettings.ResourceLimits given = this.limits;
		if (given != null) {
			set(given.stackSize(), builder::stackSize);
			set(given.cpuTime(), builder::cpuTime);
			set(given.allocation(), builder::allocation);
			set(given.maxHeapSize(), builder::maxHeapSize);
			set(given.maxYoungSize(), builder::maxYoungSize);
			set(given.reservedCodeCacheSize(), builder::reservedCodeCacheSize);
			set(given.maxMetaspaceSize(), builder::maxMetaspaceSize);
			set(given.maxDirectMemorySize(), builder::maxDirectMemorySize);
			set(given.maxResidentSize(), builder::maxResidentSize);
		}
		this.limiter.accept(builder);
	}

	private static <T> void set(@Nullable T value, Consumer<T> setter) {
		if (value != null) {
			setter.accept(value);
		}
	}

}
