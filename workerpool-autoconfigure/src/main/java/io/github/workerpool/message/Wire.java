package io.github.workerpool.message;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongPredicate;

import io.github.workerpool.memory.MemoryHandle;
import io.github.workerpool.memory.OutgoingMemory;
import io.github.workerpool.memory.TransferableBuffer;
import io.github.workerpool.process.BadFrameException;
import io.github.workerpool.process.FrameInput;
import io.github.workerpool.process.FrameOutput;
import io.github.workerpool.process.FrameSink;
import io.github.workerpool.process.FrameSource;
import io.github.workerpool.process.FrameType;
import io.github.workerpool.process.ThrowableCodec;
import io.github.workerpool.process.ValueCodec;
import org.jspecify.annotations.Nullable;

/**
 * Frames as bytes. One thread at a time writes, one reads.
 * <p>
 * Memory is taken over by the receiver as soon as a frame is read, not when the message
 * is opened, and the sender keeps it until it hears of that. So it survives a sender that
 * ends right after, and a JVM in the middle can pass it on.
 */
final class Wire {

	/** Beside the message itself. */
	private static final long ALLOWANCE = 1 << 20;

	private static final int MOST_ATTACHMENTS = 1 << 16;

	private static final int PORT = 1;

	private static final int MEMORY = 2;

	private static final int LOST = 3;

	private static final int OP_BITS = 8;

	private final FrameOutput out;

	private final FrameSource source;

	private final FrameInput in;

	private final ValueCodec values;

	private final LongPredicate trusted;

	private final ThrowableCodec throwables;

	/** Memory that the other side may not have yet; guarded by itself. */
	private final Map<Long, OutgoingMemory> outgoing = new LinkedHashMap<>();

	private long lastSent;

	private boolean broken;

	/**
	 * Makes a wire.
	 * @param sink where frames go
	 * @param source where frames come from
	 * @param values reads the messages
	 * @param trusted which processes may offer memory
	 */
	Wire(FrameSink sink, FrameSource source, ValueCodec values, ThrowableCodec throwables, LongPredicate trusted) {
		this.out = new FrameOutput(sink);
		this.source = source;
		this.in = new FrameInput(source);
		this.values = values;
		this.throwables = throwables;
		this.trusted = trusted;
	}

	// To the other side

	void write(Frame frame) throws IOException {
		OutgoingMemory memory = null;
		Message message = frame.message();
		long number = 0;
		List<@Nullable Object> forms = List.of();
		if (message != null) {
			memory = OutgoingMemory.of(List.of());
			List<@Nullable Object> buffers = new ArrayList<>(message.attachments());
			forms = new ArrayList<>();
			memory = offer(buffers);
			for (int i = 0; i < buffers.size(); i++) {
				Frame.PortForm port = (i < frame.ports().size()) ? frame.ports().get(i) : null;
				forms.add((port != null) ? port : handle(buffers.get(i), memory));
			}
			if (!memory.isEmpty()) {
				number = ++this.lastSent;
				memory.commit();
				keep(number, memory);
			}
		}
		begin(frame.op(), frame.id());
		DataOutputStream data = new DataOutputStream(this.out);
		data.writeLong(frame.amount());
		data.writeUTF(frame.name());
		data.writeBoolean(message != null);
		if (message != null) {
			data.writeLong(number);
			data.writeInt(forms.size());
			for (Object form : forms) {
				write(form, data);
			}
			data.writeInt(message.body().length);
			data.write(message.body());
		}
		data.flush();
		this.out.end();
	}

	private void begin(Frame.Op op, long id) {
		this.out.begin(FrameType.MESSAGE, id, op.ordinal(), this.values.cap() + ALLOWANCE + this.throwables.cap());
	}

	/** Those that were closed meanwhile are left out. */
	private static OutgoingMemory offer(List<@Nullable Object> attachments) {
		while (true) {
			try {
				return OutgoingMemory.of(attachments);
			}
			catch (IllegalStateException ex) {
				boolean changed = false;
				for (int i = 0; i < attachments.size(); i++) {
					if (attachments.get(i) instanceof TransferableBuffer buffer && buffer.isDetached()) {
						attachments.set(i, new Message.Lost("Memory that came with the message was closed"));
						changed = true;
					}
				}
				if (!changed) {
					throw ex;
				}
			}
		}
	}

	private static @Nullable Object handle(@Nullable Object attachment, OutgoingMemory memory) {
		if (attachment == null || attachment instanceof Message.Lost) {
			return attachment;
		}
		try {
			Object handle = memory.substitute(attachment);
			return (handle != null) ? handle : new Message.Lost("A port that came with the message was closed");
		}
		catch (IllegalStateException ex) {
			return new Message.Lost("Memory that came with the message can't be used: " + ex.getMessage());
		}
	}

	private static void write(@Nullable Object form, DataOutputStream data) throws IOException {
		if (form instanceof Frame.PortForm port) {
			data.writeByte(PORT);
			data.writeLong(port.id());
			data.writeLong(port.peerId());
			data.writeLong(port.bound());
			data.writeLong(port.backlog());
		}
		else if (form instanceof MemoryHandle handle) {
			data.writeByte(MEMORY);
			data.writeByte(handle.kind().ordinal());
			data.writeLong(handle.id().getMostSignificantBits());
			data.writeLong(handle.id().getLeastSignificantBits());
			data.writeLong(handle.pid());
			data.writeInt(handle.descriptor());
			data.writeUTF((handle.path() != null) ? handle.path() : "");
			data.writeInt(handle.size());
			data.writeLong(handle.grant());
		}
		else {
			data.writeByte(LOST);
			data.writeUTF((form instanceof Message.Lost lost) ? lost.why() : "It was closed");
		}
	}

	private void keep(long number, OutgoingMemory memory) {
		boolean late;
		synchronized (this.outgoing) {
			late = this.broken;
			if (!late) {
				this.outgoing.put(number, memory);
			}
		}
		if (late) {
			memory.release();
		}
	}

	/** The other side has what came with a frame. */
	void received(long number) {
		OutgoingMemory memory;
		synchronized (this.outgoing) {
			memory = this.outgoing.remove(number);
			this.outgoing.notifyAll();
		}
		if (memory != null) {
			memory.release();
		}
	}

	/** Waits until the other side has all memory; a while at most. */
	void awaitReceived(long millis) {
		long end = System.nanoTime() + millis * 1_000_000;
		boolean interrupted = false;
		synchronized (this.outgoing) {
			while (!this.outgoing.isEmpty()) {
				long left = (end - System.nanoTime()) / 1_000_000;
				if (left <= 0) {
					break;
				}
				try {
					this.outgoing.wait(left);
				}
				catch (InterruptedException ex) {
					interrupted = true;
				}
			}
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	/** The other side is gone: what it has not taken is freed. */
	void release() {
		List<OutgoingMemory> left;
		synchronized (this.outgoing) {
			this.broken = true;
			left = List.copyOf(this.outgoing.values());
			this.outgoing.clear();
		}
		left.forEach(OutgoingMemory::release);
	}

	/** Says what the worker failed with. */
	void write(Throwable error) throws IOException {
		begin(Frame.Op.ERROR, 0);
		this.throwables.write(error, this.out);
		this.out.end();
	}

	// From the other side

	/**
	 * Reads what comes next.
	 * @param site where ports arrive
	 * @param link where they come from
	 * @return a frame; {@code null} if nothing has come for a while
	 * @throws IOException if the other side is gone, or breaks the rules
	 */
	@Nullable Frame read(Site site, Link link, long nanos) throws IOException {
		if (!this.source.next(nanos)) {
			return null;
		}
		Frame.Op op = Frame.Op.of(this.source.argument() & ((1L << OP_BITS) - 1));
		if (this.source.type() != FrameType.MESSAGE || op == null) {
			throw new BadFrameException("A frame of type " + this.source.type() + " that says nothing known");
		}
		long id = this.source.number();
		this.in.begin(this.values.cap() + ALLOWANCE + this.throwables.cap());
		if (op == Frame.Op.ERROR) {
			Throwable error = this.throwables.read(this.in);
			this.in.skipRest();
			return new Frame(op, id, 0, "", new Message(new byte[0], List.of(error), this.values, false), List.of());
		}
		DataInputStream data = new DataInputStream(this.in);
		long amount = data.readLong();
		String name = data.readUTF();
		Message message = data.readBoolean() ? message(op, data, site, link) : null;
		this.in.skipRest();
		if (message == null && (op == Frame.Op.MESSAGE || op == Frame.Op.BROADCAST || op == Frame.Op.SCRIPT)) {
			throw new BadFrameException("A frame '" + op + "' has no message");
		}
		return new Frame(op, id, amount, name, message, List.of());
	}

	private Message message(Frame.Op op, DataInputStream data, Site site, Link link) throws IOException {
		long number = data.readLong();
		int count = data.readInt();
		if (count < 0 || count > MOST_ATTACHMENTS) {
			throw new BadFrameException("A message claims " + count + " attachments");
		}
		List<Object> attachments = new ArrayList<>(Math.min(count, 16));
		for (int i = 0; i < count; i++) {
			attachments.add(attachment(data, site, link));
		}
		int length = data.readInt();
		if (length < 0 || length > this.values.cap()) {
			throw new BadFrameException(
					"A message claims %d bytes; at most %d are allowed".formatted(length, this.values.cap()));
		}
		byte[] body = new byte[length];
		data.readFully(body);
		if (number != 0) {
			site.lock.lock();
			try {
				link.send(Frame.number(Frame.Op.RECEIVED, number));
			}
			finally {
				site.lock.unlock();
			}
		}
		return new Message(body, attachments, this.values, op == Frame.Op.BROADCAST);
	}

	private Object attachment(DataInputStream data, Site site, Link link) throws IOException {
		switch (data.readByte()) {
			case PORT -> {
				Frame.PortForm form = new Frame.PortForm(data.readLong(), data.readLong(), data.readLong(),
						data.readLong());
				site.lock.lock();
				try {
					return site.arrive(form, link);
				}
				catch (IOException ex) {
					return new Message.Lost(String.valueOf(ex.getMessage()));
				}
				finally {
					site.lock.unlock();
				}
			}
			case MEMORY -> {
				int kind = data.readByte();
				MemoryHandle.Kind[] kinds = MemoryHandle.Kind.values();
				if (kind < 0 || kind >= kinds.length) {
					throw new BadFrameException("A message claims memory of the unknown kind " + kind);
				}
				UUID id = new UUID(data.readLong(), data.readLong());
				long pid = data.readLong();
				int descriptor = data.readInt();
				String path = data.readUTF();
				MemoryHandle handle = new MemoryHandle(kinds[kind], id, pid, descriptor, path.isEmpty() ? null : path,
						data.readInt(), data.readLong());
				try {
					return handle.attach(this.trusted);
				}
				catch (IOException | RuntimeException ex) {
					return new Message.Lost("Memory that came with the message is not to be had: " + ex.getMessage());
				}
			}
			case LOST -> {
				return new Message.Lost(data.readUTF());
			}
			default -> throw new BadFrameException("A message claims an unknown kind of attachment");
		}
	}

}
