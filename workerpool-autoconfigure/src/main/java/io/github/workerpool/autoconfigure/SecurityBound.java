package io.github.workerpool.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;

/**
 * The security context of Spring Security. The one class that needs it.
 */
final class SecurityBound implements ThreadBound<SecurityContext> {

	/** That of Spring Security's own accessor. */
	@Override
	public Object key() {
		return SecurityContext.class.getName();
	}

	@Override
	public @Nullable SecurityContext get() {
		SecurityContext context = SecurityContextHolder.getContext();
		return (context.getAuthentication() != null) ? context : null;
	}

	@Override
	public void set(SecurityContext value) {
		SecurityContextHolder.setContext(value);
	}

	@Override
	public void restore(@Nullable SecurityContext previous) {
		if (previous != null) {
			SecurityContextHolder.setContext(previous);
		}
		else {
			SecurityContextHolder.clearContext();
		}
	}

}
