package io.github.workerpool.memory;

import java.io.InvalidObjectException;
import java.io.ObjectStreamException;
import java.io.Serial;
import java.io.Serializable;
import java.lang.reflect.InvocationTargetException;

import org.jspecify.annotations.Nullable;

/**
 * A record as it is serialized where its class does not say that it may be.
 */
final class RecordForm implements Serializable {

	@Serial
	private static final long serialVersionUID = 1L;

	private final Class<?> type;

	@SuppressWarnings("serial")
	private final @Nullable Object[] components;

	RecordForm(Object record) {
		this.type = record.getClass();
		this.components = RecordShape.of(this.type).components(record);
	}

	@Serial
	private Object readResolve() throws ObjectStreamException {
		if (this.type == null || !this.type.isRecord() || this.components == null) {
			throw new InvalidObjectException("'" + this.type + "' is not a record");
		}
		try {
			return RecordShape.of(this.type).create(this.components);
		}
		catch (InvocationTargetException | RuntimeException ex) {
			Throwable cause = (ex instanceof InvocationTargetException) ? ex.getCause() : ex;
			throw new InvalidRecordException(this.type, cause);
		}
	}

	/**
	 * A record's constructor refuses the components of another.
	 */
	static final class InvalidRecordException extends InvalidObjectException {

		@Serial
		private static final long serialVersionUID = 1L;

		private final Class<?> type;

		InvalidRecordException(Class<?> type, @Nullable Throwable cause) {
			super("constructor of record '" + type.getName() + "' refuses a copy of its own components: " + cause);
			initCause(cause);
			this.type = type;
		}

		Class<?> type() {
			return this.type;
		}

	}

}
