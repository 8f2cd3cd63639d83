package io.github.workerpool.process;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class ProcessIdentityTests {

	@Test
	void thisProcessIsAlive() {
		ProcessIdentity self = ProcessIdentity.current();
		assertThat(self.pid()).isEqualTo(ProcessHandle.current().pid());
		assertThat(self.isAlive()).isTrue();
		assertThat(ProcessIdentity.parse(self.toString())).isEqualTo(self);
	}

	@Test
	void laterProcessWithTheSameIdIsAnother() {
		ProcessIdentity self = ProcessIdentity.current();
		assertThat(new ProcessIdentity(self.pid(), self.start() + "1").isAlive()).isFalse();
	}

	@Test
	void processThatIsNotThereIsNotAlive() {
		assertThat(ProcessIdentity.of(999_999_999)).isNull();
		assertThat(new ProcessIdentity(999_999_999, "1").isAlive()).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "1", ":1", "x:1" })
	void nonsenseIsRefused(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> ProcessIdentity.parse(text));
	}

	@Test
	void nameOfAProgramMayHoldAnything() {
		ProcFile.Stat stat = ProcFile.Stat
			.parse("42 (a) b (c)) Z 7 1 1 0 -1 4194304 1 2 3 4 150 50 5 6 20 0 1 0 4711 100 200 18446744073709551615");
		assertThat(stat).isEqualTo(new ProcFile.Stat(42, 'Z', 7, 2_000_000_000L, "4711"));
		assertThat(stat.isGone()).isTrue();
		assertThat(ProcFile.Stat.parse("42 (x) Z")).isNull();
		assertThat(ProcFile.Stat.parse("")).isNull();
	}

}
