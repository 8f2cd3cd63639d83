package io.github.workerpool.autoconfigure;

import java.util.concurrent.CompletableFuture;

import io.github.workerpool.message.Workers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.SmartLifecycle;

/**
 * Ends the workers that the application has started when its context stops, at the time
 * at which pools stop: after the web server has drained. Starts nothing by itself.
 */
final class WorkersLifecycle implements SmartLifecycle {

	private static final Logger logger = LoggerFactory.getLogger(WorkersLifecycle.class);

	private final Workers workers;

	private volatile boolean running;

	WorkersLifecycle(Workers workers) {
		this.workers = workers;
	}

	@Override
	public int getPhase() {
		return WorkerPoolsLifecycle.PHASE;
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public void start() {
		this.workers.resume();
		this.running = true;
	}

	@Override
	public void stop(Runnable callback) {
		this.running = false;
		CompletableFuture<Void> stopped = this.workers.stop();
		stopped.whenComplete((nothing, ex) -> {
			if (ex != null) {
				logger.warn("Not all workers could be stopped", ex);
			}
			callback.run();
		});
	}

	@Override
	public void stop() {
		WorkerPoolsLifecycle.stopAndWait(this);
	}

}
