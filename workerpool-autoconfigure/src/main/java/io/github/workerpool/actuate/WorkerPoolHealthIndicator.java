package io.github.workerpool.actuate;

import java.util.LinkedHashMap;
import java.util.Map;

import io.github.workerpool.PoolSnapshot;
import io.github.workerpool.PoolState;
import io.github.workerpool.WorkerPool;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

/**
 * Health of one pool. A pool that works with less than it should is up, and says so in
 * its details. Answers from memory, so that it answers with all processors busy too.
 */
final class WorkerPoolHealthIndicator extends AbstractHealthIndicator {

	private final WorkerPool pool;

	WorkerPoolHealthIndicator(WorkerPool pool) {
		super("Worker pool health check failed");
		this.pool = pool;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		PoolSnapshot snapshot = this.pool.snapshot();
		builder.status(status(snapshot.state())).withDetail("state", snapshot.state().name());
		String reason = snapshot.reason();
		if (reason != null) {
			builder.withDetail("reason", reason);
		}
		builder.withDetail("isolation", snapshot.isolation().name())
			.withDetail("workers", workers(snapshot.workers()))
			.withDetail("queue", queue(snapshot.queue()));
	}

	private static Status status(PoolState state) {
		return switch (state) {
			case FAILED, CLOSED -> Status.DOWN;
			case PAUSED, STOPPED -> Status.OUT_OF_SERVICE;
			case NEW, STARTING, RUNNING, DEGRADED -> Status.UP;
		};
	}

	private static Map<String, Object> workers(PoolSnapshot.Workers workers) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("min", workers.min());
		details.put("max", workers.max());
		details.put("alive", workers.alive());
		details.put("idle", workers.idle());
		details.put("busy", workers.busy());
		details.put("starting", workers.starting());
		details.put("abandoned", workers.abandoned());
		return details;
	}

	private static Map<String, Object> queue(PoolSnapshot.Queue queue) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("size", queue.size());
		details.put("capacity", queue.capacity());
		details.put("oldestWaitMillis", queue.oldestWaitMillis());
		return details;
	}

}
