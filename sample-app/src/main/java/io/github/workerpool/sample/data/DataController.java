package io.github.workerpool.sample.data;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

import io.github.workerpool.sample.InvalidInputException;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Tables and bytes over HTTP. A body without a media type of its own is taken for what
 * the address says it is.
 */
@RestController
class DataController {

	private final CsvSummarizer csv;

	private final JsonSummarizer json;

	private final Compressor compressor;

	DataController(CsvSummarizer csv, JsonSummarizer json, Compressor compressor) {
		this.csv = csv;
		this.json = json;
		this.compressor = compressor;
	}

	@PostMapping(path = "/csv/summary", consumes = { "text/*", "application/csv", "application/octet-stream" })
	TableSummary summarizeCsv(@RequestBody(required = false) byte @Nullable [] body,
			@RequestHeader(name = HttpHeaders.CONTENT_TYPE, required = false) @Nullable MediaType type) {
		byte[] content = InvalidInputException.requireBody(body, "CSV with a header row");
		Charset charset = (type != null && type.getCharset() != null) ? type.getCharset() : StandardCharsets.UTF_8;
		return this.csv.summarize(content, charset.name());
	}

	@PostMapping(path = "/json/summary",
			consumes = { "application/json", "application/*+json", "application/octet-stream" })
	TableSummary summarizeJson(@RequestBody(required = false) byte @Nullable [] body) {
		return this.json.summarize(InvalidInputException.requireBody(body, "a JSON array of objects"));
	}

	@PostMapping(path = "/compress", consumes = "!" + MediaType.MULTIPART_FORM_DATA_VALUE)
	ResponseEntity<byte[]> compress(@RequestBody(required = false) byte @Nullable [] body,
			@RequestParam(defaultValue = "gzip") String format) throws IOException {
		Compression compression = Compression.parse(format);
		byte[] content = InvalidInputException.requireBody(body, "the bytes to compress");
		return ResponseEntity.ok()
			.contentType(MediaType.parseMediaType(compression.mediaType()))
			.body(this.compressor.compress(content, compression));
	}

}
