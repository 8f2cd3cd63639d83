package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import io.github.workerpool.Task;
import io.github.workerpool.TaskOptions;

/**
 * Plays the parent for a child that rehearses: what it makes the child do, an archive of
 * classes will have.
 *
 * @since 0.1.0
 */
public final class RehearsalParent implements AutoCloseable {

	private static final int RING_BYTES = Regions.RING_BYTES;

	private static final long CAP = 1 << 20;

	private static final long PATIENCE_NANOS = 10_000_000_000L;

	private final Rendezvous rendezvous;

	private final Path directory;

	/**
	 * Waits for a child.
	 * @param directory where its files may lie
	 * @throws IOException if it can't be waited for there
	 */
	public RehearsalParent(Path directory) throws IOException {
		this.directory = directory;
		this.rendezvous = Rendezvous.in(directory);
	}

	/**
	 * Where the child finds this one.
	 * @return the address
	 * @throws IOException if there is none
	 */
	public String address() throws IOException {
		return this.rendezvous.address();
	}

	/**
	 * What the child must know.
	 * @return the token
	 */
	public String token() {
		return this.rendezvous.token();
	}

	/**
	 * Has the child run tasks that succeed and fail.
	 * @throws IOException if it doesn't
	 */
	public void play() throws IOException {
		SharedRing.Peer peer = () -> {
		};
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
					exchange(region, SharedRing.requestSink(region, bell, peer),
							SharedRing.replySource(region, bell, 2));
				}
			}
		}
	}

	private static void exchange(SharedRegion region, FrameSink requests, FrameSource replies) throws IOException {
		await(replies);
		ReplyTypes types = new ReplyTypes();
		Definitions definitions = new Definitions();
		ValueCodec values = new ValueCodec(RehearsalParent.class.getClassLoader(), List.of(), CAP,
				() -> PayloadFilter.forReplies(types, null, CAP));
		TaskEncoder encoder = new TaskEncoder(values, types, definitions);
		int captured = 42;
		Task<Object> succeeding = () -> List.of("a", captured);
		Task<Object> failing = () -> {
			throw new IllegalStateException("rehearsed");
		};
		long number = 0;
		for (Task<?> task : List.of(succeeding, failing)) {
			EncodedTask encoded = encoder.encode(task, TaskOptions.none());
			definitions.get((int) number).sendTo(requests, FrameType.DEFINE, number, 0);
			number++;
			encoded.bytes().sendTo(requests, FrameType.TASK, number, number);
			requests.flush();
			await(replies);
		}
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
