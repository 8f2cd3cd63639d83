package io.github.workerpool.sample.image;

import java.io.Serializable;

/**
 * Size of a picture that was made.
 *
 * @param width its width in pixels
 * @param height its height in pixels
 * @param bytes size of the encoded picture
 * @param worker the worker that made it
 */
record ImageSize(int width, int height, int bytes, String worker) implements Serializable {

	static ImageSize of(ResizedImage image) {
		return new ImageSize(image.width(), image.height(), image.content().length, image.worker());
	}

}
