package io.github.workerpool.factory;

import java.lang.reflect.Parameter;

import io.github.workerpool.MethodTask;
import io.github.workerpool.Task;
import io.github.workerpool.TaskSerializationException.Part;
import io.github.workerpool.memory.StructuredClone;
import org.jspecify.annotations.Nullable;

/**
 * Copies by {@linkplain StructuredClone structured clone}: what can't be copied here
 * could not cross to a child JVM either. Buffers that are lent are not copied.
 */
final class CopyingHandover extends LendingHandover {

	@Override
	Task<?> borrowed(Task<?> task) {
		if (!(task instanceof MethodTask<?> call)) {
			return StructuredClone.cloneTask(task);
		}
		Parameter[] parameters = call.method().getParameters();
		@Nullable Object[] arguments = call.arguments().clone();
		for (int i = 0; i < arguments.length; i++) {
			arguments[i] = StructuredClone.cloneAs(Part.ARGUMENT, parameters[i].getName(), arguments[i]);
		}
		return call.withArguments(arguments);
	}

	@Override
	public Object leave(Task<?> prepared, Part part, Object value) {
		return StructuredClone.moveAs(part, super.leave(prepared, part, value));
	}

}
