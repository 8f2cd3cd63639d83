package io.github.workerpool.benchmarks.images;

import java.util.concurrent.CompletableFuture;

import io.github.workerpool.offload.Offload;

import org.springframework.scheduling.annotation.Async;

/**
 * Makes thumbnails, somewhere.
 */
interface Images {

	CompletableFuture<byte[]> thumbnail(byte[] image);

	/**
	 * Right here, on the thread of the request.
	 */
	class Direct implements Images {

		@Override
		public CompletableFuture<byte[]> thumbnail(byte[] image) {
			return CompletableFuture.completedFuture(Thumbnail.of(image));
		}

	}

	/**
	 * On an executor of Spring's.
	 */
	class Asynchronous implements Images {

		@Override
		@Async
		public CompletableFuture<byte[]> thumbnail(byte[] image) {
			return CompletableFuture.completedFuture(Thumbnail.of(image));
		}

	}

	/**
	 * On a worker of a pool.
	 */
	class Offloaded implements Images {

		@Override
		@Offload
		public CompletableFuture<byte[]> thumbnail(byte[] image) {
			return CompletableFuture.completedFuture(Thumbnail.of(image));
		}

	}

}
