package io.github.workerpool.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks an image service on this machine for thumbnails of a photograph, over some
 * connections, each of which asks again as soon as it has its answer. Meanwhile a probe
 * asks for the service's health at fixed times on a connection of its own; what it waits
 * counts from then.
 */
final class ImageLoad {

	private static final int CONNECTIONS = 8;

	private static final long PROBE_NANOS = TimeUnit.SECONDS.toNanos(1) / 20;

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private final HttpClient client = client();

	private final HttpClient prober = client();

	private final HttpRequest thumbnail;

	private final HttpRequest health;

	/**
	 * Prepares.
	 * @param port where the service listens
	 * @param photograph what it gets
	 */
	ImageLoad(int port, byte[] photograph) {
		String service = "http://localhost:" + port;
		this.thumbnail = HttpRequest.newBuilder(URI.create(service + "/thumbnail"))
			.header("Content-Type", "application/octet-stream")
			.timeout(PATIENCE)
			.POST(BodyPublishers.ofByteArray(photograph))
			.build();
		this.health = HttpRequest.newBuilder(URI.create(service + "/actuator/health")).timeout(PATIENCE).build();
	}

	private static HttpClient client() {
		return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
	}

	/**
	 * Asks for a time, and at least once on each connection.
	 * @param millis how long
	 */
	Load run(long millis) throws Exception {
		Sample images = new Sample();
		Sample healths = new Sample();
		ExecutorService users = Executors.newFixedThreadPool(CONNECTIONS + 1);
		try {
			Clock clock = Clock.ofMillis(millis);
			List<Future<?>> running = new ArrayList<>();
			for (int i = 0; i < CONNECTIONS; i++) {
				running.add(users.submit(() -> {
					askForThumbnails(clock, images);
					return null;
				}));
			}
			running.add(users.submit(() -> {
				askForHealth(clock, healths);
				return null;
			}));
			for (Future<?> user : running) {
				user.get();
			}
			return new Load(images.size() / clock.elapsedSeconds(), images, healths);
		}
		finally {
			users.shutdownNow();
		}
	}

	private void askForThumbnails(Clock clock, Sample millis) throws IOException, InterruptedException {
		do {
			long begun = System.nanoTime();
			HttpResponse<byte[]> response = this.client.send(this.thumbnail, BodyHandlers.ofByteArray());
			millis.add((System.nanoTime() - begun) / 1e6);
			check(response.statusCode(), isJpeg(response.body()), "a thumbnail");
		}
		while (clock.runs());
	}

	private void askForHealth(Clock clock, Sample millis) throws IOException, InterruptedException {
		long due = System.nanoTime();
		do {
			HttpResponse<String> response = this.prober.send(this.health, BodyHandlers.ofString());
			millis.add((System.nanoTime() - due) / 1e6);
			check(response.statusCode(), response.body().contains("UP"), "good health");
			due += PROBE_NANOS;
			for (long ahead = due - System.nanoTime(); ahead > 0; ahead = due - System.nanoTime()) {
				LockSupport.parkNanos(ahead);
			}
		}
		while (clock.runs());
	}

	private static boolean isJpeg(byte[] bytes) {
		return bytes.length > 1000 && bytes[0] == (byte) 0xff && bytes[1] == (byte) 0xd8;
	}

	private static void check(int status, boolean body, String expected) {
		if (status != 200 || !body) {
			throw new IllegalStateException(
					"Expected %s, but the service answered something else, with status %d".formatted(expected, status));
		}
	}

	/**
	 * What was seen.
	 *
	 * @param imagesPerSecond thumbnails
	 * @param images how long each took, in milliseconds
	 * @param healths how long each look at the health took, in milliseconds
	 */
	record Load(double imagesPerSecond, Sample images, Sample healths) {

	}

}
