package io.github.workerpool.actuate;

import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.github.workerpool.PoolState;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.actuate.WorkerPoolEndpoint.PoolDescriptor;
import io.github.workerpool.actuate.WorkerPoolEndpointWebExtension.ProblemDescriptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.then;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;

/**
 * Tests for {@link WorkerPoolEndpoint} and {@link WorkerPoolEndpointWebExtension}.
 */
class WorkerPoolEndpointTests {

	private final WorkerPool pool = PoolSnapshots.pool(PoolSnapshots.images());

	private final WorkerPoolEndpoint endpoint = endpoint(Show.NEVER);

	@Test
	void allPoolsAreShownInBrief() {
		WorkerPool other = PoolSnapshots.pool(PoolSnapshots.of("csv", PoolState.DEGRADED, "in back-off"));
		WorkerPoolEndpoint endpoint = new WorkerPoolEndpoint(PoolSnapshots.pools(this.pool, other),
				(name, taskId) -> false, List.of(), Show.NEVER);
		Map<String, PoolDescriptor> pools = endpoint.pools().pools();
		assertThat(pools.keySet()).containsExactly("csv", "images");
		assertThat(pools.get("csv").state()).isEqualTo("DEGRADED");
		assertThat(pools.get("csv").reason()).isEqualTo("in back-off");
		PoolDescriptor images = pools.get("images");
		assertThat(images.reason()).isNull();
		assertThat(images.workers().list()).isNull();
		assertThat(images.settings()).isNull();
		assertThat(images.timings()).isNull();
		assertThat(images.lastCrash()).isNull();
	}

	@Test
	void onePoolIsShownInDetail() {
		PoolDescriptor images = this.endpoint.pool("images");
		assertThat(images).isNotNull();
		assertThat(images.workers().list()).hasSize(2);
		assertThat(images.workers().list().get(0).currentTask().name()).isEqualTo("resize");
		assertThat(images.timings().getWait().p95()).isEqualTo(2);
		assertThat(images.timings().getRun().max()).isEqualTo(8);
		assertThat(images.lastCrash().exitCode()).isEqualTo(137);
		assertThat(images.lastCrash().attempts()).hasSize(1);
	}

	@Test
	void unknownPoolIsNotShown() {
		assertThat(this.endpoint.pool("csv")).isNull();
		assertThat(this.endpoint.change("csv", "pause", null, null)).isNull();
		assertThat(this.endpoint.cancel("csv", "csv-1")).isFalse();
	}

	@Test
	void settingsThatMayBeSecretAreHiddenAndOthersShown() {
		Map<String, Object> settings = this.endpoint.pool("images").settings();
		assertThat(settings).containsEntry("queue.capacity", 1000)
			.containsEntry("isolation", "PROCESS")
			.containsEntry("skipped", List.of("task.copy-arguments"))
			.containsEntry("process.environment", Map.of("DB_PASSWORD", "******"))
			.containsEntry("process.jvm-args", List.of("******", "******"));
	}

	@Test
	void settingsThatMayBeSecretAreShownIfTold() {
		Map<String, Object> settings = endpoint(Show.ALWAYS).pool("images").settings();
		assertThat(settings).containsEntry("process.environment", Map.of("DB_PASSWORD", "secret1"))
			.containsEntry("process.jvm-args", List.of("-Xss1m", "-Dpassword=secret2"));
	}

	@Test
	void sanitizingFunctionsSeeFullKeys() {
		SanitizingFunction function = (
				data) -> data.getKey().contains("PASSWORD") || data.getKey().endsWith("queue.capacity")
						? data.withValue("hidden " + data.getKey()) : data;
		Map<String, Object> settings = new WorkerPoolEndpoint(PoolSnapshots.pools(this.pool), (name, id) -> false,
				List.of(function), Show.ALWAYS)
			.pool("images")
			.settings();
		assertThat(settings)
			.containsEntry("process.environment",
					Map.of("DB_PASSWORD", "hidden workerpool.pools.images.process.environment.DB_PASSWORD"))
			.containsEntry("queue.capacity", "hidden workerpool.pools.images.queue.capacity");
	}

	@Test
	void actionsReachThePool() {
		this.endpoint.change("images", "pause", null, null);
		then(this.pool).should().pause();
		this.endpoint.change("images", "resume", null, null);
		then(this.pool).should().resume();
		this.endpoint.change("images", "recycle", null, null);
		then(this.pool).should().recycle();
		this.endpoint.change("images", "restart", null, null);
		then(this.pool).should().restart();
		this.endpoint.change("images", "cancel-queued", null, null);
		then(this.pool).should().cancelQueued();
	}

	@Test
	void actionAnswersWithThePool() {
		assertThat(this.endpoint.change("images", "pause", null, null).state()).isEqualTo("RUNNING");
	}

	@Test
	void sizesReachThePool() {
		this.endpoint.change("images", null, 3, 8);
		then(this.pool).should().resize(3, 8);
	}

	@Test
	void sizeThatIsNotGivenStays() {
		this.endpoint.change("images", null, null, 8);
		then(this.pool).should().resize(2, 8);
		this.endpoint.change("images", null, 1, null);
		then(this.pool).should().resize(1, 4);
	}

	@ParameterizedTest
	@ValueSource(strings = { "explode", "PAUSE", "", "cancelQueued" })
	void unknownActionIsRefusedWithThoseThereAre(String action) {
		assertThatExceptionOfType(InvalidEndpointRequestException.class)
			.isThrownBy(() -> this.endpoint.change("images", action, null, null))
			.withMessage("'action' must be one of 'pause', 'resume', 'recycle', 'restart', 'cancel-queued', but is '"
					+ action + "'");
	}

	@Test
	void requestWithoutAnythingIsRefused() {
		assertThatExceptionOfType(InvalidEndpointRequestException.class)
			.isThrownBy(() -> this.endpoint.change("images", null, null, null))
			.withMessageContaining("'pause'")
			.withMessageContaining("'minSize' and 'maxSize'");
	}

	@Test
	void actionAndSizesAtOnceAreRefused() {
		assertThatExceptionOfType(InvalidEndpointRequestException.class)
			.isThrownBy(() -> this.endpoint.change("images", "pause", 1, 2))
			.withMessageContaining("not both");
		then(this.pool).should(never()).pause();
		then(this.pool).should(never()).resize(anyInt(), anyInt());
	}

	@Test
	void sizesThatMakeNoSenseAreRefusedWithThePoolsReason() {
		willThrow(new IllegalArgumentException("the minimum is above the maximum")).given(this.pool).resize(9, 8);
		assertThatExceptionOfType(InvalidEndpointRequestException.class)
			.isThrownBy(() -> this.endpoint.change("images", null, 9, 8))
			.withMessage("the minimum is above the maximum");
	}

	@Test
	void webExtensionTellsOutcomesByStatus() {
		WorkerPoolEndpointWebExtension web = web(Show.NEVER, Set.of());
		SecurityContext nobody = SecurityContext.NONE;
		assertThat(web.pool(nobody, "images").getStatus()).isEqualTo(200);
		assertProblem(web.pool(nobody, "csv"), 404, "There is no pool 'csv'");
		assertProblem(web.change("csv", "pause", null, null), 404, "There is no pool 'csv'");
		assertProblem(web.change("images", "explode", null, null), 400, "'action' must be one of");
		assertThat(web.change("images", "pause", null, null).getStatus()).isEqualTo(200);
		assertThat(web.cancel("images", "images-10").getStatus()).isEqualTo(204);
		assertThat(web.cancel("images", "images-10").getBody()).isNull();
		assertProblem(web.cancel("images", "images-11"), 404, "'images-11'");
		assertProblem(web.cancel("csv", "images-10"), 404, "'csv'");
	}

	@Test
	void webExtensionTellsThatAPoolCanNotDoThatNow() {
		willThrow(new IllegalStateException("Pool 'images' is closed")).given(this.pool).restart();
		assertProblem(web(Show.NEVER, Set.of()).change("images", "restart", null, null), 409,
				"Pool 'images' is closed");
	}

	@Test
	void webExtensionShowsSecretsToThoseWhoMaySeeThem() {
		SecurityContext ada = mock();
		given(ada.getPrincipal()).willReturn(mock(Principal.class));
		given(ada.isUserInRole("ops")).willReturn(true);
		assertThat(environment(web(Show.WHEN_AUTHORIZED, Set.of("ops")), ada)).containsEntry("DB_PASSWORD", "secret1");
		assertThat(environment(web(Show.WHEN_AUTHORIZED, Set.of()), ada)).containsEntry("DB_PASSWORD", "secret1");
		assertThat(environment(web(Show.WHEN_AUTHORIZED, Set.of("root")), ada)).containsEntry("DB_PASSWORD", "******");
		assertThat(environment(web(Show.WHEN_AUTHORIZED, Set.of()), SecurityContext.NONE)).containsEntry("DB_PASSWORD",
				"******");
		assertThat(environment(web(Show.NEVER, Set.of()), ada)).containsEntry("DB_PASSWORD", "******");
		assertThat(environment(web(Show.ALWAYS, Set.of()), SecurityContext.NONE)).containsEntry("DB_PASSWORD",
				"secret1");
	}

	private static void assertProblem(WebEndpointResponse<Object> response, int status, String message) {
		assertThat(response.getStatus()).isEqualTo(status);
		assertThat(response.getBody()).isInstanceOfSatisfying(ProblemDescriptor.class, (problem) -> {
			assertThat(problem.status()).isEqualTo(status);
			assertThat(problem.message()).contains(message);
		});
	}

	private static Map<String, Object> environment(WorkerPoolEndpointWebExtension web,
			SecurityContext securityContext) {
		PoolDescriptor descriptor = (PoolDescriptor) web.pool(securityContext, "images").getBody();
		@SuppressWarnings("unchecked")
		Map<String, Object> environment = (Map<String, Object>) descriptor.settings().get("process.environment");
		return environment;
	}

	private WorkerPoolEndpointWebExtension web(Show show, Set<String> roles) {
		return new WorkerPoolEndpointWebExtension(endpoint(show), show, roles);
	}

	private WorkerPoolEndpoint endpoint(Show show) {
		return new WorkerPoolEndpoint(PoolSnapshots.pools(this.pool),
				(name, taskId) -> name.equals("images") && taskId.equals("images-10"), List.of(), show);
	}

}
