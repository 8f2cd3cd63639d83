package io.github.workerpool.process;

import java.io.IOException;
import java.io.Serializable;
import java.lang.invoke.MethodHandleInfo;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

import io.github.workerpool.Task;
import io.github.workerpool.core.TaskContext;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that do nothing, in the forms that an application's have, for a child to go
 * through before it is needed. The first task of each form makes a JVM load classes, and
 * make some of its own, for longer than most tasks run. They are written as a parent
 * would, but by as little code as possible: a child doesn't need the parent's.
 *
 * @since 0.1.0
 */
public final class RehearsedTasks {

	private static final String TARGET = "rehearsed";

	private final ValueCodec values;

	private final Bytes context;

	private final List<Rehearsed> tasks = new ArrayList<>();

	private final int varied;

	/**
	 * Makes all tasks.
	 * @param values encodes arguments, contexts and what lambdas captured
	 * @throws IOException if one can't be encoded
	 */
	public RehearsedTasks(ValueCodec values) throws IOException {
		this.values = values;
		HeapOutput out = new HeapOutput(values.cap());
		values.write(new Context(), out);
		this.context = out.toBytes();
		addLambda("answer");
		addCall(Target.class, "object", new Value("a", 42));
		addCall(Target.class, "number", 42);
		addCall(Target.class, "nothing");
		addCall(Target.class, "several", "a", new ArrayList<>(List.of("b")), 42L);
		addCall(FinalTarget.class, "text", "a");
		addCall(FinalTarget.class, "number", 42);
		addObject(new Answer(new Value("a", 42)));
		addLambda("failure");
		this.varied = this.tasks.size();
		for (Method method : Shapes.class.getDeclaredMethods()) {
			// An agent may have added some of its own
			if (method.isSynthetic()) {
				continue;
			}
			addCall(method, Stream.of(method.getParameterTypes()).map(RehearsedTasks::argument).toArray());
		}
	}

	private static Object argument(Class<?> type) {
		if (type == int.class) {
			return 42;
		}
		return (type == long.class) ? 42L : "a";
	}

	/**
	 * How many tasks there are.
	 * @return the number
	 */
	public int count() {
		return this.tasks.size();
	}

	/**
	 * How many of the tasks, from the first on, have all in them that others have. The
	 * rest is worth going through only once.
	 * @return the number
	 */
	public int varied() {
		return this.varied;
	}

	/**
	 * Sends a task, with a context, and with the definition that it needs. Definitions
	 * are numbered as if the tasks before had been sent too.
	 * @param index which of the tasks
	 * @param requests where to
	 * @throws IOException if it can't be sent
	 */
	public void send(int index, FrameSink requests) throws IOException {
		Rehearsed task = this.tasks.get(index);
		if (task.definition() != null) {
			task.definition().sendTo(requests, FrameType.DEFINE, task.number(), 0);
		}
		this.context.sendTo(requests, FrameType.CONTEXT, index + 1L, 0);
		task.bytes().sendTo(requests, FrameType.TASK, index + 1L, index + 1L);
		requests.flush();
	}

	/**
	 * What must be answered to a task.
	 * @param index which of the tasks
	 * @return the type of the answer
	 */
	public FrameType answer(int index) {
		return (index == this.varied - 1) ? FrameType.ERROR : FrameType.RESULT;
	}

	private void addLambda(String method) throws IOException {
		SerializedLambda lambda = new SerializedLambda(Target.class, name(Task.class), "call", "()Ljava/lang/Object;",
				MethodHandleInfo.REF_invokeStatic, name(Target.class), method, "()Ljava/lang/Object;",
				"()Ljava/lang/Object;", new Object[0]);
		addDefined(LambdaForms.definition(lambda), TaskForm.LAMBDA);
	}

	private static String name(Class<?> type) {
		return type.getName().replace('.', '/');
	}

	private void addCall(Class<?> target, String name, Object... arguments) throws IOException {
		addCall(method(target, name), arguments);
	}

	private void addCall(Method method, Object... arguments) throws IOException {
		addDefined(TaskEncoder.definition(TARGET, method), TaskForm.CALL, arguments);
	}

	private static Method method(Class<?> target, String name) {
		for (Method method : target.getDeclaredMethods()) {
			if (method.getName().equals(name)) {
				return method;
			}
		}
		throw new IllegalArgumentException(name);
	}

	private void addDefined(Bytes definition, TaskForm form, @Nullable Object... values) throws IOException {
		int number = (int) this.tasks.stream().filter((task) -> task.definition() != null).count();
		HeapOutput out = new HeapOutput(this.values.cap());
		out.write(form.ordinal());
		out.writeCount(number);
		this.values.writeAll(values, out);
		this.tasks.add(new Rehearsed(definition, number, out.toBytes()));
	}

	private void addObject(Task<?> task) throws IOException {
		HeapOutput out = new HeapOutput(this.values.cap());
		out.write(TaskForm.OBJECT.ordinal());
		this.values.write(task, out);
		this.tasks.add(new Rehearsed(null, 0, out.toBytes()));
	}

	/**
	 * A task as it is sent.
	 */
	private record Rehearsed(@Nullable Bytes definition, int number, Bytes bytes) {

	}

	/**
	 * What is called. The methods can be overridden, like most of beans.
	 */
	static class Target {

		/** Has the compiler write what makes these lambdas from their serialized form. */
		static List<Task<Object>> lambdas() {
			return List.of(Target::answer, Target::failure);
		}

		private static Object answer() {
			return List.of("a", 42);
		}

		private static Object failure() {
			throw new IllegalStateException("rehearsed", new IllegalArgumentException("rehearsed"));
		}

		Object object(Object value) {
			return value;
		}

		int number(int value) {
			return value;
		}

		void nothing() {
		}

		List<Object> several(String text, List<String> texts, long number) {
			return new ArrayList<>(List.of(text, texts, number));
		}

	}

	/**
	 * What can't be overridden is called by other code.
	 */
	static final class FinalTarget {

		String text(String value) {
			return value;
		}

		int number(int value) {
			return value;
		}

	}

	/**
	 * Methods of the shapes that are most frequent. The JVM makes code for each shape,
	 * for milliseconds; for this all objects are of one type.
	 */
	static class Shapes {

		Object none() {
			return "a";
		}

		Object byNumber(int number) {
			return "a";
		}

		Object byId(long id) {
			return "a";
		}

		Object pair(Object one, Object other) {
			return one;
		}

		Object triple(Object one, Object other, Object third) {
			return one;
		}

		Object pairWithNumber(Object one, int number) {
			return one;
		}

		Object pairWithId(Object one, long id) {
			return one;
		}

		Object tripleWithNumbers(Object one, int number, int other) {
			return one;
		}

		void command(Object one) {
		}

		void commandById(long id) {
		}

		void commandPair(Object one, Object other) {
		}

		boolean test(Object one) {
			return true;
		}

		int number(Object one) {
			return 42;
		}

		long count(Object one) {
			return 42;
		}

		long countByNumber(int number) {
			return 42;
		}

		double ratio(Object one) {
			return 42;
		}

	}

	/**
	 * A task that is an object of a class.
	 */
	record Answer(Value value) implements Task<Value> {

		@Override
		public Value call() {
			return this.value;
		}

	}

	/**
	 * Something that has no form of its own.
	 */
	record Value(String text, int number) implements Serializable {

	}

	/**
	 * A context in which nothing is.
	 */
	static final class Context implements TaskContext.Captured, Serializable {

		private static final long serialVersionUID = 1L;

		@Override
		public <R extends @Nullable Object> R call(Callable<R> body) throws Exception {
			return body.call();
		}

	}

}
