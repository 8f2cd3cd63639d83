/**
 * Numbers: Fibonacci's, primes, and numbers in order.
 */
@NullMarked
package io.github.workerpool.sample.math;

import org.jspecify.annotations.NullMarked;
