package io.github.workerpool.autoconfigure;

import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * The diagnostic context of SLF4J.
 */
final class MdcBound implements ThreadBound<Map<String, String>> {

	/**
	 * That of Micrometer's own accessor, which stays in charge where it is registered.
	 */
	static final String KEY = "cp.slf4j";

	@Override
	public Object key() {
		return KEY;
	}

	@Override
	public @Nullable Map<String, String> get() {
		Map<String, String> map = MDC.getCopyOfContextMap();
		return (map != null && !map.isEmpty()) ? map : null;
	}

	@Override
	public void set(Map<String, String> value) {
		MDC.setContextMap(value);
	}

	@Override
	public void restore(@Nullable Map<String, String> previous) {
		if (previous != null) {
			MDC.setContextMap(previous);
		}
		else {
			MDC.clear();
		}
	}

}
