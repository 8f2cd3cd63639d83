package io.github.workerpool.benchmarks.report;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class NumbersTests {

	@ParameterizedTest
	@CsvSource({ "1234567.8, 1 234 568", "123.45, 123", "12.345, 12.3", "1.2345, 1.23", "0.12345, 0.123",
			"0.00012345, 0.0001", "0, 0.000", "-1, never", "-1.5, -1.50" })
	void numbersHaveThreeDigitsThatCount(double value, String text) {
		assertThat(Numbers.text(value)).isEqualTo(text);
	}

}
