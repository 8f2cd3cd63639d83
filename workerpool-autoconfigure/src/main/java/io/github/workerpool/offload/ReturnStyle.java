package io.github.workerpool.offload;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.stream.BaseStream;

import io.github.workerpool.TaskFuture;
import org.jspecify.annotations.Nullable;

import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.util.ClassUtils;

/**
 * How the result of an offloaded method comes back to its caller.
 */
enum ReturnStyle {

	/** The caller gets nothing and goes on. */
	NOTHING,

	/** The caller waits. */
	VALUE,

	/** The caller gets a future. */
	FUTURE,

	/** The caller gets a reactive type of at most one value. */
	SINGLE,

	/** The caller gets a reactive type of any number of values. */
	MANY;

	private static final Set<Class<?>> FUTURES = Set.of(Future.class, CompletableFuture.class, CompletionStage.class,
			TaskFuture.class);

	/** The bridge to the workers is built of Reactor, whatever the type returned. */
	private static final boolean REACTOR_PRESENT = ClassUtils.isPresent("reactor.core.publisher.Flux",
			ReturnStyle.class.getClassLoader());

	/**
	 * Finds the style of a type.
	 * @param type what a method is declared to return
	 * @return its style, {@code null} if it can't come from a worker
	 */
	static @Nullable ReturnStyle of(Class<?> type) {
		if (type == void.class) {
			return NOTHING;
		}
		// before reactive types: with Reactor, the registry adapts stages as well
		if (isFuture(type)) {
			return FUTURES.contains(type) ? FUTURE : null;
		}
		if (BaseStream.class.isAssignableFrom(type)) {
			return null;
		}
		ReactiveAdapter adapter = adapter(type);
		if (adapter == null) {
			return isReactive(type) ? null : VALUE;
		}
		// a subtype of what the library can make
		if (!type.isAssignableFrom(adapter.getReactiveType())) {
			return null;
		}
		return adapter.isMultiValue() ? MANY : SINGLE;
	}

	/**
	 * Tells whether a type is a future of any kind, supported or not.
	 * @param type a type
	 * @return whether it is
	 */
	static boolean isFuture(Class<?> type) {
		return Future.class.isAssignableFrom(type) || CompletionStage.class.isAssignableFrom(type);
	}

	/**
	 * Finds the adapter of a reactive type.
	 * @param type a type
	 * @return its adapter, {@code null} if it is not reactive or Reactor is not there
	 */
	static @Nullable ReactiveAdapter adapter(Class<?> type) {
		return (REACTOR_PRESENT && type != Object.class) ? ReactiveAdapterRegistry.getSharedInstance().getAdapter(type)
				: null;
	}

	private static boolean isReactive(Class<?> type) {
		return Flow.Publisher.class.isAssignableFrom(type)
				|| (!REACTOR_PRESENT && ReactiveAdapterRegistry.getSharedInstance().getAdapter(type) != null);
	}

	boolean isReactive() {
		return this == SINGLE || this == MANY;
	}

}
