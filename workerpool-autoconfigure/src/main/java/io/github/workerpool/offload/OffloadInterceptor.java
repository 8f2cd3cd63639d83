package io.github.workerpool.offload;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;

import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.TaskFuture;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.core.MethodClassKey;

/**
 * Hands the calls of one bean's offloaded methods to their pools.
 */
final class OffloadInterceptor implements MethodInterceptor {

	private final String bean;

	private final OffloadOperations operations;

	private final CallerSide callerSide;

	private final Map<MethodClassKey, OffloadOperation> found = new ConcurrentHashMap<>();

	OffloadInterceptor(String bean, OffloadOperations operations, CallerSide callerSide) {
		this.bean = bean;
		this.operations = operations;
		this.callerSide = callerSide;
	}

	@Override
	public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		OffloadOperation operation = operation(invocation);
		if (operation == null) {
			return invocation.proceed();
		}
		OffloadedCall call = new OffloadedCall(operation, invocation);
		return switch (operation.style()) {
			case NOTHING -> {
				forget(call);
				yield null;
			}
			case VALUE -> await(call);
			case FUTURE -> operation.isInPlace() ? futureInPlace(call) : future(call);
			case SINGLE -> ReactiveCalls.single(call, this.callerSide);
			case MANY -> ReactiveCalls.many(call, this.callerSide);
		};
	}

	private @Nullable OffloadOperation operation(MethodInvocation invocation) {
		Method method = invocation.getMethod();
		Object target = invocation.getThis();
		Class<?> type = (target != null) ? AopUtils.getTargetClass(target) : method.getDeclaringClass();
		MethodClassKey key = new MethodClassKey(method, type);
		OffloadOperation operation = this.found.get(key);
		if (operation == null) {
			operation = this.operations.find(this.bean, type, method);
			if (operation != null) {
				this.found.put(key, operation);
			}
		}
		return operation;
	}

	private void forget(OffloadedCall call) {
		if (call.operation().isInPlace()) {
			try {
				call.call();
			}
			catch (Throwable ex) {
				keepInterruption(ex);
				this.callerSide.forgotten(call, ex, CallerSide.Bound.NOWHERE);
			}
			return;
		}
		CallerSide.Bound bound = this.callerSide.bind();
		call.submit().whenComplete((result, failure) -> {
			if (failure != null) {
				this.callerSide.forgotten(call, failure, bound);
			}
		});
	}

	private @Nullable Object await(OffloadedCall call) throws Throwable {
		boolean inPlace = call.operation().isInPlace();
		Throwable failure;
		try {
			return inPlace ? call.call() : result(call);
		}
		catch (Throwable ex) {
			if (inPlace && ex instanceof InterruptedException) {
				// the task that made the call was told to stop
				throw ex;
			}
			failure = ex;
		}
		return this.callerSide.rescue(call, failure);
	}

	private static @Nullable Object result(OffloadedCall call) throws Throwable {
		TaskFuture<@Nullable Object> future = call.submit();
		try {
			return future.get();
		}
		catch (ExecutionException ex) {
			Throwable failure = Futures.failureOf(future, ex);
			WaiterTrace.attach(failure, call.operation());
			throw failure;
		}
		catch (InterruptedException ex) {
			future.cancel(true);
			Thread.currentThread().interrupt();
			CancellationException cancelled = new CancellationException(
					"Task '%s' in pool '%s' was cancelled: the caller that waited for it was interrupted"
						.formatted(call.operation().taskName(), call.operation().pool().name()));
			cancelled.initCause(ex);
			throw cancelled;
		}
		catch (RejectedTaskException ex) {
			// not the task was refused but the wait for it; nobody will want its result
			future.cancel(true);
			throw ex;
		}
	}

	private Object future(OffloadedCall call) {
		boolean rescued = call.operation().fallback() != null;
		CallerSide.Bound bound = rescued ? this.callerSide.bind() : CallerSide.Bound.NOWHERE;
		TaskFuture<@Nullable Object> future = call.submit();
		return rescued ? RescuedFuture.of(future, future.id(), future.name(),
				(failure) -> this.callerSide.rescue(call, failure, bound)) : future;
	}

	/**
	 * The method's own future serves, unless it didn't come to that, or there is a
	 * fallback for its failure.
	 */
	private @Nullable Object futureInPlace(OffloadedCall call) {
		CompletableFuture<?> source;
		try {
			Object returned = call.proceed();
			if (call.operation().fallback() == null || returned == null) {
				return returned;
			}
			source = Futures.completable(returned);
		}
		catch (Throwable ex) {
			keepInterruption(ex);
			source = CompletableFuture.failedFuture(ex);
		}
		return RescuedFuture.of(source, "in-place", call.operation().taskName(),
				(failure) -> this.callerSide.rescue(call, failure));
	}

	/** For the task that made the call, whose failure this one isn't. */
	private static void keepInterruption(Throwable failure) {
		if (failure instanceof InterruptedException) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public String toString() {
		return "@Offload of bean '%s' %s".formatted(this.bean, Arrays.toString(this.found.keySet().toArray()));
	}

}
