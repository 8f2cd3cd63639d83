package io.github.workerpool.process;

import java.lang.reflect.Method;
import java.util.concurrent.Callable;

import io.github.workerpool.MethodTask;

/**
 * A call of a method.
 */
final class TestCall<R> implements MethodTask<R> {

	private final String target;

	private final transient Method method;

	private final transient Object[] arguments;

	private final transient Callable<R> local;

	TestCall(String target, Method method, Object[] arguments, Callable<R> local) {
		this.target = target;
		this.method = method;
		this.arguments = arguments;
		this.local = local;
	}

	@Override
	public String beanName() {
		return this.target;
	}

	@Override
	public Method method() {
		return this.method;
	}

	@Override
	public Object[] arguments() {
		return this.arguments;
	}

	@Override
	public MethodTask<R> withArguments(Object[] changed) {
		return new TestCall<>(this.target, this.method, changed, this.local);
	}

	@Override
	public R call() throws Exception {
		return this.local.call();
	}

}
