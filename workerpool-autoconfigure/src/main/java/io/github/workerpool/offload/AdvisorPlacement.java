package io.github.workerpool.offload;

import java.util.Arrays;
import java.util.List;

import org.springframework.aop.Advisor;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AdvisedSupport;
import org.springframework.aop.support.AbstractGenericPointcutAdvisor;
import org.springframework.util.ClassUtils;

/**
 * Puts {@link Offload @Offload} in its place among the advisors of a bean that is already
 * proxied: inside retries, security and caching, outside transactions and validation.
 * <p>
 * The framework only ever prepends or appends, which can't do: the shared auto-proxy
 * creator comes first and brings security, caching and transactions in one go, the latter
 * two with equal order, so that either may be outside. Post-processors of other
 * annotations come before or after this one, as they are configured. Therefore an advisor
 * is told by what it is, not by when it came: what must be outside is moved out if it is
 * found further in, everything else keeps its place. What comes later prepends
 * ({@code @Async}, {@code @Retryable}) or appends (validation), and so is right by
 * itself.
 */
final class AdvisorPlacement {

	/** Known by name, since none of them need be on the class path. */
	private static final List<String> OUTSIDE = List.of("org.springframework.security.", "org.springframework.cache.",
			"org.springframework.resilience.", "org.springframework.retry.",
			"org.springframework.scheduling.annotation.Async", "org.springframework.aop.interceptor.Async");

	private static final List<String> INSIDE = List.of("org.springframework.transaction.",
			"org.springframework.validation.");

	private AdvisorPlacement() {
	}

	/**
	 * Adds an advisor to a proxy.
	 * @param advised the proxy
	 * @param advisor the advisor for its bean
	 */
	static void place(Advised advised, Advisor advisor) {
		int index = firstInside(advised.getAdvisors());
		for (int i = index + 1; i < advised.getAdvisorCount(); i++) {
			Advisor other = advised.getAdvisors()[i];
			if (isOneOf(OUTSIDE, other)) {
				advised.removeAdvisor(i);
				advised.addAdvisor(index, other);
				index++;
			}
		}
		// without a target, the last one stands for it
		boolean targetless = advised.getTargetSource() == AdvisedSupport.EMPTY_TARGET_SOURCE;
		int last = Math.max(advised.getAdvisorCount() - (targetless ? 1 : 0), 0);
		advised.addAdvisor(Math.min(index, last), advisor);
	}

	/**
	 * Tells whether a proxy has an advisor of ours.
	 * @param advised the proxy
	 * @return whether it has
	 */
	static boolean isPlaced(Advised advised) {
		return Arrays.stream(advised.getAdvisors()).anyMatch(OffloadAdvisor.class::isInstance);
	}

	private static int firstInside(Advisor[] advisors) {
		int index = 0;
		while (index < advisors.length && !isOneOf(INSIDE, advisors[index])) {
			index++;
		}
		return index;
	}

	private static boolean isOneOf(List<String> names, Advisor advisor) {
		if (startsWithOneOf(names, advisor.getClass())) {
			return true;
		}
		// a generic advisor says nothing by itself. Others aren't asked for their advice:
		// they may have to fetch it from the bean factory
		return advisor instanceof AbstractGenericPointcutAdvisor
				&& startsWithOneOf(names, advisor.getAdvice().getClass());
	}

	/** Supertypes count: applications extend what the frameworks give. */
	private static boolean startsWithOneOf(List<String> names, Class<?> type) {
		for (Class<?> each = type; each != null && each != Object.class; each = each.getSuperclass()) {
			if (isNamedLikeOneOf(names, each)) {
				return true;
			}
		}
		return ClassUtils.getAllInterfacesForClassAsSet(type)
			.stream()
			.anyMatch((each) -> isNamedLikeOneOf(names, each));
	}

	private static boolean isNamedLikeOneOf(List<String> names, Class<?> type) {
		return names.stream().anyMatch(type.getName()::startsWith);
	}

}
