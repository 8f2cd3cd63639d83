package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.github.workerpool.ClassDataSharing;
import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.factory.WorkerPoolFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What a parent needs to start children is taken away and given back: the pool says what
 * is missing, and recovers.
 */
@ExtendWith(Leftovers.class)
@EnabledOnOs(OS.LINUX)
class ScarceResourcesIntegrationTests {

	private static final List<String> SOMEBODY_ELSE = List.of("setpriv", "--reuid", "61917", "--regid", "61917",
			"--clear-groups");

	@TempDir
	private Path directory;

	/**
	 * Takes something away from a JVM, or gives it back.
	 */
	@FunctionalInterface
	private interface Change {

		void on(long pid) throws Exception;

	}

	@Test
	void openFiles() throws Exception {
		Assumptions.assumeTrue(run("prlimit", "--version") == 0);
		List<Path> input = new ArrayList<>();
		Change look = (pid) -> input.add(Files.readSymbolicLink(Path.of("/proc", Long.toString(pid), "fd", "0")));
		withoutIt((pid) -> {
			look.on(pid);
			limitFiles(pid, openFiles(pid));
		}, (pid) -> {
			look.on(pid);
			limitFiles(pid, 1024);
		}, "Too many open files");
		assertThat(input.get(1)).as("what the parent had open before").isEqualTo(input.get(0));
	}

	@Test
	void processesAndThreads() throws Exception {
		// root has no such limit, so it must be somebody else, who has nothing else
		Path java = Path.of(System.getProperty("java.home"), "bin", "java");
		Assumptions.assumeTrue(run("prlimit", "--version") == 0);
		Assumptions.assumeTrue(run(concat(SOMEBODY_ELSE, java.toString(), "-version")) == 0,
				"JVMs can't be started as somebody else here");
		String classPath = ChildClassPath.join(TestApplication.classPathCopiedTo(this.directory.resolve("classes")));
		Files.createDirectories(temporary());
		for (Path path : List.of(this.directory, temporary())) {
			Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
		}
		withoutIt(SOMEBODY_ELSE, classPath, (pid) -> limitProcesses(pid, 1), (pid) -> limitProcesses(pid, 1024),
				"(can start no more threads|limits? of processes and threads is reached|process/resource limits reached)");
	}

	@Test
	void temporaryDirectory() throws Exception {
		Path temporary = temporary();
		Path away = this.directory.resolve("away");
		withoutIt((pid) -> Files.move(temporary, away), (pid) -> Files.move(away, temporary),
				"no directory for their files can be made in");
	}

	@Test
	void roomForDirectories() throws Exception {
		onAFullFileSystem("size=1m,nr_inodes=100", "while touch \"$ballast$((i+=1))\"; do :; done",
				"no directory for their files can be made in '.*No space left on device.*Make room there");
	}

	@Test
	void roomForFiles() throws Exception {
		onAFullFileSystem("size=1m", "cat /dev/zero > \"${ballast}0\"", "No space left on device.*Make room in '");
	}

	/**
	 * A file system of the JVM's own, which is full before there is a pool: what its
	 * children had, and leave, is no room for others then.
	 */
	private void onAFullFileSystem(String options, String fill, String words) throws Exception {
		Path temporary = Files.createDirectories(temporary());
		String mount = "mount -t tmpfs -o " + options + " none '" + temporary + "'";
		List<String> isolated = List.of("unshare", "--user", "--map-root-user", "--mount", "sh", "-c");
		Assumptions.assumeTrue(run(concat(isolated, mount)) == 0, "file systems can't be mounted here");
		List<String> prefix = concat(isolated,
				mount + " && { ballast='" + temporary + "/ballast'; " + fill + "; exec \"$@\"; }", "sh");
		try (TestJvm parent = TestJvm.start(prefix, this.directory, Map.of(),
				List.of("-Djava.io.tmpdir=" + temporary, "-cp", ChildClassPath.join(TestApplication.classPath()),
						NeedyParent.class.getName(), this.directory.toString(), NeedyParent.FROM_THE_START))) {
			awaitOutput(parent, "rejected: ");
			assertThat(parent.output()).containsPattern("failed: .*" + words).containsPattern("rejected: .*" + words);
			for (Path ballast : list(Path.of("/proc", Long.toString(parent.pid()), "root", temporary.toString()))) {
				Files.delete(ballast);
			}
			NeedyParent.flag(this.directory, "given").raise();
			awaitOutput(parent, "recovered: served");
			parent.awaitSuccess();
		}
	}

	private static List<Path> list(Path directory) throws IOException {
		try (Stream<Path> all = Files.list(directory)) {
			return all.filter((path) -> path.getFileName().toString().startsWith("ballast")).toList();
		}
	}

	private static List<String> concat(List<String> first, String... more) {
		return Stream.concat(first.stream(), Stream.of(more)).toList();
	}

	@Test
	void directoryOfThePoolIsMadeAnew() throws Exception {
		PoolSettings settings = PoolSettings.builder("cleaned")
			.isolation(Isolation.PROCESS)
			.size(1)
			.process((process) -> process.classDataSharing(ClassDataSharing.OFF))
			.build();
		try (WorkerPool pool = new WorkerPoolFactory().create(settings)) {
			pool.ready().get(60, TimeUnit.SECONDS);
			List<Path> children = Leftovers.childDirectories();
			assertThat(children).hasSize(1);
			PoolDirectory.deleteTree(children.get(0).getParent());
			assertThat(pool.submit(() -> "served").get(60, TimeUnit.SECONDS)).isEqualTo("served");
			TaskFuture<Object> killed = pool.submit(Hazard.SIGNAL_KILL::happen);
			assertThat(HazardOutcome.errorOf(killed)).isNotNull();
			assertThat(pool.submit(() -> "served").get(60, TimeUnit.SECONDS)).isEqualTo("served");
		}
	}

	private Path temporary() {
		return this.directory.resolve("t");
	}

	private void withoutIt(Change take, Change give, String words) throws Exception {
		Files.createDirectories(temporary());
		withoutIt(List.of(), ChildClassPath.join(TestApplication.classPath()), take, give, words);
	}

	private void withoutIt(List<String> prefix, String classPath, Change take, Change give, String words)
			throws Exception {
		try (TestJvm parent = TestJvm.start(prefix, this.directory, Map.of(), List.of("-Djava.io.tmpdir=" + temporary(),
				"-cp", classPath, NeedyParent.class.getName(), this.directory.toString()))) {
			awaitOutput(parent, "served");
			take.on(parent.pid());
			NeedyParent.flag(this.directory, "taken").raise();
			awaitOutput(parent, "rejected: ");
			assertThat(parent.output()).containsPattern("failed: .*" + words).containsPattern("rejected: .*" + words);
			give.on(parent.pid());
			NeedyParent.flag(this.directory, "given").raise();
			awaitOutput(parent, "recovered: served");
			parent.awaitSuccess();
		}
	}

	private static void awaitOutput(TestJvm parent, String words) {
		await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(parent.output()).contains(words));
	}

	/** The least within a while: what went with a lost child may be open still. */
	private static int openFiles(long pid) throws Exception {
		int least = Integer.MAX_VALUE;
		for (int i = 0; i < 30; i++) {
			try (Stream<Path> all = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
				least = Math.min(least, (int) all.count());
			}
			Thread.sleep(100);
		}
		return least;
	}

	private static void limitFiles(long pid, int most) throws Exception {
		assertThat(run("prlimit", "--pid", Long.toString(pid), "--nofile=" + most + ":")).isZero();
	}

	private static void limitProcesses(long pid, int most) throws Exception {
		assertThat(run(concat(SOMEBODY_ELSE, "prlimit", "--pid", Long.toString(pid), "--nproc=" + most + ":")))
			.isZero();
	}

	private static int run(String... command) throws Exception {
		return run(List.of(command));
	}

	private static int run(List<String> command) throws Exception {
		try {
			return new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.start()
				.waitFor();
		}
		catch (IOException ex) {
			return -1;
		}
	}

}
