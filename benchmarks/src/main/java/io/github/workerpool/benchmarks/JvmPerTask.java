package io.github.workerpool.benchmarks;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A new JVM for a task, as one writes it by hand with a {@link ProcessBuilder}: bytes go
 * in through its standard input, and come back through its standard output. It has the
 * options that make a small JVM start fast.
 */
final class JvmPerTask {

	private static final List<String> OPTIONS = List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
			"-Xmx1g");

	private JvmPerTask() {
	}

	/**
	 * Has a new JVM return an {@code int}.
	 */
	static int same(int value) {
		return run(Same.class, (out) -> out.writeInt(value), DataInputStream::readInt);
	}

	/**
	 * Sends bytes to a new JVM, which changes one of them and sends them back.
	 */
	static byte[] roundTrip(byte[] bytes) {
		return run(RoundTrip.class, (out) -> {
			out.writeInt(bytes.length);
			out.write(bytes);
		}, (in) -> in.readNBytes(bytes.length));
	}

	private static <R> R run(Class<?> main, Request request, Response<R> response) {
		try {
			List<String> command = new ArrayList<>();
			command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
			command.addAll(OPTIONS);
			command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
			Process process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
			try (DataOutputStream out = new DataOutputStream(process.getOutputStream());
					DataInputStream in = new DataInputStream(process.getInputStream())) {
				request.write(out);
				out.flush();
				R result = response.read(in);
				int code = process.waitFor();
				if (code != 0) {
					throw new IllegalStateException("The JVM ended with " + code);
				}
				return result;
			}
			finally {
				process.destroyForcibly();
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Writes what goes in.
	 */
	@FunctionalInterface
	private interface Request {

		void write(DataOutputStream out) throws IOException;

	}

	/**
	 * Reads what comes back.
	 *
	 * @param <R> the type of the result
	 */
	@FunctionalInterface
	private interface Response<R> {

		R read(DataInputStream in) throws IOException;

	}

	/**
	 * Returns an {@code int}.
	 */
	static final class Same {

		private Same() {
		}

		public static void main(String[] args) throws IOException {
			byte[] value = System.in.readNBytes(Integer.BYTES);
			System.out.write(value);
			System.out.flush();
		}

	}

	/**
	 * Returns bytes, one of them changed.
	 */
	static final class RoundTrip {

		private RoundTrip() {
		}

		public static void main(String[] args) throws IOException {
			InputStream in = System.in;
			OutputStream out = new FileOutputStream(FileDescriptor.out);
			byte[] bytes = in.readNBytes(new DataInputStream(in).readInt());
			bytes[0]++;
			out.write(bytes);
			out.flush();
		}

	}

}
