package io.github.workerpool.offload;

import java.io.Serial;
import java.lang.reflect.Method;
import java.util.function.LongConsumer;

import io.github.workerpool.MethodTask;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.interceptor.ExposeInvocationInterceptor;

/**
 * One call of an offloaded method, as its pool gets it. A worker that is a thread of this
 * JVM runs {@link #call()}: the rest of the bean's advice, then the method. Any other
 * takes the parts that name the call: bean, method, arguments.
 * <p>
 * Can be run more than once: a task may be tried again when its worker died.
 */
final class OffloadedCall implements MethodTask<@Nullable Object> {

	@Serial
	private static final long serialVersionUID = 1L;

	private final transient OffloadOperation operation;

	private final transient MethodInvocation invocation;

	private final transient TaskOptions options;

	private final transient Settlement settlement;

	/**
	 * Makes a call whose result is what the method returned; if that is a future, its
	 * value.
	 * @param operation what is called
	 * @param invocation the call as it came through the proxy
	 */
	OffloadedCall(OffloadOperation operation, MethodInvocation invocation) {
		this(operation, copyOf(invocation), operation.options(invocation.getThis(), invocation.getArguments()),
				(operation.style() == ReturnStyle.FUTURE) ? Futures::await : (returned) -> returned);
	}

	private OffloadedCall(OffloadOperation operation, MethodInvocation invocation, TaskOptions options,
			Settlement settlement) {
		this.operation = operation;
		this.invocation = invocation;
		this.options = options;
		this.settlement = settlement;
	}

	/**
	 * The same call with another way to its result.
	 * @param settlement what is done with what the method returned
	 * @return a new call
	 */
	OffloadedCall settledBy(Settlement settlement) {
		return new OffloadedCall(this.operation, this.invocation, this.options, settlement);
	}

	OffloadOperation operation() {
		return this.operation;
	}

	@Override
	public String beanName() {
		return this.operation.bean();
	}

	@Override
	public Method method() {
		return this.operation.method();
	}

	@Override
	public @Nullable Object[] arguments() {
		return this.invocation.getArguments();
	}

	@Override
	public OffloadedCall withArguments(@Nullable Object[] arguments) {
		if (!(this.invocation instanceof ProxyMethodInvocation proxied)) {
			throw new IllegalStateException("The arguments of '" + this.invocation + "' can't be changed");
		}
		return new OffloadedCall(this.operation, proxied.invocableClone(arguments), this.options, this.settlement);
	}

	@Override
	public Returned returned() {
		return switch (this.operation.style()) {
			case NOTHING, VALUE, FUTURE -> Returned.VALUE;
			case SINGLE -> Returned.ONE;
			case MANY -> Returned.MANY;
		};
	}

	@Override
	public void requestFrom(LongConsumer requests) {
		this.settlement.requestFrom(requests);
	}

	@Override
	public void accept(Object item) {
		this.settlement.accept(item);
	}

	@Nullable Object target() {
		return this.invocation.getThis();
	}

	/**
	 * Hands the call over.
	 * @return the task's future
	 */
	TaskFuture<@Nullable Object> submit() {
		// items that were delivered can't be taken back
		return this.operation.pool()
			.submit(this, (returned() == Returned.MANY) ? this.options.withMaxAttempts(1) : this.options);
	}

	/**
	 * Runs the method on this thread, and whatever it started to its end.
	 */
	@Override
	public @Nullable Object call() throws Exception {
		return this.settlement.settle(proceed());
	}

	/**
	 * Runs the method on this thread and leaves to the caller what it returned.
	 * @return what the method returned
	 * @throws Exception what the method threw; as some advice does, that may be any
	 * {@link Throwable}
	 */
	@Nullable Object proceed() throws Exception {
		try {
			// advice in between may look up its invocation, which is bound to the thread
			return ExposeInvocationInterceptor.INSTANCE.invoke(copyOf(this.invocation));
		}
		catch (Throwable ex) {
			throw Thrown.asUnchecked(ex);
		}
	}

	private static MethodInvocation copyOf(MethodInvocation invocation) {
		return (invocation instanceof ProxyMethodInvocation proxied) ? proxied.invocableClone() : invocation;
	}

	@Override
	public String toString() {
		return "@Offload " + MethodNames.qualified(method(), this.operation.type());
	}

	/**
	 * Gets a task's result from what its method returned. Runs on the worker, which is
	 * busy until it is through.
	 */
	@FunctionalInterface
	interface Settlement {

		/**
		 * Waits for the work to end.
		 * @param returned what the method returned
		 * @return the result
		 * @throws Exception why there is none
		 */
		@Nullable Object settle(@Nullable Object returned) throws Exception;

		/**
		 * Takes a way to ask for items of a method that runs in another JVM.
		 * @param requests asks for a number of further items
		 */
		default void requestFrom(LongConsumer requests) {
		}

		/**
		 * Takes an item of a method that runs in another JVM.
		 * @param item the item
		 */
		default void accept(Object item) {
		}

	}

}
