package io.github.workerpool.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The process of a fork. It has a directory of its own for temporary files, which goes
 * when it ends, and all that it started is ended with it when it takes too long.
 */
final class ForkProcess implements AutoCloseable {

	private static final int LINES_KEPT = 40;

	/**
	 * What a fork has printed when it ends is read by then; what it left behind may go
	 * on.
	 */
	private static final Duration READING = Duration.ofSeconds(5);

	private final Path directory;

	private final Process process;

	private final List<String> values = new ArrayList<>();

	private final Deque<String> noise = new ArrayDeque<>();

	private final List<Thread> readers;

	private ForkProcess(Path directory, Process process) {
		this.directory = directory;
		this.process = process;
		this.readers = List.of(reading("stdout", process.getInputStream(), this::readOut),
				reading("stderr", process.getErrorStream(), this::keep));
	}

	/**
	 * Starts a fork.
	 * @param command the command line; {@code {tmp}} in it stands for the directory of
	 * temporary files
	 */
	static ForkProcess start(List<String> command) throws IOException {
		Path directory = Files.createTempDirectory("workerpool-benchmark");
		try {
			ProcessBuilder builder = new ProcessBuilder(
					command.stream().map((argument) -> argument.replace("{tmp}", directory.toString())).toList());
			builder.environment().put("TMPDIR", directory.toString());
			Process process = builder.start();
			process.getOutputStream().close();
			return new ForkProcess(directory, process);
		}
		catch (IOException ex) {
			delete(directory);
			throw ex;
		}
	}

	private static Thread reading(String name, InputStream stream, Consumer<String> sink) {
		Thread thread = new Thread(() -> {
			try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
				reader.lines().forEach(sink);
			}
			catch (IOException | UncheckedIOException ex) {
				// the process is gone
			}
		}, "fork-" + name);
		thread.setDaemon(true);
		thread.start();
		return thread;
	}

	private void readOut(String line) {
		if (line.startsWith(Measurements.MARK)) {
			synchronized (this.values) {
				this.values.add(line.substring(Measurements.MARK.length()));
			}
		}
		else if (!line.isBlank()) {
			keep(line);
		}
	}

	private void keep(String line) {
		synchronized (this.noise) {
			this.noise.add(line);
			if (this.noise.size() > LINES_KEPT) {
				this.noise.remove();
			}
		}
	}

	/**
	 * Waits for the end.
	 * @param limit how long at most
	 * @return the values it has printed, each a JSON object
	 * @throws ForkFailedException if it fails or takes longer
	 */
	List<String> await(Duration limit) throws ForkFailedException, InterruptedException {
		if (!this.process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
			destroy();
			throw new ForkFailedException("it took longer than " + limit.toSeconds() + " s", noise());
		}
		for (Thread reader : this.readers) {
			reader.join(READING.toMillis());
		}
		if (this.process.exitValue() != 0) {
			throw new ForkFailedException("it ended with " + this.process.exitValue(), noise());
		}
		synchronized (this.values) {
			if (this.values.isEmpty()) {
				throw new ForkFailedException("it measured nothing", noise());
			}
			return List.copyOf(this.values);
		}
	}

	private List<String> noise() {
		synchronized (this.noise) {
			return List.copyOf(this.noise);
		}
	}

	private void destroy() {
		List<ProcessHandle> started = this.process.descendants().toList();
		this.process.destroyForcibly();
		started.forEach(ProcessHandle::destroyForcibly);
	}

	/**
	 * Ends the process, if it still runs, and removes its files.
	 */
	@Override
	public void close() {
		destroy();
		delete(this.directory);
	}

	private static void delete(Path directory) {
		try (Stream<Path> files = Files.walk(directory)) {
			for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
				Files.deleteIfExists(file);
			}
		}
		catch (IOException | UncheckedIOException ex) {
			System.err.println("Can't delete '" + directory + "': " + ex);
		}
	}

	/**
	 * A fork has not measured what it should have.
	 */
	static final class ForkFailedException extends Exception {

		private static final long serialVersionUID = 1;

		private final transient List<String> output;

		ForkFailedException(String message, List<String> output) {
			super(message);
			this.output = output;
		}

		/** The last lines that it has printed. */
		List<String> output() {
			return this.output;
		}

	}

}
