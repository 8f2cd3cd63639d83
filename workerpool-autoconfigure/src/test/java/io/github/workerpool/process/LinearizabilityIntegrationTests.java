package io.github.workerpool.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.github.workerpool.memory.SharedArrayLinearizability;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What threads do to shared memory at the same time could have happened one after the
 * other. In JVMs of their own, as Lincheck changes the classes of the one it runs in.
 */
class LinearizabilityIntegrationTests {

	@TempDir
	private Path directory;

	@ParameterizedTest
	@ValueSource(classes = { SharedArrayLinearizability.class, SharedRingLinearizability.class })
	void historiesAreLinearizable(Class<?> check) throws Exception {
		String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
		try (TestJvm jvm = TestJvm.start(this.directory, Map.of(), List.of("-Xmx512m", "-XX:+EnableDynamicAgentLoading",
				"-cp", classPath, check.getName(), this.directory.toString()))) {
			jvm.awaitSuccess(Duration.ofMinutes(3));
		}
	}

}
