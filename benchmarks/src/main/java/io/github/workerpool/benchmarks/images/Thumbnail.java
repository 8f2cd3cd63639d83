package io.github.workerpool.benchmarks.images;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

import javax.imageio.ImageIO;

import net.coobird.thumbnailator.Thumbnails;

/**
 * What is to be done with a picture.
 */
final class Thumbnail {

	private static final int SIZE = 200;

	static {
		// Pictures come from memory and go to memory; no need for temporary files
		ImageIO.setUseCache(false);
	}

	private Thumbnail() {
	}

	/**
	 * Makes a picture small.
	 */
	static byte[] of(byte[] image) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		try {
			Thumbnails.of(new ByteArrayInputStream(image)).size(SIZE, SIZE).outputFormat("jpg").toOutputStream(bytes);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return bytes.toByteArray();
	}

}
