package io.github.workerpool.message;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

import io.github.workerpool.process.BadFrameException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the messages of this JVM find their way.
 *
 * <h2>Routes</h2>
 *
 * A JVM and the children of its workers form a star. Within the JVM in the middle, an end
 * of a channel hands a message to the other end, which keeps it, or passes it on if it is
 * in a child. A child whose channel has ever crossed hands everything to the middle, even
 * what comes back to itself: so the messages of a channel have one way, which is what
 * keeps their order. Only a channel that never left a child is served there.
 *
 * <h2>Moving</h2>
 *
 * An end moves with the message that it is attached to; what waits in it follows on the
 * same link, and what comes later is passed on. What was on its way to a child that has
 * given the end away comes back from there. When an end arrives in the middle, the child
 * is therefore asked to say when it has passed on everything; until then what others post
 * is held back.
 *
 * <h2>Bounds</h2>
 *
 * Each end counts what it has posted and the other has not taken. Who takes something
 * tells the other side, for both in one JVM at once, otherwise when it is worth a frame.
 * So a port can refuse without asking anybody.
 * <p>
 * All state of all channels is guarded by one lock, which is held for moments: messages
 * are encoded before and decoded after. With a lock per channel, two ports sent through
 * each other's channels would deadlock.
 */
final class Site {

	/** There is one per JVM, as there is one parent, and names are the JVM's. */
	static final Site HERE = new Site();

	/** As {@code process.max-payload-size}. */
	static final long DEFAULT_BOUND = 64L << 20;

	private static final Logger LOG = LoggerFactory.getLogger(Site.class);

	private static final int NUMBER_SHIFT = 40;

	/** Part of the bound from which on it is worth a frame that it was taken. */
	static final int TAKEN_PART = 64;

	final ReentrantLock lock = new ReentrantLock();

	final EventThreads threads = new EventThreads();

	private final AtomicLong lastEnd = new AtomicLong();

	private final AtomicLong lastLink = new AtomicLong();

	/** Ends of channels that have crossed to or from another JVM. */
	private final Map<Long, End> ends = new HashMap<>();

	private final Map<String, Set<BroadcastChannel>> broadcasts = new HashMap<>();

	private final Set<Link> links = new LinkedHashSet<>();

	private final AtomicInteger abandoned = new AtomicInteger();

	private final AtomicInteger lastWorker = new AtomicInteger();

	private volatile long number;

	private volatile long cap = DEFAULT_BOUND;

	/** The way to the middle, if this is a child. */
	private volatile @Nullable Link uplink;

	/** The only worker, if this is a child. */
	private volatile @Nullable ScriptLoop loop;

	private Site() {
	}

	/** Makes this JVM one that serves a worker, before anything has come for it. */
	void serve(long newCap, Link parent, ScriptLoop worker) {
		this.cap = newCap;
		this.uplink = parent;
		this.loop = worker;
	}

	/** Says which child this is, by which the ends that it makes are told from others. */
	void number(long newNumber) {
		this.number = newNumber;
	}

	long nextLink() {
		return this.lastLink.incrementAndGet();
	}

	String nextWorker() {
		return "worker-" + this.lastWorker.incrementAndGet();
	}

	/** Counts threads that were abandoned and still run. */
	int abandoned(int change) {
		return this.abandoned.addAndGet(change);
	}

	long cap() {
		return this.cap;
	}

	/** Most bytes of a message from an end: what the next JVM on its way takes. */
	long cap(End from) {
		this.lock.lock();
		try {
			Link next = (this.uplink == null) ? from.peer().at : null;
			return (next != null) ? next.cap() : this.cap;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** The worker that a new port belongs to. */
	@Nullable ScriptLoop owner() {
		return (Thread.currentThread() instanceof ScriptThread thread) ? thread.loop() : this.loop;
	}

	End newChannel(long bound) {
		return End.pair(nextId(), nextId(), bound);
	}

	private long nextId() {
		return (this.number << NUMBER_SHIFT) | this.lastEnd.incrementAndGet();
	}

	private @Nullable Link uplinkOf(End end) {
		return this.ends.containsKey(end.id) ? this.uplink : null;
	}

	// Messages; all of this under the lock

	/** Sends a message from an end that is here. */
	void post(End from, Message message) {
		if (!from.peer().closed) {
			from.backlog += message.size();
		}
		send(from, message);
	}

	private void send(End from, Message message) {
		Link up = uplinkOf(from);
		if (up == null) {
			deliver(from.peer(), message, null);
		}
		else if (message == Message.CLOSE) {
			up.send(Frame.of(Frame.Op.CLOSE, from.peer().id));
		}
		else {
			carry(up, Frame.Op.MESSAGE, from.peer().id, "", message);
		}
	}

	/** Brings a message to an end, or nearer to it. */
	void deliver(End to, Message message, @Nullable Link from) {
		if (to.closed) {
			message.discard();
		}
		else if (to.settling != null && to.settling != from) {
			to.held.add(message);
		}
		else {
			pass(to, message);
		}
	}

	private void pass(End to, Message message) {
		Link link = to.at;
		if (link == null) {
			to.inbox.add(message);
			MessagePort port = to.port;
			if (port != null) {
				port.arrived();
			}
		}
		else if (message == Message.CLOSE) {
			link.send(Frame.of(Frame.Op.CLOSE, to.id));
			to.closed = true;
			forget(to);
		}
		else {
			carry(link, Frame.Op.MESSAGE, to.id, "", message);
		}
	}

	/**
	 * Sends a message over a link, and the ports that are attached to it.
	 */
	void carry(Link link, Frame.Op op, long id, String name, Message message) {
		List<End> moved = new ArrayList<>();
		List<Frame.@Nullable PortForm> forms = new ArrayList<>();
		for (Object each : message.attachments()) {
			Frame.PortForm form = null;
			if (each instanceof MessagePort port) {
				End end = port.leave();
				if (!end.closed) {
					form = new Frame.PortForm(end.id, end.peer().id, end.bound, end.backlog);
					this.ends.put(end.id, end);
					this.ends.put(end.peer().id, end.peer());
					end.at = link;
					end.hostedBy(link);
					moved.add(end);
				}
			}
			forms.add(form);
		}
		link.send(new Frame(op, id, 0, name, message, forms));
		for (End end : moved) {
			for (Message each = end.inbox.poll(); each != null; each = end.inbox.poll()) {
				pass(end, each);
			}
		}
	}

	/** A port has come over a link. */
	MessagePort arrive(Frame.PortForm form, Link from) throws IOException {
		End end = this.ends.get(form.id());
		if (end == null) {
			if (this.uplink == null
					&& !(isMadeBy(from, form.id()) && isMadeBy(from, form.peerId()) && form.id() != form.peerId())) {
				throw new IOException("A port came that was closed meanwhile");
			}
			end = End.pair(form.id(), form.peerId(), form.bound());
			end.peer().at = from;
			end.hostedBy(from);
			this.ends.put(end.id, end);
			this.ends.put(end.peer().id, end.peer());
		}
		else if (end.at != from || end.closed) {
			throw new IOException("A port came that was closed meanwhile");
		}
		if (this.uplink == null) {
			end.settling = from;
			from.send(Frame.of(Frame.Op.SETTLE, end.id));
		}
		end.at = null;
		end.backlog = form.backlog();
		return MessagePort.inTransit(end);
	}

	/** Whether an end that is not known yet may be of a link's making. */
	private boolean isMadeBy(Link link, long id) {
		return id >>> NUMBER_SHIFT == link.number() && !this.ends.containsKey(id);
	}

	/**
	 * A frame about an end has come over a link.
	 * @throws BadFrameException if the link has nothing to do with the end
	 */
	void handle(Frame frame, Link from) throws BadFrameException {
		End end = this.ends.get(frame.id());
		if (end != null && this.uplink == null && !end.wasHostedBy(from)) {
			throw new BadFrameException("A frame '" + frame.op() + "' is about a port of somebody else");
		}
		switch (frame.op()) {
			case MESSAGE -> {
				Message message = frame.content();
				if (end != null) {
					deliver(end, message, from);
				}
				else {
					message.discard();
				}
			}
			case CLOSE -> {
				if (end != null) {
					deliver(end, Message.CLOSE, from);
					if (this.uplink == null && end.at == null && end.settling == null) {
						// Nothing more can come for it, taken or not
						this.ends.remove(end.id);
						this.ends.remove(end.peer().id);
					}
				}
			}
			case TAKEN -> {
				if (end != null) {
					taken(end, frame.amount());
				}
			}
			case SETTLE -> {
				from.send(Frame.of(Frame.Op.SETTLED, frame.id()));
				if (end != null && end.at == from && end.peer().at == from) {
					// Nothing of the channel is left here, and nothing will come for it
					this.ends.remove(end.id);
					this.ends.remove(end.peer().id);
				}
			}
			case SETTLED -> {
				if (end != null && end.settling == from) {
					settled(end);
				}
			}
			default -> throw new IllegalStateException("A frame '" + frame.op() + "' is about no port");
		}
	}

	private void settled(End end) {
		end.settling = null;
		for (Message each = end.held.poll(); each != null; each = end.held.poll()) {
			deliver(end, each, null);
		}
	}

	/** Something was taken from an end that is here. */
	void took(End end, Message message) {
		if (message == Message.CLOSE) {
			return;
		}
		End peer = end.peer();
		Link up = uplinkOf(end);
		Link link = (up != null) ? up : peer.at;
		if (link == null) {
			peer.backlog -= message.size();
			return;
		}
		end.taken += message.size();
		if (end.taken >= end.bound / TAKEN_PART) {
			link.send(new Frame(Frame.Op.TAKEN, peer.id, end.taken, "", null, List.of()));
			end.taken = 0;
		}
	}

	private void taken(End poster, long bytes) {
		if (poster.at == null) {
			poster.backlog = Math.max(0, poster.backlog - Math.max(0, bytes));
		}
		else {
			poster.at.send(new Frame(Frame.Op.TAKEN, poster.id, bytes, "", null, List.of()));
		}
	}

	/** Closes an end that is here, and lets the other know. */
	void close(End end) {
		if (end.closed) {
			return;
		}
		end.closed = true;
		end.discardAll();
		send(end, Message.CLOSE);
		forget(end);
	}

	/** An end that is here has learnt that the other is closed. */
	void closedByPeer(End end) {
		end.closed = true;
		end.discardAll();
		forget(end);
	}

	private void forget(End end) {
		this.ends.remove(end.id);
		End peer = end.peer();
		if (peer.at != null || peer.closed) {
			this.ends.remove(peer.id);
		}
	}

	/** Ids of the ends of channels that have crossed to or from another JVM. */
	Set<Long> crossing() {
		return Set.copyOf(this.ends.keySet());
	}

	// Links

	void opened(Link link) {
		this.links.add(link);
	}

	/** The other side of a link is gone, and the ends that were there. */
	void died(Link link) {
		this.links.remove(link);
		for (End end : List.copyOf(this.ends.values())) {
			if (end.settling == link) {
				settled(end);
			}
			if (end.at == link && !end.closed) {
				end.closed = true;
				end.discardAll();
				if (!end.peer().closed) {
					deliver(end.peer(), Message.CLOSE, null);
				}
				this.ends.remove(end.id);
				if (end.peer().at == null && end.peer().settling == null) {
					this.ends.remove(end.peer().id);
				}
			}
		}
	}

	// Broadcasts

	void open(BroadcastChannel channel) {
		Set<BroadcastChannel> all = this.broadcasts.computeIfAbsent(channel.name(), (name) -> new LinkedHashSet<>());
		Link up = this.uplink;
		if (all.isEmpty() && up != null) {
			up.send(Frame.named(Frame.Op.SUBSCRIBE, channel.name()));
		}
		all.add(channel);
	}

	void close(BroadcastChannel channel) {
		Set<BroadcastChannel> all = this.broadcasts.get(channel.name());
		if (all == null || !all.remove(channel) || !all.isEmpty()) {
			return;
		}
		this.broadcasts.remove(channel.name());
		Link up = this.uplink;
		if (up != null) {
			up.send(Frame.named(Frame.Op.UNSUBSCRIBE, channel.name()));
		}
	}

	/** Tells whether a channel of this JVM could not take a message of some bytes. */
	@Nullable BroadcastChannel full(BroadcastChannel sender, long bytes) {
		for (BroadcastChannel each : this.broadcasts.getOrDefault(sender.name(), Set.of())) {
			if (each != sender && !each.hasRoom(bytes)) {
				return each;
			}
		}
		return null;
	}

	/** Spreads a message that was posted here or has come over a link. */
	void broadcast(String name, Message message, @Nullable BroadcastChannel sender, @Nullable Link from) {
		for (BroadcastChannel each : List.copyOf(this.broadcasts.getOrDefault(name, Set.of()))) {
			if (each != sender) {
				if (each.hasRoom(message.size())) {
					each.arrived(message);
				}
				else {
					LOG.warn("A message is lost: a broadcast channel '{}' has no room, as nobody takes its messages",
							name);
				}
			}
		}
		Link up = this.uplink;
		if (up != null) {
			if (from == null) {
				up.send(new Frame(Frame.Op.BROADCAST, 0, 0, name, message, List.of()));
			}
			return;
		}
		for (Link link : this.links) {
			if (link != from && link.subscriptions().contains(name)) {
				link.send(new Frame(Frame.Op.BROADCAST, 0, 0, name, message, List.of()));
			}
		}
	}

}
