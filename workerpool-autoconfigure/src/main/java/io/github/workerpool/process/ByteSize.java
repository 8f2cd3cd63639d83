package io.github.workerpool.process;

import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sizes as people and the JVM write them.
 */
final class ByteSize {

	private static final Pattern JVM = Pattern.compile("(\\d{1,15})([kKmMgGtT]?)");

	private ByteSize() {
	}

	static String format(long bytes) {
		if (bytes < 1L << 20) {
			return (bytes >> 10) + "KB";
		}
		if (bytes < 10L << 30) {
			return (bytes >> 20) + "MB";
		}
		return String.format(Locale.ROOT, "%.1fGB", (double) bytes / (1L << 30));
	}

	/**
	 * Reads a size as in {@code -Xmx512m}.
	 */
	static OptionalLong parse(String text) {
		Matcher matcher = JVM.matcher(text);
		if (!matcher.matches()) {
			return OptionalLong.empty();
		}
		int shift = switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
			case "k" -> 10;
			case "m" -> 20;
			case "g" -> 30;
			case "t" -> 40;
			default -> 0;
		};
		return OptionalLong.of(Long.parseLong(matcher.group(1)) << shift);
	}

}
