package io.github.workerpool.core;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

import io.github.workerpool.PoolSnapshot;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.TaskStatus;
import org.HdrHistogram.Histogram;

/**
 * The pool's numbers. Counters are adders; waits and runs are noted by each worker for
 * itself and gathered here now and then, in intervals of which only the last few minutes
 * are kept. Methods that gather are for the supervisor and snapshots; they synchronize.
 */
final class PoolStatistics {

	/** How often the supervisor gathers. */
	static final long TICK_NANOS = 5_000_000_000L;

	private static final int TICKS_PER_INTERVAL = 3;

	private static final int INTERVALS = 12;

	private static final int UTILIZATION_TICKS = 12;

	private final SubmitCounter submitted = new SubmitCounter();

	private final AtomicLong maps = new AtomicLong();

	private final LongAdder[] outcomes = adders(TaskStatus.values().length);

	private final LongAdder[] rejections = adders(RejectedTaskException.Reason.values().length);

	private final Map<String, LongAdder> restarts = new ConcurrentHashMap<>();

	private final Map<String, LongAdder> recycled = new ConcurrentHashMap<>();

	private final Deque<Interval> intervals = new ArrayDeque<>();

	private final Deque<long[]> utilization = new ArrayDeque<>();

	private int ticks;

	private long goneBusyNanos;

	private long goneAliveNanos;

	PoolStatistics() {
		this.intervals.addLast(new Interval());
		this.utilization.addLast(new long[] { 0, 0 });
	}

	/** Counts a submit and numbers it. */
	long nextSequence() {
		return this.submitted.next();
	}

	/** Numbers a map. */
	long nextMapSequence() {
		return this.maps.incrementAndGet();
	}

	void count(TaskStatus outcome) {
		this.outcomes[outcome.ordinal()].increment();
	}

	void countRejection(RejectedTaskException.Reason reason) {
		this.rejections[reason.ordinal()].increment();
		count(TaskStatus.REJECTED);
	}

	void countRestart(String reason) {
		this.restarts.computeIfAbsent(reason, (key) -> new LongAdder()).increment();
	}

	void countRecycled(String reason) {
		this.recycled.computeIfAbsent(reason, (key) -> new LongAdder()).increment();
	}

	synchronized void tick(Iterable<PoolWorker> workers, long now) {
		gather(workers);
		this.ticks++;
		if (this.ticks % TICKS_PER_INTERVAL == 0) {
			this.intervals.addLast(new Interval());
			if (this.intervals.size() > INTERVALS) {
				this.intervals.removeFirst();
			}
		}
		this.utilization.addLast(totals(workers, now));
		if (this.utilization.size() > UTILIZATION_TICKS) {
			this.utilization.removeFirst();
		}
	}

	/** A worker is gone or given up; what it recorded stays. */
	synchronized void gone(PoolWorker worker, long now) {
		gather(List.of(worker));
		this.goneBusyNanos += worker.busyNanos(now);
		this.goneAliveNanos += now - worker.createdAt();
	}

	/** A worker that was given up is gone too. */
	synchronized void goneAtLast(PoolWorker worker) {
		gather(List.of(worker));
	}

	private void gather(Iterable<PoolWorker> workers) {
		Interval newest = this.intervals.getLast();
		for (PoolWorker worker : workers) {
			newest.add(worker);
		}
	}

	private long[] totals(Iterable<PoolWorker> workers, long now) {
		long busy = this.goneBusyNanos;
		long alive = this.goneAliveNanos;
		for (PoolWorker worker : workers) {
			busy += worker.busyNanos(now);
			alive += now - worker.createdAt();
		}
		return new long[] { busy, alive };
	}

	/** Busy share of worker time over the last minute. */
	synchronized double utilization(Iterable<PoolWorker> workers, long now) {
		long[] then = this.utilization.getFirst();
		long[] current = totals(workers, now);
		long alive = current[1] - then[1];
		return (alive <= 0) ? 0 : Math.max(0, Math.min(1, (double) (current[0] - then[0]) / alive));
	}

	synchronized PoolSnapshot.Timings timings(Iterable<PoolWorker> workers) {
		gather(workers);
		Histogram waits = new Histogram(2);
		Histogram runs = new Histogram(2);
		for (Interval interval : this.intervals) {
			waits.add(interval.waits);
			runs.add(interval.runs);
		}
		return new PoolSnapshot.Timings(percentiles(waits), percentiles(runs));
	}

	private static PoolSnapshot.Percentiles percentiles(Histogram micros) {
		if (micros.getTotalCount() == 0) {
			return new PoolSnapshot.Percentiles(0, 0, 0, 0);
		}
		return new PoolSnapshot.Percentiles(micros.getValueAtPercentile(50) / 1000.0,
				micros.getValueAtPercentile(95) / 1000.0, micros.getValueAtPercentile(99) / 1000.0,
				micros.getMaxValue() / 1000.0);
	}

	PoolSnapshot.Tasks tasks() {
		Map<RejectedTaskException.Reason, Long> byReason = new EnumMap<>(RejectedTaskException.Reason.class);
		for (RejectedTaskException.Reason reason : RejectedTaskException.Reason.values()) {
			byReason.put(reason, this.rejections[reason.ordinal()].sum());
		}
		return new PoolSnapshot.Tasks(this.submitted.get(), sum(TaskStatus.SUCCEEDED), sum(TaskStatus.FAILED),
				sum(TaskStatus.REJECTED), byReason, sum(TaskStatus.TIMED_OUT), sum(TaskStatus.CANCELLED),
				sum(TaskStatus.CRASHED));
	}

	private long sum(TaskStatus outcome) {
		return this.outcomes[outcome.ordinal()].sum();
	}

	Map<String, Long> restarts() {
		return sums(this.restarts);
	}

	Map<String, Long> recycled() {
		return sums(this.recycled);
	}

	private static Map<String, Long> sums(Map<String, LongAdder> adders) {
		Map<String, Long> sums = new TreeMap<>();
		adders.forEach((reason, adder) -> sums.put(reason, adder.sum()));
		return sums;
	}

	private static LongAdder[] adders(int number) {
		LongAdder[] adders = new LongAdder[number];
		for (int i = 0; i < number; i++) {
			adders[i] = new LongAdder();
		}
		return adders;
	}

	/**
	 * Waits and runs of some seconds, in microseconds.
	 */
	private static final class Interval {

		final Histogram waits = new Histogram(2);

		final Histogram runs = new Histogram(2);

		void add(PoolWorker worker) {
			worker.runTimes.drainTo(this.waits, this.runs);
		}

	}

}
