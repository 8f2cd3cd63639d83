package io.github.workerpool;

import java.io.Serial;

import org.jspecify.annotations.Nullable;

/**
 * A setting of a pool has a value it can't have. Names pool, key, value and reason, so
 * that the reader knows what to change.
 *
 * @since 0.1.0
 */
public class InvalidPoolSettingException extends IllegalArgumentException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final String pool;

	private final String key;

	private final @Nullable String value;

	private final String reason;

	/**
	 * Makes an error.
	 * @param pool name of the pool
	 * @param key the key, such as {@code queue.capacity}
	 * @param value the value found
	 * @param reason what is wrong with it, and what to do
	 */
	public InvalidPoolSettingException(String pool, String key, @Nullable Object value, String reason) {
		super("Pool '%s': '%s' can't be '%s': %s".formatted(pool, key, value, reason));
		this.pool = pool;
		this.key = key;
		this.value = (value != null) ? value.toString() : null;
		this.reason = reason;
	}

	/**
	 * Name of the pool.
	 * @return the name
	 */
	public String pool() {
		return this.pool;
	}

	/**
	 * The key at fault.
	 * @return the key, relative to the pool
	 */
	public String key() {
		return this.key;
	}

	/**
	 * The value found.
	 * @return the value in text
	 */
	public @Nullable String value() {
		return this.value;
	}

	/**
	 * What is wrong with it.
	 * @return the reason
	 */
	public String reason() {
		return this.reason;
	}

}
