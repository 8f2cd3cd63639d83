package io.github.workerpool.process.child;

import java.io.IOException;

import io.github.workerpool.process.ChildConfiguration;
import io.github.workerpool.process.FrameType;
import io.github.workerpool.process.HeapFrames;
import io.github.workerpool.process.RehearsedTasks;
import io.github.workerpool.process.TaskDecoder;
import io.github.workerpool.process.ThrowableCodec;
import io.github.workerpool.process.ValueCodec;

/**
 * Has a child that is kept aside go through tasks of nobody's, before it says that it is
 * ready: so the first that counts finds the classes loaded that it takes, and code
 * compiled that would else be interpreted. They go the way of any task, but through a
 * loop of their own, whose channel leads nowhere: nothing of the application takes part,
 * and neither the parent nor a later task can tell.
 * <p>
 * A spare has the time for that; a child that somebody waits for has not.
 */
final class TaskRehearsal {

	/** Enough for the compiler to see what is called in each task. */
	private static final int MOST_ROUNDS = 200;

	private static final long MOST_NANOS = 100_000_000;

	private final HeapFrames requests = new HeapFrames();

	private final HeapFrames replies = new HeapFrames();

	private final ValueCodec values;

	private final ThrowableCodec throwables;

	private final RehearsedTasks tasks;

	private final TaskLoop loop;

	/**
	 * Prepares a rehearsal.
	 * @param configuration what the child was told
	 * @param loader finds the classes of tasks
	 * @throws IOException if the tasks can't be encoded
	 */
	TaskRehearsal(ChildConfiguration configuration, ClassLoader loader) throws IOException {
		// Without codecs and filter, which may be the application's
		this.values = ValueCodec.plain(loader);
		this.throwables = new ThrowableCodec(this.values);
		this.tasks = new RehearsedTasks(this.values);
		this.loop = TaskLoop.rehearsing(configuration, this.requests, this.replies);
	}

	/**
	 * Plays all tasks again and again, until nothing more is to be gained.
	 * @throws IOException if one doesn't get through
	 * @throws IllegalStateException if one is not answered as it must be
	 */
	void play() throws IOException {
		long begun = System.nanoTime();
		play(this.tasks.count());
		for (int i = 1; i < MOST_ROUNDS && System.nanoTime() - begun < MOST_NANOS; i++) {
			play(this.tasks.varied());
		}
	}

	private void play(int count) throws IOException {
		// Knows nothing yet, as the one that counts won't
		TaskDecoder decoder = new TaskDecoder(this.values, new PlainTargets());
		for (int i = 0; i < count; i++) {
			this.tasks.send(i, this.requests);
			while (this.requests.next(0)) {
				this.loop.take(this.values, this.throwables, decoder);
			}
			FrameType answer = null;
			while (this.replies.next(0)) {
				answer = this.replies.type();
			}
			if (answer != this.tasks.answer(i)) {
				throw new IllegalStateException("Task %d was answered by a frame of type %s".formatted(i, answer));
			}
		}
	}

}
