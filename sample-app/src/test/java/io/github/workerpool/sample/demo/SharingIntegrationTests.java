package io.github.workerpool.sample.demo;

import java.util.List;

import io.github.workerpool.Isolation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Counting}, {@link Handover} and {@link Conversation}, which start
 * child JVMs.
 */
class SharingIntegrationTests {

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void nothingIsLostOfWhatIsAddedAtomically(Isolation isolation) throws Exception {
		assertThat(new Counting(3, 20_000).count(isolation, true)).isEqualTo(60_000);
	}

	@ParameterizedTest
	@EnumSource(Isolation.class)
	void withoutAtomicsNothingIsCountedTwice(Isolation isolation) throws Exception {
		assertThat(new Counting(2, 20_000).count(isolation, false)).isBetween(2, 40_000);
	}

	@Test
	void payloadComesBackMarkedInEachWayMoreThanOnce() throws Exception {
		int bytes = 1 << 20;
		try (Handover handover = new Handover(bytes)) {
			for (int round = 0; round < 3; round++) {
				assertThat(handover.copy(bytes)).isPositive();
				assertThat(handover.transfer(bytes)).isPositive();
				assertThat(handover.share(bytes)).isPositive();
			}
		}
	}

	@Test
	void conversationEndsWithTheNumberFound() throws Exception {
		List<String> lines = Conversation.hold();
		assertThat(lines).allMatch((line) -> line.startsWith("ada: ") || line.startsWith("bob: "));
		assertThat(lines).endsWith("ada: right").filteredOn("ada: right"::equals).hasSize(1);
	}

	@ParameterizedTest
	@CsvSource({ "50, 50, right", "50, 51, more", "50, 49, less" })
	void guessesAreAnswered(int guess, int number, String answer) {
		assertThat(Conversation.Thinker.answer(guess, number)).isEqualTo(answer);
	}

}
