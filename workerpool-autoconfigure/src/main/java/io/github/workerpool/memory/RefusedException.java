package io.github.workerpool.memory;

import java.io.Serial;

import org.jspecify.annotations.Nullable;

/**
 * An object was met that can't cross. Thrown from the depth of a walk or of the JDK's
 * serialization to the place that knows the root and so can name the path. Unchecked, as
 * the JDK's stream would write an {@code IOException} to the far side.
 */
final class RefusedException extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final transient @Nullable Object culprit;

	RefusedException(Object culprit, String why, @Nullable Throwable cause) {
		super(why, cause, false, false);
		this.culprit = culprit;
	}

	@Nullable Object culprit() {
		return this.culprit;
	}

}
