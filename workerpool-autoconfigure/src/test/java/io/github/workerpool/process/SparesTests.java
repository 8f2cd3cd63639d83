package io.github.workerpool.process;

import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class SparesTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private final AtomicInteger made = new AtomicInteger();

	private final Queue<Integer> disposed = new ConcurrentLinkedQueue<>();

	private final Set<Integer> broken = ConcurrentHashMap.newKeySet();

	private Spares<Integer> spares = spares(2);

	private Spares<Integer> spares(int size) {
		return new Spares<>("spares-under-test", size, this.made::incrementAndGet,
				(spare) -> !this.broken.contains(spare), this.disposed::add, Duration.ofMillis(1),
				Duration.ofMillis(5));
	}

	@AfterEach
	void nothingIsLeft() {
		this.spares.close();
		assertThat(this.spares.count()).isZero();
		await().atMost(PATIENCE)
			.until(() -> Thread.getAllStackTraces()
				.keySet()
				.stream()
				.noneMatch((thread) -> thread.getName().equals("spares-under-test")));
	}

	@Test
	void nothingIsMadeBeforeItIsWanted() {
		assertThat(this.spares.count()).isZero();
		assertThat(this.made).hasValue(0);
	}

	@Test
	void firstTakeFindsNothingAndHasSomeMade() {
		assertThat(this.spares.take()).isNull();
		await().atMost(PATIENCE).until(() -> this.spares.count() == 2);
		assertThat(this.made).hasValue(2);
	}

	@Test
	void whatIsTakenIsReplacedOldestFirst() {
		fill();
		assertThat(this.spares.take()).isEqualTo(1);
		await().atMost(PATIENCE).until(() -> this.spares.count() == 2);
		assertThat(this.spares.take()).isEqualTo(2);
		assertThat(this.spares.take()).isEqualTo(3);
		assertThat(this.disposed).isEmpty();
	}

	@Test
	void whatIsNotUsableIsDisposedOf() {
		fill();
		this.broken.add(1);
		assertThat(this.spares.take()).isEqualTo(2);
		assertThat(this.disposed).containsExactly(1);
	}

	@Test
	void whatBreaksIsReplaced() {
		fill();
		this.spares.broken(1);
		assertThat(this.disposed).containsExactly(1);
		await().atMost(PATIENCE).until(() -> this.spares.count() == 2);
		assertThat(this.spares.take()).isEqualTo(2);
		this.spares.broken(2);
		assertThat(this.disposed).containsExactly(1);
	}

	@Test
	void drainDisposesOfAllUntilSomeAreWantedAgain() {
		fill();
		this.spares.drain();
		assertThat(this.spares.count()).isZero();
		assertThat(this.disposed).containsExactly(1, 2);
		assertThat(this.made).hasValue(2);
		fill();
		assertThat(this.made).hasValue(4);
	}

	@Test
	void failuresAreTriedAgain() {
		AtomicInteger attempts = new AtomicInteger();
		this.spares = new Spares<>("spares-under-test", 1, () -> switch (attempts.incrementAndGet()) {
			case 1 -> throw new IllegalStateException("not yet");
			case 2 -> null;
			default -> 42;
		}, (spare) -> true, this.disposed::add, Duration.ofMillis(1), Duration.ofMillis(5));
		fill(1);
		assertThat(this.spares.take()).isEqualTo(42);
	}

	@Test
	void whatIsMadeTooLateIsDisposedOf() throws Exception {
		CountDownLatch making = new CountDownLatch(1);
		CountDownLatch goOn = new CountDownLatch(1);
		this.spares = new Spares<>("spares-under-test", 1, () -> {
			making.countDown();
			while (goOn.getCount() > 0) {
				try {
					goOn.await();
				}
				catch (InterruptedException ex) {
					// finishes what it began
				}
			}
			return 42;
		}, (spare) -> true, this.disposed::add);
		this.spares.fill();
		making.await();
		this.spares.drain();
		goOn.countDown();
		await().atMost(PATIENCE).untilAsserted(() -> assertThat(this.disposed).containsExactly(42));
	}

	@Test
	void noneAreKeptIfNoneAreAskedFor() {
		this.spares = spares(0);
		assertThat(this.spares.take()).isNull();
		assertThat(this.made).hasValue(0);
	}

	@Test
	void closedSparesMakeNoMore() {
		fill();
		this.spares.close();
		assertThat(this.disposed).containsExactly(1, 2);
		assertThat(this.spares.take()).isNull();
		assertThat(this.made).hasValue(2);
	}

	private void fill() {
		fill(2);
	}

	private void fill(int size) {
		this.spares.fill();
		await().atMost(PATIENCE).until(() -> this.spares.count() == size);
	}

}
