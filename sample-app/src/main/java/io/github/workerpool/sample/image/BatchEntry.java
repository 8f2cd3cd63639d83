package io.github.workerpool.sample.image;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.workerpool.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * What became of one picture of a batch: its new size, or its error.
 *
 * @param name file name, as sent
 * @param width new width in pixels
 * @param height new height in pixels
 * @param bytes size of the encoded result
 * @param worker the worker that made it
 * @param error what was wrong with it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record BatchEntry(String name, @Nullable Integer width, @Nullable Integer height, @Nullable Integer bytes,
		@Nullable String worker, @Nullable String error) {

	static BatchEntry of(String name, Outcome<ImageSize> outcome) {
		ImageSize size = outcome.value();
		if (size != null) {
			return new BatchEntry(name, size.width(), size.height(), size.bytes(), size.worker(), null);
		}
		Throwable error = outcome.error();
		return new BatchEntry(name, null, null, null, null,
				(error != null) ? error.getClass().getSimpleName() + ": " + error.getMessage() : "unknown");
	}

}
