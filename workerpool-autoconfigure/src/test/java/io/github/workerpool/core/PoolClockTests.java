package io.github.workerpool.core;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class PoolClockTests {

	@ParameterizedTest
	@ValueSource(longs = { 0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE - 5, 1_000_000_000_000L })
	void isMoreThanZeroWhateverItsSourceBeganAt(long origin) {
		AtomicLong source = new AtomicLong(origin);
		PoolClock clock = new PoolClock(source::get);
		assertThat(clock.now()).isEqualTo(1);
		source.addAndGet(10);
		assertThat(clock.now()).isEqualTo(11);
		// A source may wrap around, as System.nanoTime() does
		source.addAndGet(Duration.ofDays(365).toNanos());
		assertThat(clock.now()).isEqualTo(11 + Duration.ofDays(365).toNanos());
	}

	@Test
	void neverGoesBack() {
		PoolClock clock = new PoolClock();
		long before = clock.now();
		for (int i = 0; i < 10_000; i++) {
			long now = clock.now();
			assertThat(now).isGreaterThanOrEqualTo(before).isPositive();
			before = now;
		}
	}

	@Test
	void sumsThatOverflowAreNever() {
		assertThat(PoolClock.after(5, 10)).isEqualTo(15);
		assertThat(PoolClock.after(5, Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
		assertThat(PoolClock.after(Long.MAX_VALUE, 1)).isEqualTo(Long.MAX_VALUE);
		assertThat(PoolClock.after(5, 0)).isEqualTo(5);
	}

	@Test
	void durationsThatOverflowAreForEver() {
		assertThat(PoolClock.nanos(Duration.ofMillis(3))).isEqualTo(3_000_000);
		assertThat(PoolClock.nanos(Duration.ZERO)).isZero();
		assertThat(PoolClock.nanos(ChronoUnit.FOREVER.getDuration())).isEqualTo(Long.MAX_VALUE);
		assertThat(PoolClock.nanos(Duration.ofSeconds(Long.MIN_VALUE))).isEqualTo(Long.MIN_VALUE);
	}

}
