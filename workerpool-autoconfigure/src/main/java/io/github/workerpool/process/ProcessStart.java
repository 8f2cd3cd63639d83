package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Starts processes, but not with the last file descriptors of this JVM. One that can't
 * make the pipes of a process closes its own standard input on JDK 25, and with the next
 * attempt whatever has got that descriptor since: a file, a socket, its standard output.
 */
final class ProcessStart {

	/** What the JDK opens to start one, and as many again for other threads. */
	private static final int DESCRIPTORS = 24;

	private static final Path OPEN = Path.of("/proc/self/fd");

	private ProcessStart() {
	}

	/**
	 * Starts a process.
	 * @param builder how
	 * @return the process
	 * @throws IOException if it can't be started
	 */
	static Process start(ProcessBuilder builder) throws IOException {
		long left = descriptorsLeft();
		if (left < DESCRIPTORS) {
			throw new IOException("Too many open files: this JVM may open %d more, and starts processes only with %d"
				.formatted(left, DESCRIPTORS));
		}
		return builder.start();
	}

	/** Only as far as Linux tells. */
	private static long descriptorsLeft() {
		long limit = ProcFile.mostDescriptors();
		if (limit < 0) {
			return Long.MAX_VALUE;
		}
		long open = 0;
		try (DirectoryStream<Path> all = Files.newDirectoryStream(OPEN)) {
			for (Path each : all) {
				// The limit is one of numbers, and may have been lowered
				if (Long.parseLong(each.getFileName().toString()) < limit) {
					open++;
				}
			}
		}
		catch (IOException | DirectoryIteratorException ex) {
			return String.valueOf(ex.getMessage()).contains("Too many open files") ? 0 : Long.MAX_VALUE;
		}
		return Math.max(0, limit - open);
	}

}
