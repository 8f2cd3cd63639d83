package io.github.workerpool.benchmarks.report;

import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SummaryTests {

	@Test
	void medianIsTheValueInTheMiddle() {
		assertThat(Summary.of(List.of(9.0, 1.0, 2.0))).isEqualTo(new Summary(1, 2, 9, 3));
	}

	@Test
	void medianOfAnEvenNumberIsBetweenTheTwoInTheMiddle() {
		assertThat(Summary.of(List.of(9.0, 1.0, 2.0, 4.0)).median()).isEqualTo(3);
	}

	@Test
	void neverIsLaterThanAnyOtherValue() {
		Summary summary = Summary.of(List.of(Figure.NEVER, 5.0, Figure.NEVER));
		assertThat(summary).isEqualTo(new Summary(5, Figure.NEVER, Figure.NEVER, 3));
	}

}
