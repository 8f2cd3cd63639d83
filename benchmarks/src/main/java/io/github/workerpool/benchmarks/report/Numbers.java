package io.github.workerpool.benchmarks.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/**
 * Numbers for people to read: three digits that count, or whole.
 */
final class Numbers {

	private Numbers() {
	}

	static String text(double value) {
		if (Figure.never(value)) {
			return "never";
		}
		double size = Math.abs(value);
		if (size >= 1_000) {
			return String.format(Locale.ROOT, "%,.0f", value).replace(',', ' ');
		}
		return rounded(value, (size >= 100) ? 0 : (size >= 10) ? 1 : (size >= 1) ? 2 : 3);
	}

	/**
	 * A number that was chosen rather than measured: no digits that say nothing.
	 */
	static String plain(double value) {
		return (value >= 1_000) ? text(value) : BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
	}

	static String ratio(double value) {
		if (value >= 1_000) {
			return text(value);
		}
		if (value >= 0.1) {
			return rounded(value, (value >= 100) ? 0 : (value >= 10) ? 1 : 2);
		}
		return (value == 0) ? "0" : new BigDecimal(value, new MathContext(2)).toPlainString();
	}

	private static String rounded(double value, int digits) {
		BigDecimal rounded = BigDecimal.valueOf(value).setScale(digits, RoundingMode.HALF_UP);
		// a value that isn't zero doesn't look like it
		return (rounded.signum() == 0 && value != 0) ? new BigDecimal(value, new MathContext(1)).toPlainString()
				: rounded.toPlainString();
	}

}
