package io.github.workerpool.sample.demo;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Ticker}.
 */
class TickerTests {

	private final Ticker ticker = new Ticker();

	@Test
	void ticksUntilTheFutureIsDone() throws Exception {
		this.ticker.tickUntilDone(new CompletableFuture<String>() {

			@Override
			public String get(long timeout, TimeUnit unit)
					throws InterruptedException, ExecutionException, TimeoutException {
				if (TickerTests.this.ticker.ticks() == 3) {
					complete("done");
				}
				return super.get(timeout, unit);
			}

		});
		assertThat(this.ticker.ticks()).isEqualTo(3);
		assertThat(this.ticker.longestPauseMillis()).isPositive();
	}

	@Test
	void failureAndCancellationEndTheTicking() throws Exception {
		this.ticker.tickUntilDone(CompletableFuture.failedFuture(new IllegalStateException("boom")));
		CompletableFuture<String> cancelled = new CompletableFuture<>();
		cancelled.cancel(true);
		this.ticker.tickUntilDone(cancelled);
		assertThat(this.ticker.ticks()).isZero();
	}

}
