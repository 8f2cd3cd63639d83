package io.github.workerpool.sample.image;

import io.github.workerpool.sample.InvalidInputException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ResizeParameters} and {@link ResizeRequest}.
 */
class ResizeParametersTests {

	@Test
	void whatIsNotGivenHasDefaults() {
		ResizeRequest request = new ResizeParameters("10", null, null, null, null).toRequest();
		assertThat(request).isEqualTo(new ResizeRequest(10, null, Fit.CONTAIN, null, null));
	}

	@Test
	void emptyFieldsOfABrowserAreNotGiven() {
		ResizeRequest request = new ResizeParameters("10", "", " ", "", "").toRequest();
		assertThat(request).isEqualTo(new ResizeRequest(10, null, Fit.CONTAIN, null, null));
	}

	@Test
	void everythingIsRead() {
		ResizeRequest request = new ResizeParameters("10", "20", "Cover", "jpg", "0.5").toRequest();
		assertThat(request).isEqualTo(new ResizeRequest(10, 20, Fit.COVER, ImageFormat.JPEG, 0.5));
	}

	@Test
	void thumbnailIsForThoseWhoGiveNoSize() {
		assertThat(new ResizeParameters(null, "", null, null, null).orThumbnail().toRequest().width()).isEqualTo(200);
		assertThat(new ResizeParameters(null, "7", null, null, null).orThumbnail().toRequest().height()).isEqualTo(7);
	}

	@ParameterizedTest
	@CsvSource(nullValues = "-", value = { "-, -, -, -, -, Neither", "0, -, -, -, -, 'from 1 to 10000, but is 0'",
			"-, -5, -, -, -, 'height'", "10001, -, -, -, -, 'from 1 to 10000'",
			"1.5, -, -, -, -, 'must be a number, but is ''1.5'''", "wide, -, -, -, -, 'but is ''wide'''",
			"9, -, stretch, -, -, '''contain'' or ''cover'''",
			"9, -, -, webp, -, 'supported are JPEG, PNG, GIF, BMP, TIFF'", "9, -, -, -, 1.1, 'from 0 to 1, but is 1.1'",
			"9, -, -, -, -0.1, 'from 0 to 1'", "9, -, -, -, NaN, 'from 0 to 1'" })
	void nonsenseIsRefusedInWords(@Nullable String width, @Nullable String height, @Nullable String fit,
			@Nullable String format, @Nullable String quality, String message) {
		assertThatExceptionOfType(InvalidInputException.class)
			.isThrownBy(() -> new ResizeParameters(width, height, fit, format, quality).toRequest())
			.withMessageContaining(message);
	}

}
