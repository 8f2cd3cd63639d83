package io.github.workerpool.sample.math;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Fibonacci}.
 */
class FibonacciTests {

	@ParameterizedTest
	@CsvSource({ "0, 0", "1, 1", "2, 1", "10, 55", "24, 46368", "25, 75025", "30, 832040" })
	void numbersAreRight(int n, long value) {
		assertThat(Fibonacci.value(n)).isEqualTo(value);
	}

	@Test
	void outsideOfAPoolThereIsNoWorker() {
		Fibonacci fibonacci = Fibonacci.compute(20);
		assertThat(fibonacci.result()).isEqualTo(6765);
		assertThat(fibonacci.worker()).isNull();
		assertThat(fibonacci.isolation()).isNull();
	}

}
