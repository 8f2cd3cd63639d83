package io.github.workerpool.message;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;

import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.RejectedTaskException.Reason;
import io.github.workerpool.TaskSerializationException;
import org.jspecify.annotations.Nullable;

/**
 * A channel from one to many: what is posted comes out of every other open channel of
 * that name in this JVM and its workers of both isolations, each time as a clone of its
 * own. Each receiver gets the messages of one sender in order. Listeners run as those of
 * a {@link MessagePort} do, and keep a worker alive until the channel is closed. Nothing
 * can be transferred; shared memory is shared. Safe for use by any number of threads.
 *
 * @since 0.1.0
 */
public final class BroadcastChannel implements AutoCloseable {

	private final Site site = Site.HERE;

	private final String name;

	private final Deque<Message> queue = new ArrayDeque<>();

	private final Inbox inbox;

	private final @Nullable ScriptLoop owner;

	private long waiting;

	private boolean closed;

	private BroadcastChannel(String name) {
		this.name = name;
		this.inbox = new Inbox(this.site, "the broadcast channel '" + name + "'", this.queue,
				(message) -> this.waiting -= message.size());
		this.owner = this.site.owner();
	}

	/**
	 * Opens a channel.
	 * @param name which messages to get
	 * @return the channel; close it when it is no longer needed. It is closed when the
	 * worker ends that has opened it
	 */
	public static BroadcastChannel open(String name) {
		BroadcastChannel channel = new BroadcastChannel(Objects.requireNonNull(name, "'name' must not be null"));
		channel.open();
		return channel;
	}

	private void open() {
		this.site.lock.lock();
		try {
			if (this.owner != null) {
				this.owner.add(this);
			}
			if (this.closed) {
				// Its worker has ended already
				return;
			}
			this.inbox.activate(this.owner, null);
			this.site.open(this);
		}
		finally {
			this.site.lock.unlock();
		}
	}

	/**
	 * Name of the channel.
	 * @return the name
	 */
	public String name() {
		return this.name;
	}

	boolean hasRoom(long bytes) {
		return this.waiting == 0 || this.waiting + bytes <= Site.DEFAULT_BOUND;
	}

	void arrived(Message message) {
		this.waiting += message.size();
		this.queue.add(message);
		this.inbox.arrived();
	}

	/**
	 * Sends a message to all others. Never waits. A receiver in another JVM that takes
	 * nothing loses what passes 64 MB, which is logged there.
	 * @param message what to send, which is copied; may be {@code null}
	 * @throws TaskSerializationException if something in it can't be copied, with the
	 * path to it
	 * @throws RejectedTaskException with the reason {@code QUEUE_FULL} if 64 MB wait at a
	 * receiver in this JVM; then nobody gets it. With the reason {@code CLOSED} if this
	 * channel is closed
	 */
	public void postMessage(@Nullable Object message) {
		Message sent = Envelope.forMany(message, this.site.cap()).message();
		this.site.lock.lock();
		try {
			if (this.closed) {
				throw new RejectedTaskException(Reason.CLOSED, "Broadcast channel '" + this.name + "' is closed");
			}
			if (this.site.full(this, sent.size()) != null) {
				throw new RejectedTaskException(Reason.QUEUE_FULL,
						"A message of %d bytes finds no room at a broadcast channel '%s' of this JVM, where %d bytes may wait. Have somebody take its messages, or close it"
							.formatted(sent.size(), this.name, Site.DEFAULT_BOUND));
			}
			this.site.broadcast(this.name, sent, this, null);
		}
		finally {
			this.site.lock.unlock();
		}
	}

	/**
	 * Has messages handed to a listener, in order and beginning with those that wait.
	 * @param listener the listener
	 * @return this channel
	 */
	public BroadcastChannel onMessage(Consumer<Object> listener) {
		return locked(() -> this.inbox.onMessage(listener));
	}

	/**
	 * Has messages reported that can't be decoded on this side. Without such a listener
	 * they are logged.
	 * @param listener the listener
	 * @return this channel
	 */
	public BroadcastChannel onMessageError(Consumer<TaskSerializationException> listener) {
		return locked(() -> this.inbox.onMessageError(listener));
	}

	private BroadcastChannel locked(Runnable action) {
		this.site.lock.lock();
		try {
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
	 * @return the message; {@code null} if none came, or the channel is closed
	 * @throws TaskSerializationException if the message can't be decoded
	 * @throws IllegalStateException if there is a listener for messages
	 * @throws CancellationException if this thread is interrupted while it waits (the
	 * flag is kept)
	 */
	public @Nullable Object receive(Duration patience) {
		return this.inbox.receive(Objects.requireNonNull(patience, "'patience' must not be null"));
	}

	/**
	 * Takes the next message if there is one.
	 * @return the message, {@code null} if there is none
	 * @throws TaskSerializationException if the message can't be decoded
	 * @throws IllegalStateException if there is a listener for messages
	 */
	public @Nullable Object poll() {
		return this.inbox.receive(null);
	}

	/**
	 * Takes no more messages, and drops those that wait.
	 */
	@Override
	public void close() {
		this.site.lock.lock();
		try {
			if (!this.closed) {
				this.closed = true;
				this.queue.clear();
				this.inbox.end();
				this.site.close(this);
				if (this.owner != null) {
					this.owner.remove(this);
				}
			}
		}
		finally {
			this.site.lock.unlock();
		}
	}

	@Override
	public String toString() {
		return "BroadcastChannel '" + this.name + "'";
	}

}
