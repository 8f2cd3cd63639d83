package io.github.workerpool.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the start mark of a {@link SharedRegion}.
 */
@ExtendWith(Leftovers.class)
class SharedRegionTests {

	@TempDir
	private Path directory;

	private SharedRegion parent;

	private SharedRegion child;

	@BeforeEach
	void open() throws IOException {
		this.parent = SharedRegion.create(List.of(this.directory), 1 << 12);
		this.child = SharedRegion.open(this.parent.location(), 1 << 12);
	}

	@AfterEach
	void close() {
		this.child.close();
		this.parent.close();
	}

	/** As if so many requests had been made before. */
	private void skipTo(long number) {
		for (long at = number & (1 << 30) - 1; at <= number; at += 1 << 30) {
			assertThat(at == 0 || this.child.start(at)).isTrue();
		}
	}

	@ParameterizedTest
	@ValueSource(longs = { 0, 5, (1L << 31) - 2, (1L << 32) - 2, (1L << 33) + 7 })
	void whatHasBegunIsSeenAndNothingElse(long before) {
		skipTo(before);
		assertThat(this.child.start(before + 1)).isTrue();
		assertThat(this.parent.isStarted(before + 1)).isTrue();
		assertThat(this.parent.isStarted(before + 2)).isFalse();
		assertThat(this.child.start(before + 2)).isTrue();
		assertThat(this.parent.isStarted(before + 1)).isTrue();
		assertThat(this.parent.isStarted(before + 2)).isTrue();
		assertThat(this.parent.isStarted(before + 3)).isFalse();
	}

	@ParameterizedTest
	@ValueSource(longs = { 0, 5, (1L << 31) - 3, (1L << 32) - 3, (1L << 33) + 7 })
	void whatIsTakenBackNeverBegins(long before) {
		skipTo(before);
		assertThat(this.child.start(before + 1)).isTrue();
		assertThat(this.parent.takeBack(before + 3)).isEqualTo((int) (before + 1));
		assertThat(this.child.start(before + 2)).isFalse();
		assertThat(this.child.start(before + 3)).isFalse();
		assertThat(this.parent.isStarted(before + 1)).isTrue();
		assertThat(this.child.start(before + 4)).isTrue();
		assertThat(this.parent.takeBack(before + 4)).isEqualTo((int) (before + 4));
	}

	@ParameterizedTest
	@ValueSource(longs = { 1, (1L << 31) - 3, (1L << 32) - 3 })
	void nothingBeginsWhileItIsHeld(long before) {
		skipTo(before);
		assertThat(this.child.hold()).isEqualTo((int) before);
		assertThat(this.child.start(before + 1)).isFalse();
		assertThat(this.parent.takeBack(before + 2)).isEqualTo((int) before);
		assertThat(this.child.start(before + 2)).isFalse();
		assertThat(this.child.start(before + 3)).isTrue();
	}

	@Test
	void rehearsalChangesNothing() {
		this.child.rehearse();
		assertThat(this.parent.isStarted(1)).isFalse();
		assertThat(this.child.start(1)).isTrue();
		assertThat(this.parent.takeBack(2)).isEqualTo(1);
	}

	@Test
	void eachRequestBeginsOrIsTakenBack() throws Exception {
		int requests = 20_000;
		AtomicLong sent = new AtomicLong();
		ConcurrentSkipListSet<Long> begun = new ConcurrentSkipListSet<>();
		CompletableFuture<Void> working = CompletableFuture.runAsync(() -> {
			for (long number = 1; number <= requests; number++) {
				while (number > sent.get()) {
					Thread.yield();
				}
				if (this.child.start(number)) {
					begun.add(number);
				}
			}
		});
		Random random = new Random(42);
		long last = 0;
		int tookBack = 0;
		long nextSure = 1;
		ConcurrentSkipListSet<Long> back = new ConcurrentSkipListSet<>();
		while (last < requests) {
			last = Math.min(requests, last + 1 + random.nextInt(30));
			sent.set(last);
			if (random.nextInt(3) == 0) {
				while (!this.parent.isStarted(last)) {
					Thread.yield();
				}
			}
			else {
				int started = this.parent.takeBack(last);
				for (long number = Math.max(nextSure, started + 1L); number <= last; number++) {
					back.add(number);
					tookBack++;
				}
				nextSure = last + 1;
			}
		}
		working.get(60, TimeUnit.SECONDS);
		assertThat(begun.size() + tookBack).isEqualTo(requests);
		assertThat(back).doesNotContainAnyElementsOf(begun);
		assertThat(begun).isNotEmpty();
		assertThat(back).isNotEmpty();
	}

}
