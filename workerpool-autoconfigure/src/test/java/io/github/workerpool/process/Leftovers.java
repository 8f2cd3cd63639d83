package io.github.workerpool.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Sees to it that the tests of a class leave nothing behind: no process, not even an
 * orphan of a child, no thread, no file, no open socket, pipe or selector, and no open
 * shared memory.
 */
public final class Leftovers implements BeforeAllCallback, AfterAllCallback {

	private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

	private Set<String> before = Set.of();

	@Override
	public void beforeAll(ExtensionContext context) throws IOException {
		// The JDK opens a socket of its own when the first one is closed
		ConnectedSockets.open().close();
		this.before = present();
	}

	@Override
	public void afterAll(ExtensionContext context) {
		await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
			Set<String> left = present();
			left.removeAll(this.before);
			assertThat(left).as(() -> left.stream().map(Leftovers::kind).toList().toString()).isEmpty();
		});
	}

	private static Set<String> present() {
		Set<String> present = new TreeSet<>();
		threads().forEach((thread) -> present.add("thread " + thread));
		ProcessHandle.current()
			.descendants()
			.forEach((child) -> present.add("process " + child.pid() + " " + child.info().commandLine().orElse("")));
		processes().forEach((pid) -> present.add("process of a child " + pid));
		for (Path directory : List.of(Path.of(System.getProperty("java.io.tmpdir")), Path.of("/tmp"),
				Path.of("/dev/shm"))) {
			list(directory, "workerpool-*" + ProcessHandle.current().pid() + "*")
				.forEach((file) -> present.add("file " + file));
		}
		for (Path descriptor : list(DESCRIPTORS, "*")) {
			String target = target(descriptor);
			if (target.contains("workerpool") && !target.endsWith(".jar")) {
				present.add("open " + target);
			}
			if (target.startsWith("socket:") || target.startsWith("pipe:") || target.startsWith("anon_inode:")) {
				present.add("open " + descriptor.getFileName() + " " + target);
			}
		}
		return present;
	}

	/** What is known of a socket, to find out where it comes from. */
	private static String kind(String target) {
		String inode = target.replaceAll(".*:\\[(\\d+)]", "$1");
		StringBuilder found = new StringBuilder();
		for (String table : List.of("unix", "tcp", "tcp6", "udp", "udp6")) {
			try (Stream<String> lines = Files.lines(Path.of("/proc/self/net", table))) {
				lines.filter((line) -> List.of(line.split(" +")).contains(inode))
					.forEach((line) -> found.append(' ').append(table).append(": ").append(line));
			}
			catch (IOException | UncheckedIOException ex) {
				// There's no such table
			}
		}
		return found.toString();
	}

	/**
	 * The names of the threads of all pools.
	 */
	static Set<String> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.map(Thread::getName)
			.filter((name) -> name.startsWith("workerpool"))
			.collect(Collectors.toSet());
	}

	/**
	 * The children of all pools of this JVM and all they started, orphans too. Empty
	 * where the system doesn't show them.
	 */
	static List<Long> processes() {
		if (!ProcFile.AVAILABLE) {
			return List.of();
		}
		String parent = ChildEnvironment.PARENT + "=" + ProcessIdentity.current();
		return ProcFile.pids()
			.stream()
			.filter((pid) -> ProcFile.hasVariable(pid, parent) && ProcessIdentity.of(pid) != null)
			.toList();
	}

	/**
	 * The same of another JVM, as long as they run.
	 * @param parent identity of that JVM
	 */
	static List<Long> processesOf(String parent) {
		String variable = ChildEnvironment.PARENT + "=" + parent;
		return ProcFile.pids()
			.stream()
			.filter((pid) -> ProcFile.hasVariable(pid, variable) && TestLauncher.isRunning(pid))
			.toList();
	}

	/**
	 * The directories of the children of all pools of this JVM.
	 */
	static List<Path> childDirectories() {
		List<Path> all = new ArrayList<>();
		for (Path parent : new TreeSet<>(List.of(Path.of(System.getProperty("java.io.tmpdir")), Path.of("/tmp")))) {
			for (Path pool : list(parent, "workerpool-*-" + ProcessHandle.current().pid() + "-*")) {
				list(pool, "*").stream().filter(Files::isDirectory).forEach(all::add);
			}
		}
		return all;
	}

	private static String target(Path descriptor) {
		try {
			return Files.readSymbolicLink(descriptor).toString();
		}
		catch (IOException ex) {
			return "";
		}
	}

	private static List<Path> list(Path directory, String glob) {
		List<Path> all = new ArrayList<>();
		if (Files.isDirectory(directory)) {
			try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, glob)) {
				entries.forEach(all::add);
			}
			catch (IOException ex) {
				return all;
			}
		}
		return all;
	}

}
