package io.github.workerpool.process.child;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Finds out what this JVM does when a terminal is interrupted.
 */
public final class InterruptHandler {

	private InterruptHandler() {
	}

	/**
	 * Waits until this JVM ignores the signal, which it may not do from the first moment.
	 * To look before its preparation is over could undo what that does.
	 * @return what handles the signal: "ignored" if nothing does
	 * @throws ReflectiveOperationException if this JVM can't tell
	 */
	public static String await() throws ReflectiveOperationException {
		long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
		while (isPreparing() && System.nanoTime() - end < 0) {
			LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
		}
		return current();
	}

	private static boolean isPreparing() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.anyMatch((thread) -> thread.getName().equals("workerpool-preparation"));
	}

	/** The only way to see a handler is to put another in its place. */
	private static String current() throws ReflectiveOperationException {
		Class<?> signal = Class.forName("sun.misc.Signal");
		Class<?> handler = Class.forName("sun.misc.SignalHandler");
		Object interrupt = signal.getConstructor(String.class).newInstance("INT");
		Object current = signal.getMethod("handle", signal, handler)
			.invoke(null, interrupt, handler.getField("SIG_IGN").get(null));
		signal.getMethod("handle", signal, handler).invoke(null, interrupt, current);
		// What a JVM is started to ignore, by a shell in the background say, it ignores
		return current.toString().equals("SIG_IGN") ? "ignored" : current.toString();
	}

}
