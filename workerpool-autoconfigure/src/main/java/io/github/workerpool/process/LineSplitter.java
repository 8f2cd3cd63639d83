package io.github.workerpool.process;

import java.nio.charset.StandardCharsets;

/**
 * Makes lines of the bytes that a child prints. A line may be of any length or never end,
 * and needn't be text: only its beginning is kept, and what a log or a terminal could
 * mistake for a command is replaced. Not safe for use by several threads.
 */
final class LineSplitter {

	static final int LONGEST = 8 << 10;

	private final Sink sink;

	private final byte[] line = new byte[LONGEST];

	private int length;

	private long cut;

	LineSplitter(Sink sink) {
		this.sink = sink;
	}

	void accept(byte[] bytes, int count) {
		int from = 0;
		for (int i = 0; i < count; i++) {
			if (bytes[i] == '\n') {
				append(bytes, from, i - from);
				from = i + 1;
				emit();
			}
		}
		append(bytes, from, count - from);
	}

	private void append(byte[] bytes, int from, int count) {
		int kept = Math.min(count, LONGEST - this.length);
		System.arraycopy(bytes, from, this.line, this.length, kept);
		this.length += kept;
		this.cut += count - kept;
	}

	/**
	 * Tells that no more comes.
	 */
	void end() {
		if (this.length > 0) {
			emit();
		}
	}

	private void emit() {
		int size = this.length;
		if (size > 0 && this.line[size - 1] == '\r') {
			size--;
		}
		String text = harmless(new String(this.line, 0, size, StandardCharsets.UTF_8));
		if (this.cut > 0) {
			text += " [" + this.cut + " more bytes]";
		}
		long cut = this.cut;
		this.length = 0;
		this.cut = 0;
		this.sink.line(text, size, cut);
	}

	private static String harmless(String text) {
		StringBuilder copy = null;
		for (int i = 0; i < text.length(); i++) {
			char c = text.charAt(i);
			if (c != '\t' && (Character.isISOControl(c) || c == '\u2028' || c == '\u2029')) {
				copy = (copy != null) ? copy : new StringBuilder(text);
				copy.setCharAt(i, '\uFFFD');
			}
		}
		return (copy != null) ? copy.toString() : text;
	}

	/**
	 * Takes lines.
	 */
	@FunctionalInterface
	interface Sink {

		void line(String text, int size, long cut);

	}

}
