package io.github.workerpool.offload;

import org.aopalliance.aop.Advice;
import org.aopalliance.intercept.MethodInterceptor;

import org.springframework.aop.Pointcut;
import org.springframework.aop.PointcutAdvisor;

/**
 * Advises one bean.
 */
final class OffloadAdvisor implements PointcutAdvisor {

	private final Pointcut pointcut;

	private final MethodInterceptor interceptor;

	OffloadAdvisor(Pointcut pointcut, MethodInterceptor interceptor) {
		this.pointcut = pointcut;
		this.interceptor = interceptor;
	}

	@Override
	public Pointcut getPointcut() {
		return this.pointcut;
	}

	@Override
	public Advice getAdvice() {
		return this.interceptor;
	}

	@Override
	public String toString() {
		return "@Offload";
	}

}
