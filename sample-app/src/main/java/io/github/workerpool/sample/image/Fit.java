package io.github.workerpool.sample.image;

import java.util.Locale;

import io.github.workerpool.sample.InvalidInputException;

/**
 * How a picture fits into a box of other proportions.
 */
enum Fit {

	/** All of the picture, its proportions kept: it may be smaller than the box. */
	CONTAIN,

	/** All of the box: what does not fit is cut off, evenly on both sides. */
	COVER;

	static Fit parse(String name) {
		return switch (name.toLowerCase(Locale.ROOT)) {
			case "contain" -> CONTAIN;
			case "cover" -> COVER;
			default -> throw new InvalidInputException("'fit' must be 'contain' or 'cover', but is '" + name + "'");
		};
	}

}
