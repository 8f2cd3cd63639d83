package io.github.workerpool.sample.web;

import java.time.Duration;
import java.util.concurrent.CancellationException;

import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.ResourceLimitExceededException;
import io.github.workerpool.TaskTimeoutException;
import io.github.workerpool.WorkerCrashedException;
import io.github.workerpool.WorkerPoolException;
import io.github.workerpool.sample.InvalidInputException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.multipart.MultipartException;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;

/**
 * Turns errors into RFC 9457 problem details. Those of the pool carry the error's name in
 * {@code error}, and what is typed about it: the reason, the phase, the limit.
 */
@RestControllerAdvice
class ProblemAdvice extends ResponseEntityExceptionHandler {

	private static final Logger log = LoggerFactory.getLogger(ProblemAdvice.class);

	private static final Duration SOON = Duration.ofSeconds(1);

	/** A failed pool tries again by itself after its cool-down; a stopped one may be. */
	private static final Duration LATER = Duration.ofSeconds(30);

	@ExceptionHandler
	ResponseEntity<ProblemDetail> handle(RejectedTaskException ex) {
		ProblemDetail problem = problem(HttpStatus.SERVICE_UNAVAILABLE, "Too busy", ex);
		problem.setProperty("reason", ex.reason());
		Duration retryAfter = switch (ex.reason()) {
			case QUEUE_FULL, SHARE_EXCEEDED, WOULD_DEADLOCK -> SOON;
			case POOL_FAILED, NOT_RUNNING, CLOSED -> LATER;
		};
		return respond(problem, retryAfter);
	}

	@ExceptionHandler
	ResponseEntity<ProblemDetail> handle(CancellationException ex) {
		return respond(problem(HttpStatus.SERVICE_UNAVAILABLE, "Cancelled", ex), SOON);
	}

	@ExceptionHandler
	ProblemDetail handle(TaskTimeoutException ex) {
		ProblemDetail problem = problem(HttpStatus.GATEWAY_TIMEOUT, "Took too long", ex);
		problem.setProperty("phase", ex.phase());
		return problem;
	}

	@ExceptionHandler
	ProblemDetail handle(ResourceLimitExceededException ex) {
		ProblemDetail problem = problem(HttpStatus.INTERNAL_SERVER_ERROR, "Limit reached", ex);
		problem.setProperty("limit", ex.limit());
		return problem;
	}

	@ExceptionHandler
	ProblemDetail handle(WorkerCrashedException ex) {
		ProblemDetail problem = problem(HttpStatus.INTERNAL_SERVER_ERROR, "Worker died", ex);
		problem.setProperty("worker", ex.report().worker());
		problem.setProperty("exit", ex.report().exit());
		return problem;
	}

	/** Workers that can't start, values that can't cross, and what the future brings. */
	@ExceptionHandler
	ProblemDetail handle(WorkerPoolException ex) {
		return problem(HttpStatus.INTERNAL_SERVER_ERROR, "Worker pool failed", ex);
	}

	@ExceptionHandler
	ProblemDetail handle(InvalidInputException ex) {
		return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, ex.getMessage());
	}

	@ExceptionHandler
	ProblemDetail handle(MultipartException ex) {
		return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, "The multipart body can't be read");
	}

	@Override
	protected @Nullable ResponseEntity<Object> handleHttpMessageNotReadable(HttpMessageNotReadableException ex,
			HttpHeaders headers, HttpStatusCode status, WebRequest request) {
		ProblemDetail problem = ProblemDetail.forStatusAndDetail(status,
				"The body can't be read; it is missing, cut off, or no JSON of the expected form");
		return handleExceptionInternal(ex, problem, headers, status, request);
	}

	/** What is nobody's fault but ours: the log has it, the caller need not. */
	@ExceptionHandler
	ProblemDetail handleAnythingElse(Exception ex) {
		log.error("Request failed", ex);
		return ProblemDetail.forStatus(HttpStatus.INTERNAL_SERVER_ERROR);
	}

	private static ProblemDetail problem(HttpStatus status, String title, RuntimeException ex) {
		ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, ex.getMessage());
		problem.setTitle(title);
		problem.setProperty("error", ex.getClass().getSimpleName());
		return problem;
	}

	private static ResponseEntity<ProblemDetail> respond(ProblemDetail problem, Duration retryAfter) {
		return ResponseEntity.status(problem.getStatus())
			.header(HttpHeaders.RETRY_AFTER, Long.toString(retryAfter.toSeconds()))
			.body(problem);
	}

}
