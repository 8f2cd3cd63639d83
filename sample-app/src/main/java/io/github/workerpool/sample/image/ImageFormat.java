package io.github.workerpool.sample.image;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

import io.github.workerpool.sample.InvalidInputException;

/**
 * Formats that can be read and written, all of them by the JDK itself.
 */
enum ImageFormat {

	/** Photographs. */
	JPEG(false),

	/** Lossless, with transparency. */
	PNG(true),

	/** 256 colours; of an animation, the first picture. */
	GIF(true),

	/** Windows bitmap. */
	BMP(false),

	/** Tagged image file. */
	TIFF(true);

	private final boolean transparent;

	ImageFormat(boolean transparent) {
		this.transparent = transparent;
	}

	/**
	 * Finds a format by the name a user or a reader of the JDK gives it.
	 */
	static Optional<ImageFormat> named(String name) {
		String canonical = switch (name.toUpperCase(Locale.ROOT)) {
			case "JPG" -> "JPEG";
			case "TIF" -> "TIFF";
			default -> name.toUpperCase(Locale.ROOT);
		};
		return Arrays.stream(values()).filter((format) -> format.name().equals(canonical)).findFirst();
	}

	static ImageFormat parse(String name) {
		return named(name).orElseThrow(() -> new InvalidInputException(
				"'format' is '" + name + "', which can't be written; supported are " + names()));
	}

	static String names() {
		return Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));
	}

	boolean hasTransparency() {
		return this.transparent;
	}

	String mediaType() {
		return "image/" + name().toLowerCase(Locale.ROOT);
	}

}
