package io.github.workerpool.message;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * One end of a channel, as this JVM sees it. Guarded by the lock of the {@link Site}.
 */
final class End {

	final long id;

	/** Most bytes that may be on their way to this end or wait here. */
	final long bound;

	/** What has arrived and was not taken. */
	final Deque<Message> inbox = new ArrayDeque<>();

	/** Where this end is; {@code null} if it is here. */
	@Nullable Link at;

	/** Set while there is somebody here who may have an interest. */
	@Nullable MessagePort port;

	boolean closed;

	/** Bytes posted from this end that the other has not taken yet. */
	long backlog;

	/** Bytes taken from this end that the other has not been told of. */
	long taken;

	/**
	 * From where this end has come, if more of its messages may come from there. They go
	 * before those that others post now, which are held.
	 */
	@Nullable Link settling;

	final Deque<Message> held = new ArrayDeque<>();

	/** Where one of the two ends is or was; only those may send frames about them. */
	private final Set<Link> hosts;

	private @Nullable End peer;

	private End(long id, long bound, Set<Link> hosts) {
		this.id = id;
		this.bound = bound;
		this.hosts = hosts;
	}

	/** Makes both ends of a channel, and gives the first. */
	static End pair(long id, long peerId, long bound) {
		Set<Link> hosts = new HashSet<>(2);
		End one = new End(id, bound, hosts);
		End other = new End(peerId, bound, hosts);
		one.peer = other;
		other.peer = one;
		return one;
	}

	End peer() {
		End other = this.peer;
		if (other == null) {
			throw new IllegalStateException("A channel has two ends");
		}
		return other;
	}

	void hostedBy(Link link) {
		this.hosts.add(link);
	}

	boolean wasHostedBy(Link link) {
		return this.hosts.contains(link);
	}

	void discardAll() {
		for (Message each = this.inbox.poll(); each != null; each = this.inbox.poll()) {
			each.discard();
		}
		for (Message each = this.held.poll(); each != null; each = this.held.poll()) {
			each.discard();
		}
	}

}
