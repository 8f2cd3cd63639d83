package io.github.workerpool.message;

import java.util.Set;

/**
 * The way to another JVM. Guarded by the lock of the {@link Site}.
 */
interface Link {

	/** Sends a frame; those sent before arrive before. */
	void send(Frame frame);

	/** Which child it leads to; 0 if it leads to the parent. */
	long number();

	/** Most bytes of a message that the other side takes. */
	long cap();

	/** Names of the broadcast channels that are open on the other side. */
	Set<String> subscriptions();

}
