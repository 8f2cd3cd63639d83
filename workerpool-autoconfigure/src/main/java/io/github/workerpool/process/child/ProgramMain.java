package io.github.workerpool.process.child;

import java.io.IOException;
import java.lang.reflect.Constructor;

import io.github.workerpool.process.ChildConfiguration;
import io.github.workerpool.process.ChildProgram;
import io.github.workerpool.process.FrameSink;
import io.github.workerpool.process.FrameSource;
import io.github.workerpool.process.SharedRegion;
import org.jspecify.annotations.Nullable;

/**
 * Main class of a child JVM that runs a program of its own instead of tasks. All else is
 * as in {@link ChildMain}.
 *
 * @since 0.1.0
 */
public final class ProgramMain {

	/** Named, as what is below must not know what is above. */
	private static final String PROGRAM = "io.github.workerpool.message.ScriptProgram";

	private ProgramMain() {
	}

	/**
	 * Connects to the parent and works for it until one of them ends.
	 * @param arguments where the parent waits, and the token to say there
	 * @throws Exception if the parent can't be reached
	 */
	public static void main(String[] arguments) throws Exception {
		Preparation.start();
		ChildMain.run(arguments,
				(configuration, source, sink, region, control) -> new ProgramWork(configuration, source, sink, region));
	}

	private static ChildProgram program() {
		try {
			Constructor<?> constructor = Class.forName(PROGRAM).getDeclaredConstructor();
			constructor.setAccessible(true);
			return (ChildProgram) constructor.newInstance();
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException("The program '" + PROGRAM + "' is missing", ex);
		}
	}

	/**
	 * Lends a program what tasks have, too.
	 */
	private static final class ProgramWork implements ChildWork {

		private final ChildProgram program = program();

		private final ChildProgram.Surroundings surroundings;

		private final @Nullable SharedRegion region;

		ProgramWork(ChildConfiguration configuration, FrameSource source, FrameSink sink, @Nullable SharedRegion region)
				throws IOException {
			this.region = region;
			ClassLoader context = Thread.currentThread().getContextClassLoader();
			ClassLoader loader = (context != null) ? context : ClassLoader.getSystemClassLoader();
			try {
				this.surroundings = new ChildProgram.Surroundings(configuration, source, sink,
						ChildMain.codec(configuration, loader, new PlainTargets()), loader, this::die);
			}
			catch (Exception ex) {
				throw (ex instanceof IOException failed) ? failed : new IOException(ex);
			}
		}

		@Override
		public void start() {
			this.program.start(this.surroundings);
		}

		@Override
		public void cancel(long number) {
			this.program.interrupt();
		}

		@Override
		public void die(OutOfMemoryError error) {
			try {
				SharedRegion shared = this.region;
				if (shared != null) {
					shared.fatal(TaskLoop.limit(error));
				}
			}
			finally {
				Runtime.getRuntime().halt(LastResort.OUT_OF_MEMORY);
			}
		}

		@Override
		public @Nullable SharedRegion region() {
			return this.region;
		}

		@Override
		public @Nullable RunUsage usage() {
			return null;
		}

	}

}
