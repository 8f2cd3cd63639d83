package io.github.workerpool.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import io.github.workerpool.ResourceLimitExceededException.Limit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

@DisabledOnOs(OS.WINDOWS)
class ExitCauseTests {

	@TempDir
	private Path temporary;

	@ParameterizedTest
	@CsvSource({ "0,exit code 0", "1,exit code 1", "3,exit code 3", "127,exit code 127", "128,exit code 128",
			"129,killed by signal 1 (SIGHUP)", "130,killed by signal 2 (SIGINT)", "131,killed by signal 3 (SIGQUIT)",
			"132,killed by signal 4 (SIGILL)", "134,killed by signal 6 (SIGABRT)", "136,killed by signal 8 (SIGFPE)",
			"137,killed by signal 9 (SIGKILL)", "139,killed by signal 11 (SIGSEGV)",
			"143,killed by signal 15 (SIGTERM)", "152,killed by signal 24 (SIGXCPU)", "200,exit code 200",
			"255,exit code 255" })
	void exitCodeIsPutInWords(int code, String words) {
		assertThat(ExitCause.of(code, false, null, null, List.of())).isEqualTo(new ExitCause(words, null));
	}

	@Test
	void killByThePoolIsToldApart() {
		assertThat(ExitCause.of(137, true, "killed by the kernel", null, List.of()).words())
			.isEqualTo("killed by signal 9 (SIGKILL), sent by the pool");
		assertThat(ExitCause.of(143, true, null, null, List.of()).words()).isEqualTo("killed by signal 15 (SIGTERM)");
	}

	@Test
	void killByTheKernelIsToldApart() {
		assertThat(ExitCause.of(137, false, "killed by the kernel's OOM killer", null, List.of()).words())
			.isEqualTo("killed by the kernel's OOM killer (signal 9, SIGKILL)");
	}

	@ParameterizedTest
	@CsvSource({ "Java heap space,HEAP", "GC overhead limit exceeded,HEAP",
			"Requested array size exceeds VM limit,HEAP", "Metaspace,METASPACE", "Compressed class space,METASPACE" })
	void wantOfMemoryIsToldFromExitCodeThree(String what, Limit limit) {
		List<String> stderr = List.of("Terminating due to java.lang.OutOfMemoryError: " + what, "more");
		assertThat(ExitCause.of(3, false, null, null, stderr))
			.isEqualTo(new ExitCause("out of memory: " + what + " (exit code 3)", limit));
		assertThat(ExitCause.of(4, false, null, null, stderr).exhausted()).isNull();
	}

	@Test
	void crashIsExplainedByTheErrorFile() throws Exception {
		Path file = Files.writeString(this.temporary.resolve("hs_err.log"), """
				#
				# A fatal error has been detected by the Java Runtime Environment:
				#
				#  SIGSEGV (0xb) at pc=0x00007f395fcbc53d, pid=17278, tid=17279
				#
				# JRE version: OpenJDK Runtime Environment (17.0.15+6)
				# Problematic frame:
				# C  [libimage.so+0x6bc53d]  decode+0x24d
				#
				""");
		assertThat(ExitCause.of(134, false, null, JvmErrorFile.read(file), List.of()).words())
			.isEqualTo("killed by signal 6 (SIGABRT) after SIGSEGV (0xb) in C  [libimage.so+0x6bc53d]  decode+0x24d");
		assertThat(ExitCause.of(1, false, null, JvmErrorFile.read(file), List.of()).words())
			.startsWith("exit code 1 after SIGSEGV (0xb)");
	}

	@Test
	void wantOfNativeMemoryIsFoundInTheErrorFile() throws Exception {
		Path file = Files.writeString(this.temporary.resolve("hs_err.log"), """
				#
				# There is insufficient memory for the Java Runtime Environment to continue.
				# Native memory allocation (mmap) failed to map 65536 bytes for committing reserved memory.
				""");
		assertThat(ExitCause.of(1, false, null, JvmErrorFile.read(file), List.of()).words())
			.isEqualTo("exit code 1 after the system gave the JVM no more memory");
	}

	@Test
	void internalErrorAndStrangeFilesAreUnderstood() throws Exception {
		Path file = this.temporary.resolve("hs_err.log");
		assertThat(JvmErrorFile.read(file)).isNull();
		Files.writeString(file, "");
		assertThat(JvmErrorFile.read(file).summary()).isEqualTo("a crash of the JVM");
		Files.writeString(file, "#  Internal Error (sharedRuntime.cpp:553), pid=1, tid=2\n# Problematic frame:\n");
		assertThat(JvmErrorFile.read(file).summary()).isEqualTo("Internal Error (sharedRuntime.cpp:553)");
	}

}
