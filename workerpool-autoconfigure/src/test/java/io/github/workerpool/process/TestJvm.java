package io.github.workerpool.process;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A JVM that a test starts by itself.
 */
final class TestJvm implements AutoCloseable {

	private final Process process;

	private final Path output;

	private TestJvm(Process process, Path output) {
		this.process = process;
		this.output = output;
	}

	static TestJvm start(Path directory, Map<String, String> environment, List<String> arguments) throws IOException {
		return start(List.of(), directory, environment, arguments);
	}

	/**
	 * Starts one by a command that does something before.
	 */
	static TestJvm start(List<String> prefix, Path directory, Map<String, String> environment, List<String> arguments)
			throws IOException {
		List<String> command = new ArrayList<>(prefix);
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.addAll(arguments);
		Path output = Files.createTempFile(directory, "output", ".txt");
		ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile())
			.redirectErrorStream(true)
			.redirectOutput(output.toFile());
		builder.environment().putAll(environment);
		return new TestJvm(builder.start(), output);
	}

	long pid() {
		return this.process.pid();
	}

	boolean isAlive() {
		return this.process.isAlive();
	}

	void awaitSuccess() throws Exception {
		awaitSuccess(TestLauncher.PATIENCE);
	}

	void awaitSuccess(Duration patience) throws Exception {
		assertThat(this.process.waitFor(patience.toSeconds(), TimeUnit.SECONDS)).as(this::output).isTrue();
		assertThat(this.process.exitValue()).as(this::output).isZero();
	}

	Properties outcome(Path file) {
		await().atMost(TestLauncher.PATIENCE).until(() -> Files.exists(file) || !this.process.isAlive());
		Properties properties = new Properties();
		try (Reader reader = Files.newBufferedReader(file)) {
			properties.load(reader);
		}
		catch (IOException ex) {
			throw new AssertionError(output(), ex);
		}
		return properties;
	}

	String output() {
		try {
			return Files.readString(this.output);
		}
		catch (IOException ex) {
			return ex.toString();
		}
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
		assertThat(this.process.onExit().orTimeout(TestLauncher.PATIENCE.toSeconds(), TimeUnit.SECONDS).join())
			.isNotNull();
	}

}
