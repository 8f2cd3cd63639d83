package io.github.workerpool.process;

import java.io.IOException;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Takes serializable lambdas apart: into what is the same for all lambdas of one class,
 * which is defined once, and what one of them captured. Safe for use by any number of
 * threads.
 */
final class LambdaForms {

	private final Definitions definitions;

	private final ReplyTypes types;

	private final ClassValue<Form> forms = new ClassValue<>() {

		@Override
		protected Form computeValue(Class<?> type) {
			return new Form(writeReplace(type));
		}

	};

	LambdaForms(Definitions definitions, ReplyTypes types) {
		this.definitions = definitions;
		this.types = types;
	}

	private static @Nullable Method writeReplace(Class<?> type) {
		if (!type.isHidden() || !type.isSynthetic()) {
			return null;
		}
		try {
			Method method = type.getDeclaredMethod("writeReplace");
			return method.trySetAccessible() ? method : null;
		}
		catch (NoSuchMethodException ex) {
			return null;
		}
	}

	/**
	 * Takes a task apart.
	 * @return its parts, {@code null} if it is no lambda or can't be taken apart
	 */
	@Nullable Parts takeApart(Object task) throws IOException {
		Form form = this.forms.get(task.getClass());
		Method writeReplace = form.writeReplace;
		if (writeReplace == null) {
			return null;
		}
		SerializedLambda lambda;
		try {
			if (!(writeReplace.invoke(task) instanceof SerializedLambda made)) {
				return null;
			}
			lambda = made;
		}
		catch (IllegalAccessException | InvocationTargetException ex) {
			return null;
		}
		int number = form.number;
		if (number == Form.UNDEFINED) {
			number = define(form, lambda, Objects.requireNonNull(task.getClass().getClassLoader(), "loader"));
		}
		return (number >= 0) ? new Parts(number, lambda) : null;
	}

	private int define(Form form, SerializedLambda lambda, ClassLoader loader) throws IOException {
		synchronized (form) {
			if (form.number == Form.UNDEFINED) {
				declareTypes(lambda, loader);
				Integer number = this.definitions.add(definition(lambda));
				form.number = (number != null) ? number : Form.UNDEFINABLE;
			}
			return form.number;
		}
	}

	/** What is the same for all lambdas of one class. */
	static Bytes definition(SerializedLambda lambda) throws IOException {
		HeapOutput out = new HeapOutput(Integer.MAX_VALUE);
		out.write(TaskForm.LAMBDA.ordinal());
		for (String text : new String[] { lambda.getCapturingClass(), lambda.getFunctionalInterfaceClass(),
				lambda.getFunctionalInterfaceMethodName(), lambda.getFunctionalInterfaceMethodSignature(),
				lambda.getImplClass(), lambda.getImplMethodName(), lambda.getImplMethodSignature(),
				lambda.getInstantiatedMethodType() }) {
			out.writeText(text);
		}
		out.writeInt(lambda.getImplMethodKind());
		return out.toBytes();
	}

	/** What the code returns is what its result may be. */
	private void declareTypes(SerializedLambda lambda, ClassLoader loader) {
		declare(lambda.getCapturingClass(), loader);
		String signature = lambda.getImplMethodSignature();
		String returned = signature.substring(signature.indexOf(')') + 1).replaceFirst("^\\[*", "");
		if (returned.startsWith("L")) {
			declare(returned.substring(1, returned.length() - 1), loader);
		}
		if (lambda.getImplMethodName().equals("<init>")) {
			declare(lambda.getImplClass(), loader);
		}
	}

	private void declare(String internalName, ClassLoader loader) {
		try {
			this.types.declare(Class.forName(internalName.replace('/', '.'), false, loader));
		}
		catch (ClassNotFoundException | LinkageError ex) {
			// Then nothing of that type can come back
		}
	}

	/**
	 * A lambda in parts.
	 *
	 * @param number number of its class's definition
	 * @param lambda holds what it captured
	 */
	record Parts(int number, SerializedLambda lambda) {

		@Nullable Object[] captured() {
			@Nullable Object[] captured = new @Nullable Object[this.lambda.getCapturedArgCount()];
			for (int i = 0; i < captured.length; i++) {
				captured[i] = this.lambda.getCapturedArg(i);
			}
			return captured;
		}

	}

	/**
	 * What is known of a class.
	 */
	private static final class Form {

		static final int UNDEFINED = -1;

		static final int UNDEFINABLE = -2;

		private final @Nullable Method writeReplace;

		private volatile int number = UNDEFINED;

		Form(@Nullable Method writeReplace) {
			this.writeReplace = writeReplace;
		}

	}

}
