package io.github.workerpool.process;

import java.io.InvalidClassException;
import java.io.ObjectInputFilter;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * Guards one incoming stream of JDK serialization: which classes may be made from it, how
 * deep they may be nested and how much memory their making may take before its bytes have
 * been seen. Not safe for use by several threads.
 *
 * @since 0.1.0
 */
public final class PayloadFilter implements ObjectInputFilter {

	/** Each level takes several frames of the stack. */
	private static final long MAX_DEPTH = 1000;

	/** An object can take more memory than bytes in the stream. */
	private static final int EXPANSION = 4;

	private static final long OBJECT_BYTES = 16;

	private final Predicate<Class<?>> allowed;

	private final @Nullable ObjectInputFilter custom;

	private final long cap;

	private final long budget;

	private long arrayBytes;

	private @Nullable String rejection;

	private PayloadFilter(Predicate<Class<?>> allowed, @Nullable ObjectInputFilter custom, long cap) {
		this.allowed = allowed;
		this.custom = custom;
		this.cap = cap;
		this.budget = EXPANSION * cap;
	}

	/**
	 * Makes a filter for what a child sends.
	 */
	static PayloadFilter forReplies(Predicate<Class<?>> allowed, @Nullable ObjectInputFilter custom, long cap) {
		return new PayloadFilter(allowed, custom, cap);
	}

	/**
	 * Makes a filter for what the parent sends: it is trusted with any class that isn't
	 * refused by name.
	 * @param custom the filter of the settings, if there is one
	 * @param cap most bytes of one payload
	 * @return the filter
	 */
	public static PayloadFilter forRequests(@Nullable ObjectInputFilter custom, long cap) {
		return new PayloadFilter((type) -> true, custom, cap);
	}

	@Override
	public Status checkInput(FilterInfo info) {
		Status asked = (this.custom != null) ? this.custom.checkInput(info) : Status.UNDECIDED;
		if (asked == Status.REJECTED) {
			return reject((info.serialClass() != null) ? "is refused by 'process.serialization-filter'"
					: "passes a limit of 'process.serialization-filter'", info.serialClass());
		}
		if (info.depth() > MAX_DEPTH) {
			return reject("is nested deeper than %d levels".formatted(MAX_DEPTH), info.serialClass());
		}
		Class<?> type = info.serialClass();
		if (info.arrayLength() >= 0 && type != null) {
			this.arrayBytes += info.arrayLength() * bytesOf(type.getComponentType());
		}
		long taken = this.arrayBytes + info.references() * OBJECT_BYTES;
		// What has come may have grown; what is only claimed may be nothing
		if (taken > this.budget || taken - EXPANSION * info.streamBytes() > this.cap) {
			return reject("would take more memory than 'process.max-payload-size' can mean", type);
		}
		if (type == null || asked == Status.ALLOWED) {
			return asked;
		}
		Class<?> base = type;
		while (base.isArray()) {
			base = base.getComponentType();
		}
		if (base.isPrimitive() || this.allowed.test(base)) {
			return Status.ALLOWED;
		}
		return reject("is not among the types that a child may send. If it may, add '" + base.getName()
				+ "' to 'process.serialization-filter'", base);
	}

	private Status reject(String why, @Nullable Class<?> type) {
		this.rejection = ((type != null) ? "Class '" + type.getTypeName() + "' " : "What came ") + why;
		return Status.REJECTED;
	}

	private static long bytesOf(Class<?> component) {
		if (component == long.class || component == double.class) {
			return Long.BYTES;
		}
		if (component == byte.class || component == boolean.class) {
			return 1;
		}
		return (component == short.class || component == char.class) ? Short.BYTES : Integer.BYTES;
	}

	/** Says why it was, if this filter refused. */
	InvalidClassException explain(InvalidClassException failure) {
		if (this.rejection == null) {
			return failure;
		}
		InvalidClassException explained = new InvalidClassException(this.rejection);
		explained.initCause(failure);
		return explained;
	}

}
