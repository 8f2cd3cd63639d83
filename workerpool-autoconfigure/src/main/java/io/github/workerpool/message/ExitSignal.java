package io.github.workerpool.message;

import java.io.Serial;

/**
 * Unwinds the stack of a script that wants to exit.
 */
final class ExitSignal extends Error {

	@Serial
	private static final long serialVersionUID = 1L;

	ExitSignal() {
		super("The worker exits; this error must not be caught", null, false, false);
	}

}
