package io.github.workerpool.process;

import java.io.NotSerializableException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskSerializationException.Part;
import io.github.workerpool.memory.ObjectPath;
import org.jspecify.annotations.Nullable;

/**
 * Words the errors of what can't cross.
 *
 * @since 0.1.0
 */
public final class SerializationFailures {

	/** Methods by which a class takes part in its serialization. */
	private static final Set<String> HOOKS = Set.of("writeObject", "writeExternal", "writeReplace");

	private SerializationFailures() {
	}

	/**
	 * Words why a value could not be encoded.
	 * @param part what it is
	 * @param name how the path to the culprit begins
	 * @param value the value
	 * @param cause what went wrong
	 * @return the error
	 */
	public static TaskSerializationException of(Part part, String name, @Nullable Object value, Throwable cause) {
		String what = word(part) + " can't cross to another process: ";
		if (cause instanceof TaskSerializationException known) {
			return known;
		}
		if (cause instanceof PayloadTooLargeException) {
			return new TaskSerializationException(part, null,
					what + "'" + name + "' is too large. " + cause.getMessage() + "; raise that, or send less", cause);
		}
		if (cause instanceof StackOverflowError) {
			return new TaskSerializationException(part, null,
					what + "'" + name + "' is nested too deep for the stack; keep what is linked in a list or an array",
					cause);
		}
		String className = culprit(cause);
		Optional<String> path = (className != null) ? path(name, value, className) : Optional.empty();
		StringBuilder message = new StringBuilder(what).append('\'').append(path.orElse(name)).append('\'');
		if (className != null) {
			message.append(path.isPresent() ? " is of class '" : " holds something of class '")
				.append(className)
				.append("', which");
		}
		if (cause instanceof NotSerializableException) {
			message.append(" is not serializable. Make it 'Serializable' or a record, mark the field 'transient', or")
				.append(" send the values it stands for");
		}
		else {
			message.append(" failed to be serialized with ").append(describe(cause));
		}
		return new TaskSerializationException(part, path.orElse(null), message.toString(), cause);
	}

	/**
	 * Words why a value could not be decoded.
	 * @param part what it is
	 * @param cause what went wrong
	 * @return the error
	 */
	public static TaskSerializationException ofDecoding(Part part, Throwable cause) {
		if (cause instanceof TaskSerializationException known) {
			return known;
		}
		String why = describe(cause);
		if (cause instanceof ClassNotFoundException) {
			why = "class '" + cause.getMessage() + "' is missing on this side";
		}
		else if (cause instanceof ExceptionInInitializerError) {
			why = "class '" + initialized(cause.getCause()) + "' can't be initialized: " + describe(cause.getCause());
		}
		return new TaskSerializationException(part, null, word(part) + " can't be decoded: " + why, cause);
	}

	private static Optional<String> path(String name, @Nullable Object value, String className) {
		try {
			return ObjectPath.toFirstOf(value, name, className);
		}
		catch (RuntimeException | StackOverflowError | LinkageError ex) {
			// The graph may be changing, or be hostile to those who look
			return Optional.empty();
		}
	}

	private static @Nullable String culprit(Throwable cause) {
		if (cause instanceof NotSerializableException) {
			return cause.getMessage();
		}
		for (StackTraceElement frame : cause.getStackTrace()) {
			if (HOOKS.contains(frame.getMethodName()) && !frame.getClassName().startsWith("java.")) {
				return frame.getClassName();
			}
		}
		return null;
	}

	/** The error itself doesn't say which class it is about. */
	private static String initialized(@Nullable Throwable cause) {
		if (cause != null) {
			for (StackTraceElement frame : cause.getStackTrace()) {
				if (frame.getMethodName().equals("<clinit>")) {
					return frame.getClassName();
				}
			}
		}
		return "unknown";
	}

	private static String describe(@Nullable Throwable cause) {
		try {
			return String.valueOf(cause);
		}
		catch (Throwable ex) {
			// Its own methods may do anything
			return (cause != null) ? cause.getClass().getName() : "null";
		}
	}

	private static String word(Part part) {
		String words = part.name().toLowerCase(Locale.ROOT).replace('_', ' ');
		return Character.toUpperCase(words.charAt(0)) + words.substring(1);
	}

}
