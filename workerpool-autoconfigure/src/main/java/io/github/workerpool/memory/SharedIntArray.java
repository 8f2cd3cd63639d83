package io.github.workerpool.memory;

import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.Serial;
import java.io.Serializable;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Objects;

/**
 * Shared memory as an array of {@code int} cells, with the operations of
 * {@link java.util.concurrent.atomic.AtomicIntegerArray}: atomic, and with the memory
 * effects of volatile accesses, between the threads of all JVMs that see the memory.
 * <p>
 * {@link #await} and {@link #signal} let a thread sleep until another one, in whichever
 * JVM, has changed a cell. A cell and its index are all they go by: arrays over the same
 * memory see each other's waiters if their cells begin at the same byte.
 * <p>
 * Every method throws {@link IndexOutOfBoundsException} for an index that is not in the
 * array, and {@link IllegalStateException} once the memory is closed. Thread-safe.
 *
 * @since 0.1.0
 */
public final class SharedIntArray implements Serializable {

	@Serial
	private static final long serialVersionUID = 1L;

	private static final VarHandle CELL = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

	private static final int SHIFT = 2;

	private final transient SharedMemory memory;

	private final transient ByteBuffer content;

	private final transient int length;

	SharedIntArray(SharedMemory memory) {
		this.memory = memory;
		this.content = memory.content();
		this.length = memory.size() >> SHIFT;
	}

	/**
	 * The memory this is a view of.
	 * @return the memory
	 */
	public SharedMemory memory() {
		return this.memory;
	}

	/**
	 * Length of the array.
	 * @return the number of cells
	 */
	public int length() {
		return this.length;
	}

	/**
	 * Reads a cell.
	 * @param index the cell
	 * @return its value
	 */
	public int get(int index) {
		return (int) CELL.getVolatile(this.content, offset(index));
	}

	/**
	 * Writes a cell.
	 * @param index the cell
	 * @param value its new value
	 */
	public void set(int index, int value) {
		CELL.setVolatile(this.content, offset(index), value);
	}

	/**
	 * Adds to a cell.
	 * @param index the cell
	 * @param delta what to add
	 * @return the value before
	 */
	public int getAndAdd(int index, int delta) {
		return (int) CELL.getAndAdd(this.content, offset(index), delta);
	}

	/**
	 * Writes a cell and tells what it held.
	 * @param index the cell
	 * @param value its new value
	 * @return the value before
	 */
	public int getAndSet(int index, int value) {
		return (int) CELL.getAndSet(this.content, offset(index), value);
	}

	/**
	 * Combines a cell with a mask by bitwise AND.
	 * @param index the cell
	 * @param mask the mask
	 * @return the value before
	 */
	public int getAndAnd(int index, int mask) {
		return (int) CELL.getAndBitwiseAnd(this.content, offset(index), mask);
	}

	/**
	 * Combines a cell with a mask by bitwise OR.
	 * @param index the cell
	 * @param mask the mask
	 * @return the value before
	 */
	public int getAndOr(int index, int mask) {
		return (int) CELL.getAndBitwiseOr(this.content, offset(index), mask);
	}

	/**
	 * Combines a cell with a mask by bitwise XOR.
	 * @param index the cell
	 * @param mask the mask
	 * @return the value before
	 */
	public int getAndXor(int index, int mask) {
		return (int) CELL.getAndBitwiseXor(this.content, offset(index), mask);
	}

	/**
	 * Writes a cell if it holds an expected value.
	 * @param index the cell
	 * @param expected the expected value
	 * @param value its new value
	 * @return whether it held the expected value and has the new one
	 */
	public boolean compareAndSet(int index, int expected, int value) {
		return CELL.compareAndSet(this.content, offset(index), expected, value);
	}

	/**
	 * Writes a cell if it holds an expected value, and tells what it held.
	 * @param index the cell
	 * @param expected the expected value
	 * @param value its new value
	 * @return the value before, which is the expected one if the cell was written
	 */
	public int compareAndExchange(int index, int expected, int value) {
		return (int) CELL.compareAndExchange(this.content, offset(index), expected, value);
	}

	/**
	 * Waits until someone signals a cell, unless it holds something else than expected.
	 * As with every such wait, check the cell afterwards and wait again if need be.
	 * @param index the cell
	 * @param expected the value to wait at
	 * @return {@link AwaitResult#OK} or {@link AwaitResult#NOT_EQUAL}
	 * @throws InterruptedException if the thread is interrupted before it is signalled
	 */
	public AwaitResult await(int index, int expected) throws InterruptedException {
		int offset = offset(index);
		return this.memory.await(offset, () -> (int) CELL.getVolatile(this.content, offset) == expected, null);
	}

	/**
	 * Waits for some time until someone signals a cell, unless it holds something else
	 * than expected.
	 * @param index the cell
	 * @param expected the value to wait at
	 * @param timeout longest wait; zero or less only compares
	 * @return how the wait ended
	 * @throws InterruptedException if the thread is interrupted before it is signalled
	 */
	public AwaitResult await(int index, int expected, Duration timeout) throws InterruptedException {
		Objects.requireNonNull(timeout, "'timeout' must not be null");
		int offset = offset(index);
		return this.memory.await(offset, () -> (int) CELL.getVolatile(this.content, offset) == expected, timeout);
	}

	/**
	 * Wakes threads that wait at a cell, those that have waited longest first, in
	 * whichever JVM they are.
	 * @param index the cell
	 * @param count how many at most; {@link Integer#MAX_VALUE} for all
	 * @return how many were woken
	 */
	public int signal(int index, int count) {
		return this.memory.signal(offset(index), count);
	}

	private int offset(int index) {
		return this.memory.offset(index, this.length, SHIFT);
	}

	@Serial
	private void writeObject(ObjectOutputStream out) throws NotSerializableException {
		throw new NotSerializableException(SharedIntArray.class.getName());
	}

	@Override
	public String toString() {
		return "SharedIntArray of " + this.length + " cells" + (this.memory.isClosed() ? ", closed" : "");
	}

}
