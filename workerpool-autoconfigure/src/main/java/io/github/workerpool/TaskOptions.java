package io.github.workerpool;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Options of one task. Immutable: every {@code with} method returns a new value. What is
 * not given comes from the pool's settings.
 *
 * @since 0.1.0
 */
public final class TaskOptions {

	/** Lowest priority there is. */
	public static final int MIN_PRIORITY = -100;

	/** Highest priority there is. */
	public static final int MAX_PRIORITY = 100;

	private static final TaskOptions NONE = new TaskOptions("task", null, null, 0, null, null, List.of());

	private final String name;

	private final @Nullable Duration timeout;

	private final @Nullable Duration queueTimeout;

	private final int priority;

	private final @Nullable String key;

	private final @Nullable Integer maxAttempts;

	private final List<Object> transfer;

	private TaskOptions(String name, @Nullable Duration timeout, @Nullable Duration queueTimeout, int priority,
			@Nullable String key, @Nullable Integer maxAttempts, List<Object> transfer) {
		this.name = name;
		this.timeout = timeout;
		this.queueTimeout = queueTimeout;
		this.priority = priority;
		this.key = key;
		this.maxAttempts = maxAttempts;
		this.transfer = transfer;
	}

	/**
	 * Options that leave everything to the pool.
	 * @return no options
	 */
	public static TaskOptions none() {
		return NONE;
	}

	/**
	 * Names the task in metrics, logs and at the endpoint. Use few distinct names.
	 * @param name the name, {@code task} by default
	 * @return new options
	 */
	public TaskOptions withName(String name) {
		if (Objects.requireNonNull(name, "'name' must not be null").isBlank()) {
			throw new IllegalArgumentException("'name' must not be blank");
		}
		return new TaskOptions(name, this.timeout, this.queueTimeout, this.priority, this.key, this.maxAttempts,
				this.transfer);
	}

	/**
	 * Limits the run, counted from its start.
	 * @param timeout longest run, more than zero
	 * @return new options
	 */
	public TaskOptions withTimeout(Duration timeout) {
		return new TaskOptions(this.name, positive("timeout", timeout), this.queueTimeout, this.priority, this.key,
				this.maxAttempts, this.transfer);
	}

	/**
	 * Limits the wait in the queue.
	 * @param queueTimeout longest wait, more than zero
	 * @return new options
	 */
	public TaskOptions withQueueTimeout(Duration queueTimeout) {
		return new TaskOptions(this.name, this.timeout, positive("queueTimeout", queueTimeout), this.priority, this.key,
				this.maxAttempts, this.transfer);
	}

	/**
	 * Lets the task overtake others, or be overtaken. Waiting raises a task by one per
	 * second.
	 * @param priority −100 to 100, higher first, 0 by default
	 * @return new options
	 */
	public TaskOptions withPriority(int priority) {
		if (priority < MIN_PRIORITY || priority > MAX_PRIORITY) {
			throw new IllegalArgumentException("'priority' must be from " + MIN_PRIORITY + " to " + MAX_PRIORITY
					+ ", but is " + priority + "; higher runs first");
		}
		return new TaskOptions(this.name, this.timeout, this.queueTimeout, priority, this.key, this.maxAttempts,
				this.transfer);
	}

	/**
	 * Names whom the task is for (a tenant, a user): keys with waiting tasks take turns.
	 * @param key the key
	 * @return new options
	 */
	public TaskOptions withKey(String key) {
		return new TaskOptions(this.name, this.timeout, this.queueTimeout, this.priority,
				Objects.requireNonNull(key, "'key' must not be null"), this.maxAttempts, this.transfer);
	}

	/**
	 * Allows further runs if the <em>worker</em> dies; nothing else is ever retried.
	 * @param maxAttempts most runs, at least 1
	 * @return new options
	 */
	public TaskOptions withMaxAttempts(int maxAttempts) {
		if (maxAttempts < 1) {
			throw new IllegalArgumentException("'maxAttempts' must be at least 1, but is " + maxAttempts);
		}
		return new TaskOptions(this.name, this.timeout, this.queueTimeout, this.priority, this.key, maxAttempts,
				this.transfer);
	}

	/**
	 * Hands buffers over to the task instead of copying or sharing them, whether the task
	 * refers to them or not: they are detached when the task is submitted, and their
	 * owner's again if it never starts. Buffers that are arguments, items or captured by
	 * the task's own lambda need not be named. Such a task can't have
	 * {@link #withMaxAttempts more than one attempt}, as what was transferred is gone
	 * with a worker that dies.
	 * @param transfer instances of {@code TransferableBuffer}; a task with anything else
	 * here fails with an {@link IllegalArgumentException}
	 * @return new options
	 */
	public TaskOptions withTransfer(Object... transfer) {
		return new TaskOptions(this.name, this.timeout, this.queueTimeout, this.priority, this.key, this.maxAttempts,
				List.of(transfer));
	}

	/**
	 * Name of the task.
	 * @return the name
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Longest run.
	 * @return the timeout, or {@code null} for the pool's
	 */
	public @Nullable Duration timeout() {
		return this.timeout;
	}

	/**
	 * Longest wait in the queue.
	 * @return the timeout, or {@code null} for the pool's
	 */
	public @Nullable Duration queueTimeout() {
		return this.queueTimeout;
	}

	/**
	 * Priority.
	 * @return −100 to 100
	 */
	public int priority() {
		return this.priority;
	}

	/**
	 * Whom the task is for.
	 * @return the key, or {@code null}
	 */
	public @Nullable String key() {
		return this.key;
	}

	/**
	 * Most runs of the task.
	 * @return the number, or {@code null} for the pool's
	 */
	public @Nullable Integer maxAttempts() {
		return this.maxAttempts;
	}

	/**
	 * What is handed over for good.
	 * @return the objects
	 */
	public List<Object> transfer() {
		return this.transfer;
	}

	private static Duration positive(String what, Duration value) {
		if (Objects.requireNonNull(value, () -> "'" + what + "' must not be null").isNegative() || value.isZero()) {
			throw new IllegalArgumentException("'" + what + "' must be more than zero, but is " + value);
		}
		return value;
	}

}
