package io.github.workerpool.sample.math;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Sorting}.
 */
class SortingTests {

	@ParameterizedTest
	@CsvSource({ "10, 1", "10, 3", "2, 4", "20000000, 7" })
	void partsAreAllNumbers(int numbers, int parts) {
		List<Integer> sizes = Sorting.parts(numbers, parts);
		assertThat(sizes).hasSize(parts).allMatch((size) -> size >= 0);
		assertThat(sizes.stream().mapToInt(Integer::intValue).sum()).isEqualTo(numbers);
	}

	@Test
	void randomNumbersAreSorted() {
		int[] numbers = Sorting.sortedNumbers(1000);
		assertThat(numbers).hasSize(1000).isSorted();
		assertThat(Sorting.isSorted(numbers)).isTrue();
	}

	@Test
	void partsAreMergedInOrder() {
		int[] merged = Sorting
			.merge(List.of(new int[] { 1, 4, 9 }, new int[0], new int[] { -5, 4 }, new int[] { 2 }, new int[] { 3 }));
		assertThat(merged).containsExactly(-5, 1, 2, 3, 4, 4, 9);
	}

	@Test
	void nothingIsMergedToNothing() {
		assertThat(Sorting.merge(List.of())).isEmpty();
	}

	@Test
	void disorderIsNoticed() {
		assertThat(Sorting.isSorted(new int[] { 1, 3, 2 })).isFalse();
	}

}
