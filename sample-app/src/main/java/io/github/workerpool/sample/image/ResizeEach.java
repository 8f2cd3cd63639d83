package io.github.workerpool.sample.image;

import java.io.ByteArrayInputStream;

import io.github.workerpool.TaskFunction;

/**
 * Resizes one picture of a batch and tells its new size.
 *
 * @param request what to make of each
 */
record ResizeEach(ResizeRequest request) implements TaskFunction<byte[], ImageSize> {

	@Override
	public ImageSize apply(byte[] image) {
		return ImageSize.of(ImageResizer.resizeHere(() -> new ByteArrayInputStream(image), this.request));
	}

}
