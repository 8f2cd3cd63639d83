package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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
	 * Starts a process. One after the other, as others would use the same descriptors.
	 * @param builder how
	 * @return the process
	 * @throws IOException if it can't be started
	 */
	static synchronized Process start(ProcessBuilder builder) throws IOException {
		long left = descriptorsLeft();
		if (left < DESCRIPTORS) {
			throw new IOException("Too many open files: this JVM may open %d more, and starts processes only with %d"
				.formatted(left, DESCRIPTORS));
		}
		return builder.start();
	}

	/** Only as far as Linux tells. */
	private static long descriptorsLeft() {
		List<Long> open = new ArrayList<>();
		try (DirectoryStream<Path> all = Files.newDirectoryStream(OPEN)) {
			all.forEach((each) -> open.add(Long.valueOf(each.getFileName().toString())));
		}
		catch (NoSuchFileException | AccessDeniedException ex) {
			return Long.MAX_VALUE;
		}
		catch (IOException | DirectoryIteratorException ex) {
			return 0;
		}
		long limit = ProcFile.mostDescriptors();
		// It is one of numbers, and may have been lowered
		return (limit < 0) ? Long.MAX_VALUE : limit - open.stream().filter((each) -> each < limit).count();
	}

}
