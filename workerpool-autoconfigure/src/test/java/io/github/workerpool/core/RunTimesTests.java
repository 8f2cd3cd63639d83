package io.github.workerpool.core;

import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class RunTimesTests {

	private static final long MICRO = 1_000;

	private static final long MILLI = 1_000_000;

	private final RunTimes times = new RunTimes();

	private final Histogram waits = new Histogram(2);

	private final Histogram runs = new Histogram(2);

	private long now = MILLI;

	@Test
	void aRunOfUnknownKindIsTimedByItself() {
		this.times.ended(this.now, this.now);
		assertThat(this.times.canStayOpen()).isFalse();
		assertThat(this.times.book(this.now + 3 * MICRO)).isEqualTo(3 * MICRO);
		assertThat(this.times.hasOpen()).isFalse();
	}

	@Test
	void waitAndRunOfOneAreExact() {
		run(1, 7 * MICRO, 250 * MICRO);
		gather();
		assertThat(this.waits.getMaxValue()).isEqualTo(7);
		assertThat(this.runs.getTotalCount()).isOne();
		assertThat(this.runs.getMinValue()).isBetween(249L, 250L);
	}

	@Test
	void tinyRunsStayOpenTogetherButNotForEver() {
		makeTiny();
		for (int i = 0; i < 15; i++) {
			this.times.ended(this.now, this.now);
			assertThat(this.times.canStayOpen()).isTrue();
		}
		this.times.ended(this.now, this.now);
		assertThat(this.times.canStayOpen()).isFalse();
	}

	@Test
	void openRunsAreBookedOneByOneWithTheirExactSum() {
		makeTiny();
		gather();
		this.waits.reset();
		this.runs.reset();
		run(4, 0, 8 * MICRO);
		gather();
		assertThat(this.runs.getTotalCount()).isEqualTo(4);
		assertThat(this.runs.getMinValue()).isEqualTo(2);
		assertThat(this.runs.getMaxValue()).isEqualTo(2);
		// The first did not wait, each further one for those before it
		assertThat(this.waits.getTotalCount()).isEqualTo(4);
		assertThat(this.waits.getMaxValue()).isEqualTo(6);
	}

	@Test
	void aLongRunAmongOpenOnesIsNotSharedOutAmongThem() {
		makeTiny();
		gather();
		this.runs.reset();
		run(10, 0, 50 * MILLI);
		gather();
		assertThat(this.runs.getTotalCount()).isEqualTo(10);
		assertThat(this.runs.getMaxValue()).isBetween(49_000L, 51_000L);
		assertThat(this.runs.getValueAtPercentile(90)).isLessThanOrEqualTo(1);
	}

	@Test
	void afterALongRunTheNextIsTimedByItself() {
		makeTiny();
		run(10, 0, 50 * MILLI);
		this.times.ended(this.now, this.now);
		assertThat(this.times.canStayOpen()).isFalse();
	}

	private void makeTiny() {
		for (int i = 0; i < 100; i++) {
			run(1, 0, 100);
		}
		assertThat(this.times.canStayOpen()).isTrue();
	}

	private void run(int number, long wait, long sum) {
		for (int i = 0; i < number; i++) {
			this.times.ended(this.now - wait, this.now);
		}
		this.now += sum;
		assertThat(this.times.book(this.now)).isEqualTo(sum);
	}

	private void gather() {
		this.times.flush();
		this.times.drainTo(this.waits, this.runs);
	}

}
