package io.github.workerpool.process;

import java.io.Serial;

import io.github.workerpool.WorkerPoolException;
import org.jspecify.annotations.Nullable;

/**
 * The context of a child JVM can't be wired from the offloaded beans and
 * {@code process.sources}. Trying again won't help. Names the bean, what is missing and
 * what to add to which key.
 *
 * @since 0.1.0
 */
public final class ChildWiringException extends WorkerPoolException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final String pool;

	private final String bean;

	private final @Nullable String missing;

	private final String reason;

	private final String remedy;

	/**
	 * Makes an error.
	 * @param pool name of the pool
	 * @param bean name of the bean that can't be made
	 * @param missing class that is missing in the child, if that is the cause
	 * @param reason what was found, as a sentence
	 * @param remedy what to do, as a sentence
	 */
	public ChildWiringException(String pool, String bean, @Nullable String missing, String reason, String remedy) {
		super("Pool '%s': bean '%s' can't be made in a child JVM: %s %s".formatted(pool, bean, reason, remedy), null);
		this.pool = pool;
		this.bean = bean;
		this.missing = missing;
		this.reason = reason;
		this.remedy = remedy;
	}

	/**
	 * The key that says which classes a pool's children know beside the offloaded beans.
	 * @param pool name of the pool
	 * @return the key
	 */
	public static String key(String pool) {
		return "workerpool.pools." + pool + ".process.sources";
	}

	/**
	 * Name of the pool.
	 * @return the name
	 */
	public String pool() {
		return this.pool;
	}

	/**
	 * Name of the bean that can't be made.
	 * @return the name
	 */
	public String bean() {
		return this.bean;
	}

	/**
	 * The class that is missing in the child.
	 * @return its name, {@code null} if something else is the cause
	 */
	public @Nullable String missing() {
		return this.missing;
	}

	/**
	 * What was found.
	 * @return a sentence
	 */
	public String reason() {
		return this.reason;
	}

	/**
	 * What to do about it.
	 * @return a sentence
	 */
	public String remedy() {
		return this.remedy;
	}

}
