package io.github.workerpool;

import java.io.Serial;

import org.jspecify.annotations.Nullable;

/**
 * Something can't cross to a worker or back.
 *
 * @since 0.1.0
 */
public class TaskSerializationException extends WorkerPoolException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final Part part;

	private final @Nullable String path;

	/**
	 * Makes an error.
	 * @param part what was to cross
	 * @param path way to the culprit, such as {@code order.lines[3].socket}, if known
	 * @param message what was found, and what to do
	 * @param cause the underlying error, if any
	 */
	public TaskSerializationException(Part part, @Nullable String path, String message, @Nullable Throwable cause) {
		super(message, cause);
		this.part = part;
		this.path = path;
	}

	/**
	 * What was to cross.
	 * @return the part
	 */
	public Part part() {
		return this.part;
	}

	/**
	 * Way from the part to the culprit, through fields, arrays and collections.
	 * @return the path, or {@code null} if it is not known
	 */
	public @Nullable String path() {
		return this.path;
	}

	/**
	 * What can cross.
	 */
	public enum Part {

		/** The task itself. */
		TASK,

		/** An argument of an offloaded method. */
		ARGUMENT,

		/** The result. */
		RESULT,

		/** The exception of a task. */
		EXCEPTION,

		/** Something a task emitted. */
		EVENT,

		/** A message between worker scripts. */
		MESSAGE,

		/** What a worker script is started with. */
		WORKER_DATA

	}

}
