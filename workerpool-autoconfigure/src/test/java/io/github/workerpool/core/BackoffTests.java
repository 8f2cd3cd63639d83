package io.github.workerpool.core;

import java.time.Duration;

import io.github.workerpool.PoolSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class BackoffTests {

	private static long millisAfter(Backoff backoff, int deaths) {
		return Duration.ofNanos(backoff.nanosAfter(deaths)).toMillis();
	}

	private static PoolSettings.Backoff settings(double jitter) {
		return new PoolSettings.Backoff(Duration.ofMillis(100), 2, Duration.ofSeconds(10), jitter);
	}

	@ParameterizedTest
	@CsvSource({ "0, 0", "1, 0", "2, 100", "3, 200", "4, 400", "5, 800", "8, 6400", "9, 10000", "10, 10000",
			"1000000, 10000" })
	void growsFromTheSecondDeathOnUpToItsMaximum(int deaths, long millis) {
		Backoff backoff = new Backoff(settings(0), () -> 0.5);
		assertThat(millisAfter(backoff, deaths)).isEqualTo(millis);
	}

	@Test
	void defaultsAreThoseOfTheSettings() {
		PoolSettings.Backoff defaults = PoolSettings.builder("any").build().restart().backoff();
		Backoff backoff = new Backoff(defaults, () -> 0.5);
		assertThat(millisAfter(backoff, 1)).isZero();
		assertThat(millisAfter(backoff, 2)).isEqualTo(100);
		assertThat(millisAfter(backoff, 3)).isEqualTo(200);
		assertThat(millisAfter(backoff, 50)).isEqualTo(10_000);
	}

	@ParameterizedTest
	@CsvSource({ "0, 80", "0.5, 100", "0.999999, 119", "1, 120" })
	void jitterSpreadsTheDelayToBothSides(double random, long millis) {
		Backoff backoff = new Backoff(settings(0.2), () -> random);
		assertThat(millisAfter(backoff, 2)).isEqualTo(millis);
	}

	@ParameterizedTest
	@ValueSource(doubles = { 0, 0.25, 0.5, 0.75, 1 })
	void jitterExceedsNoMaximumAndLeavesTheFirstReplacementAlone(double random) {
		Backoff backoff = new Backoff(settings(1), () -> random);
		assertThat(millisAfter(backoff, 1)).isZero();
		for (int deaths = 2; deaths < 100; deaths++) {
			assertThat(millisAfter(backoff, deaths)).isBetween(0L, 10_000L);
		}
	}

	@Test
	void multiplierOfOneKeepsTheDelay() {
		Backoff backoff = new Backoff(new PoolSettings.Backoff(Duration.ofMillis(100), 1, Duration.ofSeconds(10), 0),
				() -> 0.5);
		assertThat(millisAfter(backoff, 2)).isEqualTo(100);
		assertThat(millisAfter(backoff, 200)).isEqualTo(100);
	}

	@Test
	void randomOfItsOwnStaysWithinTheJitter() {
		Backoff backoff = new Backoff(settings(0.2));
		for (int i = 0; i < 1000; i++) {
			assertThat(millisAfter(backoff, 2)).isBetween(79L, 120L);
		}
	}

}
