package io.github.workerpool.memory;

import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What a thread sleeps at while it waits for something that may come from another JVM: a
 * datagram socket on the loopback interface. It has no name in any file system, dies with
 * its process, and works on every system. What arrives says nothing; it only wakes, and
 * the woken thread looks for itself. A bell rung in vain, by a stranger too, costs that
 * look.
 * <p>
 * A datagram is dropped only if others wait to be received, so the sleeper wakes anyway.
 * If a system has no loopback interface, or lets nothing through, the sleeper still looks
 * every now and then. Used by one thread at a time.
 */
final class Doorbell implements Closeable {

	/** Longest sleep without looking, in case the bell does not ring. */
	static final long LONGEST_SLEEP = TimeUnit.MILLISECONDS.toNanos(500);

	private final DatagramChannel channel;

	private final int port;

	private final DatagramPacket packet = new DatagramPacket(new byte[1], 1);

	private Doorbell(DatagramChannel channel) throws IOException {
		this.channel = channel;
		this.port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
	}

	static Doorbell open() throws IOException {
		DatagramChannel channel = DatagramChannel.open();
		try {
			channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			return new Doorbell(channel);
		}
		catch (IOException | RuntimeException ex) {
			channel.close();
			throw ex;
		}
	}

	/**
	 * Where to ring.
	 */
	int port() {
		return this.port;
	}

	/**
	 * Sleeps until the bell rings, or a little longer than a time.
	 * @param nanos the time
	 * @throws InterruptedException if the thread is interrupted; the bell is broken then
	 */
	void sleep(long nanos) throws InterruptedException {
		long millis = TimeUnit.NANOSECONDS.toMillis(Math.min(nanos, LONGEST_SLEEP));
		try {
			if (millis == 0) {
				LockSupport.parkNanos(nanos);
			}
			else {
				this.channel.socket().setSoTimeout((int) millis);
				this.channel.socket().receive(this.packet);
			}
		}
		catch (SocketTimeoutException ex) {
			// time to look
		}
		catch (IOException ex) {
			if (!Thread.currentThread().isInterrupted()) {
				LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
			}
		}
		if (Thread.interrupted()) {
			throw new InterruptedException();
		}
	}

	boolean isOpen() {
		return this.channel.isOpen();
	}

	@Override
	public void close() {
		try {
			this.channel.close();
		}
		catch (IOException ex) {
			// there is nothing in it to lose
		}
	}

}
