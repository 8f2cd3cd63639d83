package io.github.workerpool.core;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class RestartBudgetTests {

	private static final long SECOND = Duration.ofSeconds(1).toNanos();

	private final RestartBudget budget = new RestartBudget(2, 10 * SECOND);

	@Test
	void isSpentByOneDeathMoreThanItAllows() {
		assertThat(this.budget.death(1 * SECOND)).isFalse();
		assertThat(this.budget.death(2 * SECOND)).isFalse();
		assertThat(this.budget.death(3 * SECOND)).isTrue();
	}

	@Test
	void ofNoneIsSpentByTheFirstDeath() {
		assertThat(new RestartBudget(0, SECOND).death(1)).isTrue();
	}

	@Test
	void forgetsDeathsThatAreOlderThanThePeriod() {
		assertThat(this.budget.death(1 * SECOND)).isFalse();
		assertThat(this.budget.death(2 * SECOND)).isFalse();
		assertThat(this.budget.death(11 * SECOND + 1)).isFalse();
		assertThat(this.budget.death(12 * SECOND + 1)).isFalse();
		assertThat(this.budget.death(13 * SECOND)).isTrue();
	}

	@Test
	void stillCountsADeathThatIsExactlyAsOldAsThePeriod() {
		this.budget.death(1 * SECOND);
		this.budget.death(2 * SECOND);
		assertThat(this.budget.death(11 * SECOND)).isTrue();
	}

	@Test
	void isRenewedByASuccessBetweenDeaths() {
		for (int i = 1; i < 20; i++) {
			assertThat(this.budget.death(i)).isFalse();
			assertThat(this.budget.death(i)).isFalse();
			assertThat(this.budget.inARow()).isEqualTo(2);
			this.budget.success();
			assertThat(this.budget.inARow()).isZero();
		}
	}

	@Test
	void isNotRenewedBySuccessesBeforeTheFirstDeath() {
		this.budget.success();
		this.budget.death(1);
		this.budget.death(2);
		assertThat(this.budget.inARow()).isEqualTo(2);
		assertThat(this.budget.death(3)).isTrue();
	}

	@Test
	void countsDeathsInARowAnewAfterASuccess() {
		this.budget.death(1);
		assertThat(this.budget.inARow()).isEqualTo(1);
		this.budget.death(2);
		assertThat(this.budget.inARow()).isEqualTo(2);
		this.budget.success();
		this.budget.death(3);
		assertThat(this.budget.inARow()).isEqualTo(1);
	}

	@Test
	void canBeCleared() {
		this.budget.death(1);
		this.budget.death(2);
		this.budget.clear();
		assertThat(this.budget.inARow()).isZero();
		assertThat(this.budget.death(3)).isFalse();
	}

	@Test
	void isCorrectWhateverTheClockBeganAt() {
		RestartBudget late = new RestartBudget(1, 10);
		assertThat(late.death(Long.MAX_VALUE - 20)).isFalse();
		assertThat(late.death(Long.MAX_VALUE - 9)).isFalse();
		assertThat(late.death(Long.MAX_VALUE)).isTrue();
	}

}
