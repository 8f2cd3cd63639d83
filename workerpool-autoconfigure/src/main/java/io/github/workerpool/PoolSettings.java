package io.github.workerpool;

import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Settings of one pool. Immutable. Groups and names mirror the configuration keys one to
 * one: {@code queue.capacity} is {@code settings.queue().capacity()}, and
 * {@code builder.queue((queue) -> queue.capacity(10))} sets it.
 *
 * <pre class="code">
 * PoolSettings.builder("images").size(2).queue((queue) -> queue.capacity(100)).build();
 * </pre>
 *
 * @since 0.1.0
 */
public final class PoolSettings {

	private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*");

	private final String name;

	private final Map<PoolKey, Object> values;

	private final SortedSet<String> skipped;

	private final int minSize;

	private final int maxSize;

	private final Queue queue;

	private final Tasks task;

	private final ResourceLimits resourceLimits;

	private final Restart restart;

	private final Recycle recycle;

	private final Process process;

	private PoolSettings(String name, Map<PoolKey, Object> values, SortedSet<String> skipped, int minSize,
			int maxSize) {
		this.name = name;
		this.values = values;
		this.skipped = skipped;
		this.minSize = minSize;
		this.maxSize = maxSize;
		this.queue = new Queue(required(values, PoolKey.QUEUE_CAPACITY), required(values, PoolKey.QUEUE_MAX_BYTES),
				required(values, PoolKey.QUEUE_OVERFLOW), required(values, PoolKey.QUEUE_OFFER_TIMEOUT),
				optional(values, PoolKey.QUEUE_TIMEOUT), optional(values, PoolKey.QUEUE_SHARE));
		this.task = new Tasks(optional(values, PoolKey.TASK_TIMEOUT), required(values, PoolKey.TASK_GRACE),
				required(values, PoolKey.TASK_MAX_ATTEMPTS), required(values, PoolKey.TASK_COPY_ARGUMENTS));
		this.resourceLimits = new ResourceLimits(optional(values, PoolKey.STACK_SIZE),
				optional(values, PoolKey.CPU_TIME), optional(values, PoolKey.ALLOCATION),
				optional(values, PoolKey.MAX_HEAP_SIZE), optional(values, PoolKey.MAX_YOUNG_SIZE),
				optional(values, PoolKey.RESERVED_CODE_CACHE_SIZE), optional(values, PoolKey.MAX_METASPACE_SIZE),
				optional(values, PoolKey.MAX_DIRECT_MEMORY_SIZE), optional(values, PoolKey.MAX_RESIDENT_SIZE));
		this.restart = new Restart(required(values, PoolKey.RESTART_POLICY),
				required(values, PoolKey.RESTART_MAX_RESTARTS), required(values, PoolKey.RESTART_PERIOD),
				required(values, PoolKey.RESTART_COOL_DOWN),
				new Backoff(required(values, PoolKey.BACKOFF_INITIAL), required(values, PoolKey.BACKOFF_MULTIPLIER),
						required(values, PoolKey.BACKOFF_MAX), required(values, PoolKey.BACKOFF_JITTER)));
		this.recycle = new Recycle(optional(values, PoolKey.RECYCLE_AFTER_TASKS),
				optional(values, PoolKey.RECYCLE_AFTER_TIME), optional(values, PoolKey.RECYCLE_ABOVE_MEMORY),
				required(values, PoolKey.RECYCLE_JITTER));
		this.process = new Process(required(values, PoolKey.PROCESS_JVM_ARGS),
				optional(values, PoolKey.PROCESS_JAVA_HOME), required(values, PoolKey.PROCESS_ENVIRONMENT),
				required(values, PoolKey.PROCESS_SOURCES), required(values, PoolKey.PROCESS_SPARES),
				required(values, PoolKey.PROCESS_STARTUP_TIMEOUT), required(values, PoolKey.PROCESS_NICE),
				required(values, PoolKey.PROCESS_CLASS_DATA_SHARING),
				required(values, PoolKey.PROCESS_MAX_PAYLOAD_SIZE),
				optional(values, PoolKey.PROCESS_SERIALIZATION_FILTER),
				new Heartbeat(required(values, PoolKey.PROCESS_HEARTBEAT_INTERVAL),
						required(values, PoolKey.PROCESS_HEARTBEAT_TIMEOUT)));
	}

	/**
	 * Starts the settings of a pool.
	 * @param name name of the pool: lower-case letters, digits and dashes, a letter first
	 * @return a builder with every default in place
	 */
	public static Builder builder(String name) {
		return new Builder(name);
	}

	/**
	 * Name of the pool.
	 * @return the name
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Workers kept ready.
	 * @return the number
	 */
	public int minSize() {
		return this.minSize;
	}

	/**
	 * Most workers.
	 * @return the number
	 */
	public int maxSize() {
		return this.maxSize;
	}

	/**
	 * Key {@code isolation}: what a worker is.
	 * @return the value
	 */
	public Isolation isolation() {
		return required(this.values, PoolKey.ISOLATION);
	}

	/**
	 * Key {@code idle-timeout}: how long a worker above the minimum stays idle before it
	 * leaves.
	 * @return the value
	 */
	public Duration idleTimeout() {
		return required(this.values, PoolKey.IDLE_TIMEOUT);
	}

	/**
	 * Key {@code startup-wait}: whether the application's start waits for the workers.
	 * @return the value
	 */
	public boolean startupWait() {
		return required(this.values, PoolKey.STARTUP_WAIT);
	}

	/**
	 * Key {@code shutdown-timeout}: how long a stop waits for queued and running tasks.
	 * @return the value
	 */
	public Duration shutdownTimeout() {
		return required(this.values, PoolKey.SHUTDOWN_TIMEOUT);
	}

	/**
	 * Key {@code propagate-context}: whether the submitter's context travels with a task.
	 * @return the value
	 */
	public boolean propagateContext() {
		return required(this.values, PoolKey.PROPAGATE_CONTEXT);
	}

	/**
	 * The queue.
	 * @return the group
	 */
	public Queue queue() {
		return this.queue;
	}

	/**
	 * Defaults of tasks.
	 * @return the group
	 */
	public Tasks task() {
		return this.task;
	}

	/**
	 * Limits of a worker or a task.
	 * @return the group
	 */
	public ResourceLimits resourceLimits() {
		return this.resourceLimits;
	}

	/**
	 * Replacement of workers that died.
	 * @return the group
	 */
	public Restart restart() {
		return this.restart;
	}

	/**
	 * Planned replacement.
	 * @return the group
	 */
	public Recycle recycle() {
		return this.recycle;
	}

	/**
	 * Child JVMs.
	 * @return the group
	 */
	public Process process() {
		return this.process;
	}

	/**
	 * Keys that were inherited from defaults but have no meaning in this pool's
	 * isolation.
	 * @return the keys, sorted
	 */
	public SortedSet<String> skipped() {
		return this.skipped;
	}

	/**
	 * All settings in force, by key, for people to read; {@code null} is no limit or no
	 * timeout. Keys that were {@linkplain #skipped() skipped} are listed under
	 * {@code skipped}, if there are any.
	 * @return a sorted copy
	 */
	public Map<String, Object> toMap() {
		Map<String, Object> map = new TreeMap<>();
		Isolation isolation = isolation();
		for (PoolKey key : PoolKey.values()) {
			Object value = this.values.get(key);
			if (value != null && key.hasMeaningIn(isolation)) {
				map.put(key.key(), (value instanceof Enum<?> || value instanceof Path || value instanceof Duration)
						? value.toString() : value);
			}
		}
		map.remove(PoolKey.SIZE.key());
		map.put(PoolKey.MIN_SIZE.key(), this.minSize);
		map.put(PoolKey.MAX_SIZE.key(), this.maxSize);
		if (!this.skipped.isEmpty()) {
			map.put("skipped", List.copyOf(this.skipped));
		}
		return map;
	}

	@Override
	public String toString() {
		return "PoolSettings[" + this.name + ", " + toMap() + "]";
	}

	@SuppressWarnings("unchecked")
	private static <T> T required(Map<PoolKey, Object> values, PoolKey key) {
		return (T) Objects.requireNonNull(values.get(key), key.key());
	}

	@SuppressWarnings("unchecked")
	private static <T> @Nullable T optional(Map<PoolKey, Object> values, PoolKey key) {
		return (T) values.get(key);
	}

	/**
	 * The queue: {@code queue.*}.
	 *
	 * @param capacity most waiting tasks; 0 hands over directly
	 * @param maxBytes most bytes of encoded tasks waiting (process isolation)
	 * @param overflow what happens to a task that finds the queue full
	 * @param offerTimeout how long a submitter waits for room under
	 * {@link OverflowPolicy#WAIT}
	 * @param timeout longest wait in the queue
	 * @param share most of the queue one key may hold, 0 to 1
	 */
	public record Queue(int capacity, long maxBytes, OverflowPolicy overflow, Duration offerTimeout,
			@Nullable Duration timeout, @Nullable Double share) {

	}

	/**
	 * Defaults of tasks: {@code task.*}.
	 *
	 * @param timeout longest run, counted from the start of the run
	 * @param grace time from interruption to kill or abandonment
	 * @param maxAttempts runs of a task whose worker crashed
	 * @param copyArguments whether arguments and results are cloned (thread isolation)
	 */
	public record Tasks(@Nullable Duration timeout, Duration grace, int maxAttempts, boolean copyArguments) {

	}

	/**
	 * Limits of a worker or a task: {@code resource-limits.*}. {@code null} is no limit,
	 * or the JVM's own.
	 *
	 * @param stackSize stack of a task's thread, in bytes
	 * @param cpuTime CPU time of one task
	 * @param allocation bytes one task may allocate
	 * @param maxHeapSize heap of a worker in bytes (process isolation)
	 * @param maxYoungSize young generation of a worker in bytes (process isolation)
	 * @param reservedCodeCacheSize code cache of a worker in bytes (process isolation)
	 * @param maxMetaspaceSize metaspace of a worker in bytes (process isolation)
	 * @param maxDirectMemorySize direct memory of a worker in bytes (process isolation)
	 * @param maxResidentSize physical memory of a worker in bytes (process isolation)
	 */
	public record ResourceLimits(@Nullable Long stackSize, @Nullable Duration cpuTime, @Nullable Long allocation,
			@Nullable Long maxHeapSize, @Nullable Long maxYoungSize, @Nullable Long reservedCodeCacheSize,
			@Nullable Long maxMetaspaceSize, @Nullable Long maxDirectMemorySize, @Nullable Long maxResidentSize) {

	}

	/**
	 * Replacement of workers that died: {@code restart.*}.
	 *
	 * @param policy whether a worker that ended unasked is replaced
	 * @param maxRestarts most deaths within the period with no task succeeding in between
	 * @param period the period deaths are counted in
	 * @param coolDown after which a failed pool tries one worker
	 * @param backoff delays before a replacement
	 */
	public record Restart(RestartPolicy policy, int maxRestarts, Duration period, Duration coolDown, Backoff backoff) {

	}

	/**
	 * Delays before a replacement: {@code restart.backoff.*}.
	 *
	 * @param initial delay after the second death in a row
	 * @param multiplier growth of the delay with each further death
	 * @param max longest delay
	 * @param jitter random part of a delay, 0 to 1
	 */
	public record Backoff(Duration initial, double multiplier, Duration max, double jitter) {

	}

	/**
	 * Planned replacement: {@code recycle.*}. {@code null} is never.
	 *
	 * @param afterTasks tasks after which a worker is replaced
	 * @param afterTime age at which a worker is replaced
	 * @param aboveMemory used heap in bytes above which a worker is replaced (process
	 * isolation)
	 * @param jitter random part of each bound, 0 to 1
	 */
	public record Recycle(@Nullable Long afterTasks, @Nullable Duration afterTime, @Nullable Long aboveMemory,
			double jitter) {

	}

	/**
	 * Child JVMs: {@code process.*}.
	 *
	 * @param jvmArgs further JVM options of a child
	 * @param javaHome Java installation of a child; this JVM's by default
	 * @param environment further environment variables of a child
	 * @param sources configuration classes of a child's context, by name
	 * @param spares warm children kept aside
	 * @param startupTimeout longest start of a child
	 * @param nice niceness of a child, 0 to 19
	 * @param classDataSharing whether children start from an archive of classes
	 * @param maxPayloadSize most bytes of one encoded task, result or event
	 * @param serializationFilter further classes let through, as a pattern of
	 * {@link java.io.ObjectInputFilter}
	 * @param heartbeat signs of life
	 */
	public record Process(List<String> jvmArgs, @Nullable Path javaHome, Map<String, String> environment,
			List<String> sources, int spares, Duration startupTimeout, int nice, ClassDataSharing classDataSharing,
			long maxPayloadSize, @Nullable String serializationFilter, Heartbeat heartbeat) {

	}

	/**
	 * Signs of life: {@code process.heartbeat.*}.
	 *
	 * @param interval how often a child shows that it lives
	 * @param timeout silence after which a child counts as dead
	 */
	public record Heartbeat(Duration interval, Duration timeout) {

	}

	/**
	 * Collects the settings of a pool. Not safe for use by several threads.
	 */
	public static final class Builder {

		private final String name;

		private final Map<PoolKey, Object> values = new EnumMap<>(PoolKey.class);

		private final Map<PoolKey, Object> inherited = new EnumMap<>(PoolKey.class);

		private Builder(String name) {
			this.name = Objects.requireNonNull(name, "'name' must not be null");
		}

		/**
		 * Sets what a worker is.
		 * @param isolation the value
		 * @return this builder
		 */
		public Builder isolation(Isolation isolation) {
			put(PoolKey.ISOLATION, isolation);
			return this;
		}

		/**
		 * Sets both the minimum and the maximum size.
		 * @param size the value
		 * @return this builder
		 */
		public Builder size(int size) {
			put(PoolKey.SIZE, size);
			return this;
		}

		/**
		 * Sets workers kept ready.
		 * @param minSize the value
		 * @return this builder
		 */
		public Builder minSize(int minSize) {
			put(PoolKey.MIN_SIZE, minSize);
			return this;
		}

		/**
		 * Sets most workers.
		 * @param maxSize the value
		 * @return this builder
		 */
		public Builder maxSize(int maxSize) {
			put(PoolKey.MAX_SIZE, maxSize);
			return this;
		}

		/**
		 * Sets how long a worker above the minimum stays idle before it leaves.
		 * @param idleTimeout the value
		 * @return this builder
		 */
		public Builder idleTimeout(Duration idleTimeout) {
			put(PoolKey.IDLE_TIMEOUT, idleTimeout);
			return this;
		}

		/**
		 * Sets whether the application's start waits for the workers.
		 * @param startupWait the value
		 * @return this builder
		 */
		public Builder startupWait(boolean startupWait) {
			put(PoolKey.STARTUP_WAIT, startupWait);
			return this;
		}

		/**
		 * Sets how long a stop waits for queued and running tasks.
		 * @param shutdownTimeout the value
		 * @return this builder
		 */
		public Builder shutdownTimeout(Duration shutdownTimeout) {
			put(PoolKey.SHUTDOWN_TIMEOUT, shutdownTimeout);
			return this;
		}

		/**
		 * Sets whether the submitter's context travels with a task.
		 * @param propagateContext the value
		 * @return this builder
		 */
		public Builder propagateContext(boolean propagateContext) {
			put(PoolKey.PROPAGATE_CONTEXT, propagateContext);
			return this;
		}

		/**
		 * Sets values of the group {@code queue}.
		 * @param queue sets them
		 * @return this builder
		 */
		public Builder queue(Consumer<QueueBuilder> queue) {
			queue.accept(new QueueBuilder(this));
			return this;
		}

		/**
		 * Sets values of the group {@code task}.
		 * @param task sets them
		 * @return this builder
		 */
		public Builder task(Consumer<TasksBuilder> task) {
			task.accept(new TasksBuilder(this));
			return this;
		}

		/**
		 * Sets values of the group {@code resource-limits}.
		 * @param resourceLimits sets them
		 * @return this builder
		 */
		public Builder resourceLimits(Consumer<ResourceLimitsBuilder> resourceLimits) {
			resourceLimits.accept(new ResourceLimitsBuilder(this));
			return this;
		}

		/**
		 * Sets values of the group {@code restart}.
		 * @param restart sets them
		 * @return this builder
		 */
		public Builder restart(Consumer<RestartBuilder> restart) {
			restart.accept(new RestartBuilder(this));
			return this;
		}

		/**
		 * Sets values of the group {@code recycle}.
		 * @param recycle sets them
		 * @return this builder
		 */
		public Builder recycle(Consumer<RecycleBuilder> recycle) {
			recycle.accept(new RecycleBuilder(this));
			return this;
		}

		/**
		 * Sets values of the group {@code process}.
		 * @param process sets them
		 * @return this builder
		 */
		public Builder process(Consumer<ProcessBuilder> process) {
			process.accept(new ProcessBuilder(this));
			return this;
		}

		/**
		 * Takes over what another builder has set and this one has not. Values without a
		 * meaning in this pool's isolation are skipped, where setting them directly would
		 * be an error.
		 * @param defaults values for every pool
		 * @return this builder
		 */
		public Builder inherit(Builder defaults) {
			this.inherited.putAll(defaults.values);
			return this;
		}

		/**
		 * Checks the settings.
		 * @return the settings
		 * @throws InvalidPoolSettingException if a value makes no sense; it names the key
		 */
		public PoolSettings build() {
			if (!NAME.matcher(this.name).matches()) {
				throw new InvalidPoolSettingException(this.name, "name", this.name,
						"a name is made of lower-case letters, digits and dashes and begins with a letter");
			}
			Map<PoolKey, Object> resolved = new EnumMap<>(PoolKey.class);
			for (PoolKey key : PoolKey.values()) {
				Object value = this.values.getOrDefault(key, this.inherited.getOrDefault(key, key.defaultValue()));
				if (value != null) {
					resolved.put(key, value);
					check(key, value);
				}
			}
			Isolation isolation = required(resolved, PoolKey.ISOLATION);
			SortedSet<String> skipped = withoutMeaning(isolation);
			checkTogether(resolved, isolation);
			int max = size(PoolKey.MAX_SIZE);
			int min = size(PoolKey.MIN_SIZE);
			if (min > max) {
				if (has(PoolKey.MIN_SIZE) && has(PoolKey.MAX_SIZE)) {
					throw new InvalidPoolSettingException(this.name, PoolKey.MIN_SIZE.key(), min,
							"it must be at most 'max-size', which is " + max);
				}
				if (has(PoolKey.MIN_SIZE)) {
					max = min;
				}
				else {
					min = max;
				}
			}
			return new PoolSettings(this.name, resolved, skipped, min, max);
		}

		private void check(PoolKey key, Object value) {
			String complaint = key.complaintAbout(value);
			if (complaint != null) {
				throw new InvalidPoolSettingException(this.name, key.key(), value, complaint);
			}
		}

		private SortedSet<String> withoutMeaning(Isolation isolation) {
			SortedSet<String> skipped = new TreeSet<>();
			for (PoolKey key : PoolKey.values()) {
				if (key.hasMeaningIn(isolation)) {
					continue;
				}
				if (this.values.containsKey(key)) {
					throw new InvalidPoolSettingException(this.name, key.key(), this.values.get(key),
							"it needs isolation '" + lower(key.only()) + "' but the pool's is '" + lower(isolation)
									+ "'; set 'isolation: " + lower(key.only()) + "' or remove the key");
				}
				if (this.inherited.containsKey(key)) {
					skipped.add(key.key());
				}
			}
			return skipped;
		}

		private void checkTogether(Map<PoolKey, Object> resolved, Isolation isolation) {
			if (isolation == Isolation.PROCESS && resolved.get(PoolKey.QUEUE_OVERFLOW) == OverflowPolicy.CALLER_RUNS) {
				throw new InvalidPoolSettingException(this.name, PoolKey.QUEUE_OVERFLOW.key(), "caller-runs",
						"the caller is no child JVM; use 'reject' or 'wait', or isolation 'thread'");
			}
			Duration initial = required(resolved, PoolKey.BACKOFF_INITIAL);
			if (initial.compareTo(required(resolved, PoolKey.BACKOFF_MAX)) > 0) {
				throw new InvalidPoolSettingException(this.name, PoolKey.BACKOFF_INITIAL.key(), initial,
						"it must be at most 'restart.backoff.max'");
			}
			Duration interval = required(resolved, PoolKey.PROCESS_HEARTBEAT_INTERVAL);
			if (interval.compareTo(required(resolved, PoolKey.PROCESS_HEARTBEAT_TIMEOUT)) >= 0) {
				throw new InvalidPoolSettingException(this.name, PoolKey.PROCESS_HEARTBEAT_INTERVAL.key(), interval,
						"it must be less than 'process.heartbeat.timeout'");
			}
		}

		/**
		 * A bound is the pool's own, else the pool's own {@code size}, else the inherited
		 * bound, else the inherited {@code size}, else the number of processors.
		 */
		private int size(PoolKey bound) {
			for (Map<PoolKey, Object> source : List.of(this.values, this.inherited)) {
				Object value = source.getOrDefault(bound, source.get(PoolKey.SIZE));
				if (value != null) {
					return (Integer) value;
				}
			}
			return Runtime.getRuntime().availableProcessors();
		}

		private boolean has(PoolKey bound) {
			return this.values.containsKey(bound)
					|| (this.inherited.containsKey(bound) && !this.values.containsKey(PoolKey.SIZE));
		}

		private void put(PoolKey key, Object value) {
			this.values.put(key, Objects.requireNonNull(value, () -> "'" + key.key() + "' must not be null"));
		}

		private static String lower(@Nullable Object value) {
			return String.valueOf(value).toLowerCase(Locale.ROOT);
		}

	}

	/**
	 * Sets values of {@link Queue}.
	 */
	public static final class QueueBuilder {

		private final Builder builder;

		private QueueBuilder(Builder builder) {
			this.builder = builder;
		}

		/**
		 * Sets most waiting tasks; 0 hands over directly.
		 * @param capacity the value
		 * @return this builder
		 */
		public QueueBuilder capacity(int capacity) {
			this.builder.put(PoolKey.QUEUE_CAPACITY, capacity);
			return this;
		}

		/**
		 * Sets most bytes of encoded tasks waiting (process isolation).
		 * @param maxBytes the value
		 * @return this builder
		 */
		public QueueBuilder maxBytes(long maxBytes) {
			this.builder.put(PoolKey.QUEUE_MAX_BYTES, maxBytes);
			return this;
		}

		/**
		 * Sets what happens to a task that finds the queue full.
		 * @param overflow the value
		 * @return this builder
		 */
		public QueueBuilder overflow(OverflowPolicy overflow) {
			this.builder.put(PoolKey.QUEUE_OVERFLOW, overflow);
			return this;
		}

		/**
		 * Sets how long a submitter waits for room under {@link OverflowPolicy#WAIT}.
		 * @param offerTimeout the value
		 * @return this builder
		 */
		public QueueBuilder offerTimeout(Duration offerTimeout) {
			this.builder.put(PoolKey.QUEUE_OFFER_TIMEOUT, offerTimeout);
			return this;
		}

		/**
		 * Sets longest wait in the queue.
		 * @param timeout the value
		 * @return this builder
		 */
		public QueueBuilder timeout(Duration timeout) {
			this.builder.put(PoolKey.QUEUE_TIMEOUT, timeout);
			return this;
		}

		/**
		 * Sets most of the queue one key may hold, 0 to 1.
		 * @param share the value
		 * @return this builder
		 */
		public QueueBuilder share(double share) {
			this.builder.put(PoolKey.QUEUE_SHARE, share);
			return this;
		}

	}

	/**
	 * Sets values of {@link Tasks}.
	 */
	public static final class TasksBuilder {

		private final Builder builder;

		private TasksBuilder(Builder builder) {
			this.builder = builder;
		}

		/**
		 * Sets longest run, counted from the start of the run.
		 * @param timeout the value
		 * @return this builder
		 */
		public TasksBuilder timeout(Duration timeout) {
			this.builder.put(PoolKey.TASK_TIMEOUT, timeout);
			return this;
		}

		/**
		 * Sets time from interruption to kill or abandonment.
		 * @param grace the value
		 * @return this builder
		 */
		public TasksBuilder grace(Duration grace) {
			this.builder.put(PoolKey.TASK_GRACE, grace);
			return this;
		}

		/**
		 * Sets runs of a task whose worker crashed.
		 * @param maxAttempts the value
		 * @return this builder
		 */
		public TasksBuilder maxAttempts(int maxAttempts) {
			this.builder.put(PoolKey.TASK_MAX_ATTEMPTS, maxAttempts);
			return this;
		}

		/**
		 * Sets whether arguments and results are cloned (thread isolation).
		 * @param copyArguments the value
		 * @return this builder
		 */
		public TasksBuilder copyArguments(boolean copyArguments) {
			this.builder.put(PoolKey.TASK_COPY_ARGUMENTS, copyArguments);
			return this;
		}

	}

	/**
	 * Sets values of {@link ResourceLimits}.
	 */
	public static final class ResourceLimitsBuilder {

		private final Builder builder;

		private ResourceLimitsBuilder(Builder builder) {
			this.builder = builder;
		}

		/**
		 * Sets stack of a task's thread, in bytes.
		 * @param stackSize the value
		 * @return this builder
		 */
		public ResourceLimitsBuilder stackSize(long stackSize) {
			this.builder.put(PoolKey.STACK_SIZE, stackSize);
			return this;
		}

		/**
		 * Sets CPU time of one task.
		 * @param cpuTime the value
		 * @return this builder
		 */
		public ResourceLimitsBuilder cpuTime(Duration cpuTime) {
			this.builder.put(PoolKey.CPU_TIME, cpuTime);
			return this;
		}

		/**
		 * Sets bytes one task may allocate.
		 * @param allocation the value
		 * @return this builder
		 */
		public ResourceLimitsBuilder allocation(long allocation) {
			this.builder.put(PoolKey.ALLOCATION, allocation);
			return this;
		}

		/**
		 * Sets heap of a worker in bytes (process isolation).
		 * @param maxHeapSize the value
		 * @return this builder
		 */
		public ResourceLimitsBuilder maxHeapSize(long maxHeapSize) {
			this.builder.put(PoolKey.MAX_HEAP_SIZE, maxHeapSize);
			return this;
		}

		/**
		 * Sets young generation of a worker in bytes (process isolation).
		 * @param maxYoungSize the value
		 * @return this builder
		 */
		public ResourceLimitsBuilder maxYoungSize(long maxYoungSize) {
			this.builder.put(PoolKey.MAX_YOUNG_SIZE, maxYoungSize);
			return this;
		}

		/**
		 * Sets code cache of a worker in bytes (process isolation).
		 * @param reservedCodeCacheSize the value
		 * @return this builder
		 */
		public ResourceLimitsBuilder reservedCodeCacheSize(long reservedCodeCacheSize) {
			this.builder.put(PoolKey.RESERVED_CODE_CACHE_SIZE, reservedCodeCacheSize);
			return this;
		}

		/**
		 * Sets metaspace of a worker in bytes (process isolation).
		 * @param maxMetaspaceSize the value
		 * @return this builder
		 */
		public ResourceLimitsBuilder maxMetaspaceSize(long maxMetaspaceSize) {
			this.builder.put(PoolKey.MAX_METASPACE_SIZE, maxMetaspaceSize);
			return this;
		}

		/**
		 * Sets direct memory of a worker in bytes (process isolation).
		 * @param maxDirectMemorySize the value
		 * @return this builder
		 */
		public ResourceLimitsBuilder maxDirectMemorySize(long maxDirectMemorySize) {
			this.builder.put(PoolKey.MAX_DIRECT_MEMORY_SIZE, maxDirectMemorySize);
			return this;
		}

		/**
		 * Sets physical memory of a worker in bytes (process isolation).
		 * @param maxResidentSize the value
		 * @return this builder
		 */
		public ResourceLimitsBuilder maxResidentSize(long maxResidentSize) {
			this.builder.put(PoolKey.MAX_RESIDENT_SIZE, maxResidentSize);
			return this;
		}

	}

	/**
	 * Sets values of {@link Restart}.
	 */
	public static final class RestartBuilder {

		private final Builder builder;

		private RestartBuilder(Builder builder) {
			this.builder = builder;
		}

		/**
		 * Sets whether a worker that ended unasked is replaced.
		 * @param policy the value
		 * @return this builder
		 */
		public RestartBuilder policy(RestartPolicy policy) {
			this.builder.put(PoolKey.RESTART_POLICY, policy);
			return this;
		}

		/**
		 * Sets most deaths within the period with no task succeeding in between.
		 * @param maxRestarts the value
		 * @return this builder
		 */
		public RestartBuilder maxRestarts(int maxRestarts) {
			this.builder.put(PoolKey.RESTART_MAX_RESTARTS, maxRestarts);
			return this;
		}

		/**
		 * Sets the period deaths are counted in.
		 * @param period the value
		 * @return this builder
		 */
		public RestartBuilder period(Duration period) {
			this.builder.put(PoolKey.RESTART_PERIOD, period);
			return this;
		}

		/**
		 * Sets after which a failed pool tries one worker.
		 * @param coolDown the value
		 * @return this builder
		 */
		public RestartBuilder coolDown(Duration coolDown) {
			this.builder.put(PoolKey.RESTART_COOL_DOWN, coolDown);
			return this;
		}

		/**
		 * Sets values of the group {@code backoff}.
		 * @param backoff sets them
		 * @return this builder
		 */
		public RestartBuilder backoff(Consumer<BackoffBuilder> backoff) {
			backoff.accept(new BackoffBuilder(this.builder));
			return this;
		}

	}

	/**
	 * Sets values of {@link Backoff}.
	 */
	public static final class BackoffBuilder {

		private final Builder builder;

		private BackoffBuilder(Builder builder) {
			this.builder = builder;
		}

		/**
		 * Sets delay after the second death in a row.
		 * @param initial the value
		 * @return this builder
		 */
		public BackoffBuilder initial(Duration initial) {
			this.builder.put(PoolKey.BACKOFF_INITIAL, initial);
			return this;
		}

		/**
		 * Sets growth of the delay with each further death.
		 * @param multiplier the value
		 * @return this builder
		 */
		public BackoffBuilder multiplier(double multiplier) {
			this.builder.put(PoolKey.BACKOFF_MULTIPLIER, multiplier);
			return this;
		}

		/**
		 * Sets longest delay.
		 * @param max the value
		 * @return this builder
		 */
		public BackoffBuilder max(Duration max) {
			this.builder.put(PoolKey.BACKOFF_MAX, max);
			return this;
		}

		/**
		 * Sets random part of a delay, 0 to 1.
		 * @param jitter the value
		 * @return this builder
		 */
		public BackoffBuilder jitter(double jitter) {
			this.builder.put(PoolKey.BACKOFF_JITTER, jitter);
			return this;
		}

	}

	/**
	 * Sets values of {@link Recycle}.
	 */
	public static final class RecycleBuilder {

		private final Builder builder;

		private RecycleBuilder(Builder builder) {
			this.builder = builder;
		}

		/**
		 * Sets tasks after which a worker is replaced.
		 * @param afterTasks the value
		 * @return this builder
		 */
		public RecycleBuilder afterTasks(long afterTasks) {
			this.builder.put(PoolKey.RECYCLE_AFTER_TASKS, afterTasks);
			return this;
		}

		/**
		 * Sets age at which a worker is replaced.
		 * @param afterTime the value
		 * @return this builder
		 */
		public RecycleBuilder afterTime(Duration afterTime) {
			this.builder.put(PoolKey.RECYCLE_AFTER_TIME, afterTime);
			return this;
		}

		/**
		 * Sets used heap in bytes above which a worker is replaced (process isolation).
		 * @param aboveMemory the value
		 * @return this builder
		 */
		public RecycleBuilder aboveMemory(long aboveMemory) {
			this.builder.put(PoolKey.RECYCLE_ABOVE_MEMORY, aboveMemory);
			return this;
		}

		/**
		 * Sets random part of each bound, 0 to 1.
		 * @param jitter the value
		 * @return this builder
		 */
		public RecycleBuilder jitter(double jitter) {
			this.builder.put(PoolKey.RECYCLE_JITTER, jitter);
			return this;
		}

	}

	/**
	 * Sets values of {@link Process}.
	 */
	public static final class ProcessBuilder {

		private final Builder builder;

		private ProcessBuilder(Builder builder) {
			this.builder = builder;
		}

		/**
		 * Sets further JVM options of a child.
		 * @param jvmArgs the value
		 * @return this builder
		 */
		public ProcessBuilder jvmArgs(List<String> jvmArgs) {
			this.builder.put(PoolKey.PROCESS_JVM_ARGS, List.copyOf(jvmArgs));
			return this;
		}

		/**
		 * Sets Java installation of a child; this JVM's by default.
		 * @param javaHome the value
		 * @return this builder
		 */
		public ProcessBuilder javaHome(Path javaHome) {
			this.builder.put(PoolKey.PROCESS_JAVA_HOME, javaHome);
			return this;
		}

		/**
		 * Sets further environment variables of a child.
		 * @param environment the value
		 * @return this builder
		 */
		public ProcessBuilder environment(Map<String, String> environment) {
			this.builder.put(PoolKey.PROCESS_ENVIRONMENT, Map.copyOf(environment));
			return this;
		}

		/**
		 * Sets configuration classes of a child's context, by name.
		 * @param sources the value
		 * @return this builder
		 */
		public ProcessBuilder sources(List<String> sources) {
			this.builder.put(PoolKey.PROCESS_SOURCES, List.copyOf(sources));
			return this;
		}

		/**
		 * Sets warm children kept aside.
		 * @param spares the value
		 * @return this builder
		 */
		public ProcessBuilder spares(int spares) {
			this.builder.put(PoolKey.PROCESS_SPARES, spares);
			return this;
		}

		/**
		 * Sets longest start of a child.
		 * @param startupTimeout the value
		 * @return this builder
		 */
		public ProcessBuilder startupTimeout(Duration startupTimeout) {
			this.builder.put(PoolKey.PROCESS_STARTUP_TIMEOUT, startupTimeout);
			return this;
		}

		/**
		 * Sets niceness of a child, 0 to 19.
		 * @param nice the value
		 * @return this builder
		 */
		public ProcessBuilder nice(int nice) {
			this.builder.put(PoolKey.PROCESS_NICE, nice);
			return this;
		}

		/**
		 * Sets whether children start from an archive of classes.
		 * @param classDataSharing the value
		 * @return this builder
		 */
		public ProcessBuilder classDataSharing(ClassDataSharing classDataSharing) {
			this.builder.put(PoolKey.PROCESS_CLASS_DATA_SHARING, classDataSharing);
			return this;
		}

		/**
		 * Sets most bytes of one encoded task, result or event.
		 * @param maxPayloadSize the value
		 * @return this builder
		 */
		public ProcessBuilder maxPayloadSize(long maxPayloadSize) {
			this.builder.put(PoolKey.PROCESS_MAX_PAYLOAD_SIZE, maxPayloadSize);
			return this;
		}

		/**
		 * Sets further classes let through, as a pattern of
		 * {@link java.io.ObjectInputFilter}.
		 * @param serializationFilter the value
		 * @return this builder
		 */
		public ProcessBuilder serializationFilter(String serializationFilter) {
			this.builder.put(PoolKey.PROCESS_SERIALIZATION_FILTER, serializationFilter);
			return this;
		}

		/**
		 * Sets values of the group {@code heartbeat}.
		 * @param heartbeat sets them
		 * @return this builder
		 */
		public ProcessBuilder heartbeat(Consumer<HeartbeatBuilder> heartbeat) {
			heartbeat.accept(new HeartbeatBuilder(this.builder));
			return this;
		}

	}

	/**
	 * Sets values of {@link Heartbeat}.
	 */
	public static final class HeartbeatBuilder {

		private final Builder builder;

		private HeartbeatBuilder(Builder builder) {
			this.builder = builder;
		}

		/**
		 * Sets how often a child shows that it lives.
		 * @param interval the value
		 * @return this builder
		 */
		public HeartbeatBuilder interval(Duration interval) {
			this.builder.put(PoolKey.PROCESS_HEARTBEAT_INTERVAL, interval);
			return this;
		}

		/**
		 * Sets silence after which a child counts as dead.
		 * @param timeout the value
		 * @return this builder
		 */
		public HeartbeatBuilder timeout(Duration timeout) {
			this.builder.put(PoolKey.PROCESS_HEARTBEAT_TIMEOUT, timeout);
			return this;
		}

	}

}
