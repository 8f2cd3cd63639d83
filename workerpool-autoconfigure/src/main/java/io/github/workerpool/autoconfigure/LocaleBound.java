package io.github.workerpool.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.context.i18n.LocaleContext;
import org.springframework.context.i18n.LocaleContextHolder;

/**
 * The locale and time zone of Spring's {@link LocaleContextHolder}.
 */
final class LocaleBound implements ThreadBound<LocaleContext> {

	/**
	 * That of Spring's own accessor, by name because its class needs Micrometer's context
	 * propagation.
	 */
	static final String KEY = "org.springframework.context.i18n.LocaleContextThreadLocalAccessor.KEY";

	@Override
	public Object key() {
		return KEY;
	}

	@Override
	public @Nullable LocaleContext get() {
		return LocaleContextHolder.getLocaleContext();
	}

	@Override
	public void set(LocaleContext value) {
		LocaleContextHolder.setLocaleContext(value);
	}

	@Override
	public void restore(@Nullable LocaleContext previous) {
		LocaleContextHolder.setLocaleContext(previous);
	}

}
