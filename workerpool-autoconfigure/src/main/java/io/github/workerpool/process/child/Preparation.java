package io.github.workerpool.process.child;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * What a child needs soon, and a JVM takes long over when it is used for the first time,
 * done by a thread of its own while the main thread gets ready. Nothing depends on it:
 * what is not done by the time it is needed is done then.
 */
final class Preparation implements Runnable {

	private Preparation() {
	}

	/** Begins. A lambda here would take longer than all that the thread does for it. */
	static void start() {
		Thread thread = new Thread(null, new Preparation(), "workerpool-preparation", 0, false);
		thread.setDaemon(true);
		thread.start();
	}

	@Override
	public void run() {
		openSocket();
		mapMemory();
		TerminalSignals.ignore();
	}

	/** The first socket of this kind sets up a generator of secure random numbers. */
	private static void openSocket() {
		try (SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX)) {
			socket.isOpen();
		}
		catch (IOException | RuntimeException ex) {
			// Whoever needs it will see
		}
	}

	/** Since Java 18 the first mapping of a file makes some dozen classes. */
	private static void mapMemory() {
		try (FileChannel file = FileChannel.open(Path.of(System.getProperty("java.home"), "release"))) {
			file.map(FileChannel.MapMode.READ_ONLY, 0, 1);
		}
		catch (IOException | RuntimeException ex) {
			// Whoever needs it will see
		}
	}

}
