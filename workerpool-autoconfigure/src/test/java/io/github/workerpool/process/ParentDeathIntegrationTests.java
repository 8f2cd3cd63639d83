package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.process.PoolParent.Occupation;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A JVM with a pool is killed, and nothing of its children stays.
 */
@ExtendWith(Leftovers.class)
@EnabledOnOs(OS.LINUX)
class ParentDeathIntegrationTests {

	private static final int CHILDREN = 2;

	@TempDir
	private Path temporary;

	@ParameterizedTest
	@EnumSource
	void childrenAndAllTheyStartedEndWithTheirParent(Occupation occupation) throws Exception {
		Flag ready = Flag.in(this.temporary);
		List<Long> pids;
		List<Path> directories;
		long parentPid;
		long killedAt;
		try (TestJvm parent = TestJvm.start(this.temporary, Map.of(),
				List.of("-cp", ChildClassPath.join(TestApplication.classPath()), PoolParent.class.getName(),
						occupation.name(), Integer.toString(CHILDREN), ready.file()))) {
			parentPid = parent.pid();
			String identity = String.valueOf(ProcessIdentity.of(parentPid));
			await().atMost(Duration.ofSeconds(60))
				.failFast(() -> assertThat(parent.isAlive()).as(parent::output).isTrue())
				.untilAsserted(() -> {
					assertThat(ready.isRaised()).isTrue();
					assertThat(Leftovers.processesOf(identity))
						.hasSizeGreaterThanOrEqualTo(CHILDREN * (1 + occupation.processes));
				});
			pids = Leftovers.processesOf(identity);
			directories = directoriesOf(parentPid);
			assertThat(directories).isNotEmpty();
			killedAt = System.nanoTime();
		}
		await().atMost(Duration.ofSeconds(30))
			.pollDelay(Duration.ZERO)
			.pollInterval(Duration.ofMillis(5))
			.untilAsserted(() -> assertThat(pids).noneMatch(TestLauncher::isRunning));
		System.out.printf("%s: %d processes gone %d ms after their parent's SIGKILL%n", occupation, pids.size(),
				TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - killedAt));
		// A child that is too busy to do so leaves that to the next parent
		new PoolDirectory().removeStale();
		assertThat(directories).noneMatch(Files::exists);
		assertThat(directoriesOf(parentPid)).isEmpty();
	}

	private static List<Path> directoriesOf(long parent) throws IOException {
		List<Path> all = new ArrayList<>();
		try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of(System.getProperty("java.io.tmpdir")),
				"workerpool-*-" + parent + "-*")) {
			entries.forEach(all::add);
		}
		return all;
	}

}
