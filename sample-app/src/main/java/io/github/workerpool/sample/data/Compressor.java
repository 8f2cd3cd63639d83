package io.github.workerpool.sample.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

import io.github.workerpool.offload.Offload;

import org.springframework.stereotype.Service;

/**
 * Compresses bytes on a worker of pool {@code data}.
 */
@Service
class Compressor {

	@Offload(pool = "data", name = "compress")
	public byte[] compress(byte[] content, Compression compression) throws IOException {
		ByteArrayOutputStream compressed = new ByteArrayOutputStream(content.length / 2);
		try (OutputStream out = compression.wrap(compressed)) {
			out.write(content);
		}
		return compressed.toByteArray();
	}

}
