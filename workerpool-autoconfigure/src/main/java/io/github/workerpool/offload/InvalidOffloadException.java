package io.github.workerpool.offload;

import java.io.Serial;

import io.github.workerpool.WorkerPoolException;

/**
 * An {@link Offload @Offload} can't work as it is declared. Thrown while the application
 * starts; names the bean, the method, what is wrong and what to do.
 *
 * @since 0.1.0
 */
public final class InvalidOffloadException extends WorkerPoolException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final Problem problem;

	private final String bean;

	private final String method;

	private final String reason;

	private final String remedy;

	InvalidOffloadException(Problem problem, String bean, String method, String reason, String remedy) {
		super("@Offload on '%s' of bean '%s': %s %s".formatted(method, bean, reason, remedy), null);
		this.problem = problem;
		this.bean = bean;
		this.method = method;
		this.reason = reason;
		this.remedy = remedy;
	}

	/**
	 * What kind of problem it is.
	 * @return the problem
	 */
	public Problem problem() {
		return this.problem;
	}

	/**
	 * Name of the bean.
	 * @return the name
	 */
	public String bean() {
		return this.bean;
	}

	/**
	 * The method at fault, with class and parameter types, or the class alone where it is
	 * at fault.
	 * @return the method
	 */
	public String method() {
		return this.method;
	}

	/**
	 * What is wrong.
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

	/**
	 * The kinds of problems.
	 */
	public enum Problem {

		/** There is no pool of that name. */
		UNKNOWN_POOL,

		/** The class can't be proxied. */
		FINAL_CLASS,

		/** The method can't be intercepted because it is final. */
		FINAL_METHOD,

		/** The method can't be intercepted because it is private. */
		PRIVATE_METHOD,

		/** The method can't be intercepted because it is static. */
		STATIC_METHOD,

		/** The method is not exposed by the bean's interface-based proxy. */
		NOT_ON_INTERFACE,

		/** What the method returns can't come from a worker. */
		RETURN_TYPE,

		/** A timeout is no duration, or not more than zero. */
		DURATION,

		/** The key is no valid expression, or names an unknown parameter. */
		KEY,

		/** The fallback is missing, or its parameters or return type don't fit. */
		FALLBACK,

		/** The method is {@code @Async} as well. */
		ASYNC,

		/** The priority is out of range. */
		PRIORITY,

		/** The number of attempts is out of range. */
		MAX_ATTEMPTS,

		/** A placeholder in an attribute can't be resolved. */
		PLACEHOLDER,

		/** A parameter or result can't cross into a child JVM. */
		CANNOT_CROSS

	}

}
