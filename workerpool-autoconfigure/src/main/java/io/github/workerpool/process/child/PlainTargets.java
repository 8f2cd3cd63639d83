package io.github.workerpool.process.child;

import java.lang.reflect.Constructor;
import java.util.HashMap;
import java.util.Map;

import io.github.workerpool.process.Extension;
import org.reactivestreams.Publisher;

/**
 * Targets of method calls where there is no context to find them in: one object per name,
 * made by its class' no-arg constructor.
 */
final class PlainTargets implements Surroundings {

	private final Map<String, Object> targets = new HashMap<>();

	@Override
	public Object find(String name, Class<?> type) throws Exception {
		Object known = this.targets.get(name);
		if (known != null && type.isInstance(known)) {
			return known;
		}
		Constructor<?> constructor;
		try {
			constructor = type.getDeclaredConstructor();
		}
		catch (NoSuchMethodException ex) {
			throw new IllegalStateException(
					"'%s' can't be called in a child JVM: there is no context to find it in, and its class '%s' has no constructor without parameters"
						.formatted(name, type.getName()),
					ex);
		}
		constructor.setAccessible(true);
		Object made = constructor.newInstance();
		this.targets.put(name, made);
		return made;
	}

	@Override
	public <T> T extension(Extension extension, Class<T> type, ClassLoader loader) throws Exception {
		return extension.make(type, loader);
	}

	@Override
	public Publisher<?> publisher(Object returned) {
		if (returned instanceof Publisher<?> publisher) {
			return publisher;
		}
		throw new IllegalStateException("'" + returned.getClass().getName() + "' is no publisher");
	}

	@Override
	public void close() {
		// Nothing of this is ever closed
	}

}
