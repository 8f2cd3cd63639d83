package io.github.workerpool.sample.image;

import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.Supplier;

import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

import io.github.workerpool.sample.InvalidInputException;
import net.coobird.thumbnailator.util.exif.ExifUtils;
import net.coobird.thumbnailator.util.exif.Orientation;
import org.jspecify.annotations.Nullable;

/**
 * What the first bytes of a picture say of it. A file of a few kilobytes can claim to be
 * a picture of gigabytes; the claim is read here before anything is decoded.
 *
 * @param format the picture's format
 * @param width its width, held upright
 * @param height its height, held upright
 */
record ImageHeader(ImageFormat format, int width, int height) {

	static ImageHeader read(Supplier<InputStream> image) {
		try (ImageInputStream in = new MemoryCacheImageInputStream(image.get())) {
			for (Iterator<ImageReader> readers = ImageIO.getImageReaders(in); readers.hasNext();) {
				ImageReader reader = readers.next();
				try {
					Optional<ImageFormat> format = ImageFormat.named(reader.getFormatName());
					if (format.isPresent()) {
						reader.setInput(in);
						return read(reader, format.get());
					}
				}
				finally {
					reader.dispose();
				}
			}
		}
		// Readers of the JDK meet broken files with many an unchecked exception
		catch (IOException | RuntimeException ex) {
			throw unreadable(ex);
		}
		throw unreadable(null);
	}

	private static ImageHeader read(ImageReader reader, ImageFormat format) throws IOException {
		int width = reader.getWidth(0);
		int height = reader.getHeight(0);
		return isOnItsSide(reader, format) ? new ImageHeader(format, height, width)
				: new ImageHeader(format, width, height);
	}

	private static boolean isOnItsSide(ImageReader reader, ImageFormat format) throws IOException {
		if (format != ImageFormat.JPEG) {
			return false;
		}
		Orientation orientation = ExifUtils.getExifOrientation(reader, 0);
		return orientation == Orientation.LEFT_TOP || orientation == Orientation.RIGHT_TOP
				|| orientation == Orientation.RIGHT_BOTTOM || orientation == Orientation.LEFT_BOTTOM;
	}

	static InvalidInputException unreadable(@Nullable Exception cause) {
		String message = "This is no image that can be read; supported are " + ImageFormat.names();
		return (cause != null) ? new InvalidInputException(message + " (" + cause.getMessage() + ")", cause)
				: new InvalidInputException(message);
	}

	long pixels() {
		return (long) this.width * this.height;
	}

}
