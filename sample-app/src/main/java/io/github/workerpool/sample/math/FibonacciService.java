package io.github.workerpool.sample.math;

import io.github.workerpool.offload.Offload;

import org.springframework.stereotype.Service;

/**
 * Computes Fibonacci numbers on a worker of pool {@code math}. Its caller waits, and gets
 * the task's own exception if there is one: to it, this is a method like any other.
 */
@Service
class FibonacciService {

	@Offload(pool = "math", name = "fibonacci")
	public Fibonacci compute(int n) {
		return Fibonacci.compute(n);
	}

}
