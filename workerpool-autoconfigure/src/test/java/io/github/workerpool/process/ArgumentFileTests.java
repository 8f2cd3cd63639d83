package io.github.workerpool.process;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import io.github.workerpool.WorkerStartException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ArgumentFileTests {

	@TempDir
	private Path temporary;

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '~', value = { "a|\"a\"", "a b|\"a b\"", "C:\\x|\"C:\\\\x\"",
			"say \"hi\"|\"say \\\"hi\\\"\"", "#no comment|\"#no comment\"", "it's|\"it's\"", "~~|\"\"" })
	void argumentsAreQuoted(String argument, String quoted) {
		assertThat(ArgumentFile.quote(argument)).isEqualTo(quoted);
	}

	@Test
	void breaksAreWrittenInOneLine() {
		assertThat(ArgumentFile.quote("a\nb\rc\td\fe")).isEqualTo("\"a\\nb\\rc\\td\\fe\"");
	}

	@Test
	void eachArgumentHasItsLine() throws Exception {
		Path file = this.temporary.resolve("arguments");
		ArgumentFile.write(file, List.of("-cp", "ä"), StandardCharsets.UTF_8);
		assertThat(file).hasContent("\"-cp\"\n\"ä\"");
	}

	@Test
	void argumentThatTheSystemCannotExpressIsNamed() {
		Path file = this.temporary.resolve("arguments");
		assertThatExceptionOfType(WorkerStartException.class)
			.isThrownBy(() -> ArgumentFile.write(file, List.of("-cp", "/ä/lib.jar"), StandardCharsets.US_ASCII))
			.withMessageContaining("'/ä/lib.jar'")
			.withMessageContaining("US-ASCII")
			.withMessageContaining("LC_ALL");
		assertThat(Files.exists(file)).isFalse();
	}

}
