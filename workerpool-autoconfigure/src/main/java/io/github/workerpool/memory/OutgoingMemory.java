package io.github.workerpool.memory;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * The memory that goes to another JVM with one message. For codecs:
 * <ol>
 * <li>make one per message, naming the buffers that move;</li>
 * <li>while encoding, ask {@link #substitute} for every object (from
 * {@link StructuredOutputStream#substitute}) and write what it gives;</li>
 * <li>when all is encoded, {@link #commit}: the buffers are detached; or
 * {@link #handBack} if encoding failed;</li>
 * <li>on the other side {@link MemoryHandle#attach} makes them the receiver's;</li>
 * <li>keep this object until the receiver has them ({@link #isTaken}), will never have
 * them, or is dead, then {@link #release} it. If the receiver is not to have them after
 * all, as its task never starts, {@link #handBack}.</li>
 * </ol>
 * The receiver opens the memory through this process, so it must be alive and must not
 * have released it until then. Whether a buffer was taken or handed back is decided once,
 * so that it never has two owners, whoever dies when. Not thread-safe.
 *
 * @since 0.1.0
 */
public final class OutgoingMemory {

	private final Map<Object, TransferableBuffer.Offer> offers = new IdentityHashMap<>();

	private final Map<Object, Object> handles = new IdentityHashMap<>();

	private final List<TransferableBuffer> copies = new ArrayList<>();

	private final List<Object> kept = new ArrayList<>();

	private final boolean all;

	private OutgoingMemory(boolean all) {
		this.all = all;
	}

	/**
	 * For a message with a transfer list: the buffers named there move, whether the
	 * message refers to them or not; others are copied.
	 * @param buffers the buffers; every other object is left alone
	 * @return the memory that goes with the message
	 * @throws IllegalStateException if one is detached, or named twice
	 */
	public static OutgoingMemory of(Iterable<?> buffers) {
		return offering(buffers, false);
	}

	private static OutgoingMemory offering(Iterable<?> buffers, boolean all) {
		OutgoingMemory outgoing = new OutgoingMemory(all);
		try {
			for (Object each : buffers) {
				if (each instanceof TransferableBuffer buffer) {
					outgoing.offer(buffer);
				}
			}
			return outgoing;
		}
		catch (RuntimeException | Error ex) {
			outgoing.handBack();
			throw ex;
		}
	}

	/**
	 * For arguments, results and events: every buffer met moves.
	 * @return the memory that goes with the message
	 */
	public static OutgoingMemory ofAll() {
		return new OutgoingMemory(true);
	}

	/**
	 * For arguments with a transfer list: every buffer met moves, and so do those named,
	 * whether they are met or not.
	 * @param buffers the buffers; every other object is left alone
	 * @return the memory that goes with the message
	 * @throws IllegalStateException if one is detached, or named twice
	 */
	public static OutgoingMemory ofAll(Iterable<?> buffers) {
		return offering(buffers, true);
	}

	/**
	 * Gives what is to be written for an object.
	 * @param value any object
	 * @return its handle, or {@code null} if it is no memory
	 * @throws IllegalStateException if it is detached or closed
	 * @throws io.github.workerpool.MemoryAllocationException if there is no room for a
	 * copy
	 */
	public @Nullable Object substitute(Object value) {
		if (value instanceof SharedMemory memory) {
			return share(memory, memory, MemoryHandle.Kind.MEMORY);
		}
		if (value instanceof SharedIntArray array) {
			return share(array, array.memory(), MemoryHandle.Kind.INTS);
		}
		if (value instanceof SharedLongArray array) {
			return share(array, array.memory(), MemoryHandle.Kind.LONGS);
		}
		return (value instanceof TransferableBuffer buffer) ? offered(buffer).handle() : null;
	}

	private Object share(Object value, SharedMemory memory, MemoryHandle.Kind kind) {
		Object handle = this.handles.get(value);
		if (handle == null) {
			handle = memory.handle(kind);
			this.handles.put(value, handle);
			this.kept.add(memory);
		}
		return handle;
	}

	private TransferableBuffer.Offer offered(TransferableBuffer buffer) {
		TransferableBuffer.Offer offer = this.offers.get(buffer);
		if (offer != null) {
			return offer;
		}
		if (this.all) {
			return offer(buffer);
		}
		TransferableBuffer copy = buffer.copy();
		this.copies.add(copy);
		offer = new TransferableBuffer.Offer(copy);
		this.offers.put(buffer, offer);
		return offer;
	}

	private TransferableBuffer.Offer offer(TransferableBuffer buffer) {
		TransferableBuffer.Offer offer = new TransferableBuffer.Offer(buffer);
		this.offers.put(buffer, offer);
		return offer;
	}

	/**
	 * Tells whether there is any memory in the message; if not, nothing else need be
	 * called.
	 * @return whether there is none
	 */
	public boolean isEmpty() {
		return this.offers.isEmpty() && this.kept.isEmpty();
	}

	/**
	 * Tells whether any buffer changes its owner with the message.
	 * @return whether there is one
	 */
	public boolean moves() {
		return !this.offers.isEmpty();
	}

	/**
	 * Detaches the buffers that move, and revokes their views where the JDK can.
	 */
	public void commit() {
		this.offers.values().forEach(TransferableBuffer.Offer::commit);
	}

	/**
	 * Takes back what the receiver has not taken; to be called before or after
	 * {@link #commit}. The buffers are usable again as they were before.
	 * @return whether all of them are back
	 */
	public boolean handBack() {
		boolean all = true;
		for (TransferableBuffer.Offer offer : this.offers.values()) {
			all &= offer.takeBack();
		}
		this.copies.forEach(TransferableBuffer::close);
		return all;
	}

	/**
	 * Tells whether the receiver has taken all buffers. Asks nobody: all sides see it.
	 * @return whether nothing is left to be taken
	 */
	public boolean isTaken() {
		return this.offers.values().stream().allMatch(TransferableBuffer.Offer::isTaken);
	}

	/**
	 * Lets go of everything: what the receiver has not taken by now is freed.
	 */
	public void release() {
		this.offers.values().forEach(TransferableBuffer.Offer::release);
		this.offers.clear();
		this.kept.clear();
	}

}
