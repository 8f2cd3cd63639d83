package io.github.workerpool.process;

import java.io.IOException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectStreamClass;
import java.lang.reflect.Proxy;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Reads what a {@link GraphOutput} wrote, finding classes through a given loader and
 * letting only those pass that a filter allows. Closing it leaves the payload open.
 */
final class GraphInput extends ObjectInputStream {

	/** They have no loader. */
	private static final Map<String, Class<?>> PRIMITIVES = Map.of("boolean", boolean.class, "byte", byte.class, "char",
			char.class, "short", short.class, "int", int.class, "long", long.class, "float", float.class, "double",
			double.class, "void", void.class);

	private final ClassLoader loader;

	private final PayloadInput.@Nullable Resolver resolver;

	GraphInput(PayloadInput in, ClassLoader loader, ObjectInputFilter filter) throws IOException {
		super(in);
		this.loader = loader;
		this.resolver = in.resolver();
		setObjectInputFilter(filter);
		if (this.resolver != null) {
			enableResolveObject(true);
		}
	}

	@Override
	protected @Nullable Object resolveObject(Object value) throws IOException {
		return (this.resolver != null) ? this.resolver.resolve(value) : value;
	}

	@Override
	protected void readStreamHeader() {
		// There is none
	}

	@Override
	protected Class<?> resolveClass(ObjectStreamClass description) throws IOException, ClassNotFoundException {
		Class<?> primitive = PRIMITIVES.get(description.getName());
		return (primitive != null) ? primitive : Class.forName(description.getName(), false, this.loader);
	}

	@Override
	protected Class<?> resolveProxyClass(String[] interfaces) throws IOException, ClassNotFoundException {
		Class<?>[] types = new Class<?>[interfaces.length];
		for (int i = 0; i < types.length; i++) {
			types[i] = Class.forName(interfaces[i], false, this.loader);
		}
		try {
			@SuppressWarnings("deprecation")
			Class<?> type = Proxy.getProxyClass(this.loader, types);
			return type;
		}
		catch (IllegalArgumentException ex) {
			throw new ClassNotFoundException("A proxy of interfaces that no loader sees together", ex);
		}
	}

	@Override
	public void close() {
		// The payload goes on
	}

}
