package io.github.workerpool.process;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Frames over a socket: for the few that are exchanged beside the shared memory, and for
 * all of them where memory can't be shared. The same frames as in a {@link SharedRing},
 * without the filling. The socket is non-blocking, for the reason that {@link Doorbell}
 * gives. One thread may read while another one writes.
 *
 * @since 0.1.0
 */
public final class SocketFrames extends CurrentFrame implements FrameSink, AutoCloseable {

	private static final long NAP_NANOS = TimeUnit.MICROSECONDS.toNanos(20);

	private static final long LONGEST_NAP_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

	private static final int BUFFER_BYTES = SharedRing.HEADER_BYTES + FrameSink.MAX_FRAME_BYTES;

	private static final int FIRST_BUFFER_BYTES = 1024;

	private final SocketChannel channel;

	private final Selector selector;

	private final SharedRing.Peer peer;

	private ByteBuffer in = buffer(FIRST_BUFFER_BYTES).flip();

	private ByteBuffer out = buffer(FIRST_BUFFER_BYTES);

	private volatile boolean woken;

	/**
	 * Takes over a connected socket.
	 * @param channel the socket
	 * @param peer tells whether the other side is still there
	 * @throws IOException if it can't be watched
	 */
	public SocketFrames(SocketChannel channel, SharedRing.Peer peer) throws IOException {
		this.channel = channel;
		this.peer = peer;
		channel.configureBlocking(false);
		this.selector = Selector.open();
		channel.register(this.selector, SelectionKey.OP_READ);
	}

	private static ByteBuffer buffer(int bytes) {
		return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
	}

	@Override
	public void send(FrameType frame, boolean end, long about, long further, byte[] bytes, int offset, int length)
			throws IOException {
		if (length > FrameSink.MAX_FRAME_BYTES) {
			throw new IllegalArgumentException("A frame of " + length + " bytes is too long");
		}
		int size = SharedRing.HEADER_BYTES + length;
		if (this.out.remaining() < size) {
			flush();
			if (this.out.capacity() < size) {
				this.out = buffer(BUFFER_BYTES);
			}
		}
		this.out.putLong(FrameHeader.pack(frame, end, length))
			.putLong(about)
			.putLong(further)
			.put(bytes, offset, length);
	}

	@Override
	public void flush() throws IOException {
		this.out.flip();
		long nap = NAP_NANOS;
		boolean interrupted = false;
		try {
			while (this.out.hasRemaining()) {
				if (this.channel.write(this.out) == 0) {
					this.peer.check();
					LockSupport.parkNanos(nap);
					interrupted |= Thread.interrupted();
					nap = Math.min(2 * nap, LONGEST_NAP_NANOS);
				}
			}
		}
		finally {
			this.out.clear();
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	/**
	 * Sends a frame without carrying anything, unless that would have to wait.
	 * @return whether it was sent
	 */
	boolean offer(FrameType frame, long about, long argument) throws IOException {
		ByteBuffer only = buffer(SharedRing.HEADER_BYTES);
		only.putLong(FrameHeader.pack(frame, true, 0)).putLong(about).putLong(argument).flip();
		int sent = this.channel.write(only);
		if (sent != 0 && only.hasRemaining()) {
			throw new ChannelClosedException();
		}
		return sent != 0;
	}

	@Override
	public boolean next(long nanos) throws IOException {
		this.in.position(this.in.position() + remaining());
		end();
		long end = System.nanoTime() + nanos;
		while (!open()) {
			if (fill()) {
				continue;
			}
			long left = end - System.nanoTime();
			if (left <= 0 || this.woken) {
				this.woken = false;
				return false;
			}
			Thread.interrupted();
			this.selector.select((key) -> {
			}, Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
		}
		return true;
	}

	private boolean fill() throws IOException {
		this.in.compact();
		try {
			int count = this.channel.read(this.in);
			if (count < 0) {
				throw new ChannelClosedException();
			}
			return count > 0;
		}
		catch (SocketException ex) {
			throw new ChannelClosedException();
		}
		finally {
			this.in.flip();
		}
	}

	private boolean open() throws BadFrameException {
		if (this.in.remaining() < SharedRing.HEADER_BYTES) {
			return false;
		}
		long header = this.in.getLong(this.in.position());
		FrameType opened = FrameHeader.type(header);
		int length = FrameHeader.length(header);
		if (this.in.remaining() < SharedRing.HEADER_BYTES + length) {
			if (this.in.capacity() < SharedRing.HEADER_BYTES + length) {
				this.in = buffer(BUFFER_BYTES).put(this.in).flip();
			}
			return false;
		}
		this.in.getLong();
		begin(opened, FrameHeader.isLast(header), length, this.in.getLong(), this.in.getLong());
		return true;
	}

	@Override
	public void read(byte[] target, int offset, int length) {
		take(length);
		this.in.get(target, offset, length);
	}

	/**
	 * Ends the wait of the thread that reads, as if its time were up.
	 */
	public void wake() {
		this.woken = true;
		this.selector.wakeup();
	}

	@Override
	public void close() {
		Doorbell.close(this.selector, this.channel);
	}

}
