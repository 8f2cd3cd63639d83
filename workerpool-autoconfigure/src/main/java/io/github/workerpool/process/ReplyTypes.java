package io.github.workerpool.process;

import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Which classes a child may have made in its parent: values of the JDK, the library's
 * own, exceptions, and what lives in the packages of the tasks and the types they
 * declare. Safe for use by any number of threads.
 */
final class ReplyTypes implements Predicate<Class<?>> {

	private static final String LIBRARY = "io.github.workerpool.";

	/** Whole packages of values. */
	private static final Set<String> PACKAGES = Set.of("java.lang", "java.math", "java.text", "java.time",
			"java.time.chrono", "java.time.temporal", "java.time.zone", "java.util", "java.util.concurrent",
			"java.util.concurrent.atomic", "java.util.concurrent.locks", "java.util.regex");

	/** Values in packages that hold other things too. */
	private static final Set<String> CLASSES = Set.of("java.io.File", "java.io.Serializable", "java.net.URI",
			"java.net.InetAddress", "java.net.Inet4Address", "java.net.Inet6Address", "java.net.InetSocketAddress",
			"java.sql.Date", "java.sql.Time", "java.sql.Timestamp", "java.awt.Color", "java.awt.Dimension",
			"java.awt.Point", "java.awt.Rectangle", "java.awt.Insets", "sun.util.calendar.ZoneInfo");

	/** Its exceptions call methods of what they hold. */
	private static final String BARRED = "javax.management.";

	private final Set<String> declared = ConcurrentHashMap.newKeySet();

	/** Packages with all that is below them. */
	private final Set<String> trees = ConcurrentHashMap.newKeySet();

	@Override
	public boolean test(Class<?> type) {
		String name = type.getName();
		if (name.startsWith(LIBRARY) || CLASSES.contains(name) || PACKAGES.contains(type.getPackageName())
				|| this.declared.contains(type.getPackageName()) || isInTree(type.getPackageName())) {
			return true;
		}
		return Throwable.class.isAssignableFrom(type) && !name.startsWith(BARRED);
	}

	private boolean isInTree(String packageName) {
		if (this.trees.isEmpty()) {
			return false;
		}
		for (int end = packageName.length(); end > 0; end = packageName.lastIndexOf('.', end - 1)) {
			if (this.trees.contains(packageName.substring(0, end))) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Lets everything pass that lives in the package of a class or below it: where the
	 * code is that is called, and what it returns inside of what it declares. A package
	 * as short as {@code com} says too little for that.
	 */
	void declareTree(Class<?> type) {
		if (!isOfPlatform(type) && type.getPackageName().indexOf('.') > 0) {
			this.trees.add(type.getPackageName());
		}
	}

	/**
	 * Lets everything pass that lives beside a type, or beside a type that this one is
	 * made of.
	 */
	void declare(Type type) {
		if (type instanceof Class<?> plain) {
			Class<?> base = plain;
			while (base.isArray()) {
				base = base.getComponentType();
			}
			if (!base.isPrimitive() && !isOfPlatform(base)) {
				this.declared.add(base.getPackageName());
			}
		}
		else if (type instanceof ParameterizedType generic) {
			declare(generic.getRawType());
			for (Type argument : generic.getActualTypeArguments()) {
				declare(argument);
			}
		}
		else if (type instanceof GenericArrayType array) {
			declare(array.getGenericComponentType());
		}
		else if (type instanceof WildcardType wildcard) {
			for (Type bound : wildcard.getUpperBounds()) {
				declare(bound);
			}
		}
	}

	/** The platform's classes pass by name only, even if somebody declares them. */
	private static boolean isOfPlatform(Class<?> type) {
		ClassLoader loader = type.getClassLoader();
		return loader == null || loader == ClassLoader.getPlatformClassLoader();
	}

}
