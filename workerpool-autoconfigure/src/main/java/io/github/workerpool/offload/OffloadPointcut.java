package io.github.workerpool.offload;

import java.lang.reflect.Method;

import org.springframework.aop.ClassFilter;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.util.ClassUtils;

/**
 * Matches offloaded methods.
 */
final class OffloadPointcut extends StaticMethodMatcherPointcut {

	private final OffloadOperations operations;

	OffloadPointcut(OffloadOperations operations) {
		this.operations = operations;
		setClassFilter(new Candidates());
	}

	@Override
	public boolean matches(Method method, Class<?> targetClass) {
		Class<?> type = ClassUtils.getUserClass(targetClass);
		return this.operations.methods(type).find(method, type) != null;
	}

	private final class Candidates implements ClassFilter {

		@Override
		public boolean matches(Class<?> type) {
			return !OffloadPointcut.this.operations.methods(type).isEmpty();
		}

	}

}
