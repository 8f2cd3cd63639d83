package io.github.workerpool.process;

import java.io.IOException;
import java.io.Serial;

/**
 * The other side of a channel is gone.
 *
 * @since 0.1.0
 */
public final class ChannelClosedException extends IOException {

	@Serial
	private static final long serialVersionUID = 1L;

	ChannelClosedException() {
		super("The other side has closed the channel");
	}

}
