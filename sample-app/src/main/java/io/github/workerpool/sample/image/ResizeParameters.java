package io.github.workerpool.sample.image;

import java.util.function.Function;

import io.github.workerpool.sample.InvalidInputException;
import org.jspecify.annotations.Nullable;

/**
 * The query parameters of a resize as they came. Text, so that what is wrong with them
 * can be said in words.
 *
 * @param width whole number, or none
 * @param height whole number, or none
 * @param fit {@code contain} or {@code cover}, or none for {@code contain}
 * @param format name of a format, or none for the picture's own
 * @param quality number, or none
 */
record ResizeParameters(@Nullable String width, @Nullable String height, @Nullable String fit, @Nullable String format,
		@Nullable String quality) {

	private static final String THUMBNAIL = "200";

	ResizeRequest toRequest() {
		Fit parsedFit = parse(this.fit, Fit::parse);
		return new ResizeRequest(parse(this.width, (text) -> number("width", text, Integer::valueOf)),
				parse(this.height, (text) -> number("height", text, Integer::valueOf)),
				(parsedFit != null) ? parsedFit : Fit.CONTAIN, parse(this.format, ImageFormat::parse),
				parse(this.quality, (text) -> number("quality", text, Double::valueOf)));
	}

	/**
	 * The same, with the size of a thumbnail if none is given.
	 */
	ResizeParameters orThumbnail() {
		return (isGiven(this.width) || isGiven(this.height)) ? this
				: new ResizeParameters(THUMBNAIL, THUMBNAIL, this.fit, this.format, this.quality);
	}

	// A browser sends a field that was left empty as an empty parameter
	private static boolean isGiven(@Nullable String text) {
		return text != null && !text.isBlank();
	}

	private static <T> @Nullable T parse(@Nullable String text, Function<String, T> parser) {
		return (text != null && !text.isBlank()) ? parser.apply(text.strip()) : null;
	}

	private static <T extends Number> T number(String name, String text, Function<String, T> parser) {
		try {
			return parser.apply(text);
		}
		catch (NumberFormatException ex) {
			throw new InvalidInputException("'" + name + "' must be a number, but is '" + text + "'", ex);
		}
	}

}
