package io.github.workerpool.process;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class OutputRateTests {

	private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1000);

	private final OutputRate rate = new OutputRate(this.clock::get);

	@Test
	void burstPassesAndTheRestIsCounted() {
		int passed = 0;
		for (int i = 0; i < OutputRate.BURST_LINES + 50; i++) {
			passed += this.rate.allow(10, 0) ? 1 : 0;
		}
		assertThat(passed).isEqualTo(OutputRate.BURST_LINES);
		assertThat(this.rate.dropped()).isEqualTo("[50 lines of output (0KB) left out: more than the log can take]");
		assertThat(this.rate.dropped()).isNull();
	}

	@Test
	void fewLongLinesAreNoWayAround() {
		int passed = 0;
		while (this.rate.allow(LineSplitter.LONGEST, 1 << 20)) {
			passed++;
		}
		assertThat(passed).isEqualTo(OutputRate.BURST_BYTES / LineSplitter.LONGEST);
		assertThat(this.rate.dropped()).contains("1 lines of output (1MB)");
	}

	@Test
	void timeMakesRoomAgain() {
		while (this.rate.allow(10, 0)) {
			// spend it
		}
		this.clock.addAndGet(Duration.ofSeconds(1).toNanos());
		int passed = 0;
		while (this.rate.allow(10, 0)) {
			passed++;
		}
		assertThat(passed).isBetween(99, 101);
	}

}
