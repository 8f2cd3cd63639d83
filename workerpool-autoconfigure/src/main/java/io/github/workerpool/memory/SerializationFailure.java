package io.github.workerpool.memory;

import java.io.NotSerializableException;
import java.lang.invoke.SerializedLambda;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskSerializationException.Part;
import org.jspecify.annotations.Nullable;

/**
 * Turns what went wrong in a walk or in the JDK's serialization into an error that names
 * the culprit and the way to it.
 */
final class SerializationFailure {

	/** Methods by which a class takes part in its serialization. */
	private static final Set<String> HOOKS = Set.of("writeObject", "writeExternal", "writeReplace", "readObject",
			"readExternal", "readResolve");

	private SerializationFailure() {
	}

	static TaskSerializationException describe(Part part, String rootName, @Nullable Object root, Throwable cause) {
		if (cause instanceof RefusedException refused) {
			return refused(part, rootName, root, refused);
		}
		if (cause instanceof StackOverflowError || cause instanceof DirectCopy.TooDeepException) {
			return new TaskSerializationException(part, null,
					word(part) + " can't cross: '" + rootName + "' is nested too deep even for a stack of "
							+ (DeepStack.SIZE >> 20)
							+ " MB. Send it in pieces, or keep what is linked in a list or an array",
					cause);
		}
		String className = culpritOf(cause);
		Optional<String> path = (className != null) ? ObjectPath.toFirstOf(root, rootName, className)
				: Optional.empty();
		StringBuilder message = new StringBuilder(word(part)).append(" can't cross: '")
			.append(path.orElse(rootName))
			.append('\'');
		if (className != null) {
			message.append(path.isPresent() ? " is of " : " holds something of ")
				.append("class '")
				.append(className)
				.append("', which");
		}
		message.append((cause instanceof NotSerializableException) ? " is not serializable"
				: " failed to be serialized with " + cause);
		return new TaskSerializationException(part, path.orElse(null),
				message.append(". Send something else, or mend how it is serialized").toString(), cause);
	}

	private static TaskSerializationException refused(Part part, String rootName, @Nullable Object root,
			RefusedException refused) {
		Object culprit = refused.culprit();
		boolean lambda = culprit instanceof SerializedLambda
				|| (culprit != null && Lambdas.isLambda(culprit.getClass()));
		Predicate<Object> sought = (culprit instanceof SerializedLambda) ? (value) -> Lambdas.isLambda(value.getClass())
				: (value) -> value == culprit;
		Optional<String> path = ObjectPath.toFirst(root, rootName, sought);
		String name = (culprit instanceof SerializedLambda form) ? form.getCapturingClass().replace('/', '.')
				: (culprit != null) ? culprit.getClass().getName() : "unknown";
		String what = lambda ? " is a lambda (class '" + name + "'), and " : " is of class '" + name + "', and ";
		return new TaskSerializationException(part, path.orElse(null),
				word(part) + " can't cross: '" + path.orElse(rootName) + "'" + what + refused.getMessage() + ". "
						+ advice(part, culprit, lambda, refused),
				(refused.getCause() != null) ? refused.getCause() : refused);
	}

	private static String advice(Part part, @Nullable Object culprit, boolean lambda, RefusedException refused) {
		if (lambda) {
			return (part == Part.TASK) ? "Use an interface that extends 'Serializable', as 'Task' does"
					: "Send the values it works on, and keep the code at the receiver";
		}
		if (refused.getCause() != null || culprit == null || culprit.getClass().isRecord()) {
			return "Send something else";
		}
		return culprit.getClass().getName().startsWith("java.")
				? "Send the values it stands for instead, or mark the field 'transient'"
				: "Make the class 'Serializable' or a record, or mark the field 'transient'";
	}

	/**
	 * Finds the application class whose own part in its serialization failed, as nobody
	 * else knows: the JDK's stream reports the error, not the object.
	 */
	private static @Nullable String culpritOf(Throwable cause) {
		if (cause instanceof NotSerializableException) {
			return cause.getMessage();
		}
		if (cause instanceof RecordForm.InvalidRecordException invalid) {
			return invalid.type().getName();
		}
		for (StackTraceElement frame : cause.getStackTrace()) {
			if (HOOKS.contains(frame.getMethodName()) && !frame.getClassName().startsWith("java.")) {
				return frame.getClassName();
			}
		}
		return null;
	}

	static String word(Part part) {
		String words = part.name().toLowerCase(Locale.ROOT).replace('_', ' ');
		return Character.toUpperCase(words.charAt(0)) + words.substring(1);
	}

}
