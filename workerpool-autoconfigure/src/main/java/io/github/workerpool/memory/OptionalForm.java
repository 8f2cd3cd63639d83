package io.github.workerpool.memory;

import java.io.Serial;
import java.io.Serializable;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

import org.jspecify.annotations.Nullable;

/**
 * An {@code Optional}, or one of its primitive kin, as it is serialized, which it is not
 * by itself.
 */
final class OptionalForm implements Serializable {

	@Serial
	private static final long serialVersionUID = 1L;

	private final Class<?> type;

	@SuppressWarnings("serial")
	private final @Nullable Object value;

	private OptionalForm(Class<?> type, @Nullable Object value) {
		this.type = type;
		this.value = value;
	}

	/**
	 * Gives the form of an optional.
	 * @param value any object
	 * @return the form, or {@code null} if the object is no optional
	 */
	static @Nullable OptionalForm of(Object value) {
		if (value instanceof Optional<?> optional) {
			return new OptionalForm(Optional.class, optional.orElse(null));
		}
		if (value instanceof OptionalInt optional) {
			return new OptionalForm(OptionalInt.class, optional.isPresent() ? optional.getAsInt() : null);
		}
		if (value instanceof OptionalLong optional) {
			return new OptionalForm(OptionalLong.class, optional.isPresent() ? optional.getAsLong() : null);
		}
		if (value instanceof OptionalDouble optional) {
			return new OptionalForm(OptionalDouble.class, optional.isPresent() ? optional.getAsDouble() : null);
		}
		return null;
	}

	@Serial
	private Object readResolve() {
		if (this.type == OptionalInt.class) {
			return (this.value instanceof Integer number) ? OptionalInt.of(number) : OptionalInt.empty();
		}
		if (this.type == OptionalLong.class) {
			return (this.value instanceof Long number) ? OptionalLong.of(number) : OptionalLong.empty();
		}
		if (this.type == OptionalDouble.class) {
			return (this.value instanceof Double number) ? OptionalDouble.of(number) : OptionalDouble.empty();
		}
		return Optional.ofNullable(this.value);
	}

}
