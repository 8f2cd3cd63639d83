package io.github.workerpool.actuate;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Names of tasks as far as they may become tags: the first hundred of each pool. A name
 * made from an id would otherwise make meters without end.
 */
final class TaskNames {

	static final int LIMIT = 100;

	static final String OTHER = "other";

	private final Map<String, Set<String>> byPool = new ConcurrentHashMap<>();

	String limited(String pool, String name) {
		Set<String> known = this.byPool.get(pool);
		if (known == null) {
			known = this.byPool.computeIfAbsent(pool, (key) -> ConcurrentHashMap.newKeySet());
		}
		return (known.contains(name) || isAdded(known, name)) ? name : OTHER;
	}

	private static boolean isAdded(Set<String> known, String name) {
		if (known.size() >= LIMIT) {
			return false;
		}
		synchronized (known) {
			return known.size() < LIMIT && known.add(name);
		}
	}

}
