package io.github.workerpool.process;

/**
 * How a task crosses; its first byte.
 *
 * @since 0.1.0
 */
public enum TaskForm {

	/** Number of a method, and the arguments. */
	CALL,

	/** Number of a lambda's class, and what it captured. */
	LAMBDA,

	/** Any other object. */
	OBJECT,

	/** A call whose result is the only item of what the method returns. */
	CALL_FOR_ONE,

	/** A call of a method whose items are sent while it runs, as they are asked for. */
	CALL_FOR_MANY;

	/** Says of a result that the task returned a promise of it. */
	public static final long PROMISED = 1;

	/** Says of a result that the task returned a {@code Mono} of it. */
	public static final long MONO = 2;

	/** Says of a result that the task returned a {@code Flux}, and it is its items. */
	public static final long FLUX = 3;

	/**
	 * Added to what is said of a result if the child begins with nothing more until the
	 * parent has read it.
	 */
	public static final long HELD = 1L << 32;

	private static final TaskForm[] ALL = values();

	/**
	 * Finds the form by its byte.
	 * @param code the byte
	 * @return the form
	 * @throws BadFrameException if there is none
	 */
	public static TaskForm of(int code) throws BadFrameException {
		if (code < 0 || code >= ALL.length) {
			throw new BadFrameException("A task has the unknown form " + code);
		}
		return ALL[code];
	}

}
