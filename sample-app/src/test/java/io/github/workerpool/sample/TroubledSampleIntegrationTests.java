package io.github.workerpool.sample;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what the packaged sample answers when its pools can't do what they are asked.
 */
class TroubledSampleIntegrationTests {

	private static final Duration PATIENCE = Duration.ofMinutes(2);

	@Test
	void failuresAreProblemDetails(@TempDir Path directory) throws Exception {
		try (RunningSample sample = RunningSample.start(directory,
				"--management.endpoint.workerpool.access=unrestricted", "--workerpool.pools.math.size=1",
				"--workerpool.pools.math.queue.capacity=1", "--workerpool.pools.math.queue.timeout=5m",
				"--workerpool.pools.data.queue.timeout=100ms", "--workerpool.pools.passwords.task.timeout=1ms",
				"--workerpool.pools.images.resource-limits.allocation=1")) {
			rejectedTaskIsUnavailable(sample);
			taskThatWaitsTooLongIsAGatewayTimeout(sample);
			taskThatRunsTooLongIsAGatewayTimeout(sample);
			taskOverItsLimitIsAServerError(sample);
		}
	}

	private static void rejectedTaskIsUnavailable(RunningSample sample) throws Exception {
		act(sample, "math", "pause");
		assertThat(RunningSample.json(sample.get("/actuator/health")).get("status").asString())
			.isEqualTo("OUT_OF_SERVICE");
		CompletableFuture<HttpResponse<byte[]>> waiting = sample.getLater("/fibonacci/10");
		Awaitility.await()
			.atMost(PATIENCE)
			.until(() -> sample.getJson("/actuator/workerpool/math").get("queue").get("size").asInt() == 1);
		HttpResponse<byte[]> rejected = sample.get("/fibonacci/11");
		JsonNode problem = assertProblem(rejected, 503, "RejectedTaskException");
		assertThat(problem.get("reason").asString()).isEqualTo("QUEUE_FULL");
		assertThat(rejected.headers().firstValueAsLong("Retry-After")).hasValue(1);
		act(sample, "math", "resume");
		assertThat(waiting.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).statusCode()).isEqualTo(200);
		assertThat(sample.get("/fibonacci/11").statusCode()).isEqualTo(200);
	}

	private static void taskThatWaitsTooLongIsAGatewayTimeout(RunningSample sample) throws Exception {
		act(sample, "data", "pause");
		JsonNode problem = assertProblem(sample.get("/weather/predict?month=1&tempMax=1"), 504, "TaskTimeoutException");
		assertThat(problem.get("phase").asString()).isEqualTo("QUEUED");
	}

	private static void taskThatRunsTooLongIsAGatewayTimeout(RunningSample sample) throws Exception {
		// On a busy machine the task may be done before anybody looks at the time
		HttpResponse<byte[]> response = Awaitility.await()
			.atMost(PATIENCE)
			.until(() -> sample.post("/passwords", "application/json",
					"{\"password\":\"secret\"}".getBytes(StandardCharsets.UTF_8)),
					(answered) -> answered.statusCode() >= 400);
		JsonNode problem = assertProblem(response, 504, "TaskTimeoutException");
		assertThat(problem.get("phase").asString()).isEqualTo("RUNNING");
	}

	private static void taskOverItsLimitIsAServerError(RunningSample sample) throws Exception {
		// Large enough to be at it for longer than the time between two looks at the
		// limit
		HttpResponse<byte[]> response = sample.post("/images/resize?width=4000&format=png", "image/jpeg", photograph());
		JsonNode problem = assertProblem(response, 500, "ResourceLimitExceededException");
		assertThat(problem.get("limit").asString()).isEqualTo("ALLOCATION");
	}

	@Test
	void requestsOnTheirWayAreAnsweredBeforeTheEnd(@TempDir Path directory) throws Exception {
		// Tomcat counts a request as done an instant before its answer is written. Where
		// the machine is so busy that the server stops in between, it is tried again.
		boolean answered = false;
		for (int attempt = 1; attempt <= 3 && !answered; attempt++) {
			answered = isAnsweredBeforeTheEnd(Files.createDirectory(directory.resolve("attempt" + attempt)));
		}
		assertThat(answered).as("the request is answered").isTrue();
	}

	private static boolean isAnsweredBeforeTheEnd(Path directory) throws Exception {
		try (RunningSample sample = RunningSample.start(directory)) {
			CompletableFuture<HttpResponse<byte[]>> response = sample.getLater("/fibonacci/40");
			Awaitility.await()
				.atMost(PATIENCE)
				.until(() -> sample.getJson("/actuator/workerpool/math").get("tasks").get("submitted").asLong() == 1);
			sample.terminate();
			boolean answered;
			try {
				assertThat(response.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).statusCode()).isEqualTo(200);
				answered = true;
			}
			catch (ExecutionException ex) {
				assertThat(ex).hasCauseInstanceOf(IOException.class);
				answered = false;
			}
			assertThat(sample.awaitExit()).as("exit code of SIGTERM").isEqualTo(143);
			return answered;
		}
	}

	@Test
	void wrongSettingIsNamedAtStart(@TempDir Path directory) throws Exception {
		Process process = RunningSample.launch(directory, "--workerpool.pools.images.queue.capacity=-1");
		assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
		assertThat(process.exitValue()).isEqualTo(1);
		assertThat(RunningSample.output(directory)).contains("APPLICATION FAILED TO START",
				"'workerpool.pools.images.queue.capacity'");
	}

	private static void act(RunningSample sample, String pool, String action) throws Exception {
		HttpResponse<byte[]> response = sample.post("/actuator/workerpool/" + pool, "application/json",
				("{\"action\":\"" + action + "\"}").getBytes(StandardCharsets.UTF_8));
		assertThat(response.statusCode()).isBetween(200, 204);
	}

	private static JsonNode assertProblem(HttpResponse<byte[]> response, int status, String error) {
		assertThat(response.statusCode()).isEqualTo(status);
		assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
		JsonNode problem = RunningSample.json(response);
		assertThat(problem.get("status").asInt()).isEqualTo(status);
		assertThat(problem.get("error").asString()).isEqualTo(error);
		assertThat(problem.get("detail").asString()).isNotBlank();
		return problem;
	}

	private static byte[] photograph() throws IOException {
		try (InputStream in = TroubledSampleIntegrationTests.class.getResourceAsStream("/data/hubble_deep_field.jpg")) {
			return in.readAllBytes();
		}
	}

}
