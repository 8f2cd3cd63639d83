package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Plays the parent for the child that an archive of classes is made of: has it do what
 * children do when they start and run their first tasks. It plays here and not there: a
 * JVM brings in the classes of its AOT cache whether it needs them or not, so that those
 * which only a parent needs would make each child start later.
 */
final class RehearsalParent implements AutoCloseable {

	private static final int RING_BYTES = Regions.RING_BYTES;

	private static final long CAP = 1 << 20;

	private static final long PATIENCE_NANOS = 60_000_000_000L;

	private static final long LOOK_NANOS = 1_000_000_000L;

	private final Rendezvous rendezvous;

	private final Path directory;

	RehearsalParent(Path directory) throws IOException {
		this.directory = directory;
		this.rendezvous = Rendezvous.in(directory);
	}

	/** Where the child finds this one. */
	String address() throws IOException {
		return this.rendezvous.address();
	}

	/** What the child must know. */
	String token() {
		return this.rendezvous.token();
	}

	/**
	 * Has the child run tasks that succeed and fail, and end.
	 * @param peer the child
	 * @throws IOException if it doesn't
	 */
	void play(SharedRing.Peer peer) throws IOException {
		try (SharedRegion region = SharedRegion.create(List.of(this.directory), RING_BYTES)) {
			this.rendezvous.await(peer, Hello.CONTROL);
			try (SocketFrames control = new SocketFrames(this.rendezvous.take(Hello.CONTROL), peer)) {
				new ChildConfiguration("rehearsal", "rehearsal", false, 1000, 2, CAP, false, 0,
						region.location().toString(), RING_BYTES, null, List.of(), List.of(), null)
					.toBytes()
					.sendTo(control, FrameType.CONFIGURE, 0, 0);
				control.flush();
				this.rendezvous.await(peer, Hello.BELL);
				try (Doorbell bell = new Doorbell(this.rendezvous.take(Hello.BELL))) {
					FrameSink requests = SharedRing.requestSink(region, bell, peer);
					FrameSource replies = SharedRing.replySource(region, bell, 2);
					exchange(region, requests, replies);
					leave(requests, replies, peer);
				}
			}
		}
	}

	private static void exchange(SharedRegion region, FrameSink requests, FrameSource replies) throws IOException {
		await(replies);
		RehearsedTasks tasks = new RehearsedTasks(ValueCodec.plain(RehearsalParent.class.getClassLoader()));
		for (int i = 0; i < tasks.varied(); i++) {
			tasks.send(i, requests);
			await(replies);
			// After some answers the child waits for this
			region.takeBack(i + 1);
		}
	}

	/**
	 * Has the child end, and stays until it has: one whose parent is gone writes no
	 * archive.
	 */
	private static void leave(FrameSink requests, FrameSource replies, SharedRing.Peer peer) throws IOException {
		requests.send(FrameType.CLOSE, true, 0, 0, new byte[0], 0, 0);
		requests.flush();
		try {
			while (!replies.next(LOOK_NANOS)) {
				peer.check();
			}
		}
		catch (ChannelClosedException ex) {
			return;
		}
		throw new IOException("The child says something more");
	}

	private static void await(FrameSource replies) throws IOException {
		if (!replies.next(PATIENCE_NANOS)) {
			throw new IOException("The child doesn't answer");
		}
		while (!replies.isLast()) {
			replies.next(PATIENCE_NANOS);
		}
	}

	@Override
	public void close() {
		this.rendezvous.close();
	}

}
