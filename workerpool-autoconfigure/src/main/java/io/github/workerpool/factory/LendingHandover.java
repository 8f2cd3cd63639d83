package io.github.workerpool.factory;

import java.io.Serial;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;

import io.github.workerpool.MethodTask;
import io.github.workerpool.Task;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskSerializationException.Part;
import io.github.workerpool.core.TaskItems;
import io.github.workerpool.memory.MemoryLoan;
import io.github.workerpool.memory.TransferableBuffer;
import io.github.workerpool.thread.Handover;
import org.jspecify.annotations.Nullable;

/**
 * Passes everything by reference, except that a buffer belongs to one side at a time: it
 * is lent to the task, and the submitter's again when the task emits or returns it.
 * <p>
 * Lent are the buffers that the options name, and those that lie open: arguments of a
 * method, items of a map, what a task has captured or holds in a field of that type. No
 * graph is searched, as every task would pay for what few have.
 */
class LendingHandover implements Handover {

	/** Fields in which a task of a class has a buffer. */
	private static final ClassValue<Field[]> BUFFERS = new ClassValue<>() {

		@Override
		protected Field[] computeValue(Class<?> type) {
			List<Field> fields = new ArrayList<>();
			for (Class<?> current = type; current != null; current = current.getSuperclass()) {
				for (Field field : current.getDeclaredFields()) {
					if (field.getType() == TransferableBuffer.class && !Modifier.isStatic(field.getModifiers())
							&& field.trySetAccessible()) {
						fields.add(field);
					}
				}
			}
			return fields.toArray(new Field[0]);
		}

	};

	/**
	 * The class of a task that has no place for a buffer. Most tasks of a pool come from
	 * few places in the code, so this spares nearly all of them the look; which of them
	 * is kept here makes no difference.
	 */
	private @Nullable Class<?> bufferless;

	@Override
	public Task<?> prepare(Task<?> task, TaskOptions options) {
		if (task.getClass() == this.bufferless && options.transfer().isEmpty()) {
			return borrowed(task);
		}
		List<Object> buffers = buffers(task, options);
		if (buffers.isEmpty()) {
			return borrowed(task);
		}
		MemoryLoan loan;
		try {
			loan = MemoryLoan.of(buffers);
		}
		catch (IllegalStateException ex) {
			throw new TaskSerializationException((task instanceof MethodTask<?>) ? Part.ARGUMENT : Part.TASK, null,
					"Task '" + options.name() + "' can't have a buffer: " + ex.getMessage(), ex);
		}
		try {
			return new LentTask(borrowed(task), loan);
		}
		catch (RuntimeException | Error ex) {
			loan.handBack();
			throw ex;
		}
	}

	/** What is run, once the buffers are lent. */
	Task<?> borrowed(Task<?> task) {
		return task;
	}

	private List<Object> buffers(Task<?> task, TaskOptions options) {
		List<Object> buffers = List.of();
		for (Object each : options.transfer()) {
			if (!(each instanceof TransferableBuffer)) {
				throw new IllegalArgumentException("'transfer' of task '" + options.name() + "' names a '"
						+ each.getClass().getName() + "', but only a '" + TransferableBuffer.class.getName()
						+ "' can go with a task; everything else is named by the task itself");
			}
			if (isAmong(buffers, each)) {
				throw new IllegalArgumentException(
						"'transfer' of task '" + options.name() + "' names '" + each + "' twice");
			}
			buffers = with(buffers, each);
		}
		if (task instanceof MethodTask<?> call) {
			return withBuffers(buffers, call.arguments());
		}
		if (task instanceof TaskItems chunk) {
			return withBuffers(buffers, chunk.items());
		}
		Field[] fields = BUFFERS.get(task.getClass());
		if (fields.length == 0) {
			this.bufferless = task.getClass();
		}
		for (Field field : fields) {
			buffers = withBuffers(buffers, read(field, task));
		}
		return buffers;
	}

	private static @Nullable Object read(Field field, Task<?> task) {
		try {
			return field.get(task);
		}
		catch (IllegalAccessException ex) {
			throw new IllegalStateException("Field '" + field + "' was accessible", ex);
		}
	}

	private static List<Object> withBuffers(List<Object> buffers, @Nullable Object... values) {
		List<Object> all = buffers;
		for (Object value : values) {
			if (value instanceof TransferableBuffer && !isAmong(all, value)) {
				all = with(all, value);
			}
		}
		return all;
	}

	private static List<Object> with(List<Object> buffers, Object buffer) {
		List<Object> all = buffers.isEmpty() ? new ArrayList<>(2) : buffers;
		all.add(buffer);
		return all;
	}

	private static boolean isAmong(List<Object> buffers, Object buffer) {
		for (Object each : buffers) {
			if (each == buffer) {
				return true;
			}
		}
		return false;
	}

	@Override
	public Object leave(Task<?> prepared, Part part, Object value) {
		keepPromise(prepared, value);
		return value;
	}

	@Override
	public void keepPromise(Task<?> prepared, Object value) {
		if (prepared instanceof LentTask lent) {
			lent.loan().handOver(value);
		}
	}

	@Override
	public void release(Task<?> prepared) {
		if (prepared instanceof LentTask lent) {
			lent.release();
		}
	}

	@Override
	public boolean isRepeatable(Task<?> prepared) {
		return !(prepared instanceof LentTask);
	}

	/**
	 * A task with buffers that are its own while it runs.
	 */
	private static final class LentTask implements Task<Object> {

		@Serial
		private static final long serialVersionUID = 1L;

		private final Task<?> task;

		private final transient MemoryLoan loan;

		private volatile boolean begun;

		LentTask(Task<?> task, MemoryLoan loan) {
			this.task = task;
			this.loan = loan;
		}

		MemoryLoan loan() {
			return this.loan;
		}

		void release() {
			if (this.begun) {
				this.loan.end();
			}
			else {
				this.loan.handBack();
			}
		}

		@Override
		@SuppressWarnings("NullAway")
		public Object call() throws Exception {
			this.begun = true;
			this.loan.begin();
			return this.task.call();
		}

	}

}
