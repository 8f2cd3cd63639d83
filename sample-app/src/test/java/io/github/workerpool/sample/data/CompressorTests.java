package io.github.workerpool.sample.data;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

import io.github.workerpool.sample.InvalidInputException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Compressor}.
 */
class CompressorTests {

	private final byte[] content = "over and ".repeat(1000).getBytes(StandardCharsets.UTF_8);

	private final Compressor compressor = new Compressor();

	@Test
	void gzipCanBeUnpacked() throws IOException {
		byte[] compressed = this.compressor.compress(this.content, Compression.parse("gzip"));
		assertThat(compressed.length).isLessThan(this.content.length / 10);
		assertThat(new GZIPInputStream(new ByteArrayInputStream(compressed)).readAllBytes()).isEqualTo(this.content);
	}

	@Test
	void deflateCanBeUnpacked() throws IOException {
		byte[] compressed = this.compressor.compress(this.content, Compression.parse("DEFLATE"));
		assertThat(new InflaterInputStream(new ByteArrayInputStream(compressed)).readAllBytes())
			.isEqualTo(this.content);
	}

	@Test
	void otherFormatsAreRefused() {
		assertThatExceptionOfType(InvalidInputException.class).isThrownBy(() -> Compression.parse("zip"))
			.withMessage("'format' is 'zip', which is not supported; use 'gzip' or 'deflate'");
	}

}
