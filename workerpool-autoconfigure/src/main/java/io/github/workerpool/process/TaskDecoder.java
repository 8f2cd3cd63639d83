package io.github.workerpool.process;

import java.io.IOException;
import java.io.InvalidObjectException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;

import io.github.workerpool.Task;
import org.jspecify.annotations.Nullable;

/**
 * Puts tasks together again in a child, and remembers what they refer to by number. Not
 * safe for use by several threads.
 *
 * @since 0.1.0
 */
public final class TaskDecoder {

	private final ValueCodec values;

	private final Targets targets;

	private final List<Object> definitions = new ArrayList<>();

	private TaskForm form = TaskForm.OBJECT;

	/**
	 * Makes a decoder that knows nothing yet.
	 * @param values decodes arguments and what lambdas captured
	 * @param targets finds what methods are called on
	 */
	public TaskDecoder(ValueCodec values, Targets targets) {
		this.values = values;
		this.targets = targets;
	}

	/**
	 * Learns a definition.
	 * @param number its number, which must be the next one
	 * @param in the definition
	 * @throws IOException if it can't be understood
	 */
	public void define(long number, PayloadInput in) throws IOException {
		if (number != this.definitions.size()) {
			throw new BadFrameException(
					"Definition %d came where %d was due".formatted(number, this.definitions.size()));
		}
		TaskForm form = TaskForm.of(in.readByte());
		this.definitions.add((form == TaskForm.CALL) ? call(in) : lambda(in));
	}

	private static String text(PayloadInput in) throws IOException {
		return in.readText(in.readCount(), Integer.MAX_VALUE);
	}

	private Call call(PayloadInput in) throws IOException {
		String target = text(in);
		String type = text(in);
		String method = text(in);
		String[] parameters = new String[in.readCount()];
		for (int i = 0; i < parameters.length; i++) {
			parameters[i] = text(in);
		}
		return new Call(target, type, method, parameters);
	}

	private Lambda lambda(PayloadInput in) throws IOException {
		String[] texts = new String[8];
		for (int i = 0; i < texts.length; i++) {
			texts[i] = text(in);
		}
		return new Lambda(texts, in.readInt());
	}

	/**
	 * Reads a task.
	 * @param in the task
	 * @return the task, ready to be called
	 * @throws Exception if it can't be put together
	 */
	public Task<?> read(PayloadInput in) throws Exception {
		this.form = TaskForm.of(in.readByte());
		switch (this.form) {
			case CALL, CALL_FOR_ONE, CALL_FOR_MANY -> {
				Call call = (Call) this.definitions.get(in.readCount());
				MethodHandle handle = call.handle(this.values.loader(), this.targets);
				@Nullable Object[] arguments = this.values.readAll(in);
				return () -> invoke(handle, arguments);
			}
			case LAMBDA -> {
				Lambda lambda = (Lambda) this.definitions.get(in.readCount());
				return (Task<?>) lambda.make(this.values.loader(), this.values.readAll(in));
			}
			default -> {
				if (!(this.values.read(in) instanceof Task<?> task)) {
					throw new InvalidObjectException("What came is no task");
				}
				return task;
			}
		}
	}

	/**
	 * How the task came that was read last.
	 * @return its form
	 */
	public TaskForm form() {
		return this.form;
	}

	private static @Nullable Object invoke(MethodHandle handle, @Nullable Object[] arguments) throws Exception {
		try {
			return (Object) handle.invokeExact(arguments);
		}
		catch (Exception | Error ex) {
			throw ex;
		}
		catch (Throwable ex) {
			throw new InvocationTargetException(ex);
		}
	}

	/**
	 * Finds what methods are called on.
	 */
	@FunctionalInterface
	public interface Targets {

		/**
		 * Finds a target.
		 * @param name its name
		 * @param type a type that it has
		 * @return the target
		 * @throws Exception if there is none
		 */
		Object find(String name, Class<?> type) throws Exception;

	}

	/**
	 * A method, as it was defined.
	 */
	private static final class Call {

		private final String target;

		private final String type;

		private final String method;

		private final String[] parameters;

		private @Nullable MethodHandle handle;

		Call(String target, String type, String method, String[] parameters) {
			this.target = target;
			this.type = type;
			this.method = method;
			this.parameters = parameters;
		}

		/** Takes all arguments as one array. */
		MethodHandle handle(ClassLoader loader, Targets targets) throws Exception {
			MethodHandle known = this.handle;
			if (known == null) {
				known = find(loader, targets);
				this.handle = known;
			}
			return known;
		}

		private MethodHandle find(ClassLoader loader, Targets targets) throws Exception {
			Class<?> declaring = Class.forName(this.type, true, loader);
			MethodType signature = MethodType.fromMethodDescriptorString("(" + String.join("", this.parameters) + ")V",
					loader);
			Method found = declaring.getDeclaredMethod(this.method, signature.parameterArray());
			Object object = targets.find(this.target, declaring);
			if (!declaring.isInstance(object)) {
				// a proxy that has the interfaces of the class only
				found = ofInterface(object, found);
			}
			found.setAccessible(true);
			return MethodHandles.lookup()
				.unreflect(found)
				.bindTo(object)
				.asFixedArity()
				.asSpreader(Object[].class, this.parameters.length)
				.asType(MethodType.methodType(Object.class, Object[].class));
		}

		private static Method ofInterface(Object object, Method method) throws NoSuchMethodException {
			for (Class<?> type : object.getClass().getInterfaces()) {
				try {
					return type.getMethod(method.getName(), method.getParameterTypes());
				}
				catch (NoSuchMethodException ex) {
					// Perhaps the next one has it
				}
			}
			// A method of a generic interface takes what its parameters are erased to
			for (Class<?> type : object.getClass().getInterfaces()) {
				for (Method candidate : type.getMethods()) {
					if (candidate.getName().equals(method.getName()) && takes(candidate, method.getParameterTypes())
							&& isBridged(method, candidate)) {
						return candidate;
					}
				}
			}
			throw new NoSuchMethodException("'%s' is not on any interface of its bean's proxy, which is no '%s'"
				.formatted(method, method.getDeclaringClass().getName()));
		}

		private static boolean takes(Method method, Class<?>[] parameters) {
			Class<?>[] own = method.getParameterTypes();
			boolean takes = own.length == parameters.length;
			for (int i = 0; takes && i < own.length; i++) {
				takes = own[i].isAssignableFrom(parameters[i]);
			}
			return takes;
		}

		/**
		 * The compiler adds a method to the class that leads from the one to the other.
		 */
		private static boolean isBridged(Method method, Method candidate) {
			try {
				return method.getDeclaringClass()
					.getDeclaredMethod(candidate.getName(), candidate.getParameterTypes())
					.isBridge();
			}
			catch (NoSuchMethodException ex) {
				return false;
			}
		}

	}

	/**
	 * The class of a lambda, as it was defined.
	 */
	private static final class Lambda {

		private final String[] texts;

		private final int kind;

		private @Nullable Class<?> capturing;

		private @Nullable MethodHandle deserialize;

		Lambda(String[] texts, int kind) {
			this.texts = texts;
			this.kind = kind;
		}

		Object make(ClassLoader loader, @Nullable Object[] captured) throws Exception {
			MethodHandle maker = this.deserialize;
			Class<?> type = this.capturing;
			if (maker == null || type == null) {
				type = Class.forName(this.texts[0].replace('/', '.'), true, loader);
				Method method = type.getDeclaredMethod("$deserializeLambda$", SerializedLambda.class);
				method.setAccessible(true);
				maker = MethodHandles.lookup().unreflect(method);
				this.capturing = type;
				this.deserialize = maker;
			}
			SerializedLambda form = new SerializedLambda(type, this.texts[1], this.texts[2], this.texts[3], this.kind,
					this.texts[4], this.texts[5], this.texts[6], this.texts[7], captured);
			try {
				return (Object) maker.invokeExact(form);
			}
			catch (Exception | Error ex) {
				throw ex;
			}
			catch (Throwable ex) {
				throw new InvocationTargetException(ex);
			}
		}

	}

}
