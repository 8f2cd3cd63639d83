package io.github.workerpool.process.child;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;

import io.github.workerpool.process.ChildEnvironment;
import io.github.workerpool.process.RehearsalParent;

/**
 * Does what a child does when it starts and runs its first tasks, so that an archive can
 * be made of the classes that it takes.
 *
 * @since 0.1.0
 */
public final class ChildRehearsal implements Runnable {

	/**
	 * Makes a rehearsal.
	 */
	public ChildRehearsal() {
	}

	@Override
	public void run() {
		ChildEnvironment environment = Objects.requireNonNull(ChildEnvironment.own(), "This JVM is no child");
		try (RehearsalParent parent = new RehearsalParent(environment.directory())) {
			String address = parent.address();
			String token = parent.token();
			Thread child = new Thread(() -> serve(address, token), "workerpool-rehearsal");
			child.setDaemon(true);
			child.start();
			parent.play();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static void serve(String address, String token) {
		try {
			ChildMain.serve(address, token);
		}
		catch (IOException ex) {
			// The parent has left, as it does when the rehearsal is over
		}
	}

}
