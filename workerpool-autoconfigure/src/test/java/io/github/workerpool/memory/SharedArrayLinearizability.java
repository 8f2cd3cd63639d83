package io.github.workerpool.memory;

import java.util.concurrent.atomic.AtomicInteger;

import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;

/**
 * Whatever threads do to two neighbouring cells at the same time could have happened one
 * after the other.
 */
public final class SharedArrayLinearizability {

	private static final int CELLS = 1 << 12;

	private static final AtomicInteger USED = new AtomicInteger();

	private static final SharedMemory MEMORY = SharedMemory.allocate(CELLS * Long.BYTES);

	private SharedArrayLinearizability() {
	}

	/**
	 * Fails with a history that can't be.
	 * @param args nothing
	 */
	public static void main(String[] args) {
		check(Ints.class);
		check(Longs.class);
	}

	private static void check(Class<? extends Cells> cells) {
		new StressOptions().iterations(15)
			.invocationsPerIteration(300)
			.threads(3)
			.actorsPerThread(3)
			.actorsBefore(0)
			.actorsAfter(0)
			.sequentialSpecification(Sequential.class)
			.check(cells);
	}

	/** One instance serves one run, so each has cells of its own. */
	private static int nextPair() {
		return Math.floorMod(USED.addAndGet(2), CELLS);
	}

	/** All operations of an array. */
	@Param(name = "cell", gen = IntGen.class, conf = "0:1")
	@Param(name = "value", gen = IntGen.class, conf = "0:3")
	public abstract static class Cells {

		@Operation
		public abstract long get(@Param(name = "cell") int cell);

		@Operation
		public abstract void set(@Param(name = "cell") int cell, @Param(name = "value") int value);

		@Operation
		public abstract long getAndAdd(@Param(name = "cell") int cell, @Param(name = "value") int value);

		@Operation
		public abstract long getAndSet(@Param(name = "cell") int cell, @Param(name = "value") int value);

		@Operation
		public abstract long getAndAnd(@Param(name = "cell") int cell, @Param(name = "value") int value);

		@Operation
		public abstract long getAndOr(@Param(name = "cell") int cell, @Param(name = "value") int value);

		@Operation
		public abstract long getAndXor(@Param(name = "cell") int cell, @Param(name = "value") int value);

		@Operation
		public abstract boolean compareAndSet(@Param(name = "cell") int cell, @Param(name = "value") int expected,
				@Param(name = "value") int value);

		@Operation
		public abstract long compareAndExchange(@Param(name = "cell") int cell, @Param(name = "value") int expected,
				@Param(name = "value") int value);

	}

	/** An array of {@code int}. */
	public static final class Ints extends Cells {

		private final SharedIntArray array = MEMORY.ints();

		private final int first = nextPair();

		public Ints() {
			this.array.set(this.first, 0);
			this.array.set(this.first + 1, 0);
		}

		@Override
		public long get(int cell) {
			return this.array.get(this.first + cell);
		}

		@Override
		public void set(int cell, int value) {
			this.array.set(this.first + cell, value);
		}

		@Override
		public long getAndAdd(int cell, int value) {
			return this.array.getAndAdd(this.first + cell, value);
		}

		@Override
		public long getAndSet(int cell, int value) {
			return this.array.getAndSet(this.first + cell, value);
		}

		@Override
		public long getAndAnd(int cell, int value) {
			return this.array.getAndAnd(this.first + cell, value);
		}

		@Override
		public long getAndOr(int cell, int value) {
			return this.array.getAndOr(this.first + cell, value);
		}

		@Override
		public long getAndXor(int cell, int value) {
			return this.array.getAndXor(this.first + cell, value);
		}

		@Override
		public boolean compareAndSet(int cell, int expected, int value) {
			return this.array.compareAndSet(this.first + cell, expected, value);
		}

		@Override
		public long compareAndExchange(int cell, int expected, int value) {
			return this.array.compareAndExchange(this.first + cell, expected, value);
		}

	}

	/** An array of {@code long}. */
	public static final class Longs extends Cells {

		private final SharedLongArray array = MEMORY.longs();

		private final int first = nextPair();

		public Longs() {
			this.array.set(this.first, 0);
			this.array.set(this.first + 1, 0);
		}

		@Override
		public long get(int cell) {
			return this.array.get(this.first + cell);
		}

		@Override
		public void set(int cell, int value) {
			this.array.set(this.first + cell, value);
		}

		@Override
		public long getAndAdd(int cell, int value) {
			return this.array.getAndAdd(this.first + cell, value);
		}

		@Override
		public long getAndSet(int cell, int value) {
			return this.array.getAndSet(this.first + cell, value);
		}

		@Override
		public long getAndAnd(int cell, int value) {
			return this.array.getAndAnd(this.first + cell, value);
		}

		@Override
		public long getAndOr(int cell, int value) {
			return this.array.getAndOr(this.first + cell, value);
		}

		@Override
		public long getAndXor(int cell, int value) {
			return this.array.getAndXor(this.first + cell, value);
		}

		@Override
		public boolean compareAndSet(int cell, int expected, int value) {
			return this.array.compareAndSet(this.first + cell, expected, value);
		}

		@Override
		public long compareAndExchange(int cell, int expected, int value) {
			return this.array.compareAndExchange(this.first + cell, expected, value);
		}

	}

	/** What they must look like. */
	public static final class Sequential extends Cells {

		private final long[] cells = new long[2];

		@Override
		public long get(int cell) {
			return this.cells[cell];
		}

		@Override
		public void set(int cell, int value) {
			this.cells[cell] = value;
		}

		@Override
		public long getAndAdd(int cell, int value) {
			return replace(cell, this.cells[cell] + value);
		}

		@Override
		public long getAndSet(int cell, int value) {
			return replace(cell, value);
		}

		@Override
		public long getAndAnd(int cell, int value) {
			return replace(cell, this.cells[cell] & value);
		}

		@Override
		public long getAndOr(int cell, int value) {
			return replace(cell, this.cells[cell] | value);
		}

		@Override
		public long getAndXor(int cell, int value) {
			return replace(cell, this.cells[cell] ^ value);
		}

		@Override
		public boolean compareAndSet(int cell, int expected, int value) {
			return compareAndExchange(cell, expected, value) == expected;
		}

		@Override
		public long compareAndExchange(int cell, int expected, int value) {
			return (this.cells[cell] == expected) ? replace(cell, value) : this.cells[cell];
		}

		private long replace(int cell, long value) {
			long before = this.cells[cell];
			this.cells[cell] = value;
			return before;
		}

	}

}
