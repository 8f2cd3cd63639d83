package io.github.workerpool.sample.data;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

import io.github.workerpool.sample.InvalidInputException;

/**
 * Ways to compress.
 */
enum Compression {

	/** A gzip file, RFC 1952. */
	GZIP("application/gzip") {

		@Override
		OutputStream wrap(OutputStream out) throws IOException {
			return new GZIPOutputStream(out);
		}

	},

	/** What HTTP calls deflate: the zlib format, RFC 1950. */
	DEFLATE("application/zlib") {

		@Override
		OutputStream wrap(OutputStream out) {
			return new DeflaterOutputStream(out);
		}

	};

	private final String mediaType;

	Compression(String mediaType) {
		this.mediaType = mediaType;
	}

	static Compression parse(String name) {
		return switch (name.toLowerCase(Locale.ROOT)) {
			case "gzip" -> GZIP;
			case "deflate" -> DEFLATE;
			default -> throw new InvalidInputException(
					"'format' is '" + name + "', which is not supported; use 'gzip' or 'deflate'");
		};
	}

	String mediaType() {
		return this.mediaType;
	}

	abstract OutputStream wrap(OutputStream out) throws IOException;

}
