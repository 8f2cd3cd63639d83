package io.github.workerpool.core;

import java.util.ArrayList;
import java.util.List;

import io.github.workerpool.CrashReport;
import org.jspecify.annotations.Nullable;

/**
 * What only few tasks need, so that the others don't pay for it: events, and the history
 * of a task whose workers died.
 */
final class TaskExtras {

	private final SupervisedWorkerPool pool;

	private @Nullable TaskEvents events;

	private final List<CrashReport.Attempt> attempts = new ArrayList<>(0);

	TaskExtras(SupervisedWorkerPool pool) {
		this.pool = pool;
	}

	synchronized TaskEvents events() {
		TaskEvents known = this.events;
		if (known == null) {
			known = new TaskEvents(this.pool.callbacks(), this.pool.log());
			this.events = known;
		}
		return known;
	}

	synchronized List<CrashReport.Attempt> attempts() {
		return List.copyOf(this.attempts);
	}

	synchronized void attempts(List<CrashReport.Attempt> all) {
		this.attempts.clear();
		this.attempts.addAll(all);
	}

}
