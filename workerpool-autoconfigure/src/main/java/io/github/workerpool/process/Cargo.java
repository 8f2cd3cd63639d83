package io.github.workerpool.process;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.function.UnaryOperator;

import io.github.workerpool.memory.MemoryHandle;
import io.github.workerpool.memory.OutgoingMemory;
import io.github.workerpool.memory.SharedIntArray;
import io.github.workerpool.memory.SharedLongArray;
import io.github.workerpool.memory.SharedMemory;
import io.github.workerpool.memory.TransferableBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The memory that goes with one payload: every buffer in it moves, shared memory is
 * shared. Costs next to nothing if there is none. Its sender calls, in this order,
 * {@link #apply} for what it writes, {@link #commit} when all is written, and
 * {@link #release} when the receiver has read it or never will; or {@link #handBack}. Not
 * safe for use by several threads at once.
 *
 * @since 0.1.0
 */
public final class Cargo implements UnaryOperator<Object> {

	private @Nullable OutgoingMemory memory;

	private boolean moves;

	/**
	 * Takes buffers aboard that the payload need not refer to.
	 * @param buffers the buffers
	 * @throws IllegalArgumentException if something else is among them
	 * @throws IllegalStateException if one can't move, or is named twice; then none does
	 */
	void load(List<?> buffers) {
		for (Object each : buffers) {
			if (!(each instanceof TransferableBuffer)) {
				throw new IllegalArgumentException("'transfer' names a '" + each.getClass().getName()
						+ "', but only a '" + TransferableBuffer.class.getName()
						+ "' can go with a task; everything else is named by the task itself");
			}
		}
		if (!buffers.isEmpty()) {
			this.memory = OutgoingMemory.ofAll(buffers);
		}
	}

	/**
	 * Gives what is written for an object.
	 * @param value any object
	 * @return its handle if it is memory, else the object itself
	 */
	@Override
	public Object apply(Object value) {
		if (!(value instanceof TransferableBuffer || value instanceof SharedMemory || value instanceof SharedIntArray
				|| value instanceof SharedLongArray)) {
			return value;
		}
		OutgoingMemory known = this.memory;
		if (known == null) {
			known = OutgoingMemory.ofAll();
			this.memory = known;
		}
		Object handle = known.substitute(value);
		return (handle != null) ? handle : value;
	}

	/**
	 * Tells whether there is any.
	 * @return whether there is none
	 */
	public boolean isEmpty() {
		return this.memory == null;
	}

	/**
	 * Tells whether a buffer has left with it, for good or not.
	 * @return whether there was one
	 */
	boolean moves() {
		return this.moves;
	}

	/**
	 * All is written: the buffers are detached.
	 */
	public void commit() {
		if (this.memory != null) {
			this.moves = this.memory.moves();
			this.memory.commit();
		}
	}

	/**
	 * Nobody will read it: the buffers are what they were.
	 */
	public void handBack() {
		if (this.memory != null) {
			this.memory.handBack();
			this.memory.release();
			this.memory = null;
		}
	}

	/**
	 * The receiver has what it wants; the rest is freed.
	 */
	public void release() {
		if (this.memory != null) {
			this.memory.release();
			this.memory = null;
		}
	}

	/**
	 * The other side of it: makes of handles the memory they stand for.
	 */
	public static final class Unloading implements PayloadInput.Resolver {

		private final LongPredicate trusted;

		private final List<TransferableBuffer> buffers = new ArrayList<>();

		private boolean unloaded;

		private long bytes;

		/**
		 * Makes one.
		 * @param trusted processes that may send memory
		 */
		public Unloading(LongPredicate trusted) {
			this.trusted = trusted;
		}

		@Override
		public @Nullable Object resolve(Object value) throws IOException {
			if (!(value instanceof MemoryHandle handle)) {
				return value;
			}
			this.unloaded = true;
			Object memory = handle.attach(this.trusted);
			if (memory instanceof TransferableBuffer buffer) {
				this.buffers.add(buffer);
				this.bytes += handle.size();
			}
			return memory;
		}

		/** Forgets the buffers that came before. */
		void begin() {
			this.buffers.clear();
		}

		/** Frees the buffers that came: nobody will ever see them. */
		void discard() {
			this.buffers.forEach(TransferableBuffer::close);
			this.buffers.clear();
		}

		/** Whether there was any since this was asked last. */
		boolean wasUnloaded() {
			boolean was = this.unloaded;
			this.unloaded = false;
			return was;
		}

		/**
		 * Tells how much came in buffers since this was asked last, and forgets them.
		 * @return the bytes
		 */
		public long takeBytes() {
			long came = this.bytes;
			this.bytes = 0;
			this.buffers.clear();
			return came;
		}

	}

}
