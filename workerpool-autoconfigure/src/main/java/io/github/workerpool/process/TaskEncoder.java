package io.github.workerpool.process;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.lang.reflect.Type;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.github.workerpool.MethodTask;
import io.github.workerpool.Task;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskSerializationException.Part;
import org.jspecify.annotations.Nullable;

/**
 * Encodes tasks on their submitters' threads. Safe for use by any number of threads.
 */
final class TaskEncoder {

	private final ValueCodec values;

	private final ReplyTypes types;

	private final Definitions definitions;

	private final LambdaForms lambdas;

	private final Map<Target, Integer> calls = new ConcurrentHashMap<>();

	private final ClassValue<Boolean> declared = new ClassValue<>() {

		@Override
		protected Boolean computeValue(Class<?> type) {
			declareTypes(type);
			return true;
		}

	};

	TaskEncoder(ValueCodec values, ReplyTypes types, Definitions definitions) {
		this.values = values;
		this.types = types;
		this.definitions = definitions;
		this.lambdas = new LambdaForms(definitions, types);
	}

	/**
	 * Encodes a task. What goes with it is detached then.
	 * @param task the task
	 * @param options its options
	 * @throws TaskSerializationException if it can't cross; then nothing is detached
	 */
	EncodedTask encode(Task<?> task, TaskOptions options) {
		Cargo cargo = new Cargo();
		try {
			cargo.load(options.transfer());
			EncodedTask encoded = (task instanceof MethodTask<?> call) ? encodeCall(call, cargo)
					: encodeTask(task, cargo);
			cargo.commit();
			return encoded;
		}
		catch (IllegalStateException ex) {
			throw new TaskSerializationException((task instanceof MethodTask<?>) ? Part.ARGUMENT : Part.TASK, null,
					"Task '" + options.name() + "' can't have a buffer: " + ex.getMessage(), ex);
		}
		catch (RuntimeException | Error ex) {
			cargo.handBack();
			throw ex;
		}
	}

	private static @Nullable Cargo orNone(Cargo cargo) {
		return cargo.isEmpty() ? null : cargo;
	}

	private EncodedTask encodeCall(MethodTask<?> call, Cargo cargo) {
		@Nullable Object[] arguments = call.arguments();
		try {
			HeapOutput out = new HeapOutput(this.values.cap());
			out.replace(cargo);
			int number = numberOf(call);
			out.write(form(call).ordinal());
			out.writeCount(number);
			this.values.writeAll(arguments, out);
			return new EncodedTask(out.toBytes(), number + 1, true,
					(call.returned() == MethodTask.Returned.MANY) ? call : null, orNone(cargo));
		}
		catch (OutOfMemoryError ex) {
			throw ex;
		}
		catch (Throwable ex) {
			cargo.handBack();
			Parameter[] parameters = call.method().getParameters();
			for (int i = 0; i < arguments.length; i++) {
				Throwable own = failureOf(arguments[i]);
				if (own != null) {
					throw SerializationFailures.of(Part.ARGUMENT, parameters[i].getName(), arguments[i], own);
				}
			}
			throw SerializationFailures.of(Part.ARGUMENT, "arguments", arguments, ex);
		}
	}

	private static TaskForm form(MethodTask<?> call) {
		return switch (call.returned()) {
			case VALUE -> TaskForm.CALL;
			case ONE -> TaskForm.CALL_FOR_ONE;
			case MANY -> TaskForm.CALL_FOR_MANY;
		};
	}

	private @Nullable Throwable failureOf(@Nullable Object argument) {
		Cargo cargo = new Cargo();
		try {
			HeapOutput out = new HeapOutput(this.values.cap());
			out.replace(cargo);
			this.values.write(argument, out);
			return null;
		}
		catch (OutOfMemoryError ex) {
			throw ex;
		}
		catch (Throwable ex) {
			return ex;
		}
		finally {
			cargo.handBack();
		}
	}

	private int numberOf(MethodTask<?> call) throws IOException {
		Target target = new Target(call.beanName(), call.method());
		Integer known = this.calls.get(target);
		return (known != null) ? known : define(target);
	}

	private synchronized int define(Target target) throws IOException {
		Integer known = this.calls.get(target);
		if (known != null) {
			return known;
		}
		Method method = target.method();
		this.types.declare(method.getDeclaringClass());
		this.types.declareTree(method.getDeclaringClass());
		this.types.declare(method.getGenericReturnType());
		for (Type type : method.getGenericParameterTypes()) {
			this.types.declare(type);
		}
		for (Type type : method.getGenericExceptionTypes()) {
			this.types.declare(type);
		}
		Integer number = this.definitions.add(definition(target.name(), method));
		if (number == null) {
			throw new IOException("Too many different methods are called");
		}
		this.calls.put(target, number);
		return number;
	}

	/** What is the same for all calls of one method. */
	static Bytes definition(String target, Method method) throws IOException {
		HeapOutput out = new HeapOutput(Integer.MAX_VALUE);
		out.write(TaskForm.CALL.ordinal());
		out.writeText(target);
		out.writeText(method.getDeclaringClass().getName());
		out.writeText(method.getName());
		Class<?>[] parameters = method.getParameterTypes();
		out.writeCount(parameters.length);
		for (Class<?> parameter : parameters) {
			out.writeText(parameter.descriptorString());
		}
		return out.toBytes();
	}

	private EncodedTask encodeTask(Task<?> task, Cargo cargo) {
		try {
			HeapOutput out = new HeapOutput(this.values.cap());
			out.replace(cargo);
			LambdaForms.Parts parts = this.lambdas.takeApart(task);
			if (parts == null) {
				this.declared.get(task.getClass());
				out.write(TaskForm.OBJECT.ordinal());
				this.values.write(task, out);
				return new EncodedTask(out.toBytes(), 0, orNone(cargo));
			}
			out.write(TaskForm.LAMBDA.ordinal());
			out.writeCount(parts.number());
			this.values.writeAll(parts.captured(), out);
			return new EncodedTask(out.toBytes(), parts.number() + 1, orNone(cargo));
		}
		catch (OutOfMemoryError ex) {
			throw ex;
		}
		catch (Throwable ex) {
			throw SerializationFailures.of(Part.TASK, "task", task, ex);
		}
	}

	private void declareTypes(Class<?> type) {
		for (Class<?> current = type; current != null; current = current.getSuperclass()) {
			this.types.declare(current);
			for (java.lang.reflect.Type generic : current.getGenericInterfaces()) {
				this.types.declare(generic);
			}
		}
	}

	/**
	 * What is called.
	 *
	 * @param name name of the target
	 * @param method the method
	 */
	private record Target(String name, Method method) {

	}

}
