package io.github.workerpool.process.child;

/**
 * Keeps a terminal from ending children. Ctrl-C in a terminal, or closing it, signals
 * every process that runs in it, children too: they would be gone before their parent
 * could let running tasks end. What the parent decides reaches a child by the channel.
 * What this JVM starts ignores the signals as well, and is ended with it.
 * <p>
 * The class that handles signals is in the module {@code jdk.unsupported}, which a
 * runtime need not have and a compiler warns of, so it is used if it is there.
 */
final class TerminalSignals {

	private TerminalSignals() {
	}

	/**
	 * Ignores the signals from now on, as far as the runtime lets them be ignored.
	 */
	static void ignore() {
		ignore("INT");
		ignore("HUP");
	}

	private static void ignore(String name) {
		try {
			Class<?> signal = Class.forName("sun.misc.Signal");
			Class<?> handler = Class.forName("sun.misc.SignalHandler");
			signal.getMethod("handle", signal, handler)
				.invoke(null, signal.getConstructor(String.class).newInstance(name),
						handler.getField("SIG_IGN").get(null));
		}
		catch (ReflectiveOperationException | RuntimeException ex) {
			// no such signal here, or the user keeps it for something else (-Xrs)
		}
	}

}
