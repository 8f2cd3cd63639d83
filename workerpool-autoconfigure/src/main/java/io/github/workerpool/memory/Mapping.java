package io.github.workerpool.memory;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A part of a file seen as memory.
 * <p>
 * From JDK 22 on it lives in a shared {@code Arena}: revoked, every view of it throws
 * from then on, and the memory goes back to the system at once. Before, the JDK has no
 * safe way to unmap (whoever still used a view would crash the JVM), so the mapping stays
 * until the garbage collector finds that nobody has a view any more.
 * {@code java.lang.foreign} is used by reflection, as the library is compiled for an
 * older JDK.
 */
final class Mapping {

	private static final Logger logger = LoggerFactory.getLogger(Mapping.class);

	private static final @Nullable Foreign FOREIGN = Foreign.find();

	private static final ForgottenMappings FORGOTTEN = new ForgottenMappings();

	private static final UnmapThreads UNMAP_THREADS = new UnmapThreads();

	/** Larger ones take milliseconds to unmap. */
	private static final int QUICKLY_UNMAPPED = 1 << 20;

	/** Until then a thread that naps would be told later than one that only yields. */
	private static final long SHORT_WAIT = TimeUnit.MICROSECONDS.toNanos(200);

	private static final long PATIENCE = TimeUnit.SECONDS.toNanos(1);

	private final ByteBuffer buffer;

	private final @Nullable AutoCloseable arena;

	private final Runnable onGone;

	private final ForgottenMappings.@Nullable Watch watch;

	private Mapping(ByteBuffer buffer, @Nullable AutoCloseable arena, Runnable onGone) {
		this.buffer = buffer;
		this.arena = arena;
		this.onGone = onGone;
		this.watch = (arena != null) ? FORGOTTEN.watch(buffer, () -> close(arena, onGone)) : null;
	}

	/**
	 * Maps a part of a file for reading and writing.
	 * @param channel the file
	 * @param position where the part begins
	 * @param size its bytes
	 * @param onGone told when nobody can reach the memory by this mapping any more, on
	 * any thread; never, if the JDK can't tell. Must not refer to the mapping
	 * @return the mapping
	 * @throws IOException if the system maps no more
	 */
	static Mapping of(FileChannel channel, long position, int size, Runnable onGone) throws IOException {
		if (size == 0) {
			return new Mapping(ByteBuffer.allocateDirect(0), null, onGone);
		}
		return (FOREIGN != null) ? FOREIGN.map(channel, position, size, onGone)
				: new Mapping(channel.map(MapMode.READ_WRITE, position, size), null, onGone);
	}

	/**
	 * Tells whether this JVM can take views back.
	 */
	static boolean isRevocable() {
		return FOREIGN != null;
	}

	/**
	 * The memory; to be duplicated before it is given away.
	 */
	ByteBuffer buffer() {
		return this.buffer;
	}

	/**
	 * Makes every view throw from now on, where the JDK can do it. Returns when the views
	 * are dead; the pages of a large mapping are given back by another thread meanwhile,
	 * as that takes about 0.1 ms per MB, unless those threads are behind already.
	 * @param patiently whether to wait for that too
	 */
	void revoke(boolean patiently) {
		if (this.arena == null || this.watch == null || FOREIGN == null) {
			return;
		}
		this.watch.cancel();
		if (this.buffer.capacity() <= QUICKLY_UNMAPPED && close(this.arena, this.onGone)) {
			return;
		}
		AtomicBoolean over = new AtomicBoolean();
		UNMAP_THREADS.execute(() -> {
			try {
				closeWithPatience();
			}
			finally {
				over.set(true);
			}
		});
		boolean waits = patiently || UNMAP_THREADS.areBehind();
		long start = System.nanoTime();
		long nap = 10_000;
		// the arena says that it is not alive while accesses are still being stopped
		while (!over.get() && (waits || FOREIGN.isAlive(this.arena))) {
			if (System.nanoTime() - start < SHORT_WAIT) {
				Thread.yield();
			}
			else {
				LockSupport.parkNanos(nap);
				nap = Math.min(2 * nap, 1_000_000);
			}
		}
	}

	/**
	 * A view that a channel reads into or writes from at this moment can't be revoked.
	 */
	private void closeWithPatience() {
		AutoCloseable closed = this.arena;
		Runnable gone = this.onGone;
		long start = System.nanoTime();
		while (closed != null && !close(closed, gone)) {
			if (System.nanoTime() - start > PATIENCE) {
				logger.warn("Memory of {} bytes can't be revoked, as an I/O operation goes on using it",
						this.buffer.capacity());
				FORGOTTEN.watch(this.buffer, () -> close(closed, gone));
				return;
			}
			LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
		}
	}

	private static boolean close(AutoCloseable arena, Runnable onGone) {
		try {
			arena.close();
			onGone.run();
			return true;
		}
		catch (Exception ex) {
			return false;
		}
	}

	/**
	 * {@code java.lang.foreign}, as far as it is needed.
	 *
	 * @param ofShared {@code Arena.ofShared()}
	 * @param map {@code FileChannel.map(MapMode, long, long, Arena)}
	 * @param asByteBuffer {@code MemorySegment.asByteBuffer()}
	 * @param scope {@code Arena.scope()}
	 * @param isAlive {@code MemorySegment.Scope.isAlive()}
	 */
	private record Foreign(Method ofShared, Method map, Method asByteBuffer, Method scope, Method isAlive) {

		static @Nullable Foreign find() {
			// final since 22; what 19 to 21 had was a preview
			if (Runtime.version().feature() < 22) {
				return null;
			}
			try {
				Class<?> arena = Class.forName("java.lang.foreign.Arena");
				Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
				Class<?> scope = Class.forName("java.lang.foreign.MemorySegment$Scope");
				return new Foreign(arena.getMethod("ofShared"),
						FileChannel.class.getMethod("map", MapMode.class, long.class, long.class, arena),
						segment.getMethod("asByteBuffer"), arena.getMethod("scope"), scope.getMethod("isAlive"));
			}
			catch (ReflectiveOperationException ex) {
				logger.debug("Views of transferred memory can't be revoked", ex);
				return null;
			}
		}

		Mapping map(FileChannel channel, long position, int size, Runnable onGone) throws IOException {
			AutoCloseable arena = (AutoCloseable) invoke(this.ofShared, null);
			try {
				Object segment = invoke(this.map, channel, MapMode.READ_WRITE, position, (long) size, arena);
				return new Mapping((ByteBuffer) invoke(this.asByteBuffer, segment), arena, onGone);
			}
			catch (IOException | RuntimeException | Error ex) {
				close(arena, () -> {
				});
				throw ex;
			}
		}

		boolean isAlive(AutoCloseable arena) {
			try {
				return (boolean) invoke(this.isAlive, invoke(this.scope, arena));
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		}

		private static Object invoke(Method method, @Nullable Object target, Object... arguments) throws IOException {
			try {
				return method.invoke(target, arguments);
			}
			catch (InvocationTargetException ex) {
				Throwable cause = ex.getCause();
				if (cause instanceof IOException failure) {
					throw failure;
				}
				if (cause instanceof Error failure) {
					throw failure;
				}
				throw new IllegalStateException(cause);
			}
			catch (IllegalAccessException ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

}
