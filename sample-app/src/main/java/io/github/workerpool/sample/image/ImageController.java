package io.github.workerpool.sample.image;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;

import io.github.workerpool.MapOptions;
import io.github.workerpool.Outcome;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.memory.TransferableBuffer;
import io.github.workerpool.sample.InvalidInputException;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.multipart.MultipartFile;

/**
 * Pictures over HTTP.
 */
@RestController
class ImageController {

	private static final int MAX_BATCH = 50;

	private static final MapOptions ONE_BY_ONE = MapOptions.none()
		.withChunkSize(1)
		.withTaskOptions(TaskOptions.none().withName("resize-batch"));

	private final ImageResizer resizer;

	private final WorkerPool pool;

	ImageController(ImageResizer resizer, @Qualifier("images") WorkerPool pool) {
		this.resizer = resizer;
		this.pool = pool;
	}

	@PostMapping(path = "/images/resize", consumes = "!" + MediaType.MULTIPART_FORM_DATA_VALUE)
	ResponseEntity<byte[]> resize(InputStream body, @ModelAttribute ResizeParameters parameters) throws IOException {
		return respond(body, parameters);
	}

	@PostMapping(path = "/images/resize", consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
	ResponseEntity<byte[]> resizeUpload(@RequestParam(required = false) @Nullable MultipartFile image,
			@ModelAttribute ResizeParameters parameters) throws IOException {
		if (image == null || image.isEmpty()) {
			throw new InvalidInputException("There is no part named 'image' with an image in it");
		}
		try (InputStream content = image.getInputStream()) {
			return respond(content, parameters);
		}
	}

	@PostMapping(path = "/images/batch", consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
	CompletionStage<List<BatchEntry>> resizeBatch(@RequestParam(required = false) @Nullable List<MultipartFile> image,
			@ModelAttribute ResizeParameters parameters) throws IOException {
		if (image == null || image.isEmpty()) {
			throw new InvalidInputException("There are no parts named 'image' with an image in each");
		}
		InvalidInputException.requireRange("number of images", image.size(), 1, MAX_BATCH);
		ResizeEach resizeEach = new ResizeEach(parameters.orThumbnail().toRequest());
		List<String> names = new ArrayList<>();
		List<byte[]> contents = new ArrayList<>();
		for (MultipartFile file : image) {
			names.add(String.valueOf(file.getOriginalFilename()));
			contents.add(file.getBytes());
		}
		return this.pool.mapOutcomes(contents, resizeEach, ONE_BY_ONE)
			.thenApply((outcomes) -> entries(names, outcomes));
	}

	private ResponseEntity<byte[]> respond(InputStream content, ResizeParameters parameters) throws IOException {
		ResizeRequest request = parameters.toRequest();
		// From the network into memory that is handed over as it is: never on this JVM's
		// heap. If no worker takes it, it is freed here
		try (TransferableBuffer image = TransferableBuffer.copyOf(content)) {
			if (image.size() == 0) {
				throw new InvalidInputException("The request has no body; send an image (" + ImageFormat.names() + ")");
			}
			ResizedImage resized = this.resizer.resize(image, request);
			return ResponseEntity.ok()
				.contentType(MediaType.parseMediaType(resized.format().mediaType()))
				.header("X-Worker", resized.worker())
				.body(resized.content());
		}
	}

	private static List<BatchEntry> entries(List<String> names, List<Outcome<ImageSize>> outcomes) {
		return IntStream.range(0, names.size())
			.mapToObj((index) -> BatchEntry.of(names.get(index), outcomes.get(index)))
			.toList();
	}

}
