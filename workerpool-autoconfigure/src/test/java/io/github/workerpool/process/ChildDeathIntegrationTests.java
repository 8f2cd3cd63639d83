package io.github.workerpool.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.workerpool.CrashReport;
import io.github.workerpool.ResourceLimitExceededException.Limit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What is known of a child's end, and that nothing of it is left.
 */
@ExtendWith(Leftovers.class)
class ChildDeathIntegrationTests {

	private static final String NOTHING = "/dev/null";

	private final ListAppender<ILoggingEvent> log = new ListAppender<>() {

		@Override
		protected void append(ILoggingEvent event) {
			event.prepareForDeferredProcessing();
			synchronized (this) {
				super.append(event);
			}
		}

	};

	private final Logger logger = (Logger) LoggerFactory.getLogger("workerpool.probe");

	@TempDir
	private Path temporary;

	@BeforeEach
	void listen() {
		this.logger.setAdditive(false);
		this.logger.setLevel(Level.TRACE);
		this.logger.addAppender(this.log);
		this.log.start();
	}

	@AfterEach
	void stopListening() {
		this.logger.detachAppender(this.log);
		this.logger.setAdditive(true);
		this.logger.setLevel(null);
	}

	private List<ILoggingEvent> logged() {
		synchronized (this.log) {
			return List.copyOf(this.log.list);
		}
	}

	@ParameterizedTest
	@CsvSource({ "exit,0", "exit,3", "halt,7", "exit,255" })
	void exitCodeIsTold(String how, int code) {
		try (TestLauncher launcher = TestLauncher.plain()) {
			ChildProcess child = launcher.launch(how, Integer.toString(code));
			assertThat(TestLauncher.exitCode(child)).isEqualTo(code);
			CrashReport.Attempt earlier = new CrashReport.Attempt("w9", 9L, 9, "exit code 9", Instant.now());
			CrashReport report = child.report("thumbnail", "t1", List.of(earlier));
			assertThat(report.exit()).isEqualTo("exit code " + code);
			assertThat(report.exitCode()).isEqualTo(code);
			assertThat(report.pool()).isEqualTo("probe");
			assertThat(report.worker()).isEqualTo("w0");
			assertThat(report.task()).isEqualTo("thumbnail");
			assertThat(report.taskId()).isEqualTo("t1");
			assertThat(report.pid()).isEqualTo(child.pid());
			assertThat(report.hsErrFile()).isNull();
			assertThat(report.attempts()).hasSize(2).first().isEqualTo(earlier);
			assertThat(report.attempts().get(1).exitCode()).isEqualTo(code);
			assertThat(child.exhausted()).isNull();
		}
	}

	@ParameterizedTest
	@CsvSource({ "KILL,137,killed by signal 9 (SIGKILL)", "TERM,143,killed by signal 15 (SIGTERM)" })
	@DisabledOnOs(OS.WINDOWS)
	void signalIsTold(String signal, int code, String words) throws Exception {
		try (TestLauncher launcher = TestLauncher.plain()) {
			ChildProcess child = launcher.launch("wait");
			launcher.read(child, "started");
			TestLauncher.signal(signal, child.pid());
			assertThat(TestLauncher.exitCode(child)).isEqualTo(code);
			assertThat(child.report(null, null, List.of()).exit()).isEqualTo(words);
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void memoryThatAKilledChildWasJustMakingGoesToo() throws Exception {
		Path file = Path.of("/dev/shm", "workerpool-" + UUID.randomUUID());
		try (TestLauncher launcher = TestLauncher.plain()) {
			ChildProcess child = launcher.launch("wait");
			launcher.read(child, "started");
			Files.createFile(file);
			TestLauncher.signal("KILL", child.pid());
			await().until(() -> child.onGone().isDone());
			assertThat(file).doesNotExist();
		}
		finally {
			Files.deleteIfExists(file);
		}
	}

	@ParameterizedTest
	@CsvSource({ "SEGV,SIGSEGV (0xb)", "BUS,SIGBUS (0x7)" })
	@EnabledOnOs(OS.LINUX)
	void crashOfTheJvmIsToldAndItsErrorFileKeptWhileThePoolLives(String signal, String cause) throws Exception {
		Path errorFile;
		try (TestLauncher launcher = TestLauncher.plain()) {
			ChildProcess child = launcher.launch("wait");
			launcher.read(child, "started");
			TestLauncher.signal(signal, child.pid());
			assertThat(TestLauncher.exitCode(child)).isEqualTo(134);
			CrashReport report = child.report("task", "1", List.of());
			assertThat(report.exit()).startsWith("killed by signal 6 (SIGABRT) after " + cause);
			errorFile = Path.of(report.hsErrFile());
			child.close();
			await().atMost(TestLauncher.PATIENCE).until(() -> Files.notExists(launcher.directory(child)));
			assertThat(errorFile).isRegularFile();
		}
		assertThat(errorFile).doesNotExist();
	}

	@Test
	@DisabledOnOs(OS.WINDOWS)
	void abortWithoutErrorFileIsTold() throws Exception {
		try (TestLauncher launcher = TestLauncher
			.with((process) -> process.jvmArgs(List.of("-XX:ErrorFile=" + NOTHING)))) {
			ChildProcess child = launcher.launch("wait");
			launcher.read(child, "started");
			TestLauncher.signal("ABRT", child.pid());
			assertThat(TestLauncher.exitCode(child)).isEqualTo(134);
			assertThat(child.report(null, null, List.of()).exit()).isEqualTo("killed by signal 6 (SIGABRT)");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "INT", "HUP" })
	@DisabledOnOs(OS.WINDOWS)
	void signalsOfTheTerminalDoNotEndAChild(String signal) throws Exception {
		try (TestLauncher launcher = TestLauncher.plain()) {
			ChildProcess child = launcher.launch("wait");
			launcher.read(child, "started");
			TestLauncher.signal(signal, child.pid());
			TestLauncher.signal("TERM", child.pid());
			assertThat(TestLauncher.exitCode(child)).isEqualTo(143);
		}
	}

	@Test
	void exhaustedHeapOfAJvmThatExitsByItselfIsToldApartFromExitCodeThree() {
		try (TestLauncher launcher = TestLauncher
			.with((process) -> process.jvmArgs(List.of("-XX:+ExitOnOutOfMemoryError")))) {
			ChildProcess child = launcher.launch("heap");
			assertThat(TestLauncher.exitCode(child)).isEqualTo(3);
			assertThat(child.report(null, null, List.of()).exit())
				.isEqualTo("out of memory: Java heap space (exit code 3)");
			assertThat(child.exhausted()).isEqualTo(Limit.HEAP);
		}
	}

	@Test
	void killByThePoolIsToldFromOneBySomebodyElse() {
		try (TestLauncher launcher = TestLauncher.plain()) {
			ChildProcess child = launcher.launch("wait");
			assertThat(child.isAlive()).isTrue();
			assertThat(child.report(null, null, List.of()).exit()).isEqualTo("still running");
			child.kill();
			child.kill();
			int code = TestLauncher.exitCode(child);
			assertThat(child.isAlive()).isFalse();
			if (!Signals.isWindows()) {
				assertThat(code).isEqualTo(137);
				assertThat(child.report(null, null, List.of()).exit())
					.isEqualTo("killed by signal 9 (SIGKILL), sent by the pool");
			}
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void killEndsDescendantsAndOrphans() {
		try (TestLauncher launcher = TestLauncher.plain()) {
			ChildProcess child = launcher.launch("spawn");
			List<Long> pids = launcher.pids(child);
			assertThat(pids).hasSize(3).allMatch(TestLauncher::isRunning);
			child.kill();
			TestLauncher.exitCode(child);
			TestLauncher.awaitGone(pids);
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void killEndsAStoppedChild() throws Exception {
		try (TestLauncher launcher = TestLauncher.plain()) {
			ChildProcess child = launcher.launch("spawn");
			List<Long> pids = launcher.pids(child);
			TestLauncher.signal("STOP", child.pid());
			child.kill();
			assertThat(TestLauncher.exitCode(child)).isEqualTo(137);
			TestLauncher.awaitGone(pids);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "exit", "KILL" })
	@EnabledOnOs(OS.LINUX)
	void childThatEndsByItselfLeavesNothingRunning(String how) throws Exception {
		try (TestLauncher launcher = TestLauncher.plain()) {
			ChildProcess child = launcher.launch(how.equals("exit") ? "spawn-and-exit" : "spawn");
			List<Long> pids = launcher.pids(child);
			if (!how.equals("exit")) {
				TestLauncher.signal(how, child.pid());
			}
			TestLauncher.exitCode(child);
			TestLauncher.awaitGone(pids);
			child.onGone().join();
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void nothingWaitsForAnOutputThatSomethingElseHoldsOpen() throws Exception {
		List<Long> pids;
		try (TestLauncher launcher = TestLauncher.plain()) {
			ChildProcess child = launcher.launch("lend-output");
			pids = launcher.pids(child);
			assertThat(TestLauncher.exitCode(child)).isZero();
			child.onGone().join();
			assertThat(pids).allMatch(TestLauncher::isRunning);
			// closing the launcher now sees to it that no thread is left
		}
		TestLauncher.signal("KILL", pids.get(0));
		TestLauncher.awaitGone(pids);
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void childEndsWithAllItStartedWhenItsChannelDoes() throws Exception {
		try (TestLauncher launcher = TestLauncher.plain()) {
			boolean removed = false;
			// A child that gets no processor in its last moments leaves it to its parent
			for (int attempt = 0; attempt < 10 && !removed; attempt++) {
				ChildProcess child = launcher.launch("end-channel");
				List<Long> pids = launcher.pids(child);
				Files.createFile(launcher.directory(child).resolve("go"));
				assertThat(TestLauncher.exitCode(child)).isEqualTo(1);
				TestLauncher.awaitGone(pids);
				removed = Files.notExists(launcher.directory(child));
			}
			assertThat(removed).as("directory removed by the child itself").isTrue();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "spin", "spawn" })
	@EnabledOnOs(OS.LINUX)
	void killedParentTakesBusyChildrenAndAllTheyStartedAlong(String what) throws Exception {
		Properties outcome;
		try (TestJvm parent = parent("hold", what)) {
			outcome = parent.outcome(this.temporary.resolve("outcome"));
			assertThat(TestLauncher.pids(outcome)).hasSize(4).allMatch(TestLauncher::isRunning);
		}
		TestLauncher.awaitGone(TestLauncher.pids(outcome));
		assertNoDirectoryStays(outcome);
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void parentThatExitsTakesChildrenAndAllTheyStartedAlong() throws Exception {
		Properties outcome;
		try (TestJvm parent = parent("exit", "spawn")) {
			parent.awaitSuccess();
			outcome = parent.outcome(this.temporary.resolve("outcome"));
		}
		TestLauncher.awaitGone(TestLauncher.pids(outcome));
		assertNoDirectoryStays(outcome);
	}

	/**
	 * The child removes it, unless it was too busy to do so in its last moments.
	 */
	private static void assertNoDirectoryStays(Properties outcome) {
		new PoolDirectory().removeStale();
		assertThat(Path.of(outcome.getProperty("directory")).getParent()).doesNotExist();
	}

	private TestJvm parent(String... arguments) throws Exception {
		List<String> command = new ArrayList<>(
				List.of("-cp", ChildClassPath.join(TestApplication.classPath()), ProbeParent.class.getName()));
		command.add(arguments[0]);
		command.add(this.temporary.resolve("outcome").toString());
		command.addAll(List.of(arguments).subList(1, arguments.length));
		return TestJvm.start(this.temporary, Map.of(), command);
	}

	@Test
	void outputBecomesLinesOfTheLogWithTheTasksId() throws Exception {
		try (TestLauncher launcher = TestLauncher.plain()) {
			ChildProcess child = launcher.launch("print-when-told", "lines");
			child.currentTask("t7");
			Files.createFile(launcher.directory(child).resolve("go"));
			assertThat(TestLauncher.exitCode(child)).isZero();
			assertThat(child.stderrTail()).hasSize(50).last().isEqualTo("error line 99");
			assertThat(child.report(null, null, List.of()).stderr()).hasSize(50).first().isEqualTo("error line 50");
			assertThat(logged()).anySatisfy((event) -> {
				assertThat(event.getLoggerName()).isEqualTo("workerpool.probe.w0");
				assertThat(event.getLevel()).isEqualTo(Level.INFO);
				assertThat(event.getFormattedMessage()).isEqualTo("to the log");
				assertThat(event.getMDCPropertyMap()).containsEntry("taskId", "t7");
			});
			assertThat(logged()).anySatisfy((event) -> {
				assertThat(event.getLevel()).isEqualTo(Level.WARN);
				assertThat(event.getFormattedMessage()).isEqualTo("to the log, as a warning");
			});
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "flood", "binary", "endless", "closed" })
	void outputOfAnyKindDoesNoHarm(String what) {
		try (TestLauncher launcher = TestLauncher.plain()) {
			ChildProcess child = launcher.launch("print", what);
			assertThat(TestLauncher.exitCode(child)).isZero();
			List<String> lines = logged().stream().map(ILoggingEvent::getFormattedMessage).toList();
			assertThat(lines.stream().mapToLong(String::length).sum()).isLessThan(4L << 20);
			assertThat(lines).allMatch((line) -> line.length() < LineSplitter.LONGEST + 100)
				.allMatch((line) -> line.chars().noneMatch((c) -> c != '\t' && Character.isISOControl(c)));
			if (what.equals("flood") || what.equals("binary")) {
				assertThat(lines).anyMatch((line) -> line.contains("left out"));
			}
			if (what.equals("endless")) {
				assertThat(lines).anyMatch((line) -> line.endsWith("more bytes]"));
			}
		}
	}

	@Test
	void closedLauncherKillsItsChildrenAndLaunchesNoMore() {
		ChildProcess child;
		try (TestLauncher launcher = TestLauncher.plain()) {
			child = launcher.launch("wait");
			assertThat(Stream.of(child)).allMatch(ChildProcess::isAlive);
		}
		assertThat(child.isAlive()).isFalse();
	}

}
