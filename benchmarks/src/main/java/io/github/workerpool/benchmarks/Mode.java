package io.github.workerpool.benchmarks;

import java.util.Locale;

/**
 * How much of a measurement a fork does.
 */
enum Mode {

	/** Measures: three to eight seconds per fork. */
	FULL,

	/** Measures roughly: about one second per fork. */
	QUICK,

	/** Does everything once, as small as it gets. Proves that it works, and no more. */
	SMOKE;

	/**
	 * Returns one of three values, in the order of the modes.
	 */
	<T> T pick(T full, T quick, T smoke) {
		return switch (this) {
			case FULL -> full;
			case QUICK -> quick;
			case SMOKE -> smoke;
		};
	}

	static Mode of(String argument) {
		return valueOf(argument.toUpperCase(Locale.ROOT));
	}

	String argument() {
		return name().toLowerCase(Locale.ROOT);
	}

}
