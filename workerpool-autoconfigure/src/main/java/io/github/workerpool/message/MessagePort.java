package io.github.workerpool.message;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.RejectedTaskException.Reason;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskSerializationException.Part;
import io.github.workerpool.memory.Transferable;
import org.jspecify.annotations.Nullable;

/**
 * One of the two ends of a {@link MessageChannel}: what is posted here comes out at the
 * other end, as a {@linkplain io.github.workerpool.memory.StructuredClone structured
 * clone}, in order. Messages wait until somebody listens or receives.
 * <p>
 * A port can be sent to any worker, in a message or as its data, if it is in the transfer
 * list; the other end notices nothing, while this object is of no more use. A port closes
 * when the other end is closed, or when the worker dies that the other end belongs to;
 * what was posted before still arrives.
 * <p>
 * Listeners run one at a time: those of a port that belongs to a worker on the worker's
 * thread, where they keep the worker alive and an exception ends it; others on a thread
 * of the library, where an exception is logged. Safe for use by any number of threads.
 *
 * @since 0.1.0
 */
public final class MessagePort implements Transferable, AutoCloseable {

	private final Site site = Site.HERE;

	private final End end;

	private final Inbox inbox;

	private State state;

	private @Nullable ScriptLoop owner;

	private MessagePort(End end, State state) {
		this.end = end;
		this.state = state;
		this.inbox = new Inbox(this.site, "a port", end.inbox, this::taken);
	}

	/** Makes the port of an end that comes to whoever opens the message it lies in. */
	static MessagePort inTransit(End end) {
		MessagePort port = new MessagePort(end, State.TRANSIT);
		end.port = port;
		return port;
	}

	private void taken(Message message) {
		this.site.took(this.end, message);
		if (message == Message.CLOSE) {
			this.site.closedByPeer(this.end);
			closed();
		}
	}

	private void closed() {
		this.state = State.CLOSED;
		this.inbox.end();
		disown();
	}

	private void disown() {
		if (this.owner != null) {
			this.owner.remove(this);
			this.owner = null;
		}
	}

	/** The port belongs to a worker from now on, or to nobody in particular. */
	void adopt(@Nullable ScriptLoop newOwner) {
		adopt(newOwner, null);
	}

	void adopt(@Nullable ScriptLoop newOwner, @Nullable Executor executor) {
		this.site.lock.lock();
		try {
			if (this.state == State.TRANSIT) {
				this.state = State.OPEN;
				this.owner = newOwner;
				if (newOwner != null) {
					newOwner.add(this);
				}
				this.inbox.activate(newOwner, executor);
			}
		}
		finally {
			this.site.lock.unlock();
		}
	}

	/** The port goes to another JVM. */
	End leave() {
		this.state = State.DETACHED;
		this.end.port = null;
		this.inbox.abandon();
		return this.end;
	}

	/** Something has come. */
	void arrived() {
		this.inbox.arrived();
	}

	/** Whether listeners are about to be told something. */
	boolean isBusy() {
		this.site.lock.lock();
		try {
			return this.inbox.isBusy();
		}
		finally {
			this.site.lock.unlock();
		}
	}

	/**
	 * Sends a message. Never waits. If the other end is closed, the message is dropped
	 * and what it transfers is freed.
	 * @param message what to send, which is copied; may be {@code null}
	 * @param transfer buffers and ports that move to the receiver instead
	 * @throws TaskSerializationException if something in it can't be copied, with the
	 * path to it
	 * @throws RejectedTaskException with the reason {@code QUEUE_FULL} if what waits at
	 * the other end would pass the bound of the channel, or {@code CLOSED} if this port
	 * was closed by its own side
	 * @throws IllegalArgumentException if something in the transfer list can't be
	 * transferred, or is an end of this channel
	 * @throws IllegalStateException if this port was transferred, or something in the
	 * transfer list is detached. Nothing is transferred if anything is thrown
	 */
	public void postMessage(@Nullable Object message, Object... transfer) {
		check();
		for (Object each : transfer) {
			if (each instanceof MessagePort port && (port.end == this.end || port.end == this.end.peer())) {
				throw new IllegalArgumentException("'transfer' names an end of the channel that it would be sent over");
			}
		}
		Envelope envelope = Envelope.of(Part.MESSAGE, message, Math.min(this.end.bound, this.site.cap(this.end)),
				transfer);
		this.site.lock.lock();
		try {
			try {
				check();
				checkRoom(envelope.message().size());
			}
			catch (RuntimeException ex) {
				envelope.rollback();
				throw ex;
			}
			envelope.commit();
			if (this.state == State.CLOSED) {
				envelope.message().discard();
			}
			else {
				this.site.post(this.end, envelope.message());
			}
		}
		finally {
			this.site.lock.unlock();
		}
	}

	private void checkRoom(long bytes) {
		// Of the last few that were taken the other side may not have told
		if (this.end.backlog > this.end.bound / Site.TAKEN_PART && this.end.backlog + bytes > this.end.bound
				&& this.state != State.CLOSED) {
			throw new RejectedTaskException(Reason.QUEUE_FULL,
					"A message of %d bytes finds no room: %d bytes wait at the other end of the port already, and at most %d may. Let the other side keep up, for instance by answering"
						.formatted(bytes, this.end.backlog, this.end.bound));
		}
	}

	/**
	 * Finds out whether the port may be used. A port that nobody owns is the caller's.
	 */
	private void check() {
		this.site.lock.lock();
		try {
			switch (this.state) {
				case TRANSIT -> adopt(this.site.owner());
				case MOVING -> throw new IllegalStateException("Port is being transferred by another thread");
				case DETACHED -> throw new IllegalStateException(
						"Port is detached: it was transferred to another owner. Use what the owner sends back");
				case SHUT -> throw new RejectedTaskException(Reason.CLOSED, "Port is closed");
				default -> {
					// it may, or it does no harm
				}
			}
		}
		finally {
			this.site.lock.unlock();
		}
	}

	private void checkReadable() {
		if (this.state != State.SHUT) {
			check();
		}
	}

	/**
	 * Has messages handed to a listener, in order and beginning with those that wait. Of
	 * several listeners each gets every message that comes after it was added, the same
	 * object.
	 * @param listener the listener
	 * @return this port
	 * @throws IllegalStateException if this port was transferred
	 */
	public MessagePort onMessage(Consumer<Object> listener) {
		return locked(() -> this.inbox.onMessage(listener));
	}

	/**
	 * Has messages reported that can't be decoded on this side. Without such a listener
	 * they are logged.
	 * @param listener the listener
	 * @return this port
	 * @throws IllegalStateException if this port was transferred
	 */
	public MessagePort onMessageError(Consumer<TaskSerializationException> listener) {
		return locked(() -> this.inbox.onMessageError(listener));
	}

	/**
	 * Has the end of the channel reported, whichever side closed it; at once if it is
	 * closed already.
	 * @param listener the listener
	 * @return this port
	 * @throws IllegalStateException if this port was transferred
	 */
	public MessagePort onClose(Runnable listener) {
		return locked(() -> this.inbox.onClose(listener));
	}

	private MessagePort locked(Runnable action) {
		this.site.lock.lock();
		try {
			checkReadable();
			action.run();
			return this;
		}
		finally {
			this.site.lock.unlock();
		}
	}

	/**
	 * Takes the next message, waiting for it if need be.
	 * @param patience longest wait
	 * @return the message; {@code null} if none came, or the channel is closed and none
	 * is left
	 * @throws TaskSerializationException if the message can't be decoded
	 * @throws IllegalStateException if there is a listener for messages, or this port was
	 * transferred
	 * @throws CancellationException if this thread is interrupted while it waits (the
	 * flag is kept)
	 */
	public @Nullable Object receive(Duration patience) {
		Objects.requireNonNull(patience, "'patience' must not be null");
		checkReadable();
		return this.inbox.receive(patience);
	}

	/**
	 * Takes the next message if there is one.
	 * @return the message, {@code null} if there is none
	 * @throws TaskSerializationException if the message can't be decoded
	 * @throws IllegalStateException if there is a listener for messages, or this port was
	 * transferred
	 */
	public @Nullable Object poll() {
		checkReadable();
		return this.inbox.receive(null);
	}

	/**
	 * Tells whether nothing can be sent or received any more.
	 * @return whether this port was closed or transferred
	 */
	public boolean isClosed() {
		this.site.lock.lock();
		try {
			return this.state == State.CLOSED || this.state == State.SHUT || this.state == State.DETACHED;
		}
		finally {
			this.site.lock.unlock();
		}
	}

	/**
	 * Closes both ends: this one at once, dropping what waits here; the other one once
	 * what waits there was taken. Does nothing if this port is closed or was transferred.
	 */
	@Override
	public void close() {
		this.site.lock.lock();
		try {
			if (this.state == State.OPEN || this.state == State.TRANSIT) {
				this.site.close(this.end);
				closed();
				this.state = State.SHUT;
			}
		}
		finally {
			this.site.lock.unlock();
		}
	}

	@Override
	public Transfer prepareTransfer() {
		return new Move();
	}

	@Override
	public String toString() {
		return "MessagePort " + Long.toHexString(this.end.id);
	}

	private enum State {

		/** Belongs to nobody yet. */
		TRANSIT,

		OPEN,

		/** Is being transferred. */
		MOVING,

		DETACHED,

		/** By the other side. */
		CLOSED,

		/** By this side. */
		SHUT

	}

	/**
	 * A change of owner.
	 */
	private final class Move implements Transfer {

		private final MessagePort successor;

		Move() {
			MessagePort port = MessagePort.this;
			port.site.lock.lock();
			try {
				port.check();
				if (port.state == State.CLOSED) {
					throw new IllegalStateException("Port is closed, so it can't be transferred");
				}
				port.state = State.MOVING;
				port.inbox.pause();
				this.successor = new MessagePort(port.end, State.TRANSIT);
			}
			finally {
				port.site.lock.unlock();
			}
		}

		@Override
		public Object successor() {
			return this.successor;
		}

		@Override
		public void commit() {
			MessagePort port = MessagePort.this;
			port.site.lock.lock();
			try {
				port.state = State.DETACHED;
				port.inbox.abandon();
				port.disown();
				port.end.port = this.successor;
				this.successor.arrived();
			}
			finally {
				port.site.lock.unlock();
			}
		}

		@Override
		public void rollback() {
			MessagePort port = MessagePort.this;
			port.site.lock.lock();
			try {
				port.state = State.OPEN;
				port.inbox.resume();
			}
			finally {
				port.site.lock.unlock();
			}
		}

	}

}
