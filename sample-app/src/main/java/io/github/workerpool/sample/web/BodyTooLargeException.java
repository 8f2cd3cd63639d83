package io.github.workerpool.sample.web;

import java.io.Serial;

import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;

/**
 * A request body is longer than allowed.
 */
final class BodyTooLargeException extends ErrorResponseException {

	@Serial
	private static final long serialVersionUID = 1L;

	BodyTooLargeException(long maxLength) {
		super(HttpStatus.CONTENT_TOO_LARGE, ProblemDetail.forStatusAndDetail(HttpStatus.CONTENT_TOO_LARGE,
				"The request body is too large; at most %d bytes are accepted".formatted(maxLength)), null);
	}

}
