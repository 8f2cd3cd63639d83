package io.github.workerpool.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The process of a fork. All that it started is ended with it when it takes too long.
 */
final class ForkProcess implements AutoCloseable {

	private static final int LINES_KEPT = 40;

	/**
	 * What a fork has printed when it ends is read by then; what it left behind may go
	 * on.
	 */
	private static final Duration READING = Duration.ofSeconds(5);

	private final Process process;

	private final List<String> values = new ArrayList<>();

	private final Deque<String> noise = new ArrayDeque<>();

	private final List<Thread> readers;

	private ForkProcess(Process process) {
		this.process = process;
		this.readers = List.of(reading("stdout", process.getInputStream(), this::readOut),
				reading("stderr", process.getErrorStream(), this::keep));
	}

	/**
	 * Starts a fork.
	 * @param command the command line
	 * @param directory for its temporary files
	 */
	static ForkProcess start(List<String> command, Path directory) throws IOException {
		ProcessBuilder builder = new ProcessBuilder(command);
		builder.environment().put("TMPDIR", directory.toString());
		Process process = builder.start();
		process.getOutputStream().close();
		return new ForkProcess(process);
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
	 * Ends the process, if it still runs.
	 */
	@Override
	public void close() {
		destroy();
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
