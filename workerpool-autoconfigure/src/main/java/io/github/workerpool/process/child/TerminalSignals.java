package io.github.workerpool.process.child;

import java.lang.reflect.Proxy;
import java.util.List;

/**
 * Keeps a terminal from ending children. Ctrl-C in a terminal, or closing it, signals
 * every process that runs in it, children too: they would be gone before their parent
 * could let running tasks end. What the parent decides reaches a child by the channel.
 * <p>
 * The class that handles signals is in the module {@code jdk.unsupported}, which a
 * runtime need not have and a compiler warns of, so it is used if it is there.
 */
public final class TerminalSignals {

	private static final List<String> SIGNALS = List.of("INT", "HUP");

	private TerminalSignals() {
	}

	/**
	 * Ignores the signals from now on, as far as the runtime lets them be ignored. What
	 * this JVM starts doesn't inherit it.
	 */
	public static void ignore() {
		for (String name : SIGNALS) {
			try {
				Class<?> signal = Class.forName("sun.misc.Signal");
				Class<?> handler = Class.forName("sun.misc.SignalHandler");
				// a handler that does nothing; the one that ignores would be inherited
				Object nothing = Proxy.newProxyInstance(TerminalSignals.class.getClassLoader(),
						new Class<?>[] { handler }, (proxy, method, arguments) -> switch (method.getName()) {
							case "equals" -> proxy == arguments[0];
							case "hashCode" -> System.identityHashCode(proxy);
							case "toString" -> "ignored";
							default -> null;
						});
				signal.getMethod("handle", signal, handler)
					.invoke(null, signal.getConstructor(String.class).newInstance(name), nothing);
			}
			catch (ReflectiveOperationException | RuntimeException ex) {
				// no such signal here, or the user keeps it for something else (-Xrs)
			}
		}
	}

}
