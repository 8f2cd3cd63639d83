package io.github.workerpool.process;

import java.io.IOException;
import java.io.Serial;

/**
 * What came over a channel breaks its rules. Nothing that follows can be trusted: the
 * channel is to be given up, and the child with it.
 *
 * @since 0.1.0
 */
public final class BadFrameException extends IOException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Makes an error.
	 * @param message what was found and what was expected
	 */
	public BadFrameException(String message) {
		super(message);
	}

}
