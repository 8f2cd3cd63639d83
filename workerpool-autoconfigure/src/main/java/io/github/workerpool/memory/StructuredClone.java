package io.github.workerpool.memory;

import java.util.Locale;
import java.util.function.UnaryOperator;

import io.github.workerpool.MemoryAllocationException;
import io.github.workerpool.Task;
import io.github.workerpool.TaskFunction;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskSerializationException.Part;
import org.jspecify.annotations.Nullable;

/**
 * Deep copies for messages, arguments and results: the receiver never shares state with
 * the sender.
 * <ul>
 * <li>Copied are {@code Serializable} objects, records and {@code Optional} (serializable
 * or not), enums, arrays, collections and maps, to any depth. Types are kept, among them
 * those of {@code java.time}, {@code Date}, big numbers, immutable and unmodifiable
 * collections, and {@code Throwable} with stack trace, cause and suppressed ones.</li>
 * <li>What refers to the same object in the original does so in the copy; cycles are
 * rebuilt. A cycle through a record, an {@code Optional} or an immutable collection is
 * refused, as such an object can't exist before what it holds does.</li>
 * <li>An object that nobody can change ({@code String}, {@code LocalDate}, a record of
 * such values, {@code List.of("a")}) is its own copy.</li>
 * <li>{@code writeReplace}, {@code readResolve}, {@code writeObject}, {@code readObject},
 * {@code Externalizable} and {@code transient} have their meaning.</li>
 * <li>Lambdas, streams, threads, sockets and whatever else is not serializable are
 * refused with the path to them.</li>
 * <li>Shared memory is shared. What stands in the transfer list moves to the receiver and
 * is of no more use to the sender; a {@link TransferableBuffer} that does not is
 * copied.</li>
 * </ul>
 * Graphs of immutable values, records, arrays and the usual collections are copied
 * directly; everything else goes through the JDK's serialization, on a thread with a
 * larger stack if the graph is deep. Nothing may change the original meanwhile.
 * Thread-safe.
 *
 * @since 0.1.0
 */
public final class StructuredClone {

	private StructuredClone() {
	}

	/**
	 * Copies a value.
	 * @param <T> type of the value
	 * @param value the value
	 * @param transfer what changes its owner instead of being copied, whether the value
	 * refers to it or not
	 * @return the copy
	 * @throws TaskSerializationException if something in it can't be copied, with the
	 * path to it; nothing has been transferred then
	 * @throws IllegalArgumentException if something in the transfer list can't be
	 * transferred
	 */
	public static <T extends @Nullable Object> T clone(T value, Object... transfer) {
		return cloneAs(Part.MESSAGE, null, value, transfer);
	}

	/**
	 * Copies a value and says in an error what the value was to the task.
	 * @param <T> type of the value
	 * @param part what the value is
	 * @param rootName how the path to a culprit begins, such as the name of a parameter;
	 * by default made of the value's class
	 * @param value the value
	 * @param transfer what changes its owner instead of being copied
	 * @return the copy
	 * @throws TaskSerializationException if something in it can't be copied, with the
	 * path to it; nothing has been transferred then
	 * @throws IllegalArgumentException if something in the transfer list can't be
	 * transferred
	 */
	public static <T extends @Nullable Object> T cloneAs(Part part, @Nullable String rootName, T value,
			Object... transfer) {
		return clone(part, rootName, value, false, new TransferList(transfer));
	}

	/**
	 * Copies a value that leaves for a new owner for good: as {@link #cloneAs}, but every
	 * {@link TransferableBuffer} that it refers to moves instead of being copied.
	 * @param <T> type of the value
	 * @param part what the value is
	 * @param value the value
	 * @return the copy
	 * @throws TaskSerializationException if something in it can't be copied, with the
	 * path to it; nothing has been transferred then
	 */
	public static <T extends @Nullable Object> T moveAs(Part part, T value) {
		return clone(part, null, value, false, TransferList.ofAll());
	}

	/**
	 * Copies a task with what it has captured, so that running the copy changes nothing
	 * of the submitter's. Other than in messages, serializable lambdas are copied: the
	 * task itself may be one, and so may what it refers to. A lambda that has captured
	 * nothing but immutable values is its own copy.
	 * @param <T> type of the task, such as {@link Task} or {@link TaskFunction}
	 * @param task the task
	 * @param transfer what changes its owner instead of being copied
	 * @return the copy
	 * @throws TaskSerializationException if something in it can't be copied, with the
	 * path to it; nothing has been transferred then
	 * @throws IllegalArgumentException if something in the transfer list can't be
	 * transferred
	 */
	public static <T> T cloneTask(T task, Object... transfer) {
		return clone(Part.TASK, null, task, true, new TransferList(transfer));
	}

	@SuppressWarnings({ "unchecked", "NullAway" })
	private static <T extends @Nullable Object> T clone(Part part, @Nullable String rootName, T value, boolean lambdas,
			TransferList list) {
		try {
			Object copy = copy(value, (original) -> substitute(original, list), lambdas);
			list.commit();
			return (T) copy;
		}
		catch (MemoryAllocationException ex) {
			list.rollback();
			throw ex;
		}
		catch (Exception | LinkageError | StackOverflowError ex) {
			list.rollback();
			throw SerializationFailure.describe(part, (rootName != null) ? rootName : rootName(part, value), value, ex);
		}
		catch (Throwable ex) {
			list.rollback();
			throw ex;
		}
	}

	private static @Nullable Object substitute(@Nullable Object original, TransferList list) {
		if (original instanceof Transferable transferable) {
			Object successor = list.successor(transferable);
			if (successor != null || !(original instanceof TransferableBuffer buffer)) {
				return successor;
			}
			return buffer.isLent() ? buffer : list.copy(buffer);
		}
		boolean shared = original instanceof SharedMemory || original instanceof SharedIntArray
				|| original instanceof SharedLongArray;
		return shared ? original : null;
	}

	private static @Nullable Object copy(@Nullable Object value, UnaryOperator<@Nullable Object> substitution,
			boolean lambdas) throws Exception {
		if (value == null) {
			return null;
		}
		try {
			return copy(value, substitution, lambdas, DirectCopy.USUAL_DEPTH);
		}
		catch (DirectCopy.TooDeepException | StackOverflowError ex) {
			return DeepStack.call(() -> copy(value, substitution, lambdas, Integer.MAX_VALUE));
		}
	}

	private static @Nullable Object copy(Object value, UnaryOperator<@Nullable Object> substitution, boolean lambdas,
			int maxDepth) throws Exception {
		DirectCopy direct = new DirectCopy(substitution, maxDepth);
		try {
			if (lambdas && Lambdas.isLambda(value.getClass()) && direct.isOwnCopy(Lambdas.captured(value))) {
				return value;
			}
			Object copy = direct.copy(value);
			if (direct.mayHoldRefusedCycle()) {
				StructuredOutputStream.refuseCycles(value);
			}
			return copy;
		}
		catch (DirectCopy.NotDirectException ex) {
			return new SerializedCopy(substitution, lambdas).copy(value);
		}
	}

	private static String rootName(Part part, @Nullable Object value) {
		return ObjectPath.rootName(value, SerializationFailure.word(part).toLowerCase(Locale.ROOT).replace(' ', '-'));
	}

}
