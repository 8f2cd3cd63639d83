package io.github.workerpool.process;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

import static org.awaitility.Awaitility.await;

/**
 * Something that one JVM raises and another one sees, whatever state the channel between
 * them is in.
 *
 * @param file is there once the flag is raised
 */
record Flag(String file) implements Serializable {

	static Flag in(Path directory) {
		return new Flag(directory.resolve(UUID.randomUUID().toString()).toString());
	}

	void raise() {
		try {
			Files.createFile(Path.of(this.file));
		}
		catch (FileAlreadyExistsException ex) {
			// It is up
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	boolean isRaised() {
		return Files.exists(Path.of(this.file));
	}

	/** Takes it down; true for one of those who do so at the same time. */
	boolean lower() {
		try {
			return Files.deleteIfExists(Path.of(this.file));
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** Waits in a child, minding nothing. */
	void awaitThere() {
		boolean interrupted = false;
		while (!isRaised()) {
			LockSupport.parkNanos(2_000_000);
			interrupted |= Thread.interrupted();
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	/** Waits in a test. */
	void awaitHere() {
		await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(2)).until(this::isRaised);
	}

}
