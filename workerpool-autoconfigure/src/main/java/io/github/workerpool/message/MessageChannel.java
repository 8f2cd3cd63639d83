package io.github.workerpool.message;

/**
 * Two ports that are connected with each other. Make one, keep one port, and send the
 * other to whoever it is that you want to talk to.
 *
 * @since 0.1.0
 */
public final class MessageChannel {

	private final MessagePort port1;

	private final MessagePort port2;

	private MessageChannel(long maxBytes) {
		Site site = Site.HERE;
		End end = site.newChannel(maxBytes);
		this.port1 = MessagePort.inTransit(end);
		this.port2 = MessagePort.inTransit(end.peer());
		ScriptLoop owner = site.owner();
		this.port1.adopt(owner);
		this.port2.adopt(owner);
	}

	/**
	 * Makes a channel in which at most 64 MB wait in each direction.
	 * @return the channel; both ports belong to the worker that makes it, if it is one
	 */
	public static MessageChannel create() {
		return new MessageChannel(Site.DEFAULT_BOUND);
	}

	/**
	 * Makes a channel.
	 * @param maxBytes most bytes that may wait in each direction, at least 1; a message
	 * can't be larger
	 * @return the channel; both ports belong to the worker that makes it, if it is one
	 */
	public static MessageChannel create(long maxBytes) {
		if (maxBytes < 1) {
			throw new IllegalArgumentException("'maxBytes' must be at least 1, but is " + maxBytes);
		}
		return new MessageChannel(maxBytes);
	}

	/**
	 * One end.
	 * @return the port
	 */
	public MessagePort port1() {
		return this.port1;
	}

	/**
	 * The other end.
	 * @return the port
	 */
	public MessagePort port2() {
		return this.port2;
	}

}
