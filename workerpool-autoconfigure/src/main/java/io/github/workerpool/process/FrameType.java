package io.github.workerpool.process;

import org.jspecify.annotations.Nullable;

/**
 * What a frame on the channel between a parent and its child says.
 *
 * @since 0.1.0
 */
public enum FrameType {

	/** To the child, control: who it is and how it shall work. */
	CONFIGURE(1),

	/** To the child, control: the run should stop. */
	CANCEL(2),

	/** To the child: something that later tasks refer to by its number. */
	DEFINE(3),

	/** To the child: the context that the next task runs in. */
	CONTEXT(4),

	/** To the child: a task. */
	TASK(5),

	/** To the child: leave once what came before is done. */
	CLOSE(6),

	/** Either way: what worker scripts and those who talk to them have to say. */
	MESSAGE(9),

	/** To the child: it is a worker of that name from now on. */
	ADOPT(7),

	/** Memory that came with a run's replies is the parent's now. */
	UNLOADED(10),

	/** To the child, control: so many further items of the run are asked for. */
	REQUEST(8),

	/** To the parent: the child takes tasks from now on. */
	READY(17),

	/** To the parent: the child can't take tasks; the reason follows. */
	REFUSED(18),

	/** To the parent: the run has started; only where no memory is shared. */
	STARTED(19),

	/** To the parent: what the task returned. */
	RESULT(20),

	/** To the parent: what the task threw. */
	ERROR(21),

	/** To the parent: something the task emitted. */
	EVENT(22),

	/** To the parent: how far the task is. */
	PROGRESS(23),

	/** To the parent: what this message began can't be finished; forget it. */
	ABORT(24),

	/** To the parent, control: figures; only where no memory is shared. */
	BEAT(25),

	/** To the parent: what the child dies of; only where no memory is shared. */
	FATAL(26),

	/** To the parent: an item of what the task publishes. */
	ITEM(27);

	private static final @Nullable FrameType[] BY_CODE = new FrameType[32];

	static {
		for (FrameType type : values()) {
			if (BY_CODE[type.code] != null) {
				throw new IllegalStateException(type + " has the code of " + BY_CODE[type.code]);
			}
			BY_CODE[type.code] = type;
		}
	}

	private final int code;

	FrameType(int code) {
		this.code = code;
	}

	int code() {
		return this.code;
	}

	static @Nullable FrameType of(int code) {
		return (code >= 0 && code < BY_CODE.length) ? BY_CODE[code] : null;
	}

}
