package io.github.workerpool.process;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;

/**
 * JDK serialization into a payload, without the stream's header: the channel has its own.
 * Closing it leaves the payload open.
 */
final class GraphOutput extends ObjectOutputStream {

	GraphOutput(OutputStream out) throws IOException {
		super(out);
	}

	@Override
	protected void writeStreamHeader() {
		// Nobody reads it
	}

	@Override
	public void close() throws IOException {
		flush();
	}

}
