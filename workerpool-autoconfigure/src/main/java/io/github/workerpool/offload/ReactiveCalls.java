package io.github.workerpool.offload;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.workerpool.TaskFuture;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

import org.springframework.core.ReactiveAdapter;

/**
 * Calls of methods that return reactive types. Nothing happens before somebody
 * subscribes; each subscription is a task of its own. The only class, with
 * {@link Emission}, that needs Reactor.
 */
final class ReactiveCalls {

	private ReactiveCalls() {
	}

	/**
	 * Makes what the caller of a method with at most one value gets.
	 * @param call the call
	 * @param callerSide the caller's side
	 * @return an instance of the method's return type
	 */
	static Object single(OffloadedCall call, CallerSide callerSide) {
		ReactiveAdapter adapter = adapter(call);
		return adapter.fromPublisher(Mono.defer(() -> {
			Mono<Object> result;
			CallerSide.Bound bound = CallerSide.Bound.NOWHERE;
			if (call.operation().isInPlace()) {
				result = Mono.defer(() -> Mono.from(returned(call, adapter)));
			}
			else {
				bound = bind(call, callerSide);
				result = Mono.create((sink) -> submit(call, adapter, sink));
			}
			CallerSide.Bound place = bound;
			return !isRescued(call) ? result : result.onErrorResume((failure) -> !Thrown.isCancellation(failure),
					(failure) -> Mono.from(rescue(call, callerSide, place, failure)));
		}));
	}

	/**
	 * Makes what the caller of a method with any number of values gets.
	 * @param call the call
	 * @param callerSide the caller's side
	 * @return an instance of the method's return type
	 */
	static Object many(OffloadedCall call, CallerSide callerSide) {
		ReactiveAdapter adapter = adapter(call);
		return adapter.fromPublisher(Flux.defer(() -> {
			Flux<Object> result;
			CallerSide.Bound bound = CallerSide.Bound.NOWHERE;
			if (call.operation().isInPlace()) {
				result = Flux.defer(() -> Flux.from(returned(call, adapter)));
			}
			else {
				bound = bind(call, callerSide);
				result = Emission.of(call, adapter);
			}
			CallerSide.Bound place = bound;
			return !isRescued(call) ? result : result.onErrorResume((failure) -> !Thrown.isCancellation(failure),
					(failure) -> rescue(call, callerSide, place, failure));
		}));
	}

	/**
	 * Subscribes to what a plain task returned.
	 * @param result the result
	 * @param adapter its adapter
	 * @return the promise
	 */
	static ReactivePromise promise(Object result, ReactiveAdapter adapter) {
		if (adapter.isMultiValue()) {
			CompletableFuture<List<Object>> items = Flux.from(adapter.toPublisher(result)).collectList().toFuture();
			return new ReactivePromise(items, () -> adapter.fromPublisher(Flux.fromIterable(items.join())));
		}
		CompletableFuture<Object> value = Mono.from(adapter.toPublisher(result)).toFuture();
		return new ReactivePromise(value, () -> adapter.fromPublisher(Mono.justOrEmpty(value.join())));
	}

	private static void submit(OffloadedCall call, ReactiveAdapter adapter, MonoSink<Object> sink) {
		AtomicBoolean cancelled = new AtomicBoolean();
		TaskFuture<@Nullable Object> future = call
			.settledBy((returned) -> (returned != null)
					? Futures
						.await(Mono.from(adapter.toPublisher(returned)).contextWrite(sink.contextView()).toFuture())
					: null)
			.submit();
		sink.onCancel(() -> {
			cancelled.set(true);
			future.cancel(true);
		});
		future.whenComplete((value, failure) -> {
			if (failure == null) {
				sink.success(value);
			}
			else if (!cancelled.get()) {
				sink.error(failure);
			}
		});
	}

	private static Publisher<Object> returned(OffloadedCall call, ReactiveAdapter adapter) {
		try {
			Object returned = call.proceed();
			return (returned != null) ? adapter.toPublisher(returned) : Flux.empty();
		}
		catch (Exception ex) {
			return Flux.error(ex);
		}
	}

	private static Publisher<Object> rescue(OffloadedCall call, CallerSide callerSide, CallerSide.Bound place,
			Throwable failure) {
		try {
			Object value = callerSide.rescue(call, failure, place);
			if (value == null) {
				return Flux.empty();
			}
			ReactiveAdapter adapter = ReturnStyle.adapter(value.getClass());
			return (adapter != null) ? adapter.toPublisher(value) : Flux.just(value);
		}
		catch (Throwable ex) {
			return Flux.error(ex);
		}
	}

	private static CallerSide.Bound bind(OffloadedCall call, CallerSide callerSide) {
		return isRescued(call) ? callerSide.bind() : CallerSide.Bound.NOWHERE;
	}

	private static boolean isRescued(OffloadedCall call) {
		return call.operation().fallback() != null;
	}

	private static ReactiveAdapter adapter(OffloadedCall call) {
		return Objects.requireNonNull(ReturnStyle.adapter(call.operation().returnType()));
	}

}
