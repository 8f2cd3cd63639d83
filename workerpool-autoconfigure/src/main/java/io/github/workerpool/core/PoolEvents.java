package io.github.workerpool.core;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

import io.github.workerpool.WorkerPoolListener;
import org.slf4j.Logger;

/**
 * Tells the listeners, in order, on a callback thread.
 */
final class PoolEvents {

	private final List<WorkerPoolListener> listeners;

	private final Executor serial;

	private final Logger log;

	PoolEvents(List<WorkerPoolListener> listeners, Executor serial, Logger log) {
		this.listeners = listeners;
		this.serial = serial;
		this.log = log;
	}

	void fire(Consumer<WorkerPoolListener> event) {
		if (this.listeners.isEmpty()) {
			return;
		}
		this.serial.execute(() -> {
			for (WorkerPoolListener listener : this.listeners) {
				try {
					event.accept(listener);
				}
				catch (Throwable ex) {
					this.log.warn("Listener {} threw", listener, ex);
				}
			}
		});
	}

}
