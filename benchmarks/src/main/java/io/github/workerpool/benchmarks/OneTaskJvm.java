package io.github.workerpool.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * What one would write without a pool: a JVM that does one task, prints the result, and
 * ends. It gets the options that children of pools have.
 */
final class OneTaskJvm {

	private OneTaskJvm() {
	}

	/**
	 * The child's side.
	 */
	public static void main(String[] args) throws IOException {
		System.out.println(42);
		if (args.length > 0) {
			// stays for as long as somebody looks at it
			System.in.read();
		}
	}

	/**
	 * Does one task.
	 */
	static void run() throws IOException, InterruptedException {
		Process process = start();
		String result = firstLine(process);
		if (process.waitFor() != 0 || !"42".equals(result)) {
			throw new IllegalStateException(
					"Expected 42, but exit code is %d and the result '%s'".formatted(process.exitValue(), result));
		}
	}

	/**
	 * Starts a child.
	 * @param arguments if there are any, the child stays until its standard input ends
	 */
	static Process start(String... arguments) throws IOException {
		ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-XX:+UseSerialGC", "-XX:ActiveProcessorCount=1", "-Xmx" + (Pools.CHILD_HEAP >> 20) + "m", "-cp",
				System.getProperty("java.class.path"), OneTaskJvm.class.getName());
		builder.command().addAll(List.of(arguments));
		return builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
	}

	static String firstLine(Process process) throws IOException {
		BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
		return reader.readLine();
	}

}
