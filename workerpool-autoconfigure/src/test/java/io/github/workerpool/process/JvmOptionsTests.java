package io.github.workerpool.process;

import java.nio.file.Path;
import java.util.List;

import io.github.workerpool.PoolSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class JvmOptionsTests {

	private static final InheritedOptions INHERITED = InheritedOptions.of(List.of("-ea"));

	@Test
	void inheritedOptionsComeFirstThenDefaultsThenLimitsThenThoseOfTheUser() {
		assertThat(options("-Xmx7m").all()).containsSubsequence("-ea", "-XX:+UseSerialGC", "-XX:ActiveProcessorCount=1",
				"-XX:+UseCountedLoopSafepoints", "-XX:LoopStripMiningIter=1000", "-Djava.awt.headless=true",
				"-XX:-ExitOnOutOfMemoryError", "-Xmx102400k", "-Xmx7m");
	}

	@Test
	void whatIsNotLimitedIsLeftToTheJvm() {
		assertThat(options().all())
			.noneMatch((option) -> option.matches("-Xmn.*|-Xss.*|.*(CodeCache|Metaspace|Direct).*"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "-XX:+UseZGC", "-XX:+UseParallelGC", "-XX:-UseSerialGC" })
	void collectorOfTheUserIsNotContradicted(String collector) {
		assertThat(options(collector).all()).doesNotContain("-XX:+UseSerialGC").contains(collector);
	}

	@ParameterizedTest
	@ValueSource(strings = { "-Xshare:off", "-XX:SharedArchiveFile=x", "-XX:AOTCache=x", "-XX:AOTMode=off",
			"-XX:+AutoCreateSharedArchive" })
	void userMayTakeCareOfArchives(String option) {
		assertThat(options(option).nameAnArchive()).isTrue();
		assertThat(options("-XX:+UseZGC").nameAnArchive()).isFalse();
	}

	@Test
	void archiveDoesNotDependOnSizes() {
		assertThat(options("-Xmx1g", "-Xmn1m", "-Xss1m", "-XX:MaxMetaspaceSize=1g", "-Dx=y",
				"-XX:ReservedCodeCacheSize=8m")
			.shapingArchives()).isEqualTo(options().shapingArchives());
		assertThat(options("-XX:+UseG1GC").shapingArchives()).isNotEqualTo(options().shapingArchives());
	}

	@Test
	void errorFileIsWhereTheUserWantsIt() {
		Path child = Path.of("/tmp/pool/3");
		assertThat(options().errorFile(child, 42)).isEqualTo(Path.of("/tmp/pool/hs_err_3.log").toAbsolutePath());
		assertThat(options("-XX:ErrorFile=/var/log/err-%p.log").errorFile(child, 42))
			.isEqualTo(Path.of("/var/log/err-42.log"));
	}

	private static JvmOptions options(String... jvmArgs) {
		PoolSettings settings = TestLauncher
			.settings((builder) -> builder.process((process) -> process.jvmArgs(List.of(jvmArgs))));
		return JvmOptions.of(settings, INHERITED, 100L << 20, false);
	}

}
