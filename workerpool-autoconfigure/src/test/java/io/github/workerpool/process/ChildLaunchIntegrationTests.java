package io.github.workerpool.process;

import java.io.File;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;

import io.github.workerpool.PoolSettings;
import io.github.workerpool.WorkerStartException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.loader.tools.Layouts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Children are launched from wherever this JVM's own classes come from, however it was
 * started.
 */
@ExtendWith(Leftovers.class)
class ChildLaunchIntegrationTests {

	@TempDir
	private Path temporary;

	@Test
	void childRunsOnTheClassPathOfTheParent() {
		try (TestLauncher launcher = TestLauncher.plain()) {
			Properties report = launcher.report("a", "b c", "", "@d", "\\\"'#\te\nf");
			assertThat(report.getProperty("arguments")).isEqualTo("[a, b c, , @d, \\\"'#\te\nf]");
			assertThat(report.getProperty("property.java.class.path"))
				.contains(TestApplication.classPath().stream().map(Path::toString).toArray(String[]::new));
		}
	}

	@Test
	void childHasItsOwnDefaultsTheLimitsOfThePoolAndTheOptionsOfTheUser() {
		PoolSettings settings = TestLauncher.settings((builder) -> builder
			.process((process) -> process.jvmArgs(List.of("-XX:ActiveProcessorCount=2", "-Dsome.property=a b")))
			.resourceLimits((limits) -> limits.maxHeapSize(96L << 20)
				.maxYoungSize(16L << 20)
				.stackSize(64L << 10)
				.reservedCodeCacheSize(32L << 20)
				.maxMetaspaceSize(64L << 20)
				.maxDirectMemorySize(8L << 20)));
		try (TestLauncher launcher = TestLauncher.with(settings)) {
			Properties report = launcher.report();
			assertThat(Long.parseLong(report.getProperty("heap"))).isBetween(80L << 20, 96L << 20);
			assertThat(report.getProperty("processors")).isEqualTo("2");
			assertThat(report.getProperty("property.some.property")).isEqualTo("a b");
			assertThat(report.getProperty("property.java.awt.headless")).isEqualTo("true");
			assertThat(report.getProperty("property.java.nio.channels.spi.SelectorProvider"))
				.isEqualTo(SelectorProvider.provider().getClass().getName());
			assertThat(report.getProperty("options")).contains("-XX:+UseSerialGC", "-XX:+UseCountedLoopSafepoints",
					"-Xmn16384k", "-Xss512k", "-XX:ReservedCodeCacheSize=32768k", "-XX:MaxMetaspaceSize=65536k",
					"-XX:MaxDirectMemorySize=8192k");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "-XX:+UseG1GC", "-XX:+UseParallelGC" })
	void collectorOfTheUserReplacesThatOfTheChild(String collector) {
		try (TestLauncher launcher = TestLauncher.with((process) -> process.jvmArgs(List.of(collector)))) {
			assertThat(launcher.report().getProperty("options")).contains(collector).doesNotContain("UseSerialGC");
		}
	}

	@Test
	void childHasTheEnvironmentOfTheSettingsAndOfTheEngine() {
		try (TestLauncher launcher = TestLauncher
			.with((process) -> process.environment(Map.of("COLOUR", "red", "SHAPE", "round")))) {
			Properties report = launcher.report(Map.of("SHAPE", "square"));
			assertThat(report.getProperty("env.COLOUR")).isEqualTo("red");
			assertThat(report.getProperty("env.SHAPE")).isEqualTo("square");
			assertThat(report.getProperty("env.PATH")).isEqualTo(System.getenv("PATH"));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "with spaces", "it's 100% \"odd\" #1, $HOME & more", "back\\slash" })
	@DisabledOnOs(OS.WINDOWS)
	void classPathMayHaveAnyCharacters(String name) throws Exception {
		List<Path> classPath = TestApplication.classPathCopiedTo(this.temporary.resolve(name));
		try (TestLauncher launcher = launcherOn(classPath)) {
			assertThat(launcher.report().getProperty("property.java.class.path"))
				.isEqualTo(ChildClassPath.join(classPath));
		}
	}

	@Test
	void classPathMayBeLongerThanACommandLine() throws Exception {
		List<Path> classPath = new ArrayList<>(TestApplication.classPath());
		for (int i = 0; i < 4000; i++) {
			classPath.add(this.temporary.resolve("a/library/with/a/rather/long/name/that-is-not-there-" + i + ".jar"));
		}
		try (TestLauncher launcher = launcherOn(classPath)) {
			assertThat(launcher.report().getProperty("property.java.class.path")).hasSizeGreaterThan(300_000);
		}
	}

	private static TestLauncher launcherOn(List<Path> classPath) {
		PoolSettings settings = TestLauncher.settings((builder) -> {
		});
		return new TestLauncher(new ChildLauncher(settings, ChildBudget.unlimited(), () -> List.of(),
				ArchiveCache.ofUser(), Duration.ZERO, new ChildClassPath(classPath, false, List.of(), List.of())),
				settings);
	}

	@ParameterizedTest
	@EnumSource
	void childStartsHoweverTheParentWasStarted(Form form) throws Exception {
		Path directory = Files.createDirectories(this.temporary.resolve("some where"));
		List<String> arguments = new ArrayList<>(form.prepare(directory));
		Path outcome = this.temporary.resolve("outcome");
		arguments.addAll(List.of("report", outcome.toString()));
		try (TestJvm parent = TestJvm.start(directory, Map.of(), arguments)) {
			parent.awaitSuccess();
			Properties report = parent.outcome(outcome);
			assertThat(report.getProperty("arguments")).as(report.getProperty("exit")).isEqualTo("[]");
			assertThat(report.getProperty("parent.loader")).endsWith(form.loader);
			assertThat(report.getProperty("loader")).endsWith(form.loader);
		}
	}

	@Test
	void optionsThatBreakASecondJvmAreNotInherited() throws Exception {
		Path outcome = this.temporary.resolve("outcome");
		int[] ports = freePorts();
		String debug = "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:" + ports[0];
		Map<String, String> environment = Map.of("JAVA_TOOL_OPTIONS",
				debug + " -XX:+UseParallelGC -Xmx100m -Duser.language=fr -Dlogging.file.name=app.log",
				"JDK_JAVA_OPTIONS",
				"-Dcom.sun.management.jmxremote.port=" + ports[1]
						+ " -Dcom.sun.management.jmxremote.authenticate=false -Dcom.sun.management.jmxremote.ssl=false",
				"_JAVA_OPTIONS", "-Xss2m --add-opens=java.base/java.lang=ALL-UNNAMED", "LOADER_MAIN", "nonsense");
		List<String> arguments = new ArrayList<>(Form.CLASS_PATH.prepare(this.temporary));
		arguments.addAll(0, List.of("-Dhttp.proxyHost=proxy", "-Dspring.context.exit=onRefresh", "-ea"));
		arguments.addAll(List.of("report", outcome.toString()));
		try (TestJvm parent = TestJvm.start(this.temporary, environment, arguments)) {
			parent.awaitSuccess();
			Properties report = parent.outcome(outcome);
			assertThat(report.getProperty("arguments")).as(report.getProperty("exit")).isEqualTo("[]");
			assertThat(report.getProperty("options"))
				.contains("-Duser.language=fr", "-Dhttp.proxyHost=proxy", "-ea",
						"--add-opens=java.base/java.lang=ALL-UNNAMED")
				.doesNotContain("jdwp", "Parallel", "jmxremote", "-Xss", "logging.file", "spring.context");
			assertThat(report.stringPropertyNames()).doesNotContain("env.JAVA_TOOL_OPTIONS", "env.JDK_JAVA_OPTIONS",
					"env._JAVA_OPTIONS", "env.LOADER_MAIN");
		}
	}

	/** Two that differ. */
	private static int[] freePorts() throws Exception {
		try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
				ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return new int[] { one.getLocalPort(), other.getLocalPort() };
		}
	}

	private static int niceness(String process) throws Exception {
		String stat = Files.readString(Path.of("/proc", process, "stat"));
		return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[16]);
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void childGivesWayToOthersAsMuchAsItIsTold() throws Exception {
		try (TestLauncher launcher = TestLauncher.with((process) -> process.nice(7))) {
			ChildProcess child = launcher.launch("wait");
			launcher.read(child, "started");
			assertThat(niceness(Long.toString(child.pid()))).isEqualTo(Math.min(19, niceness("self") + 7));
			assertThat(child.residentSize()).isGreaterThan(1 << 20);
			assertThat(child.cpuNanos()).isNotNegative();
			child.kill();
			TestLauncher.exitCode(child);
			assertThat(child.residentSize()).isEqualTo(-1);
			assertThat(child.cpuNanos()).isEqualTo(-1);
		}
	}

	@Test
	void otherJavaInstallationIsUsed() {
		Path home = Path.of(System.getProperty("java.home"));
		try (TestLauncher launcher = TestLauncher.with((process) -> process.javaHome(home))) {
			Properties report = launcher.report();
			assertThat(report.getProperty("property.java.home")).isEqualTo(home.toString());
			assertThat(report.getProperty("property.java.nio.channels.spi.SelectorProvider")).isNull();
		}
	}

	@Test
	void missingJavaInstallationIsNamed() {
		Path home = this.temporary.resolve("no-jdk");
		try (TestLauncher launcher = TestLauncher.with((process) -> process.javaHome(home))) {
			assertThatExceptionOfType(WorkerStartException.class).isThrownBy(() -> launcher.launch("report"))
				.withMessageContaining(home.resolve("bin").toString())
				.withMessageContaining("is missing or not executable")
				.withMessageContaining("'process.java-home'");
		}
	}

	@Test
	void olderJavaInstallationIsRefused() throws Exception {
		Path home = fakeJavaHome("JAVA_VERSION=\"11.0.2\"");
		try (TestLauncher launcher = TestLauncher.with((process) -> process.javaHome(home))) {
			assertThatExceptionOfType(WorkerStartException.class).isThrownBy(() -> launcher.launch("report"))
				.withMessageContaining("is Java 11, but at least 17 is needed");
		}
	}

	@Test
	void removedJavaInstallationIsToldFromOneThatNeverWas() throws Exception {
		Path home = fakeJavaHome("JAVA_VERSION=\"17.0.2\"");
		try (TestLauncher launcher = TestLauncher.with((process) -> process.javaHome(home))) {
			PoolDirectory.deleteTree(home);
			assertThatExceptionOfType(WorkerStartException.class).isThrownBy(() -> launcher.launch("report"))
				.withMessageContaining("was changed or removed since this application started")
				.withMessageContaining("restart the application");
		}
	}

	private Path fakeJavaHome(String release) throws Exception {
		Path home = this.temporary.resolve("jdk");
		Path program = Files.createDirectories(home.resolve("bin")).resolve("java");
		Files.writeString(program, "#!/bin/sh\nexit 1\n");
		program.toFile().setExecutable(true);
		Files.writeString(home.resolve("release"), release + "\n");
		return home;
	}

	@Test
	void badOptionOfTheUserIsInTheReport() {
		try (TestLauncher launcher = TestLauncher.with((process) -> process.jvmArgs(List.of("-XX:+NoSuchThing")))) {
			ChildProcess child = launcher.launch("report");
			assertThat(TestLauncher.exitCode(child)).isEqualTo(1);
			assertThat(String.join("\n", child.report(null, null, List.of()).stderr())).contains("NoSuchThing");
		}
	}

	@Test
	@DisabledOnOs(OS.WINDOWS)
	void nobodyElseMayLookIntoTheDirectory() throws Exception {
		try (TestLauncher launcher = TestLauncher.plain()) {
			Path directory = launcher.directory(launcher.launch("wait"));
			assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory))).isEqualTo("rwx------");
			assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.getParent())))
				.isEqualTo("rwx------");
			assertThat(directory.toString()).hasSizeLessThan(90);
		}
	}

	@Test
	void spentBudgetKeepsFurtherChildrenFromStarting() {
		ChildBudget budget = ChildBudget.of(1);
		PoolSettings settings = TestLauncher
			.settings((builder) -> builder.process((process) -> process.startupTimeout(Duration.ofMillis(50))));
		try (TestLauncher launcher = new TestLauncher(new ChildLauncher(settings, budget, () -> List.of()), settings)) {
			ChildProcess first = launcher.launch("wait");
			assertThat(budget.hasRoom()).isFalse();
			assertThatExceptionOfType(WorkerStartException.class).isThrownBy(() -> launcher.launch("wait"))
				.withMessageContaining("'workerpool.process.max-children' is 1, in use are {probe=1}");
			first.kill();
			TestLauncher.exitCode(first);
			assertThat(TestLauncher.exitCode(launcher.launch("exit", "0"))).isZero();
		}
		assertThat(budget.inUse()).isEmpty();
	}

	/**
	 * How an application is started.
	 */
	enum Form {

		CLASS_PATH("AppClassLoader") {

			@Override
			List<String> prepare(Path directory) {
				return List.of("-cp", ChildClassPath.join(TestApplication.classPath()), ProbeParent.class.getName());
			}

		},

		RELATIVE_CLASS_PATH("AppClassLoader") {

			@Override
			List<String> prepare(Path directory) throws Exception {
				Stream<String> entries = TestApplication.classPathCopiedTo(directory)
					.stream()
					.map((path) -> directory.relativize(path).toString());
				return List.of("-cp", String.join(File.pathSeparator, entries.toList()), ProbeParent.class.getName());
			}

		},

		MODULE_PATH("AppClassLoader") {

			@Override
			List<String> prepare(Path directory) {
				List<Path> all = TestApplication.classPath();
				List<Path> jars = all.stream().filter(Files::isRegularFile).toList();
				List<Path> directories = all.stream().filter(Files::isDirectory).toList();
				return List.of("--module-path", ChildClassPath.join(jars), "--add-modules", "ALL-MODULE-PATH", "-cp",
						ChildClassPath.join(directories), ProbeParent.class.getName());
			}

		},

		EXECUTABLE_JAR("LaunchedClassLoader") {

			@Override
			List<String> prepare(Path directory) throws Exception {
				new TestApplication(directory).executable("app.jar", new Layouts.Jar());
				return List.of("-jar", "app.jar");
			}

		},

		EXECUTABLE_JAR_WITH_PROPERTIES_LAUNCHER("LaunchedClassLoader") {

			@Override
			List<String> prepare(Path directory) throws Exception {
				Path jar = new TestApplication(directory).executable("app.jar", new Layouts.Expanded());
				return List.of("-jar", jar.toString());
			}

		},

		EXECUTABLE_WAR("LaunchedClassLoader") {

			@Override
			List<String> prepare(Path directory) throws Exception {
				Path war = new TestApplication(directory).executable("app.war", new Layouts.War());
				return List.of("-jar", war.toString());
			}

		},

		EXTRACTED("AppClassLoader") {

			@Override
			List<String> prepare(Path directory) throws Exception {
				Path jar = new TestApplication(directory).executable("app.jar", new Layouts.Jar());
				extract(directory, jar);
				return List.of("-jar", "extracted/app.jar");
			}

		},

		EXTRACTED_WITH_LAUNCHER("LaunchedClassLoader") {

			@Override
			List<String> prepare(Path directory) throws Exception {
				Path jar = new TestApplication(directory).executable("app.jar", new Layouts.Jar());
				extract(directory, jar, "--launcher");
				return List.of("-cp", "extracted", "org.springframework.boot.loader.launch.JarLauncher");
			}

		};

		private final String loader;

		Form(String loader) {
			this.loader = loader;
		}

		abstract List<String> prepare(Path directory) throws Exception;

		private static void extract(Path directory, Path jar, String... options) throws Exception {
			List<String> arguments = new ArrayList<>(
					List.of("-Djarmode=tools", "-jar", jar.toString(), "extract", "--destination", "extracted"));
			arguments.addAll(List.of(options));
			try (TestJvm extraction = TestJvm.start(directory, Map.of(), arguments)) {
				extraction.awaitSuccess();
			}
		}

	}

}
