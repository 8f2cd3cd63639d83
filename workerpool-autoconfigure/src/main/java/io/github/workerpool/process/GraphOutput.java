package io.github.workerpool.process;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;

/**
 * JDK serialization into a payload, without the stream's header: the channel has its own.
 * Closing it leaves the payload open.
 */
final class GraphOutput extends ObjectOutputStream {

	private final @Nullable UnaryOperator<Object> replacement;

	GraphOutput(OutputStream out) throws IOException {
		super(out);
		this.replacement = null;
	}

	/** Has objects replaced by others. */
	GraphOutput(OutputStream out, UnaryOperator<Object> replacement) throws IOException {
		super(out);
		this.replacement = replacement;
		enableReplaceObject(true);
	}

	@Override
	protected Object replaceObject(Object value) {
		return (this.replacement != null) ? this.replacement.apply(value) : value;
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
