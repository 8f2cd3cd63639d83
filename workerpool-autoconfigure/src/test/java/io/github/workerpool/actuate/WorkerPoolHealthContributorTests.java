package io.github.workerpool.actuate;

import java.util.Map;

import io.github.workerpool.PoolState;
import io.github.workerpool.WorkerPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthContributors.Entry;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link WorkerPoolHealthContributor}.
 */
class WorkerPoolHealthContributorTests {

	@Test
	void eachPoolIsAComponent() {
		WorkerPoolHealthContributor contributor = new WorkerPoolHealthContributor(
				PoolSnapshots.pools(PoolSnapshots.pool(PoolSnapshots.images()),
						PoolSnapshots.pool(PoolSnapshots.of("csv", PoolState.FAILED, "no java"))));
		assertThat(contributor.stream().map(Entry::name)).containsExactly("csv", "images");
		assertThat(contributor.getContributor("images")).isInstanceOf(HealthIndicator.class);
		assertThat(contributor.getContributor("unknown")).isNull();
		assertThat(health(contributor, "images").getStatus()).isEqualTo(Status.UP);
		assertThat(health(contributor, "csv").getStatus()).isEqualTo(Status.DOWN);
	}

	@ParameterizedTest
	@CsvSource({ "NEW,UP", "STARTING,UP", "RUNNING,UP", "DEGRADED,UP", "PAUSED,OUT_OF_SERVICE",
			"STOPPED,OUT_OF_SERVICE", "FAILED,DOWN", "CLOSED,DOWN" })
	void statusFollowsTheState(PoolState state, String status) {
		assertThat(health(state, null).getStatus().getCode()).isEqualTo(status);
	}

	@ParameterizedTest
	@EnumSource
	void detailsSayWhatIsThere(PoolState state) {
		Health health = health(state, "in back-off");
		assertThat(health.getDetails()).containsEntry("state", state.name())
			.containsEntry("reason", "in back-off")
			.containsEntry("isolation", "PROCESS")
			.containsEntry("workers",
					Map.of("min", 2, "max", 4, "alive", 2, "idle", 1, "busy", 1, "starting", 0, "abandoned", 0))
			.containsEntry("queue", Map.of("size", 0, "capacity", 1000, "oldestWaitMillis", 0L));
	}

	@Test
	void reasonIsLeftOutWhereThereIsNone() {
		assertThat(health(PoolState.RUNNING, null).getDetails()).doesNotContainKey("reason");
	}

	@Test
	void poolThatCanNotBeLookedAtIsDown() {
		WorkerPool pool = mock();
		given(pool.name()).willReturn("images");
		given(pool.snapshot()).willThrow(new IllegalStateException("boom"));
		WorkerPoolHealthContributor contributor = new WorkerPoolHealthContributor(PoolSnapshots.pools(pool));
		assertThat(health(contributor, "images").getStatus()).isEqualTo(Status.DOWN);
	}

	private static Health health(PoolState state, String reason) {
		return health(new WorkerPoolHealthContributor(
				PoolSnapshots.pools(PoolSnapshots.pool(PoolSnapshots.of("images", state, reason)))), "images");
	}

	private static Health health(WorkerPoolHealthContributor contributor, String name) {
		HealthIndicator indicator = (HealthIndicator) contributor.getContributor(name);
		assertThat(indicator).isNotNull();
		return indicator.health(true);
	}

}
