package io.github.workerpool.sample.image;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;

import javax.imageio.ImageIO;
import javax.imageio.ImageReader;

import io.github.workerpool.sample.InvalidInputException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ImageResizer}. The photograph has 1000 × 872 pixels.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ImageResizerTests {

	private byte[] photograph = new byte[0];

	@BeforeAll
	void readPhotograph() throws IOException {
		try (InputStream in = ImageResizerTests.class.getResourceAsStream("/data/hubble_deep_field.jpg")) {
			assertThat(in).isNotNull();
			this.photograph = in.readAllBytes();
		}
	}

	@ParameterizedTest
	@CsvSource(nullValues = "-",
			value = { "500, 500, contain, 500, 436", "500, 500, cover, 500, 500", "500, -, contain, 500, 436",
					"500, -, cover, 500, 436", "-, 436, contain, 500, 436", "300, 100, contain, 115, 100",
					"300, 100, cover, 300, 100", "2000, -, contain, 2000, 1744", "1, 1, cover, 1, 1" })
	void pictureGetsTheSizeAskedFor(@Nullable String width, @Nullable String height, String fit, int expectedWidth,
			int expectedHeight) throws IOException {
		ResizedImage resized = resize(this.photograph, new ResizeParameters(width, height, fit, null, null));
		assertThat(resized.format()).isEqualTo(ImageFormat.JPEG);
		assertThat(formatOf(resized.content())).isEqualTo(ImageFormat.JPEG);
		assertThat(resized.width()).isEqualTo(expectedWidth);
		assertThat(resized.height()).isEqualTo(expectedHeight);
		BufferedImage decoded = ImageIO.read(new ByteArrayInputStream(resized.content()));
		assertThat(decoded.getWidth()).isEqualTo(expectedWidth);
		assertThat(decoded.getHeight()).isEqualTo(expectedHeight);
	}

	@Test
	void coverCutsOffWhatDoesNotFit() throws IOException {
		byte[] picture = threeStripes();
		ResizedImage resized = resize(picture, new ResizeParameters("20", "20", "cover", "png", null));
		BufferedImage decoded = ImageIO.read(new ByteArrayInputStream(resized.content()));
		assertThat(new Color(decoded.getRGB(1, 10))).isEqualTo(Color.GREEN);
		assertThat(new Color(decoded.getRGB(18, 10))).isEqualTo(Color.GREEN);
	}

	@Test
	void containShowsTheWholePicture() throws IOException {
		ResizedImage resized = resize(threeStripes(), new ResizeParameters("30", "30", "contain", "png", null));
		BufferedImage decoded = ImageIO.read(new ByteArrayInputStream(resized.content()));
		assertThat(new Color(decoded.getRGB(1, 5))).isEqualTo(Color.RED);
		assertThat(new Color(decoded.getRGB(28, 5))).isEqualTo(Color.BLUE);
	}

	@ParameterizedTest
	@EnumSource(ImageFormat.class)
	void everyFormatIsWrittenAndReadAgain(ImageFormat format) throws IOException {
		ResizedImage converted = resize(this.photograph, new ResizeParameters("100", null, null, format.name(), null));
		assertThat(converted.format()).isEqualTo(format);
		assertThat(formatOf(converted.content())).isEqualTo(format);
		ResizedImage again = resize(converted.content(), new ResizeParameters("50", null, null, null, null));
		assertThat(again.format()).as("format defaults to the input's").isEqualTo(format);
		assertThat(again.width()).isEqualTo(50);
	}

	@Test
	void lowerQualityMakesSmallerFile() {
		ResizedImage poor = resize(this.photograph, new ResizeParameters("400", null, null, null, "0"));
		ResizedImage usual = resize(this.photograph, new ResizeParameters("400", null, null, null, null));
		ResizedImage best = resize(this.photograph, new ResizeParameters("400", null, null, null, "1"));
		assertThat(poor.content().length).isLessThan(usual.content().length);
		assertThat(usual.content().length).isLessThan(best.content().length);
	}

	@Test
	void pictureTakenSidewaysIsTurnedUpright() {
		byte[] sideways = withOrientation(this.photograph, 6);
		ResizedImage resized = resize(sideways, new ResizeParameters("436", null, null, null, null));
		assertThat(resized.width()).isEqualTo(436);
		assertThat(resized.height()).isEqualTo(500);
		ResizedImage boxed = resize(sideways, new ResizeParameters("500", "500", null, null, null));
		assertThat(boxed.width()).isEqualTo(436);
		assertThat(boxed.height()).isEqualTo(500);
		ResizedImage covered = resize(sideways, new ResizeParameters("300", "100", "cover", null, null));
		assertThat(covered.width()).isEqualTo(300);
		assertThat(covered.height()).isEqualTo(100);
	}

	@Test
	void transparencyBecomesWhiteWhereTheFormatHasNone() throws IOException {
		BufferedImage transparent = new BufferedImage(10, 10, BufferedImage.TYPE_INT_ARGB);
		byte[] png = encode(transparent, "png");
		ResizedImage resized = resize(png, new ResizeParameters("10", null, null, "bmp", null));
		BufferedImage decoded = ImageIO.read(new ByteArrayInputStream(resized.content()));
		assertThat(new Color(decoded.getRGB(5, 5))).isEqualTo(Color.WHITE);
	}

	@Test
	void whatIsNoImageIsRefusedNamingTheFormats() {
		assertRefused("just text".getBytes(StandardCharsets.UTF_8), "JPEG, PNG, GIF, BMP, TIFF");
		assertRefused(new byte[] { 0 }, "JPEG, PNG, GIF, BMP, TIFF");
		// Looks like a wireless bitmap, which would be readable but is not offered
		assertRefused(new byte[] { 0, 0, 8, 1, 0 }, "JPEG, PNG, GIF, BMP, TIFF");
	}

	@Test
	void imageCutOffInItsHeaderIsRefused() {
		for (int length : new int[] { 2, 3, 10, 100 }) {
			assertRefused(Arrays.copyOf(this.photograph, length), "no image that can be read");
		}
	}

	@Test
	void brokenImageIsRefused() throws IOException {
		byte[] png = encode(new BufferedImage(100, 100, BufferedImage.TYPE_INT_RGB), "png");
		assertRefused(Arrays.copyOf(png, png.length / 2), "no image that can be read");
	}

	@Test
	void imageThatClaimsToBeHugeIsRefusedBeforeItIsDecoded() {
		assertRefused(headerOfPng(60_000, 60_000), "60000 × 60000 pixels");
	}

	@Test
	void resultThatWouldBeHugeIsRefused() {
		assertThatExceptionOfType(InvalidInputException.class)
			.isThrownBy(() -> resize(this.photograph, new ResizeParameters("10000", null, null, null, null)))
			.withMessageContaining("would have 87 million pixels");
		assertThatExceptionOfType(InvalidInputException.class)
			.isThrownBy(() -> resize(encode(new BufferedImage(1, 30_000, BufferedImage.TYPE_BYTE_BINARY), "png"),
					new ResizeParameters("10000", null, null, null, null)))
			.withMessageContaining("million pixels");
	}

	private static ResizedImage resize(byte[] image, ResizeParameters parameters) {
		return ImageResizer.resizeHere(() -> new ByteArrayInputStream(image), parameters.toRequest());
	}

	private static void assertRefused(byte[] image, String message) {
		assertThatExceptionOfType(InvalidInputException.class)
			.isThrownBy(() -> resize(image, new ResizeParameters("10", null, null, null, null)))
			.withMessageContaining(message);
	}

	private static ImageFormat formatOf(byte[] image) throws IOException {
		ImageReader reader = ImageIO.getImageReaders(ImageIO.createImageInputStream(new ByteArrayInputStream(image)))
			.next();
		return ImageFormat.named(reader.getFormatName()).orElseThrow();
	}

	private static byte[] threeStripes() throws IOException {
		BufferedImage image = new BufferedImage(60, 20, BufferedImage.TYPE_INT_RGB);
		for (int x = 0; x < 60; x++) {
			for (int y = 0; y < 20; y++) {
				image.setRGB(x, y, ((x < 20) ? Color.RED : (x < 40) ? Color.GREEN : Color.BLUE).getRGB());
			}
		}
		return encode(image, "png");
	}

	private static byte[] encode(BufferedImage image, String format) throws IOException {
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		assertThat(ImageIO.write(image, format, out)).isTrue();
		return out.toByteArray();
	}

	/**
	 * Overwrites the orientation in the photograph's own EXIF block: tag 0x0112, a short.
	 */
	private static byte[] withOrientation(byte[] jpeg, int orientation) {
		byte[] changed = jpeg.clone();
		byte[] littleEndianEntry = { 0x12, 0x01, 3, 0, 1, 0, 0, 0 };
		for (int index = 0; index < 1000; index++) {
			if (Arrays.equals(jpeg, index, index + littleEndianEntry.length, littleEndianEntry, 0,
					littleEndianEntry.length)) {
				changed[index + littleEndianEntry.length] = (byte) orientation;
				return changed;
			}
		}
		throw new AssertionError("The photograph has no orientation");
	}

	/**
	 * The first chunk of a picture, which is all there is of it.
	 */
	private static byte[] headerOfPng(int width, int height) {
		ByteBuffer chunk = ByteBuffer.allocate(17).put("IHDR".getBytes(StandardCharsets.US_ASCII));
		chunk.putInt(width).putInt(height).put(new byte[] { 8, 6, 0, 0, 0 });
		CRC32 checksum = new CRC32();
		checksum.update(chunk.array());
		return ByteBuffer.allocate(33)
			.put(new byte[] { (byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' })
			.putInt(13)
			.put(chunk.array())
			.putInt((int) checksum.getValue())
			.array();
	}

}
