package io.github.workerpool.autoconfigure;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.github.workerpool.PoolState;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.WorkerPools;
import org.json.JSONException;
import org.json.JSONObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.skyscreamer.jsonassert.JSONAssert;
import org.skyscreamer.jsonassert.JSONCompareMode;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What an application shows of its pools over HTTP, with everything that is on the class
 * path auto-configured.
 */
@ParameterizedClass
@EnumSource(names = { "SERVLET", "REACTIVE" })
class ActuatorIntegrationTests {

	private static final List<String> PROPERTIES = List.of("server.port=0", "spring.main.banner-mode=off",
			"management.endpoint.health.show-details=always", "workerpool.defaults.size=1",
			"workerpool.defaults.queue.capacity=7", "workerpool.defaults.process.environment.PASSWORD=hunter2",
			"workerpool.pools.images.idle-timeout=2m");

	private static final Map<String, ConfigurableApplicationContext> contexts = new HashMap<>();

	private final WebApplicationType type;

	private ConfigurableApplicationContext context;

	ActuatorIntegrationTests(WebApplicationType type) {
		this.type = type;
	}

	@AfterParameterizedClassInvocation
	static void close() {
		contexts.values().forEach(ConfigurableApplicationContext::close);
		contexts.clear();
	}

	@Test
	void allPoolsAreShown() throws Exception {
		useReadOnly();
		assertThat(pool("images").submit(() -> 1).get(30, TimeUnit.SECONDS)).isOne();
		await().untilAsserted(() -> JSONAssert.assertEquals("""
				{"pools": {
				  "default": {
				    "state": "RUNNING", "isolation": "THREAD",
				    "workers": {"min": 1, "max": 1, "alive": 0, "idle": 0, "busy": 0, "starting": 0, "abandoned": 0},
				    "queue": {"size": 0, "capacity": 7, "oldestWaitMillis": 0},
				    "tasks": {"submitted": 0, "succeeded": 0, "failed": 0, "rejected": 0, "timedOut": 0,
				      "cancelled": 0, "crashed": 0},
				    "restarts": 0, "recycled": 0, "utilization": 0.0},
				  "images": {
				    "state": "RUNNING", "isolation": "THREAD",
				    "workers": {"min": 1, "max": 1, "alive": 1, "idle": 1, "busy": 0, "starting": 0, "abandoned": 0},
				    "queue": {"size": 0, "capacity": 7, "oldestWaitMillis": 0},
				    "tasks": {"submitted": 1, "succeeded": 1, "failed": 0, "rejected": 0, "timedOut": 0,
				      "cancelled": 0, "crashed": 0},
				    "restarts": 0, "recycled": 0}}}
				""", withoutUtilization(get("/actuator/workerpool").body()), JSONCompareMode.STRICT));
	}

	@Test
	void onePoolIsShownInDetail() throws Exception {
		useUnrestricted();
		CountDownLatch running = new CountDownLatch(1);
		CountDownLatch release = new CountDownLatch(1);
		TaskFuture<?> future = pool("shown").submit(() -> {
			running.countDown();
			release.await();
			return null;
		}, TaskOptions.none().withName("resize"));
		assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
		HttpResponse<String> response = get("/actuator/workerpool/shown");
		release.countDown();
		assertThat(response.statusCode()).isEqualTo(200);
		JsonNode pool = json(response);
		assertThat(pool.propertyNames()).containsExactlyInAnyOrder("state", "isolation", "workers", "queue", "tasks",
				"restarts", "recycled", "utilization", "timings", "settings");
		JsonNode worker = pool.at("/workers/list/0");
		assertThat(worker.get("state").asString()).isEqualTo("BUSY");
		assertThat(worker.get("startedAt").asString()).matches("\\d{4}-\\d\\d-\\d\\dT.*Z");
		assertThat(worker.at("/currentTask/id").asString()).isEqualTo(future.id());
		assertThat(worker.at("/currentTask/name").asString()).isEqualTo("resize");
		assertThat(worker.at("/currentTask/runningMillis").isNumber()).isTrue();
		assertThat(pool.get("timings").propertyNames()).containsExactlyInAnyOrder("wait", "run");
		assertThat(pool.at("/timings/wait").propertyNames()).containsExactlyInAnyOrder("p50", "p95", "p99", "max");
		assertThat(pool.at("/settings/queue.capacity").asInt()).isEqualTo(7);
		assertThat(pool.at("/settings/skipped/0").asString()).isEqualTo("process.environment");
	}

	@Test
	void unknownPoolIsNotFound() throws Exception {
		useUnrestricted();
		assertProblem(get("/actuator/workerpool/csv"), 404, "There is no pool 'csv'");
		assertProblem(post("csv", "{\"action\": \"pause\"}"), 404, "There is no pool 'csv'");
		assertProblem(delete("csv", "csv-1"), 404, "'csv'");
	}

	@Test
	void endpointIsNotExposedByDefault() throws Exception {
		useDefaults();
		assertThat(get("/actuator/health").statusCode()).isEqualTo(200);
		assertThat(get("/actuator/workerpool").statusCode()).isEqualTo(404);
	}

	@Test
	void endpointIsReadOnlyByDefault() throws Exception {
		useReadOnly();
		assertThat(get("/actuator/workerpool").statusCode()).isEqualTo(200);
		assertThat(post("images", "{\"action\": \"pause\"}").statusCode()).isIn(404, 405);
		assertThat(delete("images", "images-1").statusCode()).isIn(404, 405);
		assertThat(pool("images").snapshot().state()).isEqualTo(PoolState.RUNNING);
	}

	@Test
	void actionsAreCarriedOut() throws Exception {
		useUnrestricted();
		WorkerPool pool = pool("acted-on");
		assertThat(post("acted-on", "{\"action\": \"pause\"}").statusCode()).isEqualTo(200);
		await().untilAsserted(() -> assertThat(pool.snapshot().state()).isEqualTo(PoolState.PAUSED));
		TaskFuture<?> queued = pool.submit(() -> 1);
		assertThat(post("acted-on", "{\"action\": \"cancel-queued\"}").statusCode()).isEqualTo(200);
		assertThat(queued.status()).isEqualTo(TaskStatus.CANCELLED);
		HttpResponse<String> resumed = post("acted-on", "{\"action\": \"resume\"}");
		assertThat(resumed.statusCode()).isEqualTo(200);
		assertThat(json(resumed).get("isolation").asString()).isEqualTo("THREAD");
		await().untilAsserted(() -> assertThat(pool.snapshot().state()).isEqualTo(PoolState.RUNNING));
		assertThat(post("acted-on", "{\"action\": \"recycle\"}").statusCode()).isEqualTo(200);
		await().untilAsserted(() -> assertThat(pool.snapshot().recycled()).isOne());
		assertThat(post("acted-on", "{\"action\": \"restart\"}").statusCode()).isEqualTo(200);
	}

	@Test
	void sizesAreChanged() throws Exception {
		useUnrestricted();
		assertThat(post("resized", "{\"minSize\": 2, \"maxSize\": 3}").statusCode()).isEqualTo(200);
		await().untilAsserted(() -> assertThat(pool("resized").snapshot().workers().alive()).isEqualTo(2));
		assertThat(pool("resized").snapshot().workers().max()).isEqualTo(3);
	}

	@Test
	void nonsenseIsRefusedAndExplained() throws Exception {
		useUnrestricted();
		assertProblem(post("images", "{\"action\": \"explode\"}"), 400, "'action' must be one of 'pause'");
		assertProblem(post("images", "{}"), 400, "Give 'action'");
		assertProblem(post("images", "{\"minSize\": 3, \"maxSize\": 2}"), 400, "size");
		assertProblem(post("images", "{\"action\": \"pause\", \"minSize\": 3}"), 400, "not both");
		assertThat(post("images", "{\"minSize\": \"many\"}").statusCode()).isEqualTo(400);
		assertThat(post("images", "{\"minSize\": ").statusCode()).isEqualTo(400);
		assertThat(pool("images").snapshot().state()).isEqualTo(PoolState.RUNNING);
		assertThat(pool("images").snapshot().workers().max()).isOne();
	}

	@Test
	void tasksAreCancelled() throws Exception {
		useUnrestricted();
		pool("cancelled").pause();
		TaskFuture<?> queued = pool("cancelled").submit(() -> 1);
		assertThat(delete("cancelled", queued.id()).statusCode()).isEqualTo(204);
		assertThat(queued.status()).isEqualTo(TaskStatus.CANCELLED);
		assertProblem(delete("cancelled", queued.id()), 404, "has no task '" + queued.id() + "'");
		pool("cancelled").resume();
	}

	@Test
	void secretsAreHidden() throws Exception {
		useReadOnly();
		assertThat(get("/actuator/workerpool/images").body()).contains("skipped").doesNotContain("hunter2");
	}

	@Test
	void healthHasEachPool() throws Exception {
		useUnrestricted();
		JsonNode health = json(get("/actuator/health/workerPool"));
		assertThat(health.at("/components/images/status").asString()).isEqualTo("UP");
		assertThat(health.at("/components/images/details/state").asString()).isEqualTo("RUNNING");
		assertThat(health.at("/components/images/details/workers/alive").asInt()).isOne();
		pool("ailing").close();
		HttpResponse<String> down = get("/actuator/health");
		assertThat(down.statusCode()).isEqualTo(503);
		assertThat(json(down).at("/components/workerPool/components/ailing/status").asString()).isEqualTo("DOWN");
	}

	@Test
	void metersAreShown() throws Exception {
		useUnrestricted();
		assertThat(pool("measured").submit(() -> 1).get(30, TimeUnit.SECONDS)).isOne();
		await().untilAsserted(() -> {
			JsonNode task = json(get("/actuator/metrics/workerpool.task?tag=pool:measured"));
			assertThat(task.at("/measurements/0/value").asInt()).isOne();
			assertThat(task.get("baseUnit").asString()).isEqualTo("seconds");
		});
		assertThat(get("/actuator/prometheus").body()).contains("workerpool_task_seconds_count{")
			.contains("workerpool_workers{pool=\"measured\",state=\"idle\"}");
	}

	@Test
	void virtualThreadsChangeNothing() throws Exception {
		useReadOnly();
		assertThat(get("/actuator/workerpool/images").statusCode()).isEqualTo(200);
		assertThat(this.context.containsBean("applicationTaskExecutor")).isTrue();
	}

	/** Has all operations, and for each test that changes a pool a pool of its own. */
	private void useUnrestricted() {
		use("unrestricted", "management.endpoints.web.exposure.include=health,metrics,prometheus,workerpool",
				"management.endpoint.workerpool.access=unrestricted", "workerpool.pools.acted-on.size=1",
				"workerpool.pools.resized.size=1", "workerpool.pools.cancelled.size=1", "workerpool.pools.shown.size=1",
				"workerpool.pools.measured.size=1", "workerpool.pools.ailing.size=1");
	}

	private void useReadOnly() {
		use("read-only", "management.endpoints.web.exposure.include=health,workerpool",
				"spring.threads.virtual.enabled=true", "management.endpoint.workerpool.show-values=when-authorized");
	}

	private void useDefaults() {
		use("defaults");
	}

	private void use(String name, String... properties) {
		this.context = contexts.computeIfAbsent(name,
				(key) -> new SpringApplicationBuilder(Application.class).web(this.type)
					.properties(Stream.concat(PROPERTIES.stream(), Stream.of(properties)).toArray(String[]::new))
					.run());
	}

	private WorkerPool pool(String name) {
		return this.context.getBean(WorkerPools.class).get(name);
	}

	private int port() {
		return ((WebServerApplicationContext) this.context).getWebServer().getPort();
	}

	private HttpResponse<String> get(String path) throws IOException, InterruptedException {
		return send(request(path).GET());
	}

	private HttpResponse<String> post(String pool, String body) throws IOException, InterruptedException {
		return send(request("/actuator/workerpool/" + pool).header("Content-Type", "application/json")
			.POST(BodyPublishers.ofString(body)));
	}

	private HttpResponse<String> delete(String pool, String taskId) throws IOException, InterruptedException {
		return send(request("/actuator/workerpool/" + pool + "/" + taskId).DELETE());
	}

	private HttpRequest.Builder request(String path) {
		return HttpRequest.newBuilder(URI.create("http://localhost:" + port() + path));
	}

	/**
	 * Each request has a connection of its own: one that follows an answer that did not
	 * wait for the request's body may get no answer on the same connection.
	 */
	private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
		HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
		return client.send(request.timeout(Duration.ofMinutes(1)).build(), BodyHandlers.ofString());
	}

	private static void assertProblem(HttpResponse<String> response, int status, String message) {
		assertThat(response.statusCode()).isEqualTo(status);
		JsonNode problem = json(response);
		assertThat(problem.get("status").asInt()).isEqualTo(status);
		assertThat(problem.get("message").asString()).contains(message);
	}

	private static JsonNode json(HttpResponse<String> response) {
		return JsonMapper.shared().readTree(response.body());
	}

	/** The one number nobody can foretell. */
	private static String withoutUtilization(String json) throws JSONException {
		JSONObject root = new JSONObject(json);
		Object utilization = root.getJSONObject("pools").getJSONObject("images").remove("utilization");
		assertThat(utilization).isInstanceOf(Number.class);
		return root.toString();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
