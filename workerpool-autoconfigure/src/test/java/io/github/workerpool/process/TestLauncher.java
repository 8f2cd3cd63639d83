package io.github.workerpool.process;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.process.child.ProbeChild;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Launches {@link ProbeChild}, and sees to it that nothing is left.
 */
final class TestLauncher implements AutoCloseable {

	static final Duration PATIENCE = Duration.ofSeconds(30);

	private final PoolSettings settings;

	final ChildLauncher launcher;

	private final List<ChildProcess> children = new ArrayList<>();

	private final List<Path> directories = new ArrayList<>();

	TestLauncher(ChildLauncher launcher, PoolSettings settings) {
		this.launcher = launcher;
		this.settings = settings;
	}

	static TestLauncher plain() {
		return with((process) -> {
		});
	}

	static TestLauncher with(Consumer<PoolSettings.ProcessBuilder> process) {
		return with(settings((builder) -> builder.process(process)));
	}

	static TestLauncher with(PoolSettings settings) {
		return new TestLauncher(new ChildLauncher(settings, ChildBudget.unlimited(), () -> List.of()), settings);
	}

	static PoolSettings settings(Consumer<PoolSettings.Builder> further) {
		PoolSettings.Builder builder = PoolSettings.builder("probe").isolation(Isolation.PROCESS).size(1);
		builder.resourceLimits((limits) -> limits.maxHeapSize(64L << 20));
		builder.process((process) -> process.classDataSharing(ClassDataSharing.OFF));
		further.accept(builder);
		return builder.build();
	}

	ChildProcess launch(String... arguments) {
		return launch(Map.of(), arguments);
	}

	ChildProcess launch(Map<String, String> environment, String... arguments) {
		Path directory = this.launcher.newDirectory();
		this.directories.add(directory);
		ChildProcess child = this.launcher.launch(new ChildSpec(this.settings, "w" + this.children.size(), directory,
				ProbeChild.class.getName(), List.of(arguments), environment));
		this.children.add(child);
		return child;
	}

	Path directory(ChildProcess child) {
		return this.directories.get(this.children.indexOf(child));
	}

	/**
	 * Launches a child that reports on itself, and waits for the report.
	 */
	Properties report(String... arguments) {
		return report(Map.of(), arguments);
	}

	Properties report(Map<String, String> environment, String... arguments) {
		String[] all = Stream.concat(Stream.of("report"), Stream.of(arguments)).toArray(String[]::new);
		ChildProcess child = launch(environment, all);
		assertThat(exitCode(child)).as(() -> child.stderrTail().toString()).isZero();
		return read(child, "report");
	}

	Properties read(ChildProcess child, String name) {
		Path file = directory(child).resolve(name);
		await().atMost(PATIENCE).until(() -> Files.exists(file) || !child.isAlive());
		Properties properties = new Properties();
		try (Reader reader = Files.newBufferedReader(file)) {
			properties.load(reader);
		}
		catch (IOException ex) {
			throw new AssertionError("no '" + name + "' from child, which said " + child.stderrTail(), ex);
		}
		return properties;
	}

	List<Long> pids(ChildProcess child) {
		return pids(read(child, "pids"));
	}

	static List<Long> pids(Properties properties) {
		return Stream.of(properties.getProperty("pids").split(",")).map(Long::valueOf).toList();
	}

	static int exitCode(ChildProcess child) {
		return child.onExit().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
	}

	static void signal(String signal, long pid) throws Exception {
		assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor()).isZero();
	}

	static boolean isRunning(long pid) {
		return ProcessIdentity.of(pid) != null;
	}

	static void awaitGone(List<Long> pids) {
		await().atMost(PATIENCE).untilAsserted(() -> assertThat(pids).noneMatch(TestLauncher::isRunning));
	}

	@Override
	public void close() {
		this.launcher.close();
		awaitGone(this.children.stream().map(ChildProcess::pid).toList());
		assertThat(this.directories).noneMatch(Files::exists).noneMatch((path) -> Files.exists(path.getParent()));
		await().atMost(PATIENCE)
			.untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
				.noneMatch((thread) -> thread.getName().startsWith("workerpool-")));
	}

}
