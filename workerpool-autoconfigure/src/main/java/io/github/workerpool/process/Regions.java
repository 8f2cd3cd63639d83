package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The shared memory of one pool's children. A region serves one child after the other:
 * mappings are freed by the garbage collector only, and a pool whose children keep dying
 * must not fill the memory. Safe for use by any number of threads.
 */
final class Regions implements AutoCloseable {

	/** Of each ring; what is longer than a quarter of it is sent in pieces. */
	static final int RING_BYTES = 1 << 18;

	/** Kept in memory by the system, so that nothing is ever written to a disk. */
	private static final Path SHARED_MEMORY = Path.of("/dev/shm");

	private final Deque<SharedRegion> free = new ArrayDeque<>();

	private final List<Path> directories;

	private final Logger log;

	private final AtomicBoolean told = new AtomicBoolean();

	private boolean closed;

	Regions(Logger log) {
		this(List.of(SHARED_MEMORY, Path.of(System.getProperty("java.io.tmpdir"))), log);
	}

	Regions(List<Path> directories, Logger log) {
		this.directories = directories;
		this.log = log;
	}

	/**
	 * Takes a region for a new child.
	 * @return the region, {@code null} if memory can't be shared here
	 */
	@Nullable SharedRegion take() {
		synchronized (this) {
			SharedRegion known = this.free.poll();
			if (known != null) {
				known.reset();
				return known;
			}
		}
		try {
			return SharedRegion.create(this.directories, RING_BYTES);
		}
		catch (IOException ex) {
			noneToBeHad(ex);
			return null;
		}
	}

	/** Says once that it works without, only slower. */
	void noneToBeHad(Exception why) {
		if (this.told.compareAndSet(false, true)) {
			this.log.warn("Memory can't be shared with child JVMs ({}); tasks travel through sockets, which is slower",
					why.toString());
			this.log.debug("Why memory can't be shared", why);
		}
	}

	/** Takes a region back whose child is gone for certain. */
	void giveBack(SharedRegion region) {
		synchronized (this) {
			if (region.isReusable() && !this.closed) {
				this.free.add(region);
				return;
			}
		}
		region.close();
	}

	@Override
	public synchronized void close() {
		this.closed = true;
		this.free.forEach(SharedRegion::close);
		this.free.clear();
	}

}
