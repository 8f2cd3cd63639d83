package io.github.workerpool.process.child;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.process.BadFrameException;
import io.github.workerpool.process.ChildConfiguration;
import io.github.workerpool.process.FrameType;
import io.github.workerpool.process.SharedRegion;
import io.github.workerpool.process.SocketFrames;
import org.jspecify.annotations.Nullable;

/**
 * What the main thread of a child does: shows that the child lives and what it uses, and
 * hears of cancellations and of the end of the parent. Runs no user's code.
 */
final class ControlLoop {

	private static final long SAMPLE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

	private final SocketFrames control;

	private final ChildWork work;

	private final long intervalNanos;

	private final @Nullable SharedRegion region;

	private final @Nullable RunUsage usage;

	ControlLoop(ChildConfiguration configuration, SocketFrames control, ChildWork work) {
		this.control = control;
		this.work = work;
		this.intervalNanos = TimeUnit.MILLISECONDS.toNanos(configuration.heartbeatMillis());
		this.region = work.region();
		this.usage = work.usage();
	}

	/**
	 * Works until the channel ends.
	 * @throws IOException when it has
	 */
	void run() throws IOException {
		while (true) {
			show();
			boolean sampling = this.usage != null && this.usage.isRunning();
			if (this.control.next(sampling ? Math.min(SAMPLE_NANOS, this.intervalNanos) : this.intervalNanos)) {
				if (this.control.type() == FrameType.CANCEL) {
					this.work.cancel(this.control.number());
				}
				else if (this.control.type() == FrameType.REQUEST) {
					this.work.request(this.control.number(), this.control.argument());
				}
				else {
					throw new BadFrameException("The parent sent a frame of type " + this.control.type());
				}
			}
		}
	}

	private void show() throws IOException {
		Runtime runtime = Runtime.getRuntime();
		long heapUsed = runtime.totalMemory() - runtime.freeMemory();
		RunUsage.Sample sample = (this.usage != null) ? this.usage.sample() : null;
		SharedRegion shared = this.region;
		if (shared != null) {
			shared.beat(heapUsed);
			if (sample != null) {
				shared.sample(sample.number(), sample.cpuNanos(), sample.allocatedBytes());
			}
			return;
		}
		ByteBuffer figures = ByteBuffer.allocate(2 * Long.BYTES).order(ByteOrder.nativeOrder());
		figures.putLong((sample != null) ? sample.cpuNanos() : 0)
			.putLong((sample != null) ? sample.allocatedBytes() : 0);
		this.control.send(FrameType.BEAT, true, (sample != null) ? sample.number() : 0, heapUsed, figures.array(), 0,
				2 * Long.BYTES);
		this.control.flush();
	}

}
