package io.github.workerpool.memory;

import java.io.Serializable;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;
import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/**
 * Tells lambdas from other objects and looks at what they have captured.
 */
final class Lambdas {

	private Lambdas() {
	}

	static boolean isLambda(Class<?> type) {
		return type.isHidden() && type.isSynthetic() && type.getName().contains("$$Lambda");
	}

	/**
	 * Gives what a serializable lambda has captured.
	 * @param lambda a lambda
	 * @return the values, or {@code null} if they can't be seen
	 */
	static @Nullable Object @Nullable [] captured(Object lambda) {
		if (!(lambda instanceof Serializable)) {
			return null;
		}
		try {
			Method writeReplace = lambda.getClass().getDeclaredMethod("writeReplace");
			if (!writeReplace.trySetAccessible()) {
				return null;
			}
			SerializedLambda form = (SerializedLambda) writeReplace.invoke(lambda);
			@Nullable Object[] captured = new @Nullable Object[form.getCapturedArgCount()];
			Arrays.setAll(captured, form::getCapturedArg);
			return captured;
		}
		catch (ReflectiveOperationException | ClassCastException ex) {
			return null;
		}
	}

}
