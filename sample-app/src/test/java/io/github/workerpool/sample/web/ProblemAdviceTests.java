package io.github.workerpool.sample.web;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

import io.github.workerpool.CrashReport;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.ResourceLimitExceededException;
import io.github.workerpool.TaskTimeoutException;
import io.github.workerpool.WorkerCrashedException;
import io.github.workerpool.WorkerStartException;
import io.github.workerpool.sample.InvalidInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.multipart.MultipartException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ProblemAdvice}.
 */
class ProblemAdviceTests {

	private Supplier<RuntimeException> failure = IllegalStateException::new;

	private final MockMvcTester mvc = MockMvcTester.of(List.of(new FailingController()),
			(builder) -> builder.setControllerAdvice(new ProblemAdvice()).build());

	@ParameterizedTest
	@EnumSource(RejectedTaskException.Reason.class)
	void rejectionIsUnavailableAndSaysWhenToRetry(RejectedTaskException.Reason reason) {
		MvcTestResult result = request(() -> new RejectedTaskException(reason, "no room"));
		assertProblem(result, HttpStatus.SERVICE_UNAVAILABLE, "RejectedTaskException", "no room");
		assertThat(result).bodyJson().extractingPath("$.reason").isEqualTo(reason.name());
		assertThat(Integer.parseInt(result.getResponse().getHeader(HttpHeaders.RETRY_AFTER))).isPositive();
	}

	@Test
	void cancellationIsUnavailable() {
		MvcTestResult result = request(() -> new CancellationException("stopped"));
		assertProblem(result, HttpStatus.SERVICE_UNAVAILABLE, "CancellationException", "stopped");
		assertThat(result).containsHeader(HttpHeaders.RETRY_AFTER);
	}

	@ParameterizedTest
	@EnumSource(TaskTimeoutException.Phase.class)
	void timeoutIsAGatewayTimeout(TaskTimeoutException.Phase phase) {
		MvcTestResult result = request(() -> new TaskTimeoutException(phase, "5s are over"));
		assertProblem(result, HttpStatus.GATEWAY_TIMEOUT, "TaskTimeoutException", "5s are over");
		assertThat(result).bodyJson().extractingPath("$.phase").isEqualTo(phase.name());
	}

	@Test
	void limitIsNamed() {
		MvcTestResult result = request(
				() -> new ResourceLimitExceededException(ResourceLimitExceededException.Limit.HEAP, "full", null));
		assertProblem(result, HttpStatus.INTERNAL_SERVER_ERROR, "ResourceLimitExceededException", "full");
		assertThat(result).bodyJson().extractingPath("$.limit").isEqualTo("HEAP");
	}

	@Test
	void crashSaysHowTheWorkerEnded() {
		MvcTestResult result = request(
				() -> new WorkerCrashedException("worker died", new CrashReport("images", "images-w1", "resize", "1",
						4711L, 137, "killed by signal 9 (SIGKILL)", List.of(), null, Instant.EPOCH, List.of())));
		assertProblem(result, HttpStatus.INTERNAL_SERVER_ERROR, "WorkerCrashedException", "worker died");
		assertThat(result).bodyJson().extractingPath("$.exit").isEqualTo("killed by signal 9 (SIGKILL)");
	}

	@Test
	void otherErrorsOfThePoolAreNamed() {
		MvcTestResult result = request(() -> new WorkerStartException("no java", null));
		assertProblem(result, HttpStatus.INTERNAL_SERVER_ERROR, "WorkerStartException", "no java");
	}

	@Test
	void badInputIsABadRequest() {
		MvcTestResult result = request(() -> new InvalidInputException("'n' is wrong"));
		assertThat(result).hasStatus(HttpStatus.BAD_REQUEST)
			.hasContentType(MediaType.APPLICATION_PROBLEM_JSON)
			.bodyJson()
			.extractingPath("$.detail")
			.isEqualTo("'n' is wrong");
	}

	@Test
	void brokenMultipartIsABadRequest() {
		assertThat(request(() -> new MultipartException("no boundary"))).hasStatus(HttpStatus.BAD_REQUEST);
	}

	@Test
	void anythingElseIsKeptToOurselves() {
		MvcTestResult result = request(() -> new IllegalStateException("the password is 1234"));
		assertThat(result).hasStatus(HttpStatus.INTERNAL_SERVER_ERROR)
			.hasContentType(MediaType.APPLICATION_PROBLEM_JSON)
			.bodyText()
			.doesNotContain("1234");
	}

	@Test
	void failedFuturesAreTheSame() {
		this.failure = () -> new TaskTimeoutException(TaskTimeoutException.Phase.RUNNING, "5s are over");
		assertProblem(this.mvc.get().uri("/later").exchange(), HttpStatus.GATEWAY_TIMEOUT, "TaskTimeoutException",
				"5s are over");
	}

	private MvcTestResult request(Supplier<RuntimeException> failure) {
		this.failure = failure;
		return this.mvc.get().uri("/now").exchange();
	}

	private static void assertProblem(MvcTestResult result, HttpStatus status, String error, String detail) {
		assertThat(result).hasStatus(status).hasContentType(MediaType.APPLICATION_PROBLEM_JSON);
		assertThat(result).bodyJson().extractingPath("$.error").isEqualTo(error);
		assertThat(result).bodyJson().extractingPath("$.detail").isEqualTo(detail);
	}

	@RestController
	private final class FailingController {

		@GetMapping("/now")
		String now() {
			throw ProblemAdviceTests.this.failure.get();
		}

		@GetMapping("/later")
		CompletionStage<String> later() {
			return CompletableFuture.supplyAsync(() -> "input").thenApply((input) -> {
				throw ProblemAdviceTests.this.failure.get();
			});
		}

	}

}
