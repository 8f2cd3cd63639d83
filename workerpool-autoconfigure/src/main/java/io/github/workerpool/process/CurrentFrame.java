package io.github.workerpool.process;

import org.jspecify.annotations.Nullable;

/**
 * What is known of the frame that a source is at.
 */
abstract class CurrentFrame implements FrameSource {

	private @Nullable FrameType type;

	private boolean last;

	private long number;

	private long argument;

	private int remaining;

	CurrentFrame() {
	}

	/** A frame begins. */
	final void begin(FrameType opened, boolean end, int length, long about, long further) {
		this.type = opened;
		this.last = end;
		this.number = about;
		this.argument = further;
		this.remaining = length;
	}

	/** There is no frame any more. */
	final void end() {
		this.type = null;
		this.remaining = 0;
	}

	final boolean isOpen() {
		return this.type != null;
	}

	/** Some of the frame is about to be read. */
	final void take(int length) {
		if (length > this.remaining) {
			throw new IllegalArgumentException("Only " + this.remaining + " bytes of the frame are left");
		}
		this.remaining -= length;
	}

	@Override
	public final FrameType type() {
		FrameType current = this.type;
		if (current == null) {
			throw new IllegalStateException("There is no current frame");
		}
		return current;
	}

	@Override
	public final boolean isLast() {
		return this.last;
	}

	@Override
	public final long number() {
		return this.number;
	}

	@Override
	public final long argument() {
		return this.argument;
	}

	@Override
	public final int remaining() {
		return this.remaining;
	}

}
