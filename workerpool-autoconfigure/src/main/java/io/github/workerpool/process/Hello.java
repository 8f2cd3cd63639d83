package io.github.workerpool.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.MessageDigest;
import java.util.HexFormat;

import org.jspecify.annotations.Nullable;

/**
 * The first thing that is said on a socket: what the socket is for, and the token that
 * only the parent and its child know. Each role is accepted once.
 *
 * @since 0.1.0
 */
public enum Hello {

	/** A socket for the few frames that are exchanged beside the work. */
	CONTROL,

	/** A socket that the two sides wake each other on; they share memory. */
	BELL,

	/** A socket for all frames; memory can't be shared. */
	STREAM;

	static final int TOKEN_BYTES = 32;

	static final int BYTES = 8 + TOKEN_BYTES;

	private static final long MAGIC = 0x57_50_48_45_4C_4C_01_00L;

	private static final String UNIX = "unix:";

	private static final String TCP = "tcp:";

	private static final Hello[] ALL = values();

	/**
	 * Connects to the parent and says hello; called in the child.
	 * @param address where the parent waits
	 * @param token the token in hexadecimal digits
	 * @return the connected socket
	 * @throws IOException if the parent isn't there
	 */
	public SocketChannel connect(String address, String token) throws IOException {
		SocketAddress target = address.startsWith(UNIX) ? UnixDomainSocketAddress.of(address.substring(UNIX.length()))
				: new InetSocketAddress(InetAddress.getLoopbackAddress(),
						Integer.parseInt(address.substring(TCP.length())));
		SocketChannel channel = SocketChannel.open(target);
		try {
			if (target instanceof InetSocketAddress) {
				channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
			}
			ByteBuffer hello = ByteBuffer.allocate(BYTES)
				.putLong(MAGIC | ordinal())
				.put(HexFormat.of().parseHex(token))
				.flip();
			while (hello.hasRemaining()) {
				channel.write(hello);
			}
			return channel;
		}
		catch (IOException | RuntimeException ex) {
			channel.close();
			throw ex;
		}
	}

	static String addressOf(SocketAddress address) {
		return (address instanceof InetSocketAddress inet) ? TCP + inet.getPort() : UNIX + address;
	}

	/**
	 * Understands what came in.
	 * @param said what was said so far
	 * @param token the token that is expected
	 * @return the role, {@code null} if not all has been said yet
	 * @throws IOException if whoever said it is not the child
	 */
	static @Nullable Hello parse(ByteBuffer said, byte[] token) throws IOException {
		if (said.position() < BYTES) {
			return null;
		}
		long magic = said.getLong(0);
		int role = (int) (magic & 0xff);
		byte[] shown = new byte[TOKEN_BYTES];
		said.get(8, shown);
		if (!MessageDigest.isEqual(shown, token) || (magic & ~0xffL) != MAGIC || role >= ALL.length) {
			throw new BadFrameException("Somebody else than the child came in");
		}
		return ALL[role];
	}

}
