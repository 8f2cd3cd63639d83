package io.github.workerpool.process;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A child that is up, and the channel to it. The thread that drives the child exchanges
 * frames with it; the rest may be called on any thread.
 */
final class ChildConnection implements AutoCloseable {

	private static final Logger LOG = LoggerFactory.getLogger(ChildConnection.class);

	/** The kernel may take its time to take a process apart. */
	private static final long REAP_SECONDS = 10;

	private static final byte[] NOTHING = {};

	private final ChildProcess process;

	private final Regions regions;

	private final @Nullable SharedRegion region;

	private final SocketFrames control;

	private final AutoCloseable wire;

	private final FrameSink requests;

	private final FrameSource replies;

	/** What the child told last, where no memory is shared. */
	private volatile @Nullable Beat lastBeat;

	private volatile @Nullable String verdict;

	ChildConnection(ChildProcess process, Regions regions, SharedRegion region, SocketFrames control, Doorbell bell,
			int processors) {
		this.process = process;
		this.regions = regions;
		this.region = region;
		this.control = control;
		this.wire = bell;
		this.requests = SharedRing.requestSink(region, bell, this::checkPeer);
		this.replies = SharedRing.replySource(region, bell, processors);
	}

	ChildConnection(ChildProcess process, Regions regions, SocketFrames control, SocketFrames stream) {
		this.process = process;
		this.regions = regions;
		this.region = null;
		this.control = control;
		this.wire = stream;
		this.requests = stream;
		this.replies = stream;
	}

	private void checkPeer() throws IOException {
		if (!this.process.isAlive()) {
			throw new ChannelClosedException();
		}
	}

	ChildProcess process() {
		return this.process;
	}

	FrameSink requests() {
		return this.requests;
	}

	FrameSource replies() {
		return this.replies;
	}

	@Nullable SharedRegion region() {
		return this.region;
	}

	/**
	 * Makes a child that was kept aside a worker.
	 * @param worker id of the worker
	 * @throws IOException if the child is gone
	 */
	void adopt(String worker) throws IOException {
		HeapOutput out = new HeapOutput(Integer.MAX_VALUE);
		out.writeText(worker);
		out.toBytes().sendTo(this.requests, FrameType.ADOPT, 0, 0);
		this.requests.flush();
		this.process.adoptedBy(worker);
	}

	/**
	 * Asks the child for further items of a run; does nothing if that is over.
	 * @return whether the child was told; if not, it has too much to read already
	 */
	synchronized boolean request(long number, long items) {
		try {
			return this.control.offer(FrameType.REQUEST, number, items);
		}
		catch (IOException ex) {
			// It is gone, and the run with it
			return true;
		}
	}

	/** Tells the child to stop a run; does nothing if that is over. */
	synchronized void cancel(long number) {
		try {
			if (!this.control.offer(FrameType.CANCEL, number, 0)) {
				LOG.debug("A child does not read what it is told; its grace goes on");
			}
		}
		catch (IOException ex) {
			// It is gone, and the run with it
		}
	}

	/**
	 * Looks for a sign of life. Called by one thread only.
	 * @return a number that differs from the one before if there was one
	 */
	long beats() {
		SharedRegion shared = this.region;
		if (shared != null) {
			return shared.beats();
		}
		try {
			while (this.control.next(0)) {
				Beat before = this.lastBeat;
				this.lastBeat = Beat.read(this.control, (before != null) ? before.count() + 1 : 1);
			}
		}
		catch (BadFrameException ex) {
			kill("was killed because it broke the rules of its channel: " + ex.getMessage());
		}
		catch (IOException ex) {
			// It is gone; others see to that
		}
		Beat last = this.lastBeat;
		return (last != null) ? last.count() : 0;
	}

	long heapUsed() {
		SharedRegion shared = this.region;
		if (shared != null) {
			return (shared.beats() > 0) ? shared.heapUsed() : -1;
		}
		Beat last = this.lastBeat;
		return (last != null) ? last.heapUsed() : -1;
	}

	/**
	 * CPU nanoseconds and allocated bytes of a run, {@code null} if they aren't known.
	 */
	long @Nullable [] sampleOf(long number) {
		SharedRegion shared = this.region;
		if (shared != null) {
			return shared.sampleOf(number);
		}
		Beat last = this.lastBeat;
		return (last != null && last.run() == number) ? new long[] { last.cpuNanos(), last.allocatedBytes() } : null;
	}

	/**
	 * Kills the child.
	 * @param why what a report says of it, instead of the bare signal
	 */
	void kill(String why) {
		if (this.process.isAlive() && this.verdict == null) {
			this.verdict = why;
		}
		this.process.kill();
	}

	/** Why this side killed the child, if it had a reason of its own. */
	@Nullable String verdict() {
		return this.verdict;
	}

	/**
	 * Waits for the end of the process, for which it was asked, told or seen.
	 * @param patience how long to wait before it is killed
	 */
	void awaitExit(long patience, TimeUnit unit) {
		if (!awaitExitFor(patience, unit)) {
			this.process.kill();
			if (!awaitExitFor(REAP_SECONDS, TimeUnit.SECONDS)) {
				LOG.warn("Process {} does not end although it was killed", this.process.pid());
			}
		}
	}

	private boolean awaitExitFor(long patience, TimeUnit unit) {
		long end = System.nanoTime() + unit.toNanos(patience);
		while (true) {
			try {
				this.process.onExit().get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
				return true;
			}
			catch (TimeoutException ex) {
				return false;
			}
			catch (InterruptedException ex) {
				// Meant for a task, and that is over; the process ends all the same
			}
			catch (ExecutionException ex) {
				throw new IllegalStateException(ex);
			}
		}
	}

	/**
	 * Asks the child to end, waits for that, and frees everything.
	 * @param patience how long to wait before it is killed
	 */
	void leave(long patience, TimeUnit unit) {
		if (this.process.isAlive()) {
			try {
				this.requests.send(FrameType.CLOSE, true, 0, 0, NOTHING, 0, 0);
				this.requests.flush();
				awaitExit(patience, unit);
			}
			catch (IOException ex) {
				// It is on its way out already
			}
		}
		close();
	}

	/**
	 * Ends the child, however it is, and frees everything.
	 */
	@Override
	public void close() {
		awaitExit(0, TimeUnit.SECONDS);
		this.process.close();
		this.control.close();
		try {
			this.wire.close();
		}
		catch (Exception ex) {
			LOG.debug("A channel could not be closed", ex);
		}
		SharedRegion shared = this.region;
		if (shared != null) {
			if (this.process.isAlive()) {
				shared.close();
			}
			else {
				this.regions.giveBack(shared);
			}
		}
	}

	/**
	 * What a child tells where no memory is shared.
	 */
	private record Beat(long count, long heapUsed, long run, long cpuNanos, long allocatedBytes) {

		static Beat read(FrameSource source, long count) throws IOException {
			if (source.type() != FrameType.BEAT || source.remaining() != 2 * Long.BYTES) {
				throw new BadFrameException("A frame of type " + source.type() + " where only heartbeats are allowed");
			}
			byte[] bytes = new byte[2 * Long.BYTES];
			source.read(bytes, 0, bytes.length);
			PayloadInput in = new ArrayInput(bytes);
			return new Beat(count, source.argument(), source.number(), in.readLong(), in.readLong());
		}

	}

}
