package io.github.workerpool.benchmarks;

import java.io.Serial;
import java.lang.reflect.Method;

import io.github.workerpool.MethodTask;

/**
 * The call of a method that returns its argument, in the form an {@code @Offload} method
 * has when it goes to a child JVM: the method and the argument, no object around them.
 */
final class SameCall implements MethodTask<Integer>, Work<Integer> {

	@Serial
	private static final long serialVersionUID = 1;

	private static final Target TARGET = new Target();

	private static final Method METHOD = method("same");

	private final int argument;

	SameCall(int argument) {
		this.argument = argument;
	}

	private static Method method(String name) {
		try {
			return Target.class.getMethod(name, int.class);
		}
		catch (NoSuchMethodException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public String beanName() {
		return "target";
	}

	@Override
	public Method method() {
		return METHOD;
	}

	@Override
	public Object[] arguments() {
		return new Object[] { this.argument };
	}

	@Override
	public MethodTask<Integer> withArguments(Object[] arguments) {
		return new SameCall((Integer) arguments[0]);
	}

	@Override
	public Integer call() {
		return TARGET.same(this.argument);
	}

	/**
	 * What is called.
	 */
	public static final class Target {

		/**
		 * Does nothing.
		 */
		public int same(int value) {
			return value;
		}

	}

}
