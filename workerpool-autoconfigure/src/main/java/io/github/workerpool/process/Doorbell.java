package io.github.workerpool.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * A socket on which two processes wake each other. What is sent has no meaning: a byte
 * says "look again". The end of the stream says that the other side is gone.
 * <p>
 * The socket is non-blocking and only ever slept on in a selector. That makes it immune
 * to interruption, which would close a channel that a thread is blocked in, and so lets
 * threads use it that run a user's code in between. Any thread may {@link #ring()}, only
 * one may {@link #sleep}.
 *
 * @since 0.1.0
 */
public final class Doorbell implements AutoCloseable {

	private final SocketChannel channel;

	private final Selector selector;

	private final ByteBuffer heard = ByteBuffer.allocateDirect(64);

	private volatile boolean broken;

	/**
	 * Takes over a connected socket.
	 * @param channel the socket
	 * @throws IOException if it can't be watched
	 */
	public Doorbell(SocketChannel channel) throws IOException {
		this.channel = channel;
		channel.configureBlocking(false);
		this.selector = Selector.open();
		channel.register(this.selector, SelectionKey.OP_READ);
	}

	/**
	 * Wakes the other side. If its socket is full, it has been woken often enough.
	 */
	void ring() {
		try {
			this.channel.write(ByteBuffer.wrap(new byte[] { 1 }));
		}
		catch (IOException ex) {
			// The one who sleeps finds out, after all that was sent has been read
			this.broken = true;
			this.selector.wakeup();
		}
	}

	/**
	 * Sleeps until the other side rings or the time is up; may wake for nothing.
	 * @param millis the longest sleep, at least 1
	 * @throws ChannelClosedException if the other side is gone
	 * @throws IOException if the bell failed
	 */
	void sleep(long millis) throws IOException {
		// A selector returns at once on an interrupted thread. Whatever the interruption
		// was meant for, it was not this
		Thread.interrupted();
		this.selector.select((key) -> {
		}, millis);
		if (this.broken || isOver()) {
			throw new ChannelClosedException();
		}
	}

	private boolean isOver() {
		try {
			int count;
			do {
				this.heard.clear();
				count = this.channel.read(this.heard);
			}
			while (count == this.heard.capacity());
			return count < 0;
		}
		catch (IOException ex) {
			return true;
		}
	}

	@Override
	public void close() {
		close(this.selector, this.channel);
	}

	/** Closes both, whatever happens. */
	static void close(Selector selector, SocketChannel channel) {
		try (channel; selector) {
			// The selector first
		}
		catch (IOException ex) {
			// Nothing is left to free
		}
	}

}
