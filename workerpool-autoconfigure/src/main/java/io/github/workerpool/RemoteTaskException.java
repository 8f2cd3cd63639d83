package io.github.workerpool;

import java.io.Serial;

import org.jspecify.annotations.Nullable;

/**
 * Stands for a task's exception that could not cross to the caller: its class is missing
 * here, or it can't be serialized. Carries the original's class name, message and stack
 * trace.
 *
 * @since 0.1.0
 */
public final class RemoteTaskException extends WorkerPoolException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final String className;

	private final @Nullable String originalMessage;

	/**
	 * Makes a stand-in.
	 * @param className class of the original
	 * @param originalMessage message of the original
	 * @param stackTrace stack trace of the original
	 * @param cause stand-in for, or copy of, the original's cause
	 */
	public RemoteTaskException(String className, @Nullable String originalMessage, StackTraceElement[] stackTrace,
			@Nullable Throwable cause) {
		super((originalMessage != null) ? className + ": " + originalMessage : className, cause);
		this.className = className;
		this.originalMessage = originalMessage;
		setStackTrace(stackTrace);
	}

	/**
	 * Class name of the original.
	 * @return the fully qualified name
	 */
	public String className() {
		return this.className;
	}

	/**
	 * Message of the original.
	 * @return the message, or {@code null}
	 */
	public @Nullable String originalMessage() {
		return this.originalMessage;
	}

}
