package io.github.workerpool.benchmarks;

import java.util.function.Supplier;

import io.github.workerpool.Task;

/**
 * Work that every {@link Contender} takes as it is, whichever type its own interface asks
 * for.
 *
 * @param <R> the type of the result
 */
@FunctionalInterface
interface Work<R> extends Task<R>, Supplier<R> {

	@Override
	R call();

	@Override
	default R get() {
		return call();
	}

}
