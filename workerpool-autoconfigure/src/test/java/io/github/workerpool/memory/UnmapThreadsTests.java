package io.github.workerpool.memory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link UnmapThreads}.
 */
class UnmapThreadsTests {

	private final UnmapThreads threads = new UnmapThreads();

	@Test
	void noneWaitsForAnother() throws Exception {
		CyclicBarrier both = new CyclicBarrier(2);
		CompletableFuture<Thread> one = CompletableFuture.supplyAsync(() -> meet(both), this.threads);
		CompletableFuture<Thread> other = CompletableFuture.supplyAsync(() -> meet(both), this.threads);
		assertThat(one.get(30, TimeUnit.SECONDS)).isNotSameAs(other.get(30, TimeUnit.SECONDS));
	}

	@Test
	void threadsHoldNothingUpAndNothingBackAndLeave() throws Exception {
		Thread thread = CompletableFuture.supplyAsync(Thread::currentThread, this.threads).get(30, TimeUnit.SECONDS);
		assertThat(thread).isNotSameAs(Thread.currentThread());
		assertThat(thread.isDaemon()).isTrue();
		assertThat(thread.getContextClassLoader()).isNull();
		Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> !thread.isAlive());
	}

	@Test
	void theyAreBehindWhileMuchIsUnfinished() throws Exception {
		CompletableFuture<Void> end = new CompletableFuture<>();
		List<CompletableFuture<Void>> all = new ArrayList<>();
		assertThat(this.threads.areBehind()).isFalse();
		for (int i = 0; i < 5; i++) {
			all.add(CompletableFuture.runAsync(end::join, this.threads));
		}
		assertThat(this.threads.areBehind()).isTrue();
		end.complete(null);
		for (CompletableFuture<Void> each : all) {
			each.get(30, TimeUnit.SECONDS);
		}
		Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> !this.threads.areBehind());
	}

	@Test
	void buffersThatAreFreedInARowDoNotPileUp() {
		int most = 0;
		for (int i = 0; i < 200; i++) {
			try (TransferableBuffer buffer = TransferableBuffer.allocate(8 << 20)) {
				for (int at = 0; at < buffer.size(); at += 4096) {
					buffer.asBuffer().put(at, (byte) 1);
				}
			}
			long unmapping = Thread.getAllStackTraces()
				.keySet()
				.stream()
				.filter((thread) -> thread.getName().equals("workerpool-unmap"))
				.count();
			most = Math.max(most, (int) unmapping);
		}
		assertThat(most).isLessThan(16);
	}

	private static Thread meet(CyclicBarrier both) {
		try {
			both.await(30, TimeUnit.SECONDS);
		}
		catch (InterruptedException | BrokenBarrierException | TimeoutException ex) {
			throw new IllegalStateException(ex);
		}
		return Thread.currentThread();
	}

}
