package io.github.workerpool.sample;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

import javax.imageio.ImageIO;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for the packaged sample as anyone would run it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SampleIntegrationTests {

	private static final String PROBLEM = "application/problem+json";

	private RunningSample sample;

	private byte[] photograph;

	@BeforeAll
	void start(@TempDir Path directory) throws IOException {
		this.photograph = data("hubble_deep_field.jpg");
		// All that is asked for at once takes a while on a busy machine
		this.sample = RunningSample.start(directory, "--workerpool.defaults.queue.timeout=2m",
				"--workerpool.defaults.task.timeout=2m");
	}

	@AfterAll
	void stop() throws InterruptedException {
		if (this.sample != null) {
			this.sample.close();
		}
	}

	// The middle one is what curl says of a body unless it is told otherwise
	@ParameterizedTest
	@ValueSource(strings = { "image/jpeg", "application/x-www-form-urlencoded", "application/octet-stream" })
	void photographComesBackResizedByAWorker(String type) throws Exception {
		HttpResponse<byte[]> response = this.sample.post("/images/resize?width=300", type, this.photograph);
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.headers().firstValue("Content-Type")).hasValue("image/jpeg");
		assertThat(response.headers().firstValue("X-Worker")).get().asString().startsWith("images-");
		assertSize(response.body(), 300, 262);
	}

	@Test
	void uploadedPhotographComesBackAsAskedFor() throws Exception {
		HttpResponse<byte[]> response = this.sample.upload("/images/resize?width=200&height=100&fit=cover&format=png",
				Map.of("photo.jpg", this.photograph));
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.headers().firstValue("Content-Type")).hasValue("image/png");
		assertSize(response.body(), 200, 100);
	}

	@Test
	void manyPhotographsAtOnceAreAllResized() {
		List<CompletableFuture<HttpResponse<byte[]>>> responses = IntStream.range(0, 20)
			.mapToObj((index) -> this.sample.postLater("/images/resize?height=" + (50 + index), "image/jpeg",
					this.photograph))
			.toList();
		assertThat(responses).allSatisfy((response) -> assertThat(response.join().statusCode()).isEqualTo(200));
	}

	@Test
	void whatIsNoImageIsRefusedNamingTheFormats() throws Exception {
		HttpResponse<byte[]> response = this.sample.post("/images/resize?width=300", "image/jpeg",
				data("birdstrikes.csv"));
		assertThat(response.statusCode()).isEqualTo(400);
		assertThat(response.headers().firstValue("Content-Type")).hasValue(PROBLEM);
		assertThat(RunningSample.json(response).get("detail").asString()).contains("JPEG", "PNG", "GIF");
	}

	@Test
	void oneBadImageOfABatchCostsOnlyItself() throws Exception {
		Map<String, byte[]> files = new LinkedHashMap<>();
		files.put("one.jpg", this.photograph);
		files.put("bad.jpg", "no image".getBytes(StandardCharsets.UTF_8));
		files.put("two.jpg", this.photograph);
		HttpResponse<byte[]> response = this.sample.upload("/images/batch", files);
		assertThat(response.statusCode()).isEqualTo(200);
		JsonNode entries = RunningSample.json(response);
		assertThat(entries.valueStream().map((entry) -> entry.get("name").asString())).containsExactly("one.jpg",
				"bad.jpg", "two.jpg");
		assertThat(entries.valueStream().map((entry) -> entry.path("height").asInt(0))).containsExactly(174, 0, 174);
		assertThat(entries.get(1).get("error").asString()).contains("JPEG");
	}

	@Test
	void fibonacciNumberIsComputedByAWorker() throws Exception {
		JsonNode answer = this.sample.getJson("/fibonacci/30");
		assertThat(answer.get("n").asInt()).isEqualTo(30);
		assertThat(answer.get("result").asLong()).isEqualTo(832040);
		assertThat(answer.get("worker").asString()).startsWith("math-");
		assertThat(answer.get("isolation").asString()).isEqualTo("THREAD");
		assertThat(answer.get("millis").asLong()).isNotNegative();
	}

	@Test
	void passwordIsHashed() throws Exception {
		HttpResponse<byte[]> response = this.sample.post("/passwords", "application/json",
				"{\"password\":\"correct horse\"}".getBytes(StandardCharsets.UTF_8));
		assertThat(response.statusCode()).isEqualTo(200);
		String hash = RunningSample.json(response).get("hash").asString();
		assertThat(new BCryptPasswordEncoder().matches("correct horse", hash)).isTrue();
	}

	@Test
	void birdStrikesAreSummarized() throws Exception {
		JsonNode summary = RunningSample.json(this.sample.post("/csv/summary", "text/csv", data("birdstrikes.csv")));
		assertThat(summary.get("rows").asLong()).isEqualTo(10_000);
		JsonNode speed = summary.get("columns").get("Speed IAS in knots");
		assertThat(speed.get("count").asLong()).isEqualTo(7164);
		assertThat(speed.get("missing").asLong()).isEqualTo(2836);
		assertThat(speed.get("min").asDouble()).isEqualTo(0);
		assertThat(speed.get("max").asDouble()).isEqualTo(350);
		assertThat(speed.get("mean").asDouble()).isCloseTo(153.535176, within(1e-6));
		JsonNode size = summary.get("columns").get("Wildlife Size");
		assertThat(size.get("distinct").asInt()).isEqualTo(3);
		assertThat(size.get("top").size()).isEqualTo(3);
	}

	@Test
	void weatherTableIsSummarized() throws Exception {
		JsonNode summary = RunningSample
			.json(this.sample.post("/csv/summary", "text/csv; charset=UTF-8", data("seattle-weather.csv")));
		assertThat(summary.get("rows").asLong()).isEqualTo(1461);
		assertThat(summary.get("columns").get("temp_max").get("max").asDouble()).isEqualTo(35.6);
		assertThat(summary.get("columns").get("weather").get("top").get(0).get("value").asString()).isEqualTo("rain");
	}

	@Test
	void jsonIsSummarized() throws Exception {
		HttpResponse<byte[]> response = this.sample.post("/json/summary", "application/json",
				"[{\"a\":1,\"b\":\"x\"},{\"a\":3}]".getBytes(StandardCharsets.UTF_8));
		JsonNode columns = RunningSample.json(response).get("columns");
		assertThat(columns.get("a").get("mean").asDouble()).isEqualTo(2);
		assertThat(columns.get("b").get("missing").asLong()).isEqualTo(1);
	}

	@Test
	void bodyIsCompressed() throws Exception {
		byte[] csv = data("birdstrikes.csv");
		HttpResponse<byte[]> gzip = this.sample.post("/compress?format=gzip", "text/csv", csv);
		assertThat(gzip.headers().firstValue("Content-Type")).hasValue("application/gzip");
		assertThat(gzip.body().length).isLessThan(csv.length / 2);
		assertThat(new GZIPInputStream(new ByteArrayInputStream(gzip.body())).readAllBytes()).isEqualTo(csv);
		HttpResponse<byte[]> deflate = this.sample.post("/compress?format=deflate", "text/csv", csv);
		assertThat(new InflaterInputStream(new ByteArrayInputStream(deflate.body())).readAllBytes()).isEqualTo(csv);
	}

	@Test
	void primesAreCounted() throws Exception {
		JsonNode answer = this.sample.getJson("/primes?upTo=10000000");
		assertThat(answer.get("upTo").asInt()).isEqualTo(10_000_000);
		assertThat(answer.get("count").asLong()).isEqualTo(664_579);
		assertThat(answer.get("millis").asLong()).isNotNegative();
	}

	@Test
	void numbersAreSorted() throws Exception {
		JsonNode answer = this.sample.getJson("/sort?n=1000000");
		assertThat(answer.get("n").asInt()).isEqualTo(1_000_000);
		assertThat(answer.get("sorted").asBoolean()).isTrue();
	}

	@Test
	void weatherIsPredicted() throws Exception {
		JsonNode forecast = this.sample.getJson("/weather/predict?month=7&tempMax=30");
		assertThat(forecast.get("weather").asString()).isEqualTo("sun");
		assertThat(forecast.get("probability").asDouble()).isBetween(0.5, 1.0);
		assertThat(forecast.get("probabilities").size()).isEqualTo(5);
		assertThat(forecast.get("worker").asString()).startsWith("data-");
	}

	@Test
	void threadKeepsTickingWhileAWorkerComputes() throws Exception {
		JsonNode answer = this.sample.getJson("/demo/responsiveness");
		assertThat(answer.get("ticks").asInt()).isPositive();
		assertThat(answer.get("longestPauseMillis").asDouble()).isPositive();
		assertThat(answer.get("millis").asLong()).isPositive();
	}

	@Test
	void pooledTasksAreComparedWithSequentialOnes() throws Exception {
		JsonNode answer = this.sample.getJson("/demo/speedup?tasks=4");
		assertThat(answer.get("tasks").asInt()).isEqualTo(4);
		assertThat(answer.get("sequentialMillis").asLong()).isPositive();
		assertThat(answer.get("pooledMillis").asLong()).isPositive();
		assertThat(answer.get("speedup").asDouble()).isPositive();
	}

	@Test
	void sharedCounterIsExactForThreadsAndForChildJvms() throws Exception {
		JsonNode answer = this.sample.getJson("/demo/counter?workers=4&increments=100000");
		assertThat(answer.get("thread").asInt()).isEqualTo(400_000);
		assertThat(answer.get("process").asInt()).isEqualTo(400_000);
		assertThat(answer.get("unsynchronized").asInt()).isBetween(2, 400_000);
		assertThat(answer.get("millis").asLong()).isPositive();
	}

	@Test
	void payloadGoesToAChildJvmAndBackInEachWay() throws Exception {
		JsonNode answer = this.sample.getJson("/demo/transfer?mebibytes=64");
		assertThat(answer.propertyNames()).containsExactly("copiedMillis", "transferredMillis", "sharedMillis");
		assertThat(answer.values()).allSatisfy((millis) -> assertThat(millis.asDouble()).isPositive());
	}

	@Test
	void childJvmsTalkToEachOther() throws Exception {
		List<String> lines = this.sample.getJson("/demo/chat").valueStream().map(JsonNode::asString).toList();
		assertThat(lines).hasSizeBetween(4, 16).allMatch((line) -> line.matches("(ada|bob): .+"));
		assertThat(lines.get(0)).contains("think of a number");
		assertThat(lines.get(2)).isEqualTo("bob: 50?");
		assertThat(lines.get(lines.size() - 1)).isEqualTo("ada: right");
		assertThat(lines.stream().limit(2).map((line) -> line.replaceAll("\\D+", " ").trim().split(" ")[0]))
			.doesNotHaveDuplicates();
	}

	@ParameterizedTest
	@CsvSource({ "oom, 500, ResourceLimitExceededException, limit, HEAP",
			"exit, 500, WorkerCrashedException, exit, exit code 3", "spin, 504, TaskTimeoutException, phase, RUNNING",
			"stack, 500, ResourceLimitExceededException, limit, STACK",
			"segfault, 500, WorkerCrashedException, exit, SIGSEGV" })
	void hostileWorkCostsOneRequest(String name, int status, String error, String property, String value)
			throws Exception {
		CompletableFuture<HttpResponse<byte[]>> hostile = this.sample.getLater("/demo/hostile/" + name);
		do {
			assertThat(this.sample.get("/fibonacci/20").statusCode()).isEqualTo(200);
		}
		while (!hostile.isDone());
		HttpResponse<byte[]> response = hostile.join();
		assertThat(response.statusCode()).isEqualTo(status);
		assertThat(response.headers().firstValue("Content-Type")).hasValue(PROBLEM);
		JsonNode problem = RunningSample.json(response);
		assertThat(problem.get("error").asString()).isEqualTo(error);
		assertThat(problem.get(property).asString()).contains(value);
		assertThat(this.sample.post("/images/resize?width=30", "image/jpeg", this.photograph).statusCode())
			.isEqualTo(200);
	}

	@Test
	void poolsAreSeenFromOutside() throws Exception {
		this.sample.get("/fibonacci/10");
		JsonNode pools = this.sample.getJson("/actuator/workerpool").get("pools");
		assertThat(pools.propertyNames()).containsExactlyInAnyOrder("data", "images", "math", "passwords");
		assertThat(pools.get("math").get("state").asString()).isEqualTo("RUNNING");
		assertThat(pools.get("math").get("tasks").get("succeeded").asLong()).isPositive();
		assertThat(pools.get("images").get("isolation").asString()).isEqualTo("PROCESS");
		JsonNode worker = this.sample.getJson("/actuator/workerpool/images").get("workers").get("list").get(0);
		assertThat(worker.get("pid").asLong()).isPositive();
		JsonNode math = this.sample.getJson("/actuator/workerpool/math");
		assertThat(math.get("settings").get("queue.capacity").asInt()).isEqualTo(200);
		assertThat(this.sample.get("/actuator/workerpool/nope").statusCode()).isEqualTo(404);
		assertThat(this.sample.getJson("/actuator/health").get("components").get("workerPool").get("status").asString())
			.isEqualTo("UP");
		assertThat(this.sample.get("/actuator/metrics/workerpool.workers").statusCode()).isEqualTo(200);
		assertThat(new String(this.sample.get("/actuator/prometheus").body(), StandardCharsets.UTF_8))
			.contains("workerpool_tasks_submitted", "workerpool_queue_size");
	}

	@Test
	void poolsAreNotChangedByStrangers() throws Exception {
		HttpResponse<byte[]> response = this.sample.post("/actuator/workerpool/math", "application/json",
				"{\"action\":\"pause\"}".getBytes(StandardCharsets.UTF_8));
		assertThat(response.statusCode()).isEqualTo(405);
		assertThat(this.sample.getJson("/actuator/workerpool/math").get("state").asString()).isEqualTo("RUNNING");
	}

	@Test
	void bodyThatIsTooLargeIsRefused() throws Exception {
		byte[] large = new byte[21 * 1024 * 1024];
		HttpResponse<byte[]> plain = this.sample.post("/compress", "application/octet-stream", large);
		HttpResponse<byte[]> chunked = this.sample.post("/compress", "application/octet-stream",
				BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large)));
		HttpResponse<byte[]> upload = this.sample.upload("/images/resize?width=1", Map.of("large.jpg", large));
		assertThat(List.of(plain, chunked, upload)).allSatisfy((response) -> {
			assertThat(response.statusCode()).isEqualTo(413);
			assertThat(response.headers().firstValue("Content-Type")).hasValue(PROBLEM);
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "/fibonacci/99", "/primes?upTo=-1", "/sort?n=x", "/weather/predict?tempMax=1",
			"/demo/counter?workers=9", "/demo/counter?increments=-1", "/demo/transfer?mebibytes=65",
			"/demo/transfer?mebibytes=much" })
	void badParametersAreBadRequests(String path) throws Exception {
		HttpResponse<byte[]> response = this.sample.get(path);
		assertThat(response.statusCode()).isEqualTo(400);
		assertThat(response.headers().firstValue("Content-Type")).hasValue(PROBLEM);
		assertThat(RunningSample.json(response).get("detail").asString()).isNotBlank();
	}

	@Test
	void thereIsAPageToTryThingsOut() throws Exception {
		HttpResponse<byte[]> response = this.sample.get("/");
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(new String(response.body(), StandardCharsets.UTF_8)).contains("<form id=\"resize\">");
	}

	private static void assertSize(byte[] image, int width, int height) throws IOException {
		BufferedImage decoded = ImageIO.read(new ByteArrayInputStream(image));
		assertThat(decoded).isNotNull();
		assertThat(List.of(decoded.getWidth(), decoded.getHeight())).containsExactly(width, height);
	}

	private static byte[] data(String name) throws IOException {
		try (InputStream in = SampleIntegrationTests.class.getResourceAsStream("/data/" + name)) {
			return in.readAllBytes();
		}
	}

}
