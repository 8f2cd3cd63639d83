package io.github.workerpool.autoconfigure;

import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import io.github.workerpool.core.TaskContext;
import io.micrometer.context.ContextRegistry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.util.ClassUtils;

/**
 * Carries values that are bound to the submitter's thread: logging context, locale,
 * security, and whatever is registered with Micrometer's context propagation, the current
 * observation among it. Capturing allocates nothing where nothing is bound. A value that
 * can't be captured or restored is reported once and left out; it never costs the task.
 */
final class ThreadContext implements TaskContext {

	private static final Logger logger = LoggerFactory.getLogger(ThreadContext.class);

	private final Supplier<List<ThreadBound<?>>> bounds;

	private final Set<Object> reported = ConcurrentHashMap.newKeySet();

	ThreadContext(Supplier<List<ThreadBound<?>>> bounds) {
		this.bounds = bounds;
	}

	static ThreadContext create(@Nullable ClassLoader classLoader) {
		List<ThreadBound<?>> builtIn = new ArrayList<>();
		builtIn.add(new MdcBound());
		builtIn.add(new LocaleBound());
		if (ClassUtils.isPresent("org.springframework.security.core.context.SecurityContextHolder", classLoader)) {
			builtIn.add(new SecurityBound());
		}
		if (ClassUtils.isPresent("io.micrometer.context.ContextRegistry", classLoader)) {
			return new ThreadContext(Registry.bounds(builtIn));
		}
		List<ThreadBound<?>> bounds = List.copyOf(builtIn);
		return new ThreadContext(() -> bounds);
	}

	List<ThreadBound<?>> bounds() {
		return this.bounds.get();
	}

	/**
	 * Makes a context of values that came from elsewhere.
	 */
	Captured bind(List<ThreadBound<?>> bounds, @Nullable Object[] values) {
		return new Values(bounds, values);
	}

	@Override
	public @Nullable Captured capture() {
		List<ThreadBound<?>> current = this.bounds.get();
		@Nullable Object @Nullable [] values = null;
		for (int i = 0; i < current.size(); i++) {
			Object value = get(current.get(i));
			if (value != null) {
				if (values == null) {
					values = new Object[current.size()];
				}
				values[i] = value;
			}
		}
		return (values != null) ? new Values(current, values) : null;
	}

	private @Nullable Object get(ThreadBound<?> bound) {
		try {
			return bound.get();
		}
		catch (RuntimeException ex) {
			report("read", bound, ex);
			return null;
		}
	}

	@SuppressWarnings("unchecked")
	private boolean set(ThreadBound<?> bound, Object value) {
		try {
			((ThreadBound<Object>) bound).set(value);
			return true;
		}
		catch (RuntimeException ex) {
			report("set", bound, ex);
			return false;
		}
	}

	@SuppressWarnings("unchecked")
	private void restore(ThreadBound<?> bound, @Nullable Object previous) {
		try {
			((ThreadBound<Object>) bound).restore(previous);
		}
		catch (RuntimeException ex) {
			report("restored", bound, ex);
		}
	}

	private void report(String what, ThreadBound<?> bound, RuntimeException ex) {
		if (this.reported.add(bound.key())) {
			logger.warn("Context value '{}' can't be {} and does not travel with tasks", bound.key(), what, ex);
		}
	}

	/**
	 * Values on their way.
	 */
	private final class Values implements Captured, Serializable {

		@Serial
		private static final long serialVersionUID = 1L;

		private final transient List<ThreadBound<?>> bounds;

		private final transient @Nullable Object[] values;

		Values(List<ThreadBound<?>> bounds, @Nullable Object[] values) {
			this.bounds = bounds;
			this.values = values;
		}

		@Serial
		private Object writeReplace() {
			return CarriedValues.of(this.bounds, this.values);
		}

		@Override
		public <R extends @Nullable Object> R call(Callable<R> body) throws Exception {
			@Nullable Object[] previous = new Object[this.values.length];
			boolean[] set = new boolean[this.values.length];
			try {
				for (int i = 0; i < this.values.length; i++) {
					Object value = this.values[i];
					if (value != null) {
						previous[i] = get(this.bounds.get(i));
						set[i] = set(this.bounds.get(i), value);
					}
				}
				return body.call();
			}
			finally {
				for (int i = this.values.length - 1; i >= 0; i--) {
					if (set[i]) {
						restore(this.bounds.get(i), previous[i]);
					}
				}
			}
		}

	}

	/**
	 * Keeps Micrometer's context propagation optional.
	 */
	private static final class Registry {

		private Registry() {
		}

		static Supplier<List<ThreadBound<?>>> bounds(List<ThreadBound<?>> builtIn) {
			return new RegisteredBounds(ContextRegistry.getInstance(), builtIn);
		}

	}

}
