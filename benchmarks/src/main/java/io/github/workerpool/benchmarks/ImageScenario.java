package io.github.workerpool.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.benchmarks.images.ImageApplication;

/**
 * An image service under load, with as many workers as there are processors, or none: how
 * many thumbnails of a photograph it makes, how long they take, and whether it still
 * answers anything else meanwhile.
 */
final class ImageScenario implements Scenario {

	private static final String NO_POOL = "no pool";

	private static final String PHOTOGRAPH = "/data/hubble_deep_field.jpg";

	@Override
	public String name() {
		return "images";
	}

	@Override
	public List<String> subjects() {
		return List.of(NO_POOL, Subjects.SPRING_ASYNC, Subjects.THREADS, Subjects.PROCESSES);
	}

	@Override
	public List<String> jvmArguments(String subject) {
		// that of who asks; see below for the service's
		return List.of("-Xms256m", "-Xmx256m");
	}

	@Override
	public void run(String subject, Mode mode, Measurements out) throws Exception {
		Process service = start(subject, mode);
		try {
			ImageLoad load = new ImageLoad(port(service), photograph());
			if (mode != Mode.SMOKE) {
				load.run(mode.pick(3000L, 700L, 0L));
			}
			ImageLoad.Load seen = load.run(mode.pick(5000L, 1500L, 0L));
			out.add("image-rps", seen.imagesPerSecond());
			out.add("image-p50", seen.images().percentile(50));
			out.add("image-p99", seen.images().percentile(99));
			out.add("health-p99", seen.healths().percentile(99));
		}
		finally {
			stop(service);
		}
	}

	private static Process start(String subject, Mode mode) throws IOException {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		if (mode == Mode.SMOKE) {
			command.add("-XX:TieredStopAtLevel=1");
		}
		command.addAll(List.of("-Xms512m", "-Xmx512m", "-cp", System.getProperty("java.class.path"),
				ImageApplication.class.getName()));
		command.add(switch (subject) {
			case NO_POOL -> "none";
			case Subjects.SPRING_ASYNC -> "async";
			case Subjects.THREADS -> "thread";
			case Subjects.PROCESSES -> "process";
			default -> throw new IllegalArgumentException(subject);
		});
		command.add(Integer.toString(Runtime.getRuntime().availableProcessors()));
		return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
	}

	private static int port(Process service) throws IOException {
		BufferedReader lines = service.inputReader(StandardCharsets.UTF_8);
		for (String line = lines.readLine(); line != null; line = lines.readLine()) {
			if (line.startsWith(ImageApplication.PORT)) {
				return Integer.parseInt(line.substring(ImageApplication.PORT.length()));
			}
		}
		throw new IllegalStateException("The image service did not come up");
	}

	private static byte[] photograph() throws IOException {
		try (InputStream content = ImageScenario.class.getResourceAsStream(PHOTOGRAPH)) {
			if (content == null) {
				throw new IllegalStateException("There is no '%s' on the class path".formatted(PHOTOGRAPH));
			}
			return content.readAllBytes();
		}
	}

	/** Lets it see to its children. */
	private static void stop(Process service) throws IOException, InterruptedException {
		service.getOutputStream().close();
		if (!service.waitFor(10, TimeUnit.SECONDS)) {
			service.destroyForcibly().waitFor();
		}
	}

}
