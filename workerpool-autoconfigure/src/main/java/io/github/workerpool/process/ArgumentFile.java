package io.github.workerpool.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import io.github.workerpool.WorkerStartException;

/**
 * Writes the arguments of a {@code java} command to a file, as the launcher reads them
 * from {@code @file}: command lines end at 32 thousand characters on Windows, class paths
 * don't. It also keeps arguments out of the list of processes.
 */
final class ArgumentFile {

	private ArgumentFile() {
	}

	/**
	 * Writes arguments.
	 * @param file the file to write
	 * @param arguments the arguments, in order
	 * @throws IOException if the file can't be written
	 * @throws WorkerStartException if the system's encoding can't express an argument
	 */
	static void write(Path file, List<String> arguments) throws IOException {
		write(file, arguments, Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8")));
	}

	static void write(Path file, List<String> arguments, Charset charset) throws IOException {
		StringBuilder text = new StringBuilder();
		for (String argument : arguments) {
			text.append(quote(argument)).append('\n');
		}
		ByteBuffer bytes;
		try {
			bytes = charset.newEncoder().encode(CharBuffer.wrap(text));
		}
		catch (CharacterCodingException ex) {
			String culprit = arguments.stream()
				.filter((argument) -> !charset.newEncoder().canEncode(argument))
				.findFirst()
				.orElse("?");
			throw new WorkerStartException(
					"Can't start child JVMs: the system's encoding %s can't express the argument '%s'. Use a UTF-8 locale, such as LC_ALL=C.UTF-8"
						.formatted(charset, culprit),
					ex);
		}
		byte[] content = new byte[bytes.remaining()];
		bytes.get(content);
		Files.write(file, content);
	}

	/**
	 * Within quotes everything stands for itself but the backslash and the quote.
	 */
	static String quote(String argument) {
		StringBuilder quoted = new StringBuilder(argument.length() + 2).append('"');
		for (int i = 0; i < argument.length(); i++) {
			char c = argument.charAt(i);
			switch (c) {
				case '\\' -> quoted.append("\\\\");
				case '"' -> quoted.append("\\\"");
				case '\n' -> quoted.append("\\n");
				case '\r' -> quoted.append("\\r");
				case '\t' -> quoted.append("\\t");
				case '\f' -> quoted.append("\\f");
				default -> quoted.append(c);
			}
		}
		return quoted.append('"').toString();
	}

}
