package io.github.workerpool.sample.math;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PrimeSieve}.
 */
class PrimeSieveTests {

	@ParameterizedTest
	@CsvSource({ "0, 0", "1, 0", "2, 1", "3, 2", "4, 2", "5, 3", "9, 4", "10, 4", "25, 9", "100, 25", "1000000, 78498",
			"1048577, 82025", "1048583, 82026", "10000000, 664579" })
	void primesAreCounted(int upTo, long count) {
		PrimeSieve sieve = PrimeSieve.upTo(upTo);
		assertThat(PrimeSieve.segments(upTo).stream().mapToLong(sieve::apply).sum()).isEqualTo(count);
	}

	@ParameterizedTest
	@CsvSource({ "999999000, 1000000000, 45" })
	void largestNumbersAreCounted(int from, int to, long count) {
		assertThat(PrimeSieve.upTo(to).apply(new PrimeSieve.Segment(from, to))).isEqualTo(count);
	}

	@ParameterizedTest
	@CsvSource({ "1, 0", "2, 1", "1048577, 1", "1048578, 2", "1000000000, 954" })
	void numbersAreCutIntoSegments(int upTo, int segments) {
		assertThat(PrimeSieve.segments(upTo)).hasSize(segments);
	}

}
