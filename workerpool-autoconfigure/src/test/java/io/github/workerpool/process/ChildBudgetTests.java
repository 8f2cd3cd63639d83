package io.github.workerpool.process;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.InvalidPoolSettingException;
import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.WorkerStartException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class ChildBudgetTests {

	@Test
	void placesAreSharedByPoolsAndCountedForEach() throws Exception {
		ChildBudget budget = ChildBudget.of(3);
		ChildBudget.Place place = budget.take("a", Duration.ZERO);
		budget.take("a", Duration.ZERO);
		budget.take("b", Duration.ZERO);
		assertThat(budget.hasRoom()).isFalse();
		assertThatExceptionOfType(WorkerStartException.class).isThrownBy(() -> budget.take("c", Duration.ofMillis(1)))
			.withMessageStartingWith("Pool 'c'")
			.withMessageContaining("'workerpool.process.max-children' is 3, in use are {a=2, b=1}");
		place.giveBack();
		place.giveBack();
		assertThat(budget.inUse()).containsEntry("a", 1).containsEntry("b", 1);
		budget.take("c", Duration.ZERO);
		assertThat(budget.hasRoom()).isFalse();
	}

	@Test
	void whoFindsTheBudgetSpentWaits() throws Exception {
		ChildBudget budget = ChildBudget.of(1);
		ChildBudget.Place place = budget.take("a", Duration.ZERO);
		CompletableFuture<ChildBudget.Place> waiting = CompletableFuture.supplyAsync(() -> {
			try {
				return budget.take("b", Duration.ofSeconds(30));
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		});
		place.giveBack();
		waiting.get(30, TimeUnit.SECONDS).giveBack();
		assertThat(budget.inUse()).isEmpty();
	}

	@Test
	void budgetWithoutLimitIsNeverSpent() throws Exception {
		ChildBudget budget = ChildBudget.unlimited();
		for (int i = 0; i < 1000; i++) {
			budget.take("a", Duration.ZERO);
		}
		assertThat(budget.hasRoom()).isTrue();
	}

	@Test
	void poolThatWantsMoreThanThereMayBeIsRefused() {
		PoolSettings settings = PoolSettings.builder("images").isolation(Isolation.PROCESS).size(3).build();
		ChildBudget.of(3).check(settings);
		assertThatExceptionOfType(InvalidPoolSettingException.class).isThrownBy(() -> ChildBudget.of(2).check(settings))
			.withMessageContaining("'min-size' can't be '3'")
			.withMessageContaining("'workerpool.process.max-children' allows 2");
	}

	@Test
	void budgetOfNoneIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> ChildBudget.of(0))
			.withMessageContaining("'workerpool.process.max-children' can't be '0'");
	}

}
