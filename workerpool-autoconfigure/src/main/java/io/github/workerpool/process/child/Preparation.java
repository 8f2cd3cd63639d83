package io.github.workerpool.process.child;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * What a child needs soon, and a JVM takes long over when it is used for the first time,
 * done by a thread of its own while the main thread connects to the parent, which takes
 * as long.
 */
final class Preparation implements Runnable {

	private Preparation() {
	}

	/**
	 * Begins. To be called at the very beginning; a lambda here would take longer than
	 * what it saves.
	 */
	static void start() {
		Thread thread = new Thread(null, new Preparation(), "workerpool-preparation", 0, false);
		thread.setDaemon(true);
		thread.start();
	}

	@Override
	public void run() {
		TerminalSignals.ignore();
		mapMemory();
	}

	/**
	 * Since Java 18 the first mapping of a file makes some dozen classes. What is not
	 * done here is done when memory is first shared with the parent.
	 */
	private static void mapMemory() {
		try (FileChannel file = FileChannel.open(Path.of(System.getProperty("java.home"), "release"))) {
			file.map(FileChannel.MapMode.READ_ONLY, 0, 1);
		}
		catch (IOException | RuntimeException ex) {
			// Whoever needs it will see
		}
	}

}
