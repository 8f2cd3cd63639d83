package io.github.workerpool.sample.image;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Supplier;

import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

import io.github.workerpool.WorkerContext;
import io.github.workerpool.memory.TransferableBuffer;
import io.github.workerpool.offload.Offload;
import io.github.workerpool.sample.InvalidInputException;
import net.coobird.thumbnailator.Thumbnails;
import net.coobird.thumbnailator.geometry.Positions;

import org.springframework.stereotype.Service;

/**
 * Makes pictures smaller or larger. Needs nothing but its arguments.
 */
@Service
class ImageResizer {

	/** Decoded, a picture takes 3 to 8 bytes per pixel. */
	private static final long MAX_SOURCE_PIXELS = 50_000_000;

	private static final long MAX_RESULT_PIXELS = 25_000_000;

	static {
		// Pictures come from memory and go to memory; no need for temporary files
		ImageIO.setUseCache(false);
	}

	/**
	 * Resizes a picture on a worker of pool {@code images}, which has the picture from
	 * now on and frees it.
	 */
	@Offload(pool = "images", name = "resize")
	public ResizedImage resize(TransferableBuffer image, ResizeRequest request) throws InvalidInputException {
		try (image) {
			return resizeHere(image::inputStream, request);
		}
	}

	/**
	 * Resizes a picture on the thread that calls, for tasks that are on a worker already.
	 */
	static ResizedImage resizeHere(Supplier<InputStream> image, ResizeRequest request) {
		ImageHeader header = ImageHeader.read(image);
		check(header, request);
		ImageFormat format = (request.format() != null) ? request.format() : header.format();
		BufferedImage resized = scale(image, request);
		byte[] content = encode(format.hasTransparency() ? resized : onWhite(resized), format, request);
		return new ResizedImage(content, format, resized.getWidth(), resized.getHeight(),
				WorkerContext.current().map(WorkerContext::workerId).orElse("none"));
	}

	private static void check(ImageHeader header, ResizeRequest request) {
		if (header.pixels() > MAX_SOURCE_PIXELS) {
			throw new InvalidInputException("The image has %d × %d pixels; the largest that is read has %d million"
				.formatted(header.width(), header.height(), MAX_SOURCE_PIXELS / 1_000_000));
		}
		double pixels = request.pixels(header.width(), header.height());
		if (pixels > MAX_RESULT_PIXELS) {
			throw new InvalidInputException(
					"The resized image would have %.0f million pixels; the largest that is made has %d million"
						.formatted(pixels / 1_000_000, MAX_RESULT_PIXELS / 1_000_000));
		}
	}

	private static BufferedImage scale(Supplier<InputStream> image, ResizeRequest request) {
		var builder = Thumbnails.of(image.get()).imageType(BufferedImage.TYPE_INT_ARGB);
		if (request.width() != null && request.height() != null) {
			builder.size(request.width(), request.height());
			if (request.fit() == Fit.COVER) {
				builder.crop(Positions.CENTER);
			}
		}
		else if (request.width() != null) {
			builder.width(request.width());
		}
		else if (request.height() != null) {
			builder.height(request.height());
		}
		try {
			return builder.asBufferedImage();
		}
		// Readers of the JDK meet broken files with many an unchecked exception
		catch (IOException | RuntimeException ex) {
			throw ImageHeader.unreadable(ex);
		}
	}

	private static BufferedImage onWhite(BufferedImage image) {
		BufferedImage opaque = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
		Graphics2D graphics = opaque.createGraphics();
		try {
			graphics.drawImage(image, 0, 0, Color.WHITE, null);
		}
		finally {
			graphics.dispose();
		}
		return opaque;
	}

	private static byte[] encode(BufferedImage image, ImageFormat format, ResizeRequest request) {
		ImageWriter writer = ImageIO.getImageWritersByFormatName(format.name()).next();
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
			ImageWriteParam parameters = writer.getDefaultWriteParam();
			if (format == ImageFormat.JPEG && request.quality() != null) {
				parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
				parameters.setCompressionQuality(request.quality().floatValue());
			}
			writer.setOutput(out);
			writer.write(null, new IIOImage(image, null, null), parameters);
		}
		catch (IOException ex) {
			throw new IllegalStateException("The image can't be written as " + format, ex);
		}
		finally {
			writer.dispose();
		}
		return bytes.toByteArray();
	}

}
