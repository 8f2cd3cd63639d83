package io.github.workerpool.process;

import java.io.IOException;
import java.io.Serial;

/**
 * A payload passes the cap of the pool.
 *
 * @since 0.1.0
 */
public final class PayloadTooLargeException extends IOException {

	@Serial
	private static final long serialVersionUID = 1L;

	PayloadTooLargeException(long cap) {
		super("It takes more than %d bytes, the most that 'process.max-payload-size' allows".formatted(cap));
	}

}
