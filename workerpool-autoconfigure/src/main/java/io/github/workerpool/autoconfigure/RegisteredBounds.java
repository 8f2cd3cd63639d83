package io.github.workerpool.autoconfigure;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;

/**
 * Whatever is registered with Micrometer's context propagation, and of the built-in
 * values those that are not. Accessors may come and go at any time, so the registry is
 * looked at for each task; only if it has changed is anything made anew.
 */
final class RegisteredBounds implements Supplier<List<ThreadBound<?>>> {

	private final ContextRegistry registry;

	private final List<ThreadBound<?>> builtIn;

	private volatile State state;

	RegisteredBounds(ContextRegistry registry, List<ThreadBound<?>> builtIn) {
		this.registry = registry;
		this.builtIn = List.copyOf(builtIn);
		this.state = state(List.copyOf(registry.getThreadLocalAccessors()));
	}

	@Override
	public List<ThreadBound<?>> get() {
		List<ThreadLocalAccessor<?>> accessors = this.registry.getThreadLocalAccessors();
		State known = this.state;
		if (!known.isOf(accessors)) {
			known = state(List.copyOf(accessors));
			this.state = known;
		}
		return known.bounds();
	}

	/**
	 * The built-in values go first: tracing puts its ids into the diagnostic context when
	 * its own value is set.
	 */
	private State state(List<ThreadLocalAccessor<?>> accessors) {
		List<ThreadBound<?>> bounds = new ArrayList<>();
		for (ThreadBound<?> candidate : this.builtIn) {
			if (accessors.stream().noneMatch((accessor) -> accessor.key().equals(candidate.key()))) {
				bounds.add(candidate);
			}
		}
		accessors.forEach((accessor) -> bounds.add(new Accessor<>(accessor)));
		return new State(accessors, List.copyOf(bounds));
	}

	/**
	 * What was made of the registry.
	 *
	 * @param accessors its accessors then
	 * @param bounds what to carry
	 */
	private record State(List<ThreadLocalAccessor<?>> accessors, List<ThreadBound<?>> bounds) {

		boolean isOf(List<ThreadLocalAccessor<?>> current) {
			int size = this.accessors.size();
			if (current.size() != size) {
				return false;
			}
			try {
				for (int i = 0; i < size; i++) {
					if (current.get(i) != this.accessors.get(i)) {
						return false;
					}
				}
				return true;
			}
			catch (IndexOutOfBoundsException ex) {
				// one was removed meanwhile
				return false;
			}
		}

	}

	/**
	 * A registered accessor.
	 *
	 * @param <V> the type of the value
	 * @param accessor the accessor
	 */
	private record Accessor<V>(ThreadLocalAccessor<V> accessor) implements ThreadBound<V> {

		@Override
		public Object key() {
			return this.accessor.key();
		}

		@Override
		public @Nullable V get() {
			return this.accessor.getValue();
		}

		@Override
		public void set(V value) {
			this.accessor.setValue(value);
		}

		@Override
		public void restore(@Nullable V previous) {
			if (previous != null) {
				this.accessor.restore(previous);
			}
			else {
				this.accessor.restore();
			}
		}

	}

}
