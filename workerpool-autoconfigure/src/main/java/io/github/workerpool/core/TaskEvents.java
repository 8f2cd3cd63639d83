package io.github.workerpool.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * What a task emits, on its way to its listeners: one at a time, in order, on a callback
 * thread. Events that come before the first listener are kept, the oldest giving way.
 * Once there is a listener nothing is lost: an emitter that is too far ahead waits.
 */
final class TaskEvents {

	static final int KEPT = 1024;

	private final Callbacks callbacks;

	private final Logger log;

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition room = this.lock.newCondition();

	private final Deque<Object> pending = new ArrayDeque<>();

	private final List<Consumer<Object>> listeners = new ArrayList<>(1);

	private final List<DoubleConsumer> progressListeners = new ArrayList<>(1);

	private @Nullable Double progress;

	private boolean delivering;

	private boolean dropped;

	TaskEvents(Callbacks callbacks, Logger log) {
		this.callbacks = callbacks;
		this.log = log;
	}

	void emit(Object event) {
		this.lock.lock();
		try {
			while (!this.listeners.isEmpty() && this.pending.size() >= KEPT) {
				this.room.await();
			}
			if (this.pending.size() >= KEPT) {
				this.pending.removeFirst();
				if (!this.dropped) {
					this.dropped = true;
					this.log.warn("A task emitted more than {} events that nobody listens to; the oldest are dropped",
							KEPT);
				}
			}
			this.pending.addLast(event);
			deliver();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		finally {
			this.lock.unlock();
		}
	}

	void progress(double value) {
		this.lock.lock();
		try {
			this.progress = value;
			deliver();
		}
		finally {
			this.lock.unlock();
		}
	}

	void listen(Consumer<Object> listener) {
		this.lock.lock();
		try {
			this.listeners.add(listener);
			deliver();
		}
		finally {
			this.lock.unlock();
		}
	}

	void listenToProgress(DoubleConsumer listener) {
		this.lock.lock();
		try {
			this.progressListeners.add(listener);
			deliver();
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean deliverable() {
		return (!this.listeners.isEmpty() && !this.pending.isEmpty())
				|| (!this.progressListeners.isEmpty() && this.progress != null);
	}

	private void deliver() {
		if (!this.delivering && deliverable()) {
			this.delivering = true;
			this.callbacks.execute(this::drain);
		}
	}

	private void drain() {
		while (true) {
			Object event = null;
			Double value = null;
			List<Consumer<Object>> toTell = List.of();
			List<DoubleConsumer> toTellProgress = List.of();
			this.lock.lock();
			try {
				if (!deliverable()) {
					this.delivering = false;
					return;
				}
				if (!this.listeners.isEmpty()) {
					event = this.pending.pollFirst();
					this.room.signal();
					toTell = List.copyOf(this.listeners);
				}
				if (!this.progressListeners.isEmpty()) {
					value = this.progress;
					this.progress = null;
					toTellProgress = List.copyOf(this.progressListeners);
				}
			}
			finally {
				this.lock.unlock();
			}
			if (event != null) {
				for (Consumer<Object> listener : toTell) {
					tell(listener, event);
				}
			}
			if (value != null) {
				double newest = value;
				for (DoubleConsumer listener : toTellProgress) {
					tell((ignored) -> listener.accept(newest), value);
				}
			}
		}
	}

	private <T> void tell(Consumer<? super T> listener, T what) {
		try {
			listener.accept(what);
		}
		catch (Throwable ex) {
			this.log.warn("A listener to a task's events threw; the events after this one go on", ex);
		}
	}

}
