package io.github.workerpool.memory;

import java.io.IOException;
import java.io.Serializable;
import java.util.Objects;
import java.util.UUID;
import java.util.function.LongPredicate;

import org.jspecify.annotations.Nullable;

/**
 * Stands for memory in the bytes that go to another JVM of the same machine and user. For
 * codecs: {@link OutgoingMemory} makes it on one side, {@link #attach} turns it into the
 * memory on the other. The sender must hold the memory open until then.
 *
 * @param kind what it stands for
 * @param id identity of the memory
 * @param pid a process that has it open
 * @param descriptor its file descriptor there, −1 if the file has a name
 * @param path the file, {@code null} if it has no name
 * @param size its bytes
 * @param grant the transfer this handle is for; not used for shared memory
 * @since 0.1.0
 */
public record MemoryHandle(Kind kind, UUID id, long pid, int descriptor, @Nullable String path, int size,
		long grant) implements Serializable {

	/**
	 * Checks what is always there.
	 */
	public MemoryHandle {
		Objects.requireNonNull(kind, "'kind' must not be null");
		Objects.requireNonNull(id, "'id' must not be null");
	}

	/**
	 * Opens the memory in this JVM. A {@link TransferableBuffer} has a new owner then;
	 * its handle is good for one such call, in whichever JVM it comes first. Shared
	 * memory that is known in this JVM already is the same object as before.
	 * @param trusted which processes may have sent the handle; asked for its
	 * {@link #pid()}, to be sure that a worker names no file of someone else's
	 * @return a {@link TransferableBuffer}, {@link SharedMemory}, {@link SharedIntArray}
	 * or {@link SharedLongArray}
	 * @throws IOException if the sender is not trusted, the memory is gone, or the buffer
	 * was handed back or has been taken
	 */
	public Object attach(LongPredicate trusted) throws IOException {
		if (!trusted.test(this.pid)) {
			throw new IOException("Memory '" + this.id + "' is said to be of process " + this.pid
					+ ", which is not the one that sent it");
		}
		return switch (this.kind) {
			case BUFFER -> TransferableBuffer.accept(this);
			case MEMORY -> SharedMemory.attach(this);
			case INTS -> SharedMemory.attach(this).ints();
			case LONGS -> SharedMemory.attach(this).longs();
		};
	}

	/**
	 * What a handle can stand for.
	 */
	public enum Kind {

		/** A {@link TransferableBuffer}. */
		BUFFER,

		/** A {@link SharedMemory}. */
		MEMORY,

		/** The {@link SharedIntArray} of a shared memory. */
		INTS,

		/** The {@link SharedLongArray} of a shared memory. */
		LONGS

	}

}
