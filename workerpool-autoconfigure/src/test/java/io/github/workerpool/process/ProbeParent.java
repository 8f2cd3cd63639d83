package io.github.workerpool.process;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.process.child.ProbeChild;

/**
 * A JVM that launches a child, for tests that start the parent in a way of their own.
 */
public final class ProbeParent {

	private ProbeParent() {
	}

	/**
	 * Launches a child.
	 * @param args what to do, the file to write the outcome to, and for archives the
	 * directory of the cache
	 * @throws Exception if it can't
	 */
	public static void main(String[] args) throws Exception {
		Path outcome = Path.of(args[1]);
		switch (args[0]) {
			case "report" -> report(outcome);
			case "hold" -> hold(outcome, args[2]);
			case "archive" -> archive(outcome, Path.of(args[2]));
			case "exit" -> {
				hold(outcome, "spawn", (launcher) -> {
					launcher.closeAtExit();
					System.exit(0);
				});
			}
			default -> throw new IllegalArgumentException(args[0]);
		}
	}

	private static void report(Path outcome) throws Exception {
		PoolSettings settings = TestLauncher.settings((builder) -> {
		});
		try (ChildLauncher launcher = new ChildLauncher(settings, ChildBudget.unlimited(), () -> List.of())) {
			Properties report = launch(launcher, settings, "report");
			report.setProperty("parent.loader", ProbeParent.class.getClassLoader().getClass().getName());
			write(outcome, report);
		}
	}

	private static Properties launch(ChildLauncher launcher, PoolSettings settings, String... arguments)
			throws IOException {
		Path directory = launcher.newDirectory();
		ChildProcess child = launcher
			.launch(new ChildSpec(settings, "w", directory, ProbeChild.class.getName(), List.of(arguments), Map.of()));
		int exitCode = child.onExit().join();
		Properties properties = new Properties();
		if (exitCode == 0) {
			try (var reader = Files.newBufferedReader(directory.resolve(arguments[0]))) {
				properties.load(reader);
			}
		}
		properties.setProperty("exit", child.report(null, null, List.of()).toString());
		child.close();
		return properties;
	}

	private static void hold(Path outcome, String what) throws Exception {
		hold(outcome, what, (launcher) -> {
			while (true) {
				LockSupport.park();
			}
		});
	}

	private static void hold(Path outcome, String what, Consumer<ChildLauncher> then) throws Exception {
		PoolSettings settings = TestLauncher.settings((builder) -> {
		});
		try (ChildLauncher launcher = new ChildLauncher(settings, ChildBudget.unlimited(), () -> List.of())) {
			Path directory = launcher.newDirectory();
			ChildProcess child = launcher
				.launch(new ChildSpec(settings, "w", directory, ProbeChild.class.getName(), List.of(what), Map.of()));
			Path pids = directory.resolve("pids");
			while (!Files.exists(pids) && child.isAlive()) {
				LockSupport.parkNanos(1_000_000);
			}
			Properties properties = new Properties();
			try (var reader = Files.newBufferedReader(pids)) {
				properties.load(reader);
			}
			properties.setProperty("pids", child.pid() + "," + properties.getProperty("pids"));
			properties.setProperty("directory", directory.toString());
			write(outcome, properties);
			then.accept(launcher);
		}
	}

	/**
	 * Launches children until one has started from an archive.
	 */
	private static void archive(Path outcome, Path cache) throws Exception {
		Path classes = outcome.resolveSibling("classes.txt");
		PoolSettings settings = TestLauncher
			.settings((builder) -> builder.process((process) -> process.classDataSharing(ClassDataSharing.AUTO)
				.jvmArgs(List.of("-Xlog:class+load:file=" + classes))));
		try (ChildLauncher launcher = new ChildLauncher(settings, ChildBudget.unlimited(),
				() -> List.of(ProbeChild.Rehearsal.class.getName()), new ArchiveCache(cache), Duration.ZERO,
				ChildClassPath.ofThisJvm())) {
			while (true) {
				Properties report = launch(launcher, settings, "report");
				if (report.getProperty("property.java.class.path", "").contains(cache.toString())) {
					report.setProperty("classes", Files.readString(classes));
					write(outcome, report);
					return;
				}
				LockSupport.parkNanos(100_000_000);
			}
		}
	}

	private static void write(Path outcome, Properties properties) throws IOException {
		Path unfinished = outcome.resolveSibling(outcome.getFileName() + ".tmp");
		try (Writer writer = Files.newBufferedWriter(unfinished)) {
			properties.store(writer, null);
		}
		Files.move(unfinished, outcome, StandardCopyOption.ATOMIC_MOVE);
	}

}
