package io.github.workerpool.process;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Spares}.
 */
class SparesTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	@Test
	void noneIsMadeAgainWhereItIsGivenUpWhileAllAreDrained() {
		AtomicInteger made = new AtomicInteger();
		AtomicReference<Spares<Integer>> drained = new AtomicReference<>();
		try (Spares<Integer> spares = new Spares<>("spares", 1, made::incrementAndGet, (spare) -> true, (spare) -> {
			Spares<Integer> all = drained.getAndSet(null);
			if (all != null) {
				all.drain();
			}
		}, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMillis(1))) {
			spares.fill();
			Awaitility.await().atMost(PATIENCE).until(() -> spares.count() == 1);
			drained.set(spares);
			spares.yieldOne();
			assertThat(spares.isWanted()).isFalse();
			spares.fill();
			Awaitility.await().atMost(PATIENCE).until(() -> spares.count() == 1);
			assertThat(made).hasValue(2);
		}
	}

	@Test
	void noneIsMadeAtOnce() {
		AtomicInteger made = new AtomicInteger();
		try (Spares<Integer> spares = new Spares<>("spares", 1, made::incrementAndGet, (spare) -> true, (spare) -> {
		}, Duration.ofDays(1), Duration.ofMillis(1), Duration.ofMillis(1))) {
			spares.fill();
			Awaitility.await()
				.atMost(PATIENCE)
				.until(() -> Thread.getAllStackTraces()
					.entrySet()
					.stream()
					.anyMatch((thread) -> thread.getKey().getName().equals("spares")
							&& thread.getKey().getState() == Thread.State.TIMED_WAITING));
			assertThat(spares.take()).isNull();
		}
		assertThat(made).hasValue(0);
	}

}
