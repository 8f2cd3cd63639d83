package io.github.workerpool.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a child that was launched comes in: a socket in the child's private directory, or
 * on the loopback interface where the system has no such sockets or the path would be too
 * long for one. Whoever doesn't know the token is shown out, and nobody who is silent
 * keeps the child waiting. For one child, and one thread at a time.
 */
final class Rendezvous implements AutoCloseable {

	private static final Logger LOG = LoggerFactory.getLogger(Rendezvous.class);

	/**
	 * What the address of such a socket can hold, on the system that allows the least.
	 */
	private static final int LONGEST_PATH = 103;

	private static final SecureRandom RANDOM = new SecureRandom();

	/** Strangers who are listened to at the same time. */
	private static final int MOST_GUESTS = 16;

	private final ServerSocketChannel door;

	private final Selector selector;

	private final byte[] token = new byte[Hello.TOKEN_BYTES];

	private final @Nullable Path path;

	private final Map<Hello, SocketChannel> arrived = new EnumMap<>(Hello.class);

	private Rendezvous(ServerSocketChannel door, @Nullable Path path) throws IOException {
		this.door = door;
		this.path = path;
		RANDOM.nextBytes(this.token);
		door.configureBlocking(false);
		this.selector = Selector.open();
		door.register(this.selector, SelectionKey.OP_ACCEPT);
	}

	static Rendezvous in(Path directory) throws IOException {
		Path path = directory.resolve("s");
		if (path.toString().getBytes().length <= LONGEST_PATH) {
			try {
				return open(ServerSocketChannel.open(StandardProtocolFamily.UNIX), path);
			}
			catch (IOException | UnsupportedOperationException ex) {
				LOG.debug("No socket at '{}'; the loopback interface must do", path, ex);
			}
		}
		return open(ServerSocketChannel.open(StandardProtocolFamily.INET), null);
	}

	private static Rendezvous open(ServerSocketChannel door, @Nullable Path path) throws IOException {
		try {
			door.bind((path != null) ? UnixDomainSocketAddress.of(path)
					: new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			return new Rendezvous(door, path);
		}
		catch (IOException | RuntimeException ex) {
			door.close();
			throw ex;
		}
	}

	/** Whether it is a socket that only this user can get at. */
	boolean isPrivate() {
		return this.path != null;
	}

	String address() throws IOException {
		return Hello.addressOf(this.door.getLocalAddress());
	}

	String token() {
		return HexFormat.of().formatHex(this.token);
	}

	/**
	 * Waits until the child has come in.
	 * @param peer is asked now and then whether there is still a point in waiting
	 * @param roles any of these will do
	 * @return the role that the child came in with
	 */
	Hello await(SharedRing.Peer peer, Hello... roles) throws IOException {
		while (true) {
			for (Hello role : roles) {
				if (this.arrived.containsKey(role)) {
					return role;
				}
			}
			peer.check();
			Thread.interrupted();
			this.selector.select(this::handle, 100);
		}
	}

	SocketChannel take(Hello role) {
		SocketChannel channel = this.arrived.remove(role);
		if (channel == null) {
			throw new IllegalStateException("Nobody has come in as " + role);
		}
		return channel;
	}

	/** Ends the wait, so that the peer is asked again. */
	void wake() {
		this.selector.wakeup();
	}

	private void handle(SelectionKey key) {
		if (key.channel() == this.door) {
			accept();
		}
		else {
			listen(key, (SocketChannel) key.channel(), (ByteBuffer) key.attachment());
		}
	}

	private void accept() {
		try {
			SocketChannel guest = this.door.accept();
			if (guest == null) {
				return;
			}
			if (this.selector.keys().size() > MOST_GUESTS) {
				closeQuietly(guest);
				return;
			}
			guest.configureBlocking(false);
			guest.register(this.selector, SelectionKey.OP_READ, ByteBuffer.allocate(Hello.BYTES));
		}
		catch (IOException ex) {
			LOG.debug("A connection could not be accepted", ex);
		}
	}

	private void listen(SelectionKey key, SocketChannel guest, ByteBuffer said) {
		try {
			int count = guest.read(said);
			Hello role = Hello.parse(said, this.token);
			if (role != null && !this.arrived.containsKey(role)) {
				key.cancel();
				if (this.path == null) {
					guest.setOption(StandardSocketOptions.TCP_NODELAY, true);
				}
				this.arrived.put(role, guest);
			}
			else if (role != null || count < 0) {
				closeQuietly(guest);
			}
		}
		catch (IOException ex) {
			LOG.debug("Somebody was shown out", ex);
			closeQuietly(guest);
		}
	}

	private static void closeQuietly(SocketChannel channel) {
		try {
			channel.close();
		}
		catch (IOException ex) {
			LOG.debug("A socket could not be closed", ex);
		}
	}

	/** Closes the door and shows everybody out who has not been taken. */
	@Override
	public void close() {
		if (!this.selector.isOpen()) {
			return;
		}
		try {
			// Those who were taken leave the selector only now
			this.selector.selectNow((key) -> {
			});
			for (SelectionKey key : this.selector.keys()) {
				key.channel().close();
			}
			this.selector.close();
			this.door.close();
			this.arrived.values().forEach(Rendezvous::closeQuietly);
			if (this.path != null) {
				Files.deleteIfExists(this.path);
			}
		}
		catch (IOException ex) {
			LOG.debug("A rendezvous could not be closed entirely", ex);
		}
	}

}
