package io.github.workerpool.sample.math;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

import io.github.workerpool.TaskFunction;

/**
 * Counts the primes of one segment: Eratosthenes' sieve, segmented, so that a billion
 * numbers need little memory and segments can be worked on at the same time.
 *
 * @param basePrimes the odd primes up to the square root of the largest number
 */
record PrimeSieve(int[] basePrimes) implements TaskFunction<PrimeSieve.Segment, Long> {

	static final int MAX = 1_000_000_000;

	private static final int SEGMENT_LENGTH = 1 << 20;

	static PrimeSieve upTo(int last) {
		return new PrimeSieve(oddPrimes((int) Math.sqrt(last)));
	}

	/**
	 * Cuts the numbers from 2 on into segments.
	 */
	static List<Segment> segments(int last) {
		List<Segment> segments = new ArrayList<>();
		for (long from = 2; from <= last; from += SEGMENT_LENGTH) {
			segments.add(new Segment((int) from, (int) Math.min(last, from + SEGMENT_LENGTH - 1)));
		}
		return segments;
	}

	@Override
	public Long apply(Segment segment) {
		// Only odd numbers are looked at: index i stands for first + 2i
		int first = segment.from() | 1;
		boolean[] composite = new boolean[(segment.to() - first + 2) / 2];
		for (int prime : this.basePrimes) {
			long square = (long) prime * prime;
			long multiple = (square >= first) ? square : oddMultiple(first, prime);
			int start = (int) Math.min((multiple - first) / 2, composite.length);
			for (int index = start; index < composite.length; index += prime) {
				composite[index] = true;
			}
		}
		long count = (segment.from() == 2) ? 1 : 0;
		for (boolean crossedOut : composite) {
			count += crossedOut ? 0 : 1;
		}
		return count;
	}

	// The first odd multiple of an odd number that is not below another
	private static long oddMultiple(long from, int number) {
		long multiple = (from + number - 1) / number * number;
		return (multiple % 2 == 0) ? multiple + number : multiple;
	}

	private static int[] oddPrimes(int last) {
		return IntStream.rangeClosed(3, last).filter(PrimeSieve::isOddPrime).toArray();
	}

	private static boolean isOddPrime(int number) {
		return number % 2 != 0
				&& IntStream.rangeClosed(3, (int) Math.sqrt(number)).allMatch((divisor) -> number % divisor != 0);
	}

	/**
	 * Neighbouring numbers.
	 *
	 * @param from the first
	 * @param to the last
	 */
	record Segment(int from, int to) implements Serializable {

	}

}
