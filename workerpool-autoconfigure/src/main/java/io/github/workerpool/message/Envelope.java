package io.github.workerpool.message;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.github.workerpool.MemoryAllocationException;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskSerializationException.Part;
import io.github.workerpool.memory.ObjectPath;
import io.github.workerpool.memory.SharedIntArray;
import io.github.workerpool.memory.SharedLongArray;
import io.github.workerpool.memory.SharedMemory;
import io.github.workerpool.memory.StructuredOutputStream;
import io.github.workerpool.memory.Transferable;
import io.github.workerpool.memory.TransferableBuffer;
import io.github.workerpool.process.HeapOutput;
import io.github.workerpool.process.PayloadFilter;
import io.github.workerpool.process.PayloadTooLargeException;
import io.github.workerpool.process.SerializationFailures;
import io.github.workerpool.process.ValueCodec;
import org.jspecify.annotations.Nullable;

/**
 * Encodes a value by the rules of a structured clone. What is to be transferred is
 * reserved while that happens, and changes its owner with {@link #commit}; or nothing
 * does. Used by one thread.
 */
final class Envelope {

	private final Map<Object, Transferable.Transfer> transfers = new IdentityHashMap<>();

	private final Map<Object, Attachment> slots = new IdentityHashMap<>();

	private final List<Object> attachments = new ArrayList<>();

	private final List<TransferableBuffer> copies = new ArrayList<>();

	private final Message message;

	private final boolean forMany;

	private Envelope(Part part, @Nullable Object value, long cap, boolean forMany, Object... transfer) {
		this.forMany = forMany;
		ClassLoader loader = loader();
		ValueCodec codec = new ValueCodec(loader, List.of(), cap, () -> PayloadFilter.forRequests(null, cap));
		try {
			for (Object each : transfer) {
				reserve(each);
			}
			this.message = new Message(encode(part, value, codec), this.attachments, codec, forMany);
		}
		catch (Throwable ex) {
			rollback();
			throw ex;
		}
	}

	/**
	 * Encodes a value.
	 * @param part what it is
	 * @param value the value
	 * @param cap most bytes that it may take
	 * @param transfer what changes its owner
	 * @return the message, not yet sent
	 * @throws TaskSerializationException if something in it can't be copied
	 * @throws IllegalArgumentException if something in the transfer list can't be
	 * transferred
	 */
	static Envelope of(Part part, @Nullable Object value, long cap, Object... transfer) {
		return new Envelope(part, value, cap, false, transfer);
	}

	/** Encodes a value for many receivers. */
	static Envelope forMany(@Nullable Object value, long cap) {
		return new Envelope(Part.MESSAGE, value, cap, true);
	}

	static ClassLoader loader() {
		ClassLoader loader = Thread.currentThread().getContextClassLoader();
		return (loader != null) ? loader : ClassLoader.getSystemClassLoader();
	}

	private void reserve(@Nullable Object object) {
		if (!(object instanceof Transferable transferable)) {
			throw new IllegalArgumentException(
					"'transfer' must name only what can change its owner, such as a buffer or a port, but has "
							+ ((object != null) ? "a '" + object.getClass().getName() + "'" : null)
							+ "; everything else is copied without being named");
		}
		if (this.transfers.containsKey(object)) {
			throw new IllegalArgumentException("'transfer' names '" + object + "' twice");
		}
		Transferable.Transfer prepared = transferable.prepareTransfer();
		this.transfers.put(object, prepared);
		attach(object, prepared.successor());
	}

	private Attachment attach(Object original, Object attachment) {
		Attachment slot = new Attachment(this.attachments.size());
		this.attachments.add(attachment);
		this.slots.put(original, slot);
		return slot;
	}

	private byte[] encode(Part part, @Nullable Object value, ValueCodec codec) {
		String name = ObjectPath.rootName(value, part.name().toLowerCase(Locale.ROOT).replace('_', '-'));
		try {
			HeapOutput out = new HeapOutput(codec.cap());
			if (!codec.writeForm(value, out)) {
				try (Stream stream = new Stream(out)) {
					stream.writeGraph(part, name, value);
				}
			}
			return out.toBytes().toArray();
		}
		catch (TaskSerializationException ex) {
			if (ex.getCause() instanceof PayloadTooLargeException large) {
				throw SerializationFailures.of(part, name, value, large);
			}
			if (ex.getCause() instanceof MemoryAllocationException none) {
				throw none;
			}
			throw ex;
		}
		catch (IOException | StackOverflowError ex) {
			throw SerializationFailures.of(part, name, value, ex);
		}
	}

	private @Nullable Attachment substitute(Object value) {
		Attachment known = this.slots.get(value);
		if (known != null) {
			return known;
		}
		if (value instanceof TransferableBuffer && this.forMany) {
			throw new IllegalStateException("it has one owner, and a broadcast many. Send its bytes, or SharedMemory");
		}
		if (value instanceof TransferableBuffer buffer) {
			TransferableBuffer copy = copy(buffer);
			this.copies.add(copy);
			return attach(buffer, copy);
		}
		if (value instanceof SharedMemory || value instanceof SharedIntArray || value instanceof SharedLongArray) {
			return attach(value, value);
		}
		if (value instanceof Transferable) {
			throw new IllegalStateException("it can't be copied. Name it in the transfer list");
		}
		return null;
	}

	private static TransferableBuffer copy(TransferableBuffer buffer) {
		int size = buffer.size();
		try {
			return TransferableBuffer.copyOf(buffer.inputStream());
		}
		catch (IOException ex) {
			throw new MemoryAllocationException("Buffer of " + size + " bytes can't be copied: " + ex, ex);
		}
	}

	Message message() {
		return this.message;
	}

	/** What is transferred belongs to the message from now on. */
	void commit() {
		this.transfers.values().forEach(Transferable.Transfer::commit);
	}

	/** Nothing has been transferred. */
	void rollback() {
		this.transfers.values().forEach(Transferable.Transfer::rollback);
		this.copies.forEach(TransferableBuffer::close);
	}

	/**
	 * Writes the graph, without a header, as the channel has its own.
	 */
	private final class Stream extends StructuredOutputStream {

		Stream(OutputStream out) throws IOException {
			super(out, false);
		}

		@Override
		protected void writeStreamHeader() {
			// Nobody reads it
		}

		@Override
		protected @Nullable Object substitute(Object value) {
			return Envelope.this.substitute(value);
		}

		@Override
		public void close() throws IOException {
			flush();
		}

	}

}
