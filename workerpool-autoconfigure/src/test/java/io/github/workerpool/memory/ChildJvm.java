package io.github.workerpool.memory;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A child JVM of a test, driven over its standard streams.
 */
final class ChildJvm implements AutoCloseable {

	private final Process process;

	private final DataOutputStream out;

	private final DataInputStream in;

	private ChildJvm(Process process) {
		this.process = process;
		this.out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
		this.in = new DataInputStream(new BufferedInputStream(process.getInputStream()));
	}

	static ChildJvm start(String... prefix) throws IOException {
		List<String> command = new ArrayList<>(Arrays.asList(prefix));
		command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m",
				"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp",
				System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
				MemoryChild.class.getName()));
		return new ChildJvm(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
	}

	Process process() {
		return this.process;
	}

	OutgoingMemory send(Object... command) throws IOException {
		return MemoryChild.send(this.out, Arrays.asList(command));
	}

	void send(OutgoingMemory outgoing, Object... command) throws IOException {
		MemoryChild.send(this.out, Arrays.asList(command), outgoing);
	}

	Object receive() throws IOException, ClassNotFoundException {
		return MemoryChild.receive(this.in);
	}

	/** The answer as it came, so that the test decides when to open it. */
	byte[] receiveBytes() throws IOException {
		return this.in.readNBytes(this.in.readInt());
	}

	Object call(Object... command) throws IOException, ClassNotFoundException {
		OutgoingMemory outgoing = send(command);
		Object answer = receive();
		outgoing.release();
		return answer;
	}

	CompletableFuture<Object> callAsync(Object... command) {
		return CompletableFuture.supplyAsync(() -> {
			try {
				return call(command);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
			catch (ClassNotFoundException ex) {
				throw new IllegalStateException(ex);
			}
		}, (action) -> new Thread(action, "child-call").start());
	}

	void kill() throws InterruptedException {
		this.process.destroyForcibly();
		if (!this.process.waitFor(30, TimeUnit.SECONDS)) {
			throw new IllegalStateException(this.process + " does not end");
		}
	}

	@Override
	public void close() throws Exception {
		this.process.getOutputStream().close();
		if (!this.process.waitFor(10, TimeUnit.SECONDS)) {
			kill();
		}
		this.process.getInputStream().close();
	}

}
