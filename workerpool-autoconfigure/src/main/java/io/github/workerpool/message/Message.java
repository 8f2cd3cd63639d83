package io.github.workerpool.message;

import java.io.IOException;
import java.util.List;

import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskSerializationException.Part;
import io.github.workerpool.memory.TransferableBuffer;
import io.github.workerpool.process.ArrayInput;
import io.github.workerpool.process.SerializationFailures;
import io.github.workerpool.process.ValueCodec;
import org.jspecify.annotations.Nullable;

/**
 * A message on its way: its bytes, and what goes with them without being copied. That is
 * live in the JVM in which the message is: ports that nobody owns yet, buffers, shared
 * memory, or a {@link Lost} in place of one that did not make it.
 */
final class Message {

	/** Says that the other side of a channel has closed. */
	static final Message CLOSE = new Message(new byte[0], List.of(), ValueCodec.plain(Message.class.getClassLoader()),
			true);

	/** What the objects around the bytes take. */
	private static final int OVERHEAD_BYTES = 64;

	private final byte[] body;

	private final List<Object> attachments;

	private final ValueCodec codec;

	private final boolean forMany;

	/**
	 * Makes a message.
	 * @param body its bytes
	 * @param attachments what goes with them
	 * @param codec reads the bytes
	 * @param forMany whether it is opened more than once
	 */
	Message(byte[] body, List<Object> attachments, ValueCodec codec, boolean forMany) {
		this.body = body;
		this.attachments = attachments;
		this.codec = codec;
		this.forMany = forMany;
	}

	/** The same message with other attachments. */
	Message with(List<Object> others) {
		return new Message(this.body, List.copyOf(others), this.codec, this.forMany);
	}

	byte[] body() {
		return this.body;
	}

	List<Object> attachments() {
		return this.attachments;
	}

	/** Bytes that count against the bound of a port. */
	long size() {
		return this.body.length + OVERHEAD_BYTES;
	}

	/**
	 * Makes the receiver's copy.
	 * @param part what the message is
	 * @param owner the worker that receives it; {@code null} outside of workers
	 * @return the copy
	 * @throws TaskSerializationException if it can't be made
	 */
	@Nullable Object open(Part part, @Nullable ScriptLoop owner) {
		for (Object each : this.attachments) {
			if (each instanceof MessagePort port) {
				port.adopt(owner);
			}
		}
		ArrayInput in = new ArrayInput(this.forMany ? this.body.clone() : this.body);
		in.resolve(this::resolve);
		try {
			return this.codec.read(in);
		}
		catch (Exception | LinkageError | StackOverflowError ex) {
			discard();
			throw SerializationFailures.ofDecoding(part, ex);
		}
	}

	private Object resolve(Object value) throws IOException {
		if (!(value instanceof Attachment slot)) {
			return value;
		}
		if (slot.index() < 0 || slot.index() >= this.attachments.size()) {
			throw new IOException(
					"A message refers to attachment " + slot.index() + ", but has " + this.attachments.size());
		}
		Object attachment = this.attachments.get(slot.index());
		if (attachment instanceof Lost lost) {
			throw new IOException(lost.why());
		}
		return attachment;
	}

	/** Frees what goes with a message that nobody will receive. */
	void discard() {
		if (this.forMany) {
			return;
		}
		for (Object each : this.attachments) {
			if (each instanceof MessagePort port) {
				port.close();
			}
			else if (each instanceof TransferableBuffer buffer) {
				buffer.close();
			}
		}
	}

	/**
	 * In the place of something that did not make it.
	 *
	 * @param why what happened to it
	 */
	record Lost(String why) {

	}

}
