package io.github.workerpool.offload;

import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.util.function.SingletonSupplier;

/**
 * What happens to the outcome of a call on its caller's side: fallbacks, and failures
 * that nobody waits for.
 */
final class CallerSide {

	private static final Logger logger = LoggerFactory.getLogger(CallerSide.class);

	private final Supplier<Stream<OffloadExceptionHandler>> handlers;

	private final Supplier<? extends @Nullable CallerContext> context;

	CallerSide(Supplier<Stream<OffloadExceptionHandler>> handlers, Supplier<? extends CallerContext> context) {
		this.handlers = handlers;
		this.context = SingletonSupplier.of(context);
	}

	/**
	 * Takes the context of this thread, for when the outcome arrives on another one.
	 * @return the context
	 */
	Bound bind() {
		CallerContext context = this.context.get();
		CallerContext.Captured captured = (context != null) ? context.capture() : null;
		return (captured != null) ? captured::call : Bound.NOWHERE;
	}

	/**
	 * Calls the fallback of a failed call on this thread.
	 * @param call the call
	 * @param failure why it failed
	 * @return what the fallback returned
	 * @throws Throwable what the fallback threw, or the failure if there is no fallback
	 * for it
	 */
	@Nullable Object rescue(OffloadedCall call, Throwable failure) throws Throwable {
		Fallback fallback = call.operation().fallback();
		if (fallback == null || Thrown.isCancellation(failure)) {
			throw failure;
		}
		return fallback.call(call.target(), call.arguments(), failure);
	}

	/**
	 * Calls the fallback of a failed call in the caller's place.
	 * @param call the call
	 * @param failure why it failed
	 * @param place the caller's place
	 * @return what the fallback returned
	 * @throws Exception what the fallback threw, or the failure if there is no fallback
	 * for it; as a fallback does, that may be any {@link Throwable}
	 */
	@Nullable Object rescue(OffloadedCall call, Throwable failure, Bound place) throws Exception {
		return place.<@Nullable Object>call(() -> {
			try {
				return rescue(call, failure);
			}
			catch (Throwable ex) {
				throw Thrown.asUnchecked(ex);
			}
		});
	}

	/**
	 * Deals with the failure of a call that nobody waits for.
	 * @param call the call
	 * @param failure why it failed
	 * @param place the caller's place
	 */
	void forgotten(OffloadedCall call, Throwable failure, Bound place) {
		try {
			place.<@Nullable Object>call(() -> {
				try {
					rescue(call, failure);
				}
				catch (Throwable ex) {
					tell(call, ex);
				}
				return null;
			});
		}
		catch (Exception ex) {
			// the place is gone, the failure is not
			ex.addSuppressed(failure);
			tell(call, ex);
		}
	}

	private void tell(OffloadedCall call, Throwable failure) {
		OffloadOperation operation = call.operation();
		String pool = operation.pool().name();
		if (Thrown.isCancellation(failure)) {
			logger.warn("Task '{}' of pool '{}' was cancelled; its caller did not wait for it: {}",
					operation.taskName(), pool, failure.toString());
		}
		else {
			logger.error("Task '{}' of pool '{}' failed; its caller did not wait for it", operation.taskName(), pool,
					failure);
		}
		OffloadFailure told = new OffloadFailure(pool, operation.taskName(), operation.bean(), operation.method(),
				Arrays.asList(call.arguments()), failure);
		try (Stream<OffloadExceptionHandler> handlers = this.handlers.get()) {
			handlers.forEach((handler) -> tell(handler, told));
		}
		catch (RuntimeException ex) {
			logger.error("The exception handlers for task '{}' of pool '{}' can't be asked", told.task(), pool, ex);
		}
	}

	private static void tell(OffloadExceptionHandler handler, OffloadFailure failure) {
		try {
			handler.handle(failure);
		}
		catch (Throwable ex) {
			logger.error("Exception handler '{}' failed on task '{}' of pool '{}'", handler.getClass().getName(),
					failure.task(), failure.pool(), ex);
		}
	}

	/**
	 * A place to run things: that of the caller, as far as its context goes.
	 */
	@FunctionalInterface
	interface Bound {

		/** No place in particular. */
		Bound NOWHERE = new Bound() {

			@Override
			public <R extends @Nullable Object> R call(Callable<R> body) throws Exception {
				return body.call();
			}

		};

		/**
		 * Runs something there, on this thread.
		 * @param <R> the type of the result
		 * @param body what to run
		 * @return its result
		 * @throws Exception what the body throws
		 */
		<R extends @Nullable Object> R call(Callable<R> body) throws Exception;

	}

}
