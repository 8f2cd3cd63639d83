package io.github.workerpool.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * The file in which a JVM tells of its own crash, known as {@code hs_err}.
 *
 * @param path the file
 * @param cause what went wrong, such as {@code SIGSEGV (0xb)}, if the file tells
 * @param frame where, if the file tells
 */
record JvmErrorFile(Path path, @Nullable String cause, @Nullable String frame) {

	private static final Pattern CAUSE = Pattern.compile(
			"#\\s+((?:SIG|EXCEPTION_)\\w+ \\(0x[0-9a-f]+\\)|Internal Error \\([^)]*\\)|Error: .*)(?: at pc=.*|, pid=.*)?");

	private static final String NO_MEMORY = "There is insufficient memory for the Java Runtime Environment";

	/** All that matters stands at the top; the rest may be megabytes. */
	private static final int HEAD = 40;

	static @Nullable JvmErrorFile read(Path path) {
		if (!Files.isRegularFile(path)) {
			return null;
		}
		String cause = null;
		String frame = null;
		try (BufferedReader reader = Files.newBufferedReader(path, StandardCharsets.ISO_8859_1)) {
			for (int i = 0; i < HEAD; i++) {
				String line = reader.readLine();
				if (line == null) {
					break;
				}
				Matcher matcher = CAUSE.matcher(line);
				if (cause == null && matcher.matches()) {
					cause = matcher.group(1);
				}
				else if (cause == null && line.contains(NO_MEMORY)) {
					cause = "the system gave the JVM no more memory";
				}
				else if (line.startsWith("# Problematic frame:")) {
					String next = reader.readLine();
					frame = (next != null) ? next.replaceFirst("^#\\s*", "").strip() : null;
				}
			}
		}
		catch (IOException ex) {
			// what could be read is told; the path matters most
		}
		return new JvmErrorFile(path, cause, frame);
	}

	String summary() {
		if (this.cause == null) {
			return "a crash of the JVM";
		}
		return (this.frame != null) ? this.cause + " in " + this.frame : this.cause;
	}

}
