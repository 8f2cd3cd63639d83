package io.github.workerpool.sample.demo;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.Isolation;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.sample.InvalidInputException;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * What workers can do together, by messages and by memory. Each request starts workers of
 * its own, child JVMs among them, so one is served at a time.
 */
@RestController
class SharingController {

	private static final int MAX_WORKERS = 8;

	private static final int MAX_INCREMENTS = 10_000_000;

	private static final int MAX_MEBIBYTES = 64;

	private static final int WARM_UP_BYTES = 1 << 16;

	private static final long PATIENCE_SECONDS = 10;

	private final Semaphore turn = new Semaphore(1, true);

	@GetMapping("/demo/counter")
	Counters counter(@RequestParam(defaultValue = "4") int workers,
			@RequestParam(defaultValue = "100000") int increments) throws Exception {
		InvalidInputException.requireRange("workers", workers, 1, MAX_WORKERS);
		InvalidInputException.requireRange("increments", increments, 1, MAX_INCREMENTS);
		return inTurn(() -> {
			long started = System.nanoTime();
			Counting counting = new Counting(workers, increments);
			int thread = counting.count(Isolation.THREAD, true);
			int process = counting.count(Isolation.PROCESS, true);
			int unsynchronized = counting.countCarelessly();
			return new Counters(thread, process, unsynchronized, (System.nanoTime() - started) / 1_000_000);
		});
	}

	@GetMapping("/demo/transfer")
	Transfers transfer(@RequestParam(defaultValue = "64") int mebibytes) throws Exception {
		InvalidInputException.requireRange("mebibytes", mebibytes, 1, MAX_MEBIBYTES);
		return inTurn(() -> {
			int bytes = mebibytes << 20;
			try (Handover handover = new Handover(bytes)) {
				// The start of the child and the loading of classes are not counted
				handover.copy(WARM_UP_BYTES);
				handover.transfer(WARM_UP_BYTES);
				handover.share(WARM_UP_BYTES);
				return new Transfers(millis(handover.copy(bytes)), millis(handover.transfer(bytes)),
						millis(handover.share(bytes)));
			}
		});
	}

	@GetMapping("/demo/chat")
	List<String> chat() throws Exception {
		return inTurn(Conversation::hold);
	}

	private <R> R inTurn(Callable<R> demonstration) throws Exception {
		if (!this.turn.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
			throw new RejectedTaskException(RejectedTaskException.Reason.QUEUE_FULL,
					"Other requests for child JVMs are being served; try again later");
		}
		try {
			return demonstration.call();
		}
		finally {
			this.turn.release();
		}
	}

	private static double millis(long nanos) {
		return nanos / 1_000 / 1_000.0;
	}

	/**
	 * What a cell holds to which several workers have added at once.
	 *
	 * @param thread when they were threads and added atomically
	 * @param process when they were child JVMs and added atomically
	 * @param unsynchronized when they were threads that looked and then wrote; what is
	 * missing was lost, as two had looked before either wrote
	 * @param millis how long all of it took, in milliseconds
	 */
	record Counters(int thread, int process, int unsynchronized, long millis) {

	}

	/**
	 * How long a payload took to a child JVM and back, in milliseconds.
	 *
	 * @param copiedMillis as a message that is copied
	 * @param transferredMillis as a buffer that changes its owner
	 * @param sharedMillis as memory that both have
	 */
	record Transfers(double copiedMillis, double transferredMillis, double sharedMillis) {

	}

}
