package io.github.workerpool.message;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.function.Consumer;

import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskSerializationException.Part;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands messages to listeners or to whoever asks, one at a time and in order. Listeners
 * of a worker run on its thread, and an exception of one is the worker's; others run on a
 * thread of the library, and their exceptions are logged. What nobody listens to is kept.
 * Guarded by the lock of the {@link Site}.
 */
final class Inbox {

	private static final Logger LOG = LoggerFactory.getLogger(Inbox.class);

	/** Errors are small, but somebody may send them forever. */
	private static final int MOST_KEPT_ERRORS = 64;

	private final Site site;

	private final String name;

	private final Deque<Message> queue;

	/** Told of each message that leaves the queue, under the lock. */
	private final Consumer<Message> taken;

	private final Condition arrived;

	private final List<Consumer<Object>> listeners = new ArrayList<>();

	private final List<Consumer<TaskSerializationException>> errorListeners = new ArrayList<>();

	private final List<Runnable> closeListeners = new ArrayList<>();

	private final Deque<TaskSerializationException> keptErrors = new ArrayDeque<>();

	private @Nullable ScriptLoop owner;

	private @Nullable Executor executor;

	private boolean active;

	private boolean ended;

	private boolean scheduled;

	/** Kept errors that a listener is about to be told. */
	private int owed;

	Inbox(Site site, String name, Deque<Message> queue, Consumer<Message> taken) {
		this.site = site;
		this.name = name;
		this.queue = queue;
		this.taken = taken;
		this.arrived = site.lock.newCondition();
	}

	/** Begins to serve. */
	void activate(@Nullable ScriptLoop newOwner, @Nullable Executor newExecutor) {
		this.owner = newOwner;
		this.executor = (newOwner != null) ? newOwner : newExecutor;
		this.active = true;
		schedule();
	}

	/** Stops to serve, for the time being. */
	void pause() {
		this.active = false;
		this.arrived.signalAll();
	}

	void resume() {
		this.active = true;
		schedule();
	}

	/** Nothing more will come. */
	void end() {
		if (this.ended) {
			return;
		}
		this.ended = true;
		this.arrived.signalAll();
		List.copyOf(this.closeListeners).forEach(this::tellClosed);
		unlisten();
	}

	/** Stops to serve for good, without saying so. */
	void abandon() {
		this.active = false;
		this.ended = true;
		this.arrived.signalAll();
		unlisten();
	}

	private void unlisten() {
		if (this.owner != null && !this.listeners.isEmpty()) {
			this.owner.listening(-1);
		}
		this.listeners.clear();
	}

	private void tellClosed(Runnable listener) {
		executor().execute(() -> call((none) -> listener.run(), ""));
	}

	private Executor executor() {
		Executor known = this.executor;
		if (known == null) {
			known = this.site.threads.serial();
			this.executor = known;
		}
		return known;
	}

	void onMessage(Consumer<Object> listener) {
		Objects.requireNonNull(listener, "'listener' must not be null");
		if (this.ended && this.queue.isEmpty()) {
			return;
		}
		this.listeners.add(listener);
		if (this.owner != null && this.listeners.size() == 1) {
			this.owner.listening(1);
		}
		schedule();
	}

	void onMessageError(Consumer<TaskSerializationException> listener) {
		Objects.requireNonNull(listener, "'listener' must not be null");
		this.errorListeners.add(listener);
		for (TaskSerializationException kept = this.keptErrors.poll(); kept != null; kept = this.keptErrors.poll()) {
			TaskSerializationException error = kept;
			this.owed++;
			executor().execute(() -> tellKept(listener, error));
		}
	}

	private void tellKept(Consumer<TaskSerializationException> listener, TaskSerializationException error) {
		try {
			call(listener, error);
		}
		finally {
			this.site.lock.lock();
			this.owed--;
			this.site.lock.unlock();
		}
	}

	void onClose(Runnable listener) {
		Objects.requireNonNull(listener, "'listener' must not be null");
		this.closeListeners.add(listener);
		if (this.ended) {
			tellClosed(listener);
		}
	}

	/** Something has come. */
	void arrived() {
		this.arrived.signalAll();
		schedule();
	}

	private void schedule() {
		if (!this.scheduled && isDue()) {
			this.scheduled = true;
			executor().execute(this::step);
		}
	}

	/** That the other side has closed is told even if nobody listens to messages. */
	private boolean isDue() {
		return this.active && !this.queue.isEmpty()
				&& (!this.listeners.isEmpty() || this.queue.peek() == Message.CLOSE);
	}

	/** Whether listeners are about to be told something. */
	boolean isBusy() {
		return isDue() || this.owed > 0;
	}

	private void step() {
		Message message;
		List<Consumer<Object>> all;
		this.site.lock.lock();
		try {
			this.scheduled = false;
			if (!isDue()) {
				return;
			}
			message = take();
			all = List.copyOf(this.listeners);
			schedule();
		}
		finally {
			this.site.lock.unlock();
		}
		if (message != Message.CLOSE) {
			hand(message, all);
		}
	}

	private Message take() {
		Message message = this.queue.remove();
		this.taken.accept(message);
		return message;
	}

	private void hand(Message message, List<Consumer<Object>> all) {
		Object value;
		try {
			value = message.open(Part.MESSAGE, this.owner);
		}
		catch (TaskSerializationException ex) {
			fail(ex);
			return;
		}
		for (Consumer<Object> listener : all) {
			call(listener, value);
		}
	}

	private void fail(TaskSerializationException error) {
		List<Consumer<TaskSerializationException>> all;
		this.site.lock.lock();
		try {
			all = List.copyOf(this.errorListeners);
			if (all.isEmpty() && this.keptErrors.size() < MOST_KEPT_ERRORS) {
				this.keptErrors.add(error);
			}
		}
		finally {
			this.site.lock.unlock();
		}
		if (all.isEmpty()) {
			LOG.warn("A message to {} can't be decoded, and nobody listens to such errors", this.name, error);
		}
		all.forEach((listener) -> call(listener, error));
	}

	@SuppressWarnings("NullAway") // a message may be null, which a Consumer can't say
	private <T> void call(Consumer<? super T> listener, @Nullable T value) {
		if (this.owner != null) {
			listener.accept(value);
			return;
		}
		try {
			listener.accept(value);
		}
		catch (Throwable ex) {
			LOG.warn("A listener of {} threw", this.name, ex);
		}
	}

	@Nullable Object receive(@Nullable Duration patience) {
		Message message = await(patience);
		return (message != null) ? message.open(Part.MESSAGE, this.owner) : null;
	}

	private @Nullable Message await(@Nullable Duration patience) {
		long left = (patience != null) ? nanos(patience) : 0;
		this.site.lock.lock();
		try {
			while (true) {
				if (!this.listeners.isEmpty()) {
					throw new IllegalStateException(
							"Messages of " + this.name + " go to its listener; they can't be received as well");
				}
				if (!this.active || this.queue.isEmpty()) {
					if (left <= 0 || this.ended || !this.active) {
						return null;
					}
					left = this.arrived.awaitNanos(left);
				}
				else {
					Message message = take();
					return (message != Message.CLOSE) ? message : null;
				}
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw (CancellationException) new CancellationException("Interrupted while waiting for a message")
				.initCause(ex);
		}
		finally {
			this.site.lock.unlock();
		}
	}

	private static long nanos(Duration patience) {
		try {
			return patience.toNanos();
		}
		catch (ArithmeticException ex) {
			return patience.isNegative() ? 0 : TimeUnit.DAYS.toNanos(10_000);
		}
	}

}
