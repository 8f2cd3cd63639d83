package io.github.workerpool.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * Two ends of one connection.
 */
record ConnectedSockets(SocketChannel one, SocketChannel other) implements AutoCloseable {

	static ConnectedSockets open() throws IOException {
		try (ServerSocketChannel server = ServerSocketChannel.open()) {
			server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			SocketChannel one = SocketChannel.open(server.getLocalAddress());
			return new ConnectedSockets(one, server.accept());
		}
	}

	@Override
	public void close() throws IOException {
		this.one.close();
		this.other.close();
	}

}
