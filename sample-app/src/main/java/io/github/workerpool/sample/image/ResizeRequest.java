package io.github.workerpool.sample.image;

import java.io.Serializable;

import io.github.workerpool.sample.InvalidInputException;
import org.jspecify.annotations.Nullable;

/**
 * What to make of a picture. Checked when it is made, so that no worker is bothered with
 * nonsense.
 *
 * @param width wanted width, or {@code null} for what the height makes it
 * @param height wanted height, or {@code null} for what the width makes it
 * @param fit how the picture fits in, if both are given
 * @param format format of the result, or {@code null} for the picture's own
 * @param quality quality of a JPEG, 0 to 1, or {@code null} for the writer's choice
 */
record ResizeRequest(@Nullable Integer width, @Nullable Integer height, Fit fit, @Nullable ImageFormat format,
		@Nullable Double quality) implements Serializable {

	private static final int MAX_SIDE = 10_000;

	ResizeRequest {
		if (width == null && height == null) {
			throw new InvalidInputException("Neither 'width' nor 'height' is given; give one, or both");
		}
		checkSide("width", width);
		checkSide("height", height);
		if (quality != null && !(quality >= 0 && quality <= 1)) {
			throw new InvalidInputException("'quality' must be from 0 to 1, but is " + quality);
		}
	}

	/**
	 * Size of the result of a picture, up to rounding.
	 */
	double pixels(int sourceWidth, int sourceHeight) {
		double horizontal = (this.width != null) ? (double) this.width / sourceWidth : Double.NaN;
		double vertical = (this.height != null) ? (double) this.height / sourceHeight : Double.NaN;
		if (this.width != null && this.height != null) {
			double scale = (this.fit == Fit.COVER) ? Math.max(horizontal, vertical) : Math.min(horizontal, vertical);
			return scale * sourceWidth * scale * sourceHeight;
		}
		double scale = (this.width != null) ? horizontal : vertical;
		return scale * sourceWidth * scale * sourceHeight;
	}

	private static void checkSide(String name, @Nullable Integer value) {
		if (value != null) {
			InvalidInputException.requireRange(name, value, 1, MAX_SIDE);
		}
	}

}
