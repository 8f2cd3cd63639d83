package io.github.workerpool.sample;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The packaged sample as a process of its own, on a port of its own.
 */
final class RunningSample implements AutoCloseable {

	private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

	private static final String OUTPUT = "output.txt";

	private static final Duration PATIENCE = Duration.ofMinutes(3);

	private final HttpClient client = HttpClient.newHttpClient();

	private final Process process;

	private final URI address;

	private RunningSample(Process process, URI address) {
		this.process = process;
		this.address = address;
	}

	/**
	 * Starts the sample and waits until it answers.
	 * @param directory where its output goes
	 * @param arguments further arguments
	 */
	static RunningSample start(Path directory, String... arguments) throws IOException {
		Process process = launch(directory, arguments);
		try {
			int port = Awaitility.await()
				.atMost(PATIENCE)
				.failFast("The sample ended", () -> !process.isAlive())
				.until(() -> findPort(directory), (found) -> found > 0);
			RunningSample sample = new RunningSample(process, URI.create("http://localhost:" + port));
			Awaitility.await()
				.atMost(PATIENCE)
				.until(() -> sample.get("/actuator/health/readiness").statusCode() == 200);
			return sample;
		}
		catch (RuntimeException | Error ex) {
			process.destroyForcibly();
			ex.addSuppressed(new IllegalStateException(output(directory)));
			throw ex;
		}
	}

	/**
	 * Starts the sample on any free port.
	 */
	static Process launch(Path directory, String... arguments) throws IOException {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.addAll(List.of("-Xmx512m", "-jar", System.getProperty("sample.jar"), "--server.port=0"));
		command.addAll(List.of(arguments));
		return new ProcessBuilder(command).redirectErrorStream(true)
			.redirectOutput(directory.resolve(OUTPUT).toFile())
			.start();
	}

	static String output(Path directory) throws IOException {
		return Files.readString(directory.resolve(OUTPUT));
	}

	private static int findPort(Path directory) throws IOException {
		Matcher matcher = PORT.matcher(output(directory));
		return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
	}

	HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
		return this.client.send(request(path).build(), BodyHandlers.ofByteArray());
	}

	CompletableFuture<HttpResponse<byte[]>> getLater(String path) {
		return this.client.sendAsync(request(path).build(), BodyHandlers.ofByteArray());
	}

	HttpResponse<byte[]> post(String path, String type, byte[] body) throws IOException, InterruptedException {
		return post(path, type, BodyPublishers.ofByteArray(body));
	}

	CompletableFuture<HttpResponse<byte[]>> postLater(String path, String type, byte[] body) {
		return this.client.sendAsync(
				request(path).header("Content-Type", type).POST(BodyPublishers.ofByteArray(body)).build(),
				BodyHandlers.ofByteArray());
	}

	HttpResponse<byte[]> post(String path, String type, HttpRequest.BodyPublisher body)
			throws IOException, InterruptedException {
		return this.client.send(request(path).header("Content-Type", type).POST(body).build(),
				BodyHandlers.ofByteArray());
	}

	/**
	 * Sends files as a browser would, all of them under the name {@code image}.
	 */
	HttpResponse<byte[]> upload(String path, Map<String, byte[]> files) throws IOException, InterruptedException {
		String boundary = "----the-next-part-please";
		ByteArrayOutputStream body = new ByteArrayOutputStream();
		for (Map.Entry<String, byte[]> file : files.entrySet()) {
			body.writeBytes(("--" + boundary + "\r\nContent-Disposition: form-data; name=\"image\"; filename=\""
					+ file.getKey() + "\"\r\nContent-Type: image/jpeg\r\n\r\n")
				.getBytes(StandardCharsets.UTF_8));
			body.writeBytes(file.getValue());
			body.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
		}
		body.writeBytes(("--" + boundary + "--\r\n").getBytes(StandardCharsets.UTF_8));
		return post(path, "multipart/form-data; boundary=" + boundary, body.toByteArray());
	}

	JsonNode getJson(String path) throws IOException, InterruptedException {
		return json(get(path));
	}

	static JsonNode json(HttpResponse<byte[]> response) {
		return JsonMapper.shared().readTree(response.body());
	}

	/**
	 * Asks the process to end, as its service manager would.
	 */
	void terminate() {
		this.process.destroy();
	}

	int awaitExit() throws InterruptedException {
		if (!this.process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
			throw new IllegalStateException("The sample does not end");
		}
		return this.process.exitValue();
	}

	@Override
	public void close() throws InterruptedException {
		this.process.destroy();
		if (!this.process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
			this.process.destroyForcibly().waitFor();
		}
	}

	private HttpRequest.Builder request(String path) {
		return HttpRequest.newBuilder(this.address.resolve(path)).timeout(PATIENCE);
	}

}
