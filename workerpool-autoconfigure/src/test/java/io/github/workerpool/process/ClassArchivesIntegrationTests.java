package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.process.child.ProbeChild;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Children start from an archive of classes as soon as there is one, and without where
 * there can't be.
 */
class ClassArchivesIntegrationTests {

	/** An archive is made at the lowest priority, so a busy machine takes its time. */
	private static final Duration PATIENCE = Duration.ofMinutes(3);

	@TempDir
	private Path temporary;

	@ParameterizedTest
	@EnumSource(mode = EnumSource.Mode.INCLUDE,
			names = { "CLASS_PATH", "EXECUTABLE_JAR", "EXECUTABLE_WAR", "EXTRACTED" })
	void archiveIsMadeAndUsedHoweverTheParentWasStarted(ChildLaunchIntegrationTests.Form form) throws Exception {
		Path directory = Files.createDirectories(this.temporary.resolve("somewhere"));
		Path cache = directory.resolve("cache");
		Path outcome = directory.resolve("outcome");
		List<String> arguments = new ArrayList<>(form.prepare(directory));
		arguments.addAll(List.of("archive", outcome.toString(), cache.toString()));
		try (TestJvm parent = TestJvm.start(directory, Map.of(), arguments)) {
			parent.awaitSuccess(PATIENCE);
			Properties report = parent.outcome(outcome);
			assertThat(report.getProperty("loader")).endsWith("AppClassLoader");
			assertThat(report.getProperty("classes").lines())
				.anyMatch((line) -> line.contains(ProbeChild.class.getName() + " source: shared objects file"));
		}
		assertOnlyTheArchiveIsLeft(cache);
	}

	private static void assertOnlyTheArchiveIsLeft(Path cache) throws IOException {
		List<Path> entries = list(cache);
		assertThat(entries).hasSize(1);
		assertThat(list(entries.get(0)).stream().map((path) -> path.getFileName().toString()))
			.contains("complete", "lock", "users")
			.noneMatch((name) -> name.startsWith("work-") || name.endsWith(".tmp"));
		assertThat(list(entries.get(0).resolve("users"))).isEmpty();
	}

	private static List<Path> list(Path directory) throws IOException {
		try (Stream<Path> entries = Files.list(directory)) {
			return entries.toList();
		}
	}

	@Test
	void secondStartUsesTheArchiveOfTheFirstAtOnce() throws Exception {
		Path cache = this.temporary.resolve("cache");
		try (TestLauncher launcher = launcher(cache)) {
			assertThat(usesArchive(launcher.report(), cache)).isFalse();
			awaitArchive(launcher, cache);
		}
		try (TestLauncher launcher = launcher(cache)) {
			assertThat(usesArchive(launcher.report(), cache)).isTrue();
		}
		assertOnlyTheArchiveIsLeft(cache);
	}

	@Test
	void twoPoolsShareAnArchive() throws Exception {
		Path cache = this.temporary.resolve("cache");
		try (TestLauncher one = launcher(cache); TestLauncher other = launcher(cache)) {
			one.report();
			other.report();
			awaitArchive(one, cache);
			awaitArchive(other, cache);
		}
		assertOnlyTheArchiveIsLeft(cache);
	}

	@Test
	void changedClassPathHasAnotherArchive() throws Exception {
		Path cache = this.temporary.resolve("cache");
		List<Path> classPath = TestApplication.classPathCopiedTo(this.temporary.resolve("classes"));
		try (TestLauncher launcher = launcher(cache, classPath)) {
			awaitArchive(launcher, cache);
		}
		Files.writeString(classPath.get(0).resolve("added.txt"), "new");
		try (TestLauncher launcher = launcher(cache, classPath)) {
			assertThat(usesArchive(launcher.report(), cache)).isFalse();
			awaitArchive(launcher, cache);
		}
		assertThat(list(cache)).hasSize(2);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void damagedArchiveKeepsNoChildFromStarting(boolean sameSize) throws Exception {
		Path cache = this.temporary.resolve("cache");
		try (TestLauncher launcher = launcher(cache)) {
			awaitArchive(launcher, cache);
			damage(cache, sameSize);
			awaitReport(launcher);
		}
		try (TestLauncher launcher = launcher(cache)) {
			awaitReport(launcher);
		}
	}

	private static void damage(Path cache, boolean sameSize) throws IOException {
		Path entry = list(cache).get(0);
		Path archive = Files.exists(entry.resolve("classes.aot")) ? entry.resolve("classes.aot")
				: entry.resolve("classes.jsa");
		byte[] content = Files.readAllBytes(archive);
		byte[] damaged = new byte[sameSize ? content.length : content.length / 3];
		System.arraycopy(content, 0, damaged, 0, Math.min(4096, damaged.length));
		// another file, as the one that running children map must not change
		Path replacement = Files.write(entry.resolve("replacement"), damaged);
		Files.move(replacement, archive, StandardCopyOption.REPLACE_EXISTING);
	}

	/**
	 * A child may die of the damage, but then the next is launched without the archive.
	 */
	private static void awaitReport(TestLauncher launcher) {
		await().atMost(TestLauncher.PATIENCE)
			.until(() -> TestLauncher.exitCode(launcher.launch("report")), (code) -> code == 0);
	}

	@Test
	@DisabledOnOs(OS.WINDOWS)
	void cacheThatOthersCanWriteToIsNotUsed() throws Exception {
		Path cache = Files.createDirectory(this.temporary.resolve("cache"));
		Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
		try (TestLauncher launcher = launcher(cache)) {
			launcher.report();
			launcher.report();
			assertThat(list(cache)).isEmpty();
		}
	}

	@Test
	void cacheThatCannotBeMadeDoesNoHarm() throws Exception {
		Path cache = Files.writeString(this.temporary.resolve("cache"), "a file").resolve("cache");
		try (TestLauncher launcher = launcher(cache)) {
			launcher.report();
			launcher.report();
		}
	}

	@Test
	void closedPoolStopsMakingAnArchive() throws Exception {
		Path cache = this.temporary.resolve("cache");
		try (TestLauncher launcher = launcher(cache)) {
			launcher.report();
			await().atMost(TestLauncher.PATIENCE).until(() -> Files.exists(cache) && !list(cache).isEmpty());
		}
		assertThat(list(list(cache).get(0)).stream().map((path) -> path.getFileName().toString()))
			.noneMatch((name) -> name.startsWith("work-") || name.endsWith(".tmp"));
	}

	@Test
	void cacheMayLieInADirectoryWithBlanks() throws Exception {
		Path cache = this.temporary.resolve("some where").resolve("cache");
		try (TestLauncher launcher = launcher(cache)) {
			launcher.report();
			if (Runtime.version().feature() >= 25) {
				awaitArchive(launcher, cache);
			}
			else {
				launcher.report();
				assertThat(cache).doesNotExist();
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "-Xshare:off", "-Xshare:auto" })
	void archiveIsLeftToAUserWhoTakesCareOfIt(String option) {
		Path cache = this.temporary.resolve("cache");
		PoolSettings settings = settings(List.of(option));
		try (TestLauncher launcher = launcher(cache, TestApplication.classPath(), settings)) {
			launcher.report();
			launcher.report();
			assertThat(cache).doesNotExist();
		}
	}

	private static TestLauncher launcher(Path cache) {
		return launcher(cache, TestApplication.classPath());
	}

	private static TestLauncher launcher(Path cache, List<Path> classPath) {
		return launcher(cache, classPath, settings(List.of()));
	}

	private static PoolSettings settings(List<String> jvmArgs) {
		return TestLauncher.settings((builder) -> builder
			.process((process) -> process.classDataSharing(ClassDataSharing.AUTO).jvmArgs(jvmArgs)));
	}

	private static TestLauncher launcher(Path cache, List<Path> classPath, PoolSettings settings) {
		List<ChildClassPath.Element> elements = classPath.stream()
			.map((path) -> new ChildClassPath.Element(path, null))
			.toList();
		return new TestLauncher(new ChildLauncher(settings, ChildBudget.unlimited(),
				List.of(ProbeChild.Rehearsal.class.getName()), new ArchiveCache(cache), Duration.ZERO,
				new ChildClassPath(classPath, false, List.of(), elements)), settings);
	}

	private static void awaitArchive(TestLauncher launcher, Path cache) {
		await().atMost(PATIENCE).until(() -> usesArchive(launcher.report(), cache));
	}

	private static boolean usesArchive(Properties report, Path cache) {
		return report.getProperty("options").contains(cache.toString());
	}

}
