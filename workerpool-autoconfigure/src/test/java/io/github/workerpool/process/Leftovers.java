package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Sees to it that the tests of a class leave nothing behind: no process, no thread, no
 * file, no open socket and no open shared memory.
 */
public final class Leftovers implements BeforeAllCallback, AfterAllCallback {

	private Set<String> before = Set.of();

	@Override
	public void beforeAll(ExtensionContext context) {
		this.before = present();
	}

	@Override
	public void afterAll(ExtensionContext context) {
		await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
			Set<String> left = present();
			left.removeAll(this.before);
			assertThat(left).isEmpty();
		});
	}

	private static Set<String> present() {
		Set<String> present = new TreeSet<>();
		Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith("workerpool"))
			.forEach((thread) -> present.add("thread " + thread.getName()));
		ProcessHandle.current()
			.descendants()
			.forEach((child) -> present.add("process " + child.pid() + " " + child.info().commandLine().orElse("")));
		for (Path directory : List.of(Path.of(System.getProperty("java.io.tmpdir")), Path.of("/tmp"),
				Path.of("/dev/shm"))) {
			list(directory, "workerpool-*" + ProcessHandle.current().pid() + "*")
				.forEach((file) -> present.add("file " + file));
		}
		for (Path descriptor : list(Path.of("/proc/self/fd"), "*")) {
			String target = target(descriptor);
			if (target.contains("workerpool") && !target.endsWith(".jar")) {
				present.add("open " + target);
			}
		}
		return present;
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
