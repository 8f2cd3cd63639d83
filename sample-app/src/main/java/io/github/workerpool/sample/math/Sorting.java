package io.github.workerpool.sample.math;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Sorts random numbers in two steps: parts, which can be sorted at the same time, and
 * then their merger.
 */
final class Sorting {

	static final int MAX_NUMBERS = 20_000_000;

	private Sorting() {
	}

	/**
	 * Cuts numbers into parts of about equal size.
	 * @param numbers how many numbers
	 * @param parts how many parts
	 * @return the parts' sizes
	 */
	static List<Integer> parts(int numbers, int parts) {
		return IntStream.range(0, parts)
			.mapToObj((part) -> (int) ((long) numbers * (part + 1) / parts - (long) numbers * part / parts))
			.toList();
	}

	/**
	 * Makes random numbers and sorts them.
	 */
	static int[] sortedNumbers(int numbers) {
		int[] made = new SplittableRandom().ints(numbers).toArray();
		Arrays.sort(made);
		return made;
	}

	/**
	 * Merges sorted parts, two by two, so that each number is moved a few times only.
	 */
	static int[] merge(List<int[]> parts) {
		List<int[]> rest = parts;
		while (rest.size() > 1) {
			List<int[]> merged = new ArrayList<>();
			for (int index = 0; index < rest.size(); index += 2) {
				merged.add((index + 1 < rest.size()) ? merge(rest.get(index), rest.get(index + 1)) : rest.get(index));
			}
			rest = merged;
		}
		return rest.isEmpty() ? new int[0] : rest.get(0);
	}

	static boolean isSorted(int[] numbers) {
		return IntStream.range(1, numbers.length).allMatch((index) -> numbers[index - 1] <= numbers[index]);
	}

	private static int[] merge(int[] one, int[] other) {
		int[] merged = new int[one.length + other.length];
		int left = 0;
		int right = 0;
		for (int index = 0; index < merged.length; index++) {
			boolean takeLeft = right == other.length || (left < one.length && one[left] <= other[right]);
			merged[index] = takeLeft ? one[left++] : other[right++];
		}
		return merged;
	}

}
