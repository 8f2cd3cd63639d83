package io.github.workerpool.process;

import java.util.function.Consumer;

/**
 * What a child runs that takes no tasks. Its class has a constructor without parameters.
 *
 * @since 0.1.0
 */
public interface ChildProgram {

	/**
	 * Begins. The program owns the channel from now on; the first that it sends is
	 * {@link FrameType#READY}.
	 * @param surroundings what it has to do with
	 */
	void start(Surroundings surroundings);

	/**
	 * The parent wants it to end. Called on the thread that owns the control socket, so
	 * it must return at once and run no user's code.
	 */
	void interrupt();

	/**
	 * What a program has to do with.
	 *
	 * @param configuration what the child was told
	 * @param source what the parent sends
	 * @param sink where to send to; not safe for use by several threads at once
	 * @param values reads what the parent sends
	 * @param loader finds the application's classes
	 * @param death ends this JVM, as memory has run out; doesn't return
	 */
	record Surroundings(ChildConfiguration configuration, FrameSource source, FrameSink sink, ValueCodec values,
			ClassLoader loader, Consumer<OutOfMemoryError> death) {

	}

}
