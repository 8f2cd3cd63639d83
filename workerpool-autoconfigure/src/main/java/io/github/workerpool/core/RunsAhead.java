package io.github.workerpool.core;

import java.util.Collection;
import java.util.concurrent.atomic.AtomicReferenceArray;

import org.jspecify.annotations.Nullable;

/**
 * Tasks that were handed over to a worker while it runs another, in their order. A ring
 * that only the worker itself changes; others may look at what is in it. Nothing here
 * takes memory, so that no task gets lost when there is none.
 */
final class RunsAhead {

	/** Most tasks that wait at the worker itself. */
	static final int MOST = 32;

	private final AtomicReferenceArray<@Nullable TaskRun<?>> ring = new AtomicReferenceArray<>(MOST);

	private int head;

	private int size;

	int size() {
		return this.size;
	}

	private int at(int index) {
		return (this.head + index) % MOST;
	}

	void add(TaskRun<?> run) {
		this.ring.setRelease(at(this.size), run);
		this.size++;
	}

	@Nullable TaskRun<?> peek() {
		return (this.size > 0) ? this.ring.getPlain(this.head) : null;
	}

	@Nullable TaskRun<?> poll() {
		TaskRun<?> first = peek();
		if (first != null) {
			this.ring.setRelease(this.head, null);
			this.head = at(1);
			this.size--;
		}
		return first;
	}

	/** Takes out the one that was added last. */
	void removeLast(TaskRun<?> run) {
		int last = at(this.size - 1);
		if (this.size == 0 || this.ring.getPlain(last) != run) {
			throw new IllegalStateException("Task '" + run.id() + "' is not the one that was taken last");
		}
		this.ring.setRelease(last, null);
		this.size--;
	}

	/** Shows what is there, in no order; called by anybody. */
	void addTo(Collection<? super TaskRun<?>> runs) {
		for (int i = 0; i < MOST; i++) {
			TaskRun<?> run = this.ring.getAcquire(i);
			if (run != null) {
				runs.add(run);
			}
		}
	}

}
