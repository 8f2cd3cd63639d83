package io.github.workerpool.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.Isolation;
import io.github.workerpool.OverflowPolicy;
import io.github.workerpool.RestartPolicy;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.unit.DataSize;

/**
 * Configuration properties of worker pools. Shows what each group says by itself; what is
 * in force for a pool, once the defaults are taken over, is in its
 * {@link io.github.workerpool.PoolSettings}.
 *
 * @since 0.1.0
 */
@ConfigurationProperties("workerpool")
public class WorkerPoolProperties {

	/**
	 * Whether worker pools are auto-configured.
	 */
	private boolean enabled = true;

	/**
	 * Name of the pool that is used where none is named. If it is not configured, it
	 * exists all the same and starts its workers at first use.
	 */
	private String defaultPool = "default";

	/**
	 * Pools by name. Names are made of lower-case letters, digits and dashes, a letter
	 * first. What a pool does not set comes from the defaults.
	 */
	private final Map<String, Pool> pools = new LinkedHashMap<>();

	private final Pool defaults = new Pool();

	private final ChildProcesses process = new ChildProcesses();

	public boolean isEnabled() {
		return this.enabled;
	}

	public void setEnabled(boolean enabled) {
		this.enabled = enabled;
	}

	public String getDefaultPool() {
		return this.defaultPool;
	}

	public void setDefaultPool(String defaultPool) {
		this.defaultPool = defaultPool;
	}

	public Map<String, Pool> getPools() {
		return this.pools;
	}

	public Pool getDefaults() {
		return this.defaults;
	}

	public ChildProcesses getProcess() {
		return this.process;
	}

	/**
	 * Settings of a pool.
	 */
	public static class Pool {

		/**
		 * What a worker is: a thread of this JVM, or a child JVM of its own.
		 */
		private Isolation isolation = Isolation.THREAD;

		/**
		 * Number of workers: sets both the minimum and the maximum size. By default, the
		 * number of available processors.
		 */
		private @Nullable Integer size;

		/**
		 * Number of workers kept ready. By default, the size.
		 */
		private @Nullable Integer minSize;

		/**
		 * Most workers. By default, the size.
		 */
		private @Nullable Integer maxSize;

		/**
		 * How long a worker above the minimum size stays idle before it leaves.
		 */
		private Duration idleTimeout = Duration.ofMinutes(1);

		/**
		 * Whether the start of the application waits until the workers are ready, at most
		 * for the start-up timeout of a process; after that it goes on with what is
		 * there.
		 */
		private boolean startupWait = true;

		/**
		 * How long a stop waits for queued and running tasks before it cancels them.
		 */
		private Duration shutdownTimeout = Duration.ofSeconds(20);

		/**
		 * Whether the context of the submitter (logging, tracing, security, locale)
		 * travels with a task.
		 */
		private boolean propagateContext = true;

		private final Queue queue = new Queue();

		private final Task task = new Task();

		private final ResourceLimits resourceLimits = new ResourceLimits();

		private final Restart restart = new Restart();

		private final Recycle recycle = new Recycle();

		private final Process process = new Process();

		public Isolation getIsolation() {
			return this.isolation;
		}

		public void setIsolation(Isolation isolation) {
			this.isolation = isolation;
		}

		public @Nullable Integer getSize() {
			return this.size;
		}

		public void setSize(@Nullable Integer size) {
			this.size = size;
		}

		public @Nullable Integer getMinSize() {
			return this.minSize;
		}

		public void setMinSize(@Nullable Integer minSize) {
			this.minSize = minSize;
		}

		public @Nullable Integer getMaxSize() {
			return this.maxSize;
		}

		public void setMaxSize(@Nullable Integer maxSize) {
			this.maxSize = maxSize;
		}

		public Duration getIdleTimeout() {
			return this.idleTimeout;
		}

		public void setIdleTimeout(Duration idleTimeout) {
			this.idleTimeout = idleTimeout;
		}

		public boolean isStartupWait() {
			return this.startupWait;
		}

		public void setStartupWait(boolean startupWait) {
			this.startupWait = startupWait;
		}

		public Duration getShutdownTimeout() {
			return this.shutdownTimeout;
		}

		public void setShutdownTimeout(Duration shutdownTimeout) {
			this.shutdownTimeout = shutdownTimeout;
		}

		public boolean isPropagateContext() {
			return this.propagateContext;
		}

		public void setPropagateContext(boolean propagateContext) {
			this.propagateContext = propagateContext;
		}

		public Queue getQueue() {
			return this.queue;
		}

		public Task getTask() {
			return this.task;
		}

		public ResourceLimits getResourceLimits() {
			return this.resourceLimits;
		}

		public Restart getRestart() {
			return this.restart;
		}

		public Recycle getRecycle() {
			return this.recycle;
		}

		public Process getProcess() {
			return this.process;
		}

		/**
		 * Waiting tasks.
		 */
		public static class Queue {

			/**
			 * Most tasks that wait. With 0, tasks are handed to idle workers directly.
			 */
			private int capacity = 1000;

			/**
			 * Most bytes of encoded tasks that wait. Process isolation only.
			 */
			private DataSize maxBytes = DataSize.ofMegabytes(256);

			/**
			 * What happens to a task that finds the queue full. With "caller-runs", which
			 * needs thread isolation, no deadline or limit applies.
			 */
			private OverflowPolicy overflow = OverflowPolicy.REJECT;

			/**
			 * How long a submitter waits for room in the queue if the overflow policy is
			 * "wait".
			 */
			private Duration offerTimeout = Duration.ofSeconds(1);

			/**
			 * Longest wait in the queue. Unlimited if not set.
			 */
			private @Nullable Duration timeout;

			/**
			 * Most of the queue that the tasks of one key may hold, as a fraction of its
			 * capacity, from 0 to 1. Tasks without a key are not counted. Unlimited if
			 * not set.
			 */
			private @Nullable Double share;

			public int getCapacity() {
				return this.capacity;
			}

			public void setCapacity(int capacity) {
				this.capacity = capacity;
			}

			public DataSize getMaxBytes() {
				return this.maxBytes;
			}

			public void setMaxBytes(DataSize maxBytes) {
				this.maxBytes = maxBytes;
			}

			public OverflowPolicy getOverflow() {
				return this.overflow;
			}

			public void setOverflow(OverflowPolicy overflow) {
				this.overflow = overflow;
			}

			public Duration getOfferTimeout() {
				return this.offerTimeout;
			}

			public void setOfferTimeout(Duration offerTimeout) {
				this.offerTimeout = offerTimeout;
			}

			public @Nullable Duration getTimeout() {
				return this.timeout;
			}

			public void setTimeout(@Nullable Duration timeout) {
				this.timeout = timeout;
			}

			public @Nullable Double getShare() {
				return this.share;
			}

			public void setShare(@Nullable Double share) {
				this.share = share;
			}

		}

		/**
		 * Defaults of tasks.
		 */
		public static class Task {

			/**
			 * Longest run of a task, counted from the start of the run. Unlimited if not
			 * set.
			 */
			private @Nullable Duration timeout;

			/**
			 * Time between the interruption of a task and the end of its worker: a child
			 * JVM is killed, a thread abandoned and replaced.
			 */
			private Duration grace = Duration.ofSeconds(1);

			/**
			 * Most runs of a task whose worker crashed. Nothing else is ever retried.
			 */
			private int maxAttempts = 1;

			/**
			 * Whether arguments and results are copied, so that changing the isolation
			 * changes no result. Thread isolation only.
			 */
			private boolean copyArguments = false;

			public @Nullable Duration getTimeout() {
				return this.timeout;
			}

			public void setTimeout(@Nullable Duration timeout) {
				this.timeout = timeout;
			}

			public Duration getGrace() {
				return this.grace;
			}

			public void setGrace(Duration grace) {
				this.grace = grace;
			}

			public int getMaxAttempts() {
				return this.maxAttempts;
			}

			public void setMaxAttempts(int maxAttempts) {
				this.maxAttempts = maxAttempts;
			}

			public boolean isCopyArguments() {
				return this.copyArguments;
			}

			public void setCopyArguments(boolean copyArguments) {
				this.copyArguments = copyArguments;
			}

		}

		/**
		 * Limits of a worker or a task.
		 */
		public static class ResourceLimits {

			/**
			 * Stack of the threads that run tasks. Chosen by the JVM if not set.
			 */
			private @Nullable DataSize stackSize;

			/**
			 * CPU time that one task may use. Unlimited if not set.
			 */
			private @Nullable Duration cpuTime;

			/**
			 * Memory that one task may allocate. Unlimited if not set.
			 */
			private @Nullable DataSize allocation;

			/**
			 * Largest heap of a child JVM. By default, the workers share 75 percent of
			 * the memory less the largest heap of this JVM, between 64MB and 512MB each.
			 * Process isolation only.
			 */
			private @Nullable DataSize maxHeapSize;

			/**
			 * Largest young generation of a child JVM. Chosen by the JVM if not set.
			 * Process isolation only.
			 */
			private @Nullable DataSize maxYoungSize;

			/**
			 * Code cache of a child JVM. Chosen by the JVM if not set. Process isolation
			 * only.
			 */
			private @Nullable DataSize reservedCodeCacheSize;

			/**
			 * Largest metaspace of a child JVM. Unlimited if not set. Process isolation
			 * only.
			 */
			private @Nullable DataSize maxMetaspaceSize;

			/**
			 * Most direct memory of a child JVM. Chosen by the JVM if not set. Process
			 * isolation only.
			 */
			private @Nullable DataSize maxDirectMemorySize;

			/**
			 * Most physical memory of a child JVM. Needs Linux. Unlimited if not set.
			 * Process isolation only.
			 */
			private @Nullable DataSize maxResidentSize;

			public @Nullable DataSize getStackSize() {
				return this.stackSize;
			}

			public void setStackSize(@Nullable DataSize stackSize) {
				this.stackSize = stackSize;
			}

			public @Nullable Duration getCpuTime() {
				return this.cpuTime;
			}

			public void setCpuTime(@Nullable Duration cpuTime) {
				this.cpuTime = cpuTime;
			}

			public @Nullable DataSize getAllocation() {
				return this.allocation;
			}

			public void setAllocation(@Nullable DataSize allocation) {
				this.allocation = allocation;
			}

			public @Nullable DataSize getMaxHeapSize() {
				return this.maxHeapSize;
			}

			public void setMaxHeapSize(@Nullable DataSize maxHeapSize) {
				this.maxHeapSize = maxHeapSize;
			}

			public @Nullable DataSize getMaxYoungSize() {
				return this.maxYoungSize;
			}

			public void setMaxYoungSize(@Nullable DataSize maxYoungSize) {
				this.maxYoungSize = maxYoungSize;
			}

			public @Nullable DataSize getReservedCodeCacheSize() {
				return this.reservedCodeCacheSize;
			}

			public void setReservedCodeCacheSize(@Nullable DataSize reservedCodeCacheSize) {
				this.reservedCodeCacheSize = reservedCodeCacheSize;
			}

			public @Nullable DataSize getMaxMetaspaceSize() {
				return this.maxMetaspaceSize;
			}

			public void setMaxMetaspaceSize(@Nullable DataSize maxMetaspaceSize) {
				this.maxMetaspaceSize = maxMetaspaceSize;
			}

			public @Nullable DataSize getMaxDirectMemorySize() {
				return this.maxDirectMemorySize;
			}

			public void setMaxDirectMemorySize(@Nullable DataSize maxDirectMemorySize) {
				this.maxDirectMemorySize = maxDirectMemorySize;
			}

			public @Nullable DataSize getMaxResidentSize() {
				return this.maxResidentSize;
			}

			public void setMaxResidentSize(@Nullable DataSize maxResidentSize) {
				this.maxResidentSize = maxResidentSize;
			}

		}

		/**
		 * Replacement of workers that died.
		 */
		public static class Restart {

			/**
			 * When a worker that ended unasked is replaced. With "on-failure", not after
			 * exit code 0. What is not replaced makes the pool smaller.
			 */
			private RestartPolicy policy = RestartPolicy.ALWAYS;

			/**
			 * Most deaths of workers within the period, with no task succeeding in
			 * between, before the pool fails.
			 */
			private int maxRestarts = 5;

			/**
			 * Period in which deaths of workers are counted.
			 */
			private Duration period = Duration.ofMinutes(1);

			/**
			 * Time after which a failed pool tries to start one worker.
			 */
			private Duration coolDown = Duration.ofSeconds(30);

			private final Backoff backoff = new Backoff();

			public RestartPolicy getPolicy() {
				return this.policy;
			}

			public void setPolicy(RestartPolicy policy) {
				this.policy = policy;
			}

			public int getMaxRestarts() {
				return this.maxRestarts;
			}

			public void setMaxRestarts(int maxRestarts) {
				this.maxRestarts = maxRestarts;
			}

			public Duration getPeriod() {
				return this.period;
			}

			public void setPeriod(Duration period) {
				this.period = period;
			}

			public Duration getCoolDown() {
				return this.coolDown;
			}

			public void setCoolDown(Duration coolDown) {
				this.coolDown = coolDown;
			}

			public Backoff getBackoff() {
				return this.backoff;
			}

			/**
			 * Delays before a worker is replaced.
			 */
			public static class Backoff {

				/**
				 * Delay after the second death in a row.
				 */
				private Duration initial = Duration.ofMillis(100);

				/**
				 * Growth of the delay with each further death.
				 */
				private double multiplier = 2;

				/**
				 * Longest delay.
				 */
				private Duration max = Duration.ofSeconds(10);

				/**
				 * Random part of a delay, from 0 to 1.
				 */
				private double jitter = 0.2;

				public Duration getInitial() {
					return this.initial;
				}

				public void setInitial(Duration initial) {
					this.initial = initial;
				}

				public double getMultiplier() {
					return this.multiplier;
				}

				public void setMultiplier(double multiplier) {
					this.multiplier = multiplier;
				}

				public Duration getMax() {
					return this.max;
				}

				public void setMax(Duration max) {
					this.max = max;
				}

				public double getJitter() {
					return this.jitter;
				}

				public void setJitter(double jitter) {
					this.jitter = jitter;
				}

			}

		}

		/**
		 * Planned replacement of workers between tasks.
		 */
		public static class Recycle {

			/**
			 * Number of tasks after which a worker is replaced. Never if not set.
			 */
			private @Nullable Long afterTasks;

			/**
			 * Age at which a worker is replaced. Never if not set.
			 */
			private @Nullable Duration afterTime;

			/**
			 * Used heap above which a worker is replaced. Never if not set. Process
			 * isolation only.
			 */
			private @Nullable DataSize aboveMemory;

			/**
			 * Random part of each bound, from 0 to 1, so that workers are not replaced
			 * all at once.
			 */
			private double jitter = 0.1;

			public @Nullable Long getAfterTasks() {
				return this.afterTasks;
			}

			public void setAfterTasks(@Nullable Long afterTasks) {
				this.afterTasks = afterTasks;
			}

			public @Nullable Duration getAfterTime() {
				return this.afterTime;
			}

			public void setAfterTime(@Nullable Duration afterTime) {
				this.afterTime = afterTime;
			}

			public @Nullable DataSize getAboveMemory() {
				return this.aboveMemory;
			}

			public void setAboveMemory(@Nullable DataSize aboveMemory) {
				this.aboveMemory = aboveMemory;
			}

			public double getJitter() {
				return this.jitter;
			}

			public void setJitter(double jitter) {
				this.jitter = jitter;
			}

		}

		/**
		 * Child JVMs.
		 */
		public static class Process {

			/**
			 * Comma-separated list of further JVM options of a child JVM. Process
			 * isolation only.
			 */
			private List<String> jvmArgs = new ArrayList<>();

			/**
			 * Java installation of a child JVM. By default, the one this JVM runs on.
			 * Process isolation only.
			 */
			private @Nullable Path javaHome;

			/**
			 * Further environment variables of a child JVM, by name. Process isolation
			 * only.
			 */
			private final Map<String, String> environment = new LinkedHashMap<>();

			/**
			 * Comma-separated list of configuration classes of the context in a child
			 * JVM, beside the offloaded beans. Process isolation only.
			 */
			private List<String> sources = new ArrayList<>();

			/**
			 * Number of warm child JVMs kept aside for replacements. Process isolation
			 * only.
			 */
			private int spares = 0;

			/**
			 * Longest start of a child JVM. Set on the defaults, it also bounds how long
			 * the start of the application waits for any pool. Process isolation only.
			 */
			private Duration startupTimeout = Duration.ofSeconds(30);

			/**
			 * Niceness of a child JVM, from 0 to 19. Needs Linux. Process isolation only.
			 */
			private int nice = 0;

			/**
			 * How child JVMs start faster: with "auto", from an archive of classes made
			 * by the pool. Process isolation only.
			 */
			private ClassDataSharing classDataSharing = ClassDataSharing.AUTO;

			/**
			 * Largest encoded task, result or event. Process isolation only.
			 */
			private DataSize maxPayloadSize = DataSize.ofMegabytes(64);

			/**
			 * Further classes that may be deserialized, as a pattern of a JDK
			 * serialization filter. Process isolation only.
			 */
			private @Nullable String serializationFilter;

			private final Heartbeat heartbeat = new Heartbeat();

			public List<String> getJvmArgs() {
				return this.jvmArgs;
			}

			public void setJvmArgs(List<String> jvmArgs) {
				this.jvmArgs = jvmArgs;
			}

			public @Nullable Path getJavaHome() {
				return this.javaHome;
			}

			public void setJavaHome(@Nullable Path javaHome) {
				this.javaHome = javaHome;
			}

			public Map<String, String> getEnvironment() {
				return this.environment;
			}

			public List<String> getSources() {
				return this.sources;
			}

			public void setSources(List<String> sources) {
				this.sources = sources;
			}

			public int getSpares() {
				return this.spares;
			}

			public void setSpares(int spares) {
				this.spares = spares;
			}

			public Duration getStartupTimeout() {
				return this.startupTimeout;
			}

			public void setStartupTimeout(Duration startupTimeout) {
				this.startupTimeout = startupTimeout;
			}

			public int getNice() {
				return this.nice;
			}

			public void setNice(int nice) {
				this.nice = nice;
			}

			public ClassDataSharing getClassDataSharing() {
				return this.classDataSharing;
			}

			public void setClassDataSharing(ClassDataSharing classDataSharing) {
				this.classDataSharing = classDataSharing;
			}

			public DataSize getMaxPayloadSize() {
				return this.maxPayloadSize;
			}

			public void setMaxPayloadSize(DataSize maxPayloadSize) {
				this.maxPayloadSize = maxPayloadSize;
			}

			public @Nullable String getSerializationFilter() {
				return this.serializationFilter;
			}

			public void setSerializationFilter(@Nullable String serializationFilter) {
				this.serializationFilter = serializationFilter;
			}

			public Heartbeat getHeartbeat() {
				return this.heartbeat;
			}

			/**
			 * Signs of life.
			 */
			public static class Heartbeat {

				/**
				 * How often a child JVM shows that it is alive. Process isolation only.
				 */
				private Duration interval = Duration.ofSeconds(1);

				/**
				 * Silence after which a child JVM counts as dead. Process isolation only.
				 */
				private Duration timeout = Duration.ofSeconds(10);

				public Duration getInterval() {
					return this.interval;
				}

				public void setInterval(Duration interval) {
					this.interval = interval;
				}

				public Duration getTimeout() {
					return this.timeout;
				}

				public void setTimeout(Duration timeout) {
					this.timeout = timeout;
				}

			}

		}

	}

	/**
	 * Child JVMs of all pools.
	 */
	public static class ChildProcesses {

		/**
		 * Most child JVMs over all pools and worker scripts. Unlimited if not set.
		 */
		private @Nullable Integer maxChildren;

		/**
		 * What happens at start if the largest heap of this JVM and the limits of all
		 * child JVMs add up to more than the memory of the container or machine.
		 */
		private MemoryCheck memoryCheck = MemoryCheck.WARN;

		public @Nullable Integer getMaxChildren() {
			return this.maxChildren;
		}

		public void setMaxChildren(@Nullable Integer maxChildren) {
			this.maxChildren = maxChildren;
		}

		public MemoryCheck getMemoryCheck() {
			return this.memoryCheck;
		}

		public void setMemoryCheck(MemoryCheck memoryCheck) {
			this.memoryCheck = memoryCheck;
		}

	}

	/**
	 * What happens if the memory can't hold what was configured.
	 */
	public enum MemoryCheck {

		/** The start goes on with a warning. */
		WARN,

		/** The start fails. */
		FAIL,

		/** Nobody looks. */
		OFF

	}

}
