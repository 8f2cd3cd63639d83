package io.github.workerpool.memory;

import java.io.Serializable;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * How records of one class are taken apart and put together: components are read from
 * their fields, as an accessor may return something else, and a new record is made by the
 * canonical constructor.
 */
final class RecordShape {

	private static final ClassValue<RecordShape> SHAPES = new ClassValue<>() {
		@Override
		protected RecordShape computeValue(Class<?> type) {
			return new RecordShape(type);
		}
	};

	private final Class<?> type;

	private final @Nullable Constructor<?> constructor;

	private final Field[] fields;

	private final boolean hooked;

	private final boolean flat;

	private RecordShape(Class<?> type) {
		this.type = type;
		RecordComponent[] components = type.getRecordComponents();
		this.fields = Stream.of(components).map((component) -> field(type, component.getName())).toArray(Field[]::new);
		Constructor<?> canonical = constructor(type,
				Stream.of(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
		boolean accessible = canonical.trySetAccessible();
		for (AccessibleObject field : this.fields) {
			accessible &= field.trySetAccessible();
		}
		this.constructor = accessible ? canonical : null;
		this.hooked = Serializable.class.isAssignableFrom(type) && Stream.of(type.getDeclaredMethods())
			.filter((method) -> method.getParameterCount() == 0)
			.map(Method::getName)
			.anyMatch((name) -> name.equals("writeReplace") || name.equals("readResolve"));
		this.flat = Stream.of(this.fields).map(Field::getType).allMatch(ImmutableTypes::covers);
	}

	static RecordShape of(Class<?> type) {
		return SHAPES.get(type);
	}

	/**
	 * Tells whether the record may be taken apart; if not, its module keeps it closed.
	 */
	boolean isOpen() {
		return this.constructor != null;
	}

	/**
	 * Tells whether the record has a say of its own in how it is serialized.
	 */
	boolean isHooked() {
		return this.hooked;
	}

	/**
	 * Tells from the declared types alone that a record has nothing to copy.
	 */
	boolean isFlat() {
		return this.flat;
	}

	Field[] fields() {
		return this.fields;
	}

	@Nullable Object[] components(Object record) {
		@Nullable Object[] components = new @Nullable Object[this.fields.length];
		for (int i = 0; i < components.length; i++) {
			try {
				components[i] = this.fields[i].get(record);
			}
			catch (IllegalAccessException ex) {
				throw new IllegalStateException("Record '" + this.type.getName() + "' can't be read", ex);
			}
		}
		return components;
	}

	/**
	 * Makes a record.
	 * @param components its components
	 * @return the record
	 * @throws InvocationTargetException if its constructor refuses them
	 */
	Object create(@Nullable Object[] components) throws InvocationTargetException {
		if (this.constructor == null || components.length != this.fields.length) {
			throw new IllegalStateException("Record '" + this.type.getName() + "' can't be made from "
					+ components.length + " components: " + ((this.constructor == null)
							? "its module does not open its package" : "here it has " + Arrays.toString(this.fields)));
		}
		try {
			return this.constructor.newInstance(components);
		}
		catch (InstantiationException | IllegalAccessException ex) {
			throw new IllegalStateException("Record '" + this.type.getName() + "' can't be made", ex);
		}
	}

	private static Field field(Class<?> type, String name) {
		try {
			return type.getDeclaredField(name);
		}
		catch (NoSuchFieldException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static Constructor<?> constructor(Class<?> type, Class<?>[] parameters) {
		try {
			return type.getDeclaredConstructor(parameters);
		}
		catch (NoSuchMethodException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
