package io.github.workerpool.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.core.FairQueue.Offer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The queue by itself: nobody works here, the test takes tasks out as workers would.
 */
class FairQueueTests {

	private static final long SECOND = 1_000_000_000L;

	private static final long PLENTY = Long.MAX_VALUE / 2;

	@RegisterExtension
	final Pools pools = new Pools();

	private final SupervisedWorkerPool pool = this.pools.build((settings) -> {
	});

	private final AtomicLong sequence = new AtomicLong();

	private long clock = 1000 * SECOND;

	private FairQueue queue = new FairQueue(1000, PLENTY, null);

	@Test
	void anEmptyQueueHasNothing() {
		assertThat(this.queue.poll()).isNull();
		assertThat(this.queue.size()).isZero();
		assertThat(this.queue.hasEntries()).isFalse();
		assertThat(this.queue.oldest()).isZero();
		assertThat(this.queue.nextDeadline()).isZero();
		assertThat(this.queue.expired(Long.MAX_VALUE)).isEmpty();
		assertThat(this.queue.waitingRuns()).isEmpty();
	}

	@Test
	void plainTasksAreFirstInFirstOut() {
		offer("a", "b", "c");
		assertThat(drain()).containsExactly("a", "b", "c");
	}

	@Test
	void higherPriorityGoesFirst() {
		offer(named("low", -100), named("none", 0), named("high", 100), named("one", 1));
		assertThat(drain()).containsExactly("high", "one", "none", "low");
	}

	@Test
	void tasksOfOnePriorityAreFirstInFirstOut() {
		offer(named("a5", 5), named("a3", 3), named("b5", 5), named("b3", 3));
		assertThat(drain()).containsExactly("a5", "b5", "a3", "b3");
	}

	@Test
	void waitingRaisesATaskByOnePerSecond() {
		offer(named("old", 0));
		this.clock += 5 * SECOND + 1;
		offer(named("five", 5));
		this.clock += SECOND;
		offer(named("seven", 7));
		// 'old' has been raised by six and a bit, 'five' by one, 'seven' by none
		assertThat(drain()).containsExactly("seven", "old", "five");
	}

	@Test
	void ofTasksRaisedToTheSameTheHigherPriorityGoesFirst() {
		offer(named("old", 0));
		this.clock += 5 * SECOND;
		offer(named("five", 5));
		assertThat(drain()).containsExactly("five", "old");
	}

	@Test
	void noPriorityIsSoLowThatItWaitsForEver() {
		offer(named("lowest", -100));
		this.clock += 200 * SECOND + 1;
		offer(named("highest", 100));
		assertThat(drain()).containsExactly("lowest", "highest");
	}

	@Test
	void keysTakeTurns() {
		offer(keyed("a1", "a"), keyed("a2", "a"), keyed("a3", "a"), keyed("b1", "b"), keyed("b2", "b"),
				keyed("c1", "c"));
		assertThat(drain()).containsExactly("a1", "b1", "c1", "a2", "b2", "a3");
	}

	@Test
	void aKeyWithOneTaskBehindAKeyWithAThousandWaitsForOneTurn() {
		this.queue = new FairQueue(2000, PLENTY, null);
		for (int i = 0; i < 1000; i++) {
			offer(keyed("big" + i, "big"));
		}
		offer(keyed("small", "small"));
		assertThat(drain().indexOf("small")).isLessThanOrEqualTo(1);
	}

	@Test
	void aKeyThatComesLaterWaitsForOneTurnOfEachOther() {
		offer(keyed("a1", "a"), keyed("a2", "a"), keyed("b1", "b"), keyed("b2", "b"));
		assertThat(take()).isEqualTo("a1");
		offer(keyed("c1", "c"));
		assertThat(drain()).containsExactly("b1", "a2", "c1", "b2");
	}

	@Test
	void tasksWithoutAKeyAreOneKey() {
		offer(named("p1", 0), named("p2", 0), named("p3", 0), keyed("a1", "a"), keyed("a2", "a"), keyed("b1", "b"));
		List<String> order = drain();
		assertThat(order).containsExactlyInAnyOrder("p1", "p2", "p3", "a1", "a2", "b1");
		assertThat(order.subList(0, 3)).as("one turn of each").containsExactlyInAnyOrder("p1", "a1", "b1");
		assertThat(order.subList(3, 5)).containsExactlyInAnyOrder("p2", "a2");
		assertThat(order).containsSubsequence("p1", "p2", "p3").containsSubsequence("a1", "a2");
	}

	@Test
	void tasksWithoutAKeyAreOneKeyInEveryPriority() {
		offer(named("p1", 7), named("p2", 7), keyed("a1", "a", 7), keyed("a2", "a", 7));
		assertThat(drain()).containsExactly("p1", "a1", "p2", "a2");
	}

	@Test
	void anEmptyKeyIsNoneOfThoseWithout() {
		offer(named("p1", 7), named("p2", 7), keyed("e1", "", 7), keyed("e2", "", 7));
		assertThat(drain()).containsExactly("p1", "e1", "p2", "e2");
	}

	@Test
	void keysAreFairWithinEachPriorityAlone() {
		offer(keyed("a1", "a", 1), keyed("a2", "a", 1), keyed("b1", "b", 0), keyed("a3", "a", 1), keyed("b2", "b", 1));
		assertThat(drain()).containsExactly("a1", "b2", "a2", "a3", "b1");
	}

	@Test
	void aTurnIsLostByAKeyThatRanOutOfTasks() {
		offer(keyed("a1", "a"), keyed("b1", "b"), keyed("b2", "b"));
		assertThat(take()).isEqualTo("a1");
		offer(keyed("a2", "a"));
		assertThat(drain()).containsExactly("b1", "a2", "b2");
	}

	@Test
	void plainTasksAreFirstInFirstOutAlsoWhileOthersComeAndGo() {
		offer("p1", "p2");
		offer(keyed("a1", "a"));
		offer("p3");
		assertThat(drain()).containsSubsequence("p1", "p2", "p3");
		offer("p4", "p5");
		assertThat(drain()).containsExactly("p4", "p5");
	}

	@Test
	void whatIsPutBackGoesFirstWhateverWaits() {
		offer(named("first", 0), named("urgent", 100));
		assertThat(take()).isEqualTo("urgent");
		TaskRun<?> taken = poll();
		restarted(taken);
		offer(named("later", 100));
		assertThat(drain()).containsExactly("first", "later");
	}

	@Test
	void ofWhatIsPutBackTheLastGoesFirst() {
		offer("a", "b", "c");
		TaskRun<?> a = poll();
		TaskRun<?> b = poll();
		restarted(a);
		restarted(b);
		assertThat(drain()).containsExactly("b", "a", "c");
	}

	@Test
	void whatIsPutBackCountsPastTheBound() {
		this.queue = new FairQueue(1, PLENTY, null);
		offer("a");
		TaskRun<?> a = poll();
		offer("b");
		restarted(a);
		assertThat(this.queue.size()).isEqualTo(2);
		assertThat(this.queue.offer(named("c", 0), () -> 0)).isEqualTo(Offer.FULL);
		assertThat(drain()).containsExactly("a", "b");
		assertThat(this.queue.size()).isZero();
	}

	@Test
	void aTaskThatWasPutBackAndThenCancelledIsSkipped() {
		offer("a", "b");
		TaskRun<?> a = poll();
		restarted(a);
		cancel(a);
		assertThat(this.queue.size()).isEqualTo(1);
		assertThat(drain()).containsExactly("b");
		assertThat(this.queue.hasEntries()).isFalse();
	}

	@Test
	void cancelledTasksAreNotHandedOut() {
		List<TaskRun<?>> runs = offer(named("p1", 0), named("p2", 0), keyed("a1", "a"), keyed("a2", "a"),
				named("h1", 9), named("h2", 9));
		cancel(runs.get(0));
		cancel(runs.get(2));
		cancel(runs.get(4));
		assertThat(this.queue.size()).isEqualTo(3);
		assertThat(this.queue.waitingRuns()).extracting(TaskRun::name).containsExactlyInAnyOrder("p2", "a2", "h2");
		assertThat(drain()).containsExactlyInAnyOrder("p2", "a2", "h2");
		assertThat(this.queue.size()).isZero();
		assertThat(this.queue.hasEntries()).isFalse();
	}

	@Test
	void cancelledTasksGiveTheirPlaceToOthersAtOnce() {
		this.queue = new FairQueue(2, PLENTY, null);
		List<TaskRun<?>> runs = offer(named("a", 0), named("b", 0));
		assertThat(this.queue.offer(named("c", 0), () -> 0)).isEqualTo(Offer.FULL);
		cancel(runs.get(0));
		assertThat(this.queue.offer(named("c", 0), () -> 0)).isEqualTo(Offer.ACCEPTED);
		assertThat(drain()).containsExactly("b", "c");
	}

	@ParameterizedTest
	@CsvSource({ "plain", "keyed", "prioritized", "mixed" })
	void corpsesDoNotPileUp(String kind) {
		int entriesAtMost = 0;
		TaskRun<?> survivor = kind.equals("keyed") ? keyed("live", "live") : named("live", 0);
		offer(survivor);
		for (int i = 0; i < 10_000; i++) {
			TaskRun<?> run = switch (kind) {
				case "plain" -> named("dead", 0);
				case "keyed" -> keyed("dead", "key" + i % 7);
				case "prioritized" -> named("dead", 1 + i % 9);
				default -> (i % 2 == 0) ? named("dead", i % 3) : keyed("dead", "key" + i % 7, i % 3);
			};
			offer(run);
			cancel(run);
			entriesAtMost = Math.max(entriesAtMost, entries());
		}
		// The ring can't let go of what is not at its head
		int places = kind.equals("plain") || kind.equals("mixed") ? this.queue.ringPlaces() : 0;
		assertThat(entriesAtMost).isLessThan(places + 200);
		assertThat(this.queue.size()).isEqualTo(1);
		assertThat(drain()).containsExactly("live");
	}

	@Test
	void sweepingKeepsTheOrder() {
		List<TaskRun<?>> dead = new ArrayList<>();
		List<String> live = new ArrayList<>();
		for (int i = 0; i < 400; i++) {
			TaskRun<?> run = keyed("t" + i, "key");
			offer(run);
			if (i % 10 == 0) {
				live.add(run.name());
			}
			else {
				dead.add(run);
			}
		}
		dead.forEach(this::cancel);
		assertThat(drain()).containsExactlyElementsOf(live);
	}

	@Test
	void theBoundHoldsForEveryKindOfTask() {
		this.queue = new FairQueue(3, PLENTY, null);
		assertThat(this.queue.offer(named("plain", 0), () -> 0)).isEqualTo(Offer.ACCEPTED);
		assertThat(this.queue.offer(named("urgent", 100), () -> 0)).isEqualTo(Offer.ACCEPTED);
		assertThat(this.queue.offer(keyed("keyed", "k"), () -> 0)).isEqualTo(Offer.ACCEPTED);
		assertThat(this.queue.offer(named("plain", 0), () -> 0)).isEqualTo(Offer.FULL);
		assertThat(this.queue.offer(named("urgent", 100), () -> 0)).isEqualTo(Offer.FULL);
		assertThat(this.queue.offer(keyed("keyed", "k"), () -> 0)).isEqualTo(Offer.FULL);
		assertThat(this.queue.size()).isEqualTo(3);
		assertThat(drain()).hasSize(3);
	}

	@Test
	void whatFreeWorkersWillTakeDoesNotCount() {
		this.queue = new FairQueue(1, PLENTY, null);
		assertThat(this.queue.offer(named("a", 0), () -> 2)).isEqualTo(Offer.ACCEPTED);
		assertThat(this.queue.offer(named("b", 0), () -> 2)).isEqualTo(Offer.ACCEPTED);
		assertThat(this.queue.offer(named("c", 0), () -> 2)).isEqualTo(Offer.ACCEPTED);
		assertThat(this.queue.offer(named("d", 0), () -> 2)).isEqualTo(Offer.FULL);
	}

	@Test
	void aQueueOfNoCapacityTakesOnlyWhatFreeWorkersWillTake() {
		this.queue = new FairQueue(0, PLENTY, null);
		assertThat(this.queue.offer(named("a", 0), () -> 0)).isEqualTo(Offer.FULL);
		assertThat(this.queue.offer(named("a", 0), () -> 1)).isEqualTo(Offer.ACCEPTED);
		assertThat(this.queue.offer(named("b", 0), () -> 1)).isEqualTo(Offer.FULL);
	}

	@Test
	void freeWorkersAreCountedAgainIfTheQueueMovedMeanwhile() {
		this.queue = new FairQueue(1, PLENTY, null);
		offer("a");
		AtomicInteger asked = new AtomicInteger();
		// While the workers are counted one takes a task: what was counted is void
		Offer offer = this.queue.offer(named("b", 0), () -> {
			if (asked.getAndIncrement() == 0) {
				poll();
				this.queue.offer(named("intruder", 0), () -> 0);
				return 1;
			}
			return 0;
		});
		assertThat(offer).isEqualTo(Offer.FULL);
		assertThat(asked).hasValue(2);
		assertThat(drain()).containsExactly("intruder");
	}

	@Test
	void aRefusalIsLookedAtAgainIfTheQueueMovedMeanwhile() {
		this.queue = new FairQueue(1, PLENTY, null);
		offer("a");
		// The task leaves for a worker that is no longer counted as free
		Offer offer = this.queue.offer(named("b", 0), () -> {
			if (this.queue.size() == 1) {
				poll();
			}
			return 0;
		});
		assertThat(offer).isEqualTo(Offer.ACCEPTED);
	}

	@Test
	void aKeyHoldsNoMoreThanItsShare() {
		this.queue = new FairQueue(10, PLENTY, 0.3);
		for (int i = 0; i < 3; i++) {
			assertThat(this.queue.offer(keyed("a", "a"), () -> 0)).isEqualTo(Offer.ACCEPTED);
		}
		assertThat(this.queue.offer(keyed("a", "a"), () -> 0)).isEqualTo(Offer.SHARE_EXCEEDED);
		assertThat(this.queue.offer(keyed("a", "a", 50), () -> 0)).as("whatever its priority")
			.isEqualTo(Offer.SHARE_EXCEEDED);
		assertThat(this.queue.offer(keyed("b", "b"), () -> 0)).isEqualTo(Offer.ACCEPTED);
		assertThat(this.queue.size()).isEqualTo(4);
	}

	@Test
	void tasksWithoutAKeyHaveNoShare() {
		this.queue = new FairQueue(10, PLENTY, 0.1);
		for (int i = 0; i < 10; i++) {
			assertThat(this.queue.offer(named("p", i % 2), () -> 0)).isEqualTo(Offer.ACCEPTED);
		}
	}

	@Test
	void aShareIsAtLeastOneTask() {
		this.queue = new FairQueue(10, PLENTY, 0.01);
		assertThat(this.queue.offer(keyed("a", "a"), () -> 0)).isEqualTo(Offer.ACCEPTED);
		assertThat(this.queue.offer(keyed("a", "a"), () -> 0)).isEqualTo(Offer.SHARE_EXCEEDED);
	}

	@Test
	void aShareIsGivenBackWhenATaskIsTakenOrCancelled() {
		this.queue = new FairQueue(10, PLENTY, 0.2);
		List<TaskRun<?>> runs = offer(keyed("a1", "a"), keyed("a2", "a"));
		assertThat(this.queue.offer(keyed("a3", "a"), () -> 0)).isEqualTo(Offer.SHARE_EXCEEDED);
		assertThat(take()).isEqualTo("a1");
		assertThat(this.queue.offer(keyed("a3", "a"), () -> 0)).isEqualTo(Offer.ACCEPTED);
		assertThat(this.queue.offer(keyed("a4", "a"), () -> 0)).isEqualTo(Offer.SHARE_EXCEEDED);
		cancel(runs.get(1));
		assertThat(this.queue.offer(keyed("a4", "a"), () -> 0)).isEqualTo(Offer.ACCEPTED);
		assertThat(drain()).containsExactly("a3", "a4");
	}

	@Test
	void aRefusalForTheShareLeavesNoTrace() {
		this.queue = new FairQueue(2, 100, 0.5);
		offer(keyed("a1", "a"));
		TaskRun<?> refused = keyed("a2", "a");
		refused.bytes = 50;
		refused.queueDeadline = this.clock;
		assertThat(this.queue.offer(refused, () -> 0)).isEqualTo(Offer.SHARE_EXCEEDED);
		assertThat(this.queue.size()).isEqualTo(1);
		assertThat(this.queue.nextDeadline()).isZero();
		TaskRun<?> next = keyed("b1", "b");
		next.bytes = 100;
		assertThat(this.queue.offer(next, () -> 0)).isEqualTo(Offer.ACCEPTED);
	}

	@Test
	void whatFreeWorkersWillTakeDoesNotCountForTheShareEither() {
		this.queue = new FairQueue(10, PLENTY, 0.1);
		assertThat(this.queue.offer(keyed("a1", "a"), () -> 2)).isEqualTo(Offer.ACCEPTED);
		assertThat(this.queue.offer(keyed("a2", "a"), () -> 2)).isEqualTo(Offer.ACCEPTED);
		assertThat(this.queue.offer(keyed("a3", "a"), () -> 2)).isEqualTo(Offer.SHARE_EXCEEDED);
	}

	@Test
	void whatIsPutBackCountsForItsShare() {
		this.queue = new FairQueue(10, PLENTY, 0.1);
		offer(keyed("a1", "a"));
		TaskRun<?> a1 = poll();
		restarted(a1);
		assertThat(this.queue.offer(keyed("a2", "a"), () -> 0)).isEqualTo(Offer.SHARE_EXCEEDED);
		assertThat(take()).isEqualTo("a1");
		assertThat(this.queue.offer(keyed("a2", "a"), () -> 0)).isEqualTo(Offer.ACCEPTED);
	}

	@Test
	void waitingBytesAreBounded() {
		this.queue = new FairQueue(10, 100, null);
		assertThat(this.queue.offer(sized("a", 60), () -> 0)).isEqualTo(Offer.ACCEPTED);
		assertThat(this.queue.offer(sized("b", 41), () -> 0)).isEqualTo(Offer.FULL);
		assertThat(this.queue.size()).isEqualTo(1);
		assertThat(this.queue.offer(sized("c", 40), () -> 0)).isEqualTo(Offer.ACCEPTED);
		assertThat(this.queue.offer(sized("d", 1), () -> 0)).isEqualTo(Offer.FULL);
		assertThat(take()).isEqualTo("a");
		assertThat(this.queue.offer(sized("e", 60), () -> 0)).isEqualTo(Offer.ACCEPTED);
	}

	@Test
	void aTaskLargerThanTheBoundInBytesWaitsAlone() {
		this.queue = new FairQueue(10, 100, null);
		assertThat(this.queue.offer(sized("huge", 1000), () -> 0)).isEqualTo(Offer.ACCEPTED);
		assertThat(this.queue.offer(sized("b", 1), () -> 0)).isEqualTo(Offer.FULL);
		assertThat(take()).isEqualTo("huge");
		assertThat(this.queue.offer(sized("b", 1), () -> 0)).isEqualTo(Offer.ACCEPTED);
	}

	@Test
	void cancelledTasksGiveTheirBytesBack() {
		this.queue = new FairQueue(10, 100, null);
		List<TaskRun<?>> runs = offer(sized("a", 60), sized("b", 40));
		cancel(runs.get(0));
		assertThat(this.queue.offer(sized("c", 60), () -> 0)).isEqualTo(Offer.ACCEPTED);
	}

	@Test
	void knowsWhetherATaskWouldFit() {
		this.queue = new FairQueue(2, 100, null);
		offer(sized("a", 60));
		assertThat(this.queue.isFullFor(sized("b", 40), 0)).isFalse();
		assertThat(this.queue.isFullFor(sized("b", 41), 0)).isTrue();
		offer(sized("b", 0));
		assertThat(this.queue.isFullFor(sized("c", 0), 0)).isTrue();
		assertThat(this.queue.isFullFor(sized("c", 0), 1)).isFalse();
	}

	@Test
	void waitsEndInTheOrderOfTheirDeadlines() {
		offer(due("c", 30), due("a", 10), due("b", 20), named("never", 0));
		assertThat(this.queue.nextDeadline()).isEqualTo(10);
		assertThat(this.queue.expired(9)).isEmpty();
		assertThat(this.queue.expired(10)).extracting(TaskRun::name).containsExactly("a");
		assertThat(this.queue.expired(25)).extracting(TaskRun::name).containsExactly("a", "b");
	}

	@Test
	void aWaitThatEndsWhileATaskIsRefusedGivesNoPlaceBack() throws Exception {
		this.queue = new FairQueue(1, PLENTY, null);
		AtomicBoolean offering = new AtomicBoolean(true);
		Pools.Spawned<Void> supervisor = this.pools.spawn(() -> {
			while (offering.get()) {
				for (TaskRun<?> run : this.queue.expired(Long.MAX_VALUE)) {
					if (run.decide(TaskStatus.QUEUED, TaskStatus.TIMED_OUT)) {
						this.queue.settled(run);
					}
				}
			}
			return null;
		});
		offer(named("there", 0));
		AtomicInteger accepted = new AtomicInteger();
		for (int i = 0; i < 100_000; i++) {
			accepted.addAndGet((this.queue.offer(due("late", 1), () -> 0) == Offer.ACCEPTED) ? 1 : 0);
		}
		offering.set(false);
		supervisor.get();
		assertThat(accepted).hasValue(0);
		assertThat(this.queue.size()).isEqualTo(1);
		assertThat(this.queue.nextDeadline()).isZero();
		assertThat(drain()).containsExactly("there");
		assertThat(this.queue.size()).isZero();
	}

	@Test
	void aDeadlineOfATaskThatIsTakenWhileItIsOfferedIsForgotten() throws Exception {
		AtomicBoolean offering = new AtomicBoolean(true);
		Pools.Spawned<Void> taker = this.pools.spawn(() -> {
			while (offering.get()) {
				poll();
			}
			return null;
		});
		for (int i = 0; i < 50_000; i++) {
			this.queue.offer(due("r", 1), () -> 0);
		}
		offering.set(false);
		taker.get();
		while (poll() != null) {
			// until it is empty
		}
		assertThat(this.queue.nextDeadline()).isZero();
	}

	@Test
	void whatDoesNotFitIntoTheRingWaitsBehindIt() {
		this.queue = new FairQueue(20, PLENTY, null);
		List<String> expected = new ArrayList<>();
		for (int round = 0; round < 5; round++) {
			offer("live" + round);
			expected.add("live" + round);
			for (int i = 0; i < 500; i++) {
				TaskRun<?> dead = named("dead", 0);
				offer(dead);
				cancel(dead);
			}
		}
		assertThat(this.queue.size()).isEqualTo(5);
		assertThat(this.queue.waitingRuns()).extracting(TaskRun::name).containsExactlyInAnyOrderElementsOf(expected);
		assertThat(this.queue.oldest()).isEqualTo(this.clock);
		offer(keyed("keyed", "k"));
		assertThat(drain()).containsSubsequence(expected).contains("keyed").hasSize(6);
		assertThat(this.queue.hasEntries()).isFalse();
		offer("again");
		assertThat(drain()).containsExactly("again");
	}

	@Test
	void aQueueMayBeLargerThanItsRing() {
		this.queue = new FairQueue(Integer.MAX_VALUE, PLENTY, 1.0);
		for (int i = 0; i < 5000; i++) {
			offer("t" + i);
		}
		assertThat(this.queue.size()).isEqualTo(5000);
		assertThat(drain()).hasSize(5000).startsWith("t0", "t1").endsWith("t4999");
	}

	@Test
	void deadlinesOfTheSameMomentAreAllKept() {
		offer(due("a", 10), due("b", 10), due("c", 10));
		assertThat(this.queue.expired(10)).extracting(TaskRun::name).containsExactly("a", "b", "c");
	}

	@Test
	void aTaskThatLeavesTakesItsDeadlineWithIt() {
		List<TaskRun<?>> runs = offer(due("a", 10), due("b", 20), due("c", 30));
		assertThat(take()).isEqualTo("a");
		assertThat(this.queue.nextDeadline()).isEqualTo(20);
		cancel(runs.get(1));
		assertThat(this.queue.nextDeadline()).isEqualTo(30);
		restarted(runs.get(0));
		assertThat(this.queue.nextDeadline()).isEqualTo(10);
	}

	@Test
	void theOldestIsFoundWhereverItWaits() {
		offer(keyed("first", "a", 3));
		long first = this.clock;
		this.clock += SECOND;
		offer(named("second", 0));
		long second = this.clock;
		this.clock += SECOND;
		offer(keyed("third", "b"));
		long third = this.clock;
		assertThat(this.queue.oldest()).isEqualTo(first);
		assertThat(take()).isEqualTo("first");
		assertThat(this.queue.oldest()).isEqualTo(second);
		assertThat(take()).isEqualTo("second");
		assertThat(this.queue.oldest()).isEqualTo(third);
		assertThat(take()).isEqualTo("third");
		assertThat(this.queue.oldest()).isZero();
	}

	@Test
	void corpsesAreNotTheOldest() {
		List<TaskRun<?>> runs = offer(named("dead", 0), keyed("dead", "k"));
		this.clock += SECOND;
		offer(named("live", 0));
		runs.forEach(this::cancel);
		assertThat(this.queue.oldest()).isEqualTo(this.clock);
	}

	@Test
	void whatWaitsIsListedOnce() {
		offer(named("p", 0), keyed("k", "k"), named("h", 5), keyed("kh", "k", 5));
		TaskRun<?> back = poll();
		restarted(back);
		assertThat(this.queue.waitingRuns()).extracting(TaskRun::name).containsExactlyInAnyOrder("p", "k", "h", "kh");
	}

	@Test
	void nothingIsLostOrDoubledUnderLoad() throws Exception {
		int producers = 3;
		int perProducer = 20_000;
		this.queue = new FairQueue(500, PLENTY, null);
		Map<Long, String> ends = new ConcurrentHashMap<>();
		AtomicInteger accepted = new AtomicInteger();
		AtomicInteger mostWaiting = new AtomicInteger();
		AtomicBoolean producing = new AtomicBoolean(true);
		Set<String> outOfOrder = ConcurrentHashMap.newKeySet();
		CyclicBarrier start = new CyclicBarrier(producers + 2);
		List<Pools.Spawned<Void>> makers = new ArrayList<>();
		for (int p = 0; p < producers; p++) {
			int producer = p;
			makers.add(this.pools.spawn(() -> {
				start.await();
				ThreadLocalRandom random = ThreadLocalRandom.current();
				for (int i = 0; i < perProducer; i++) {
					TaskRun<?> run = switch (random.nextInt(4)) {
						case 0 -> keyed(producer + ":" + i, "k" + producer);
						case 1 -> named(producer + ":" + i, 1 + random.nextInt(3));
						default -> named(producer + ":" + i, 0);
					};
					while (this.queue.offer(run, () -> 0) == Offer.FULL) {
						Thread.yield();
					}
					accepted.incrementAndGet();
					mostWaiting.accumulateAndGet(this.queue.size(), Math::max);
					if (random.nextInt(5) == 0 && run.decide(TaskStatus.QUEUED, TaskStatus.CANCELLED)) {
						this.queue.settled(run);
						record(ends, run, "cancelled", outOfOrder);
					}
				}
				return null;
			}));
		}
		List<Pools.Spawned<Void>> takers = new ArrayList<>();
		for (int t = 0; t < 2; t++) {
			takers.add(this.pools.spawn(() -> {
				start.await();
				while (true) {
					boolean more = producing.get();
					TaskRun<?> run = this.queue.poll();
					if (run == null) {
						if (!more) {
							return null;
						}
						Thread.yield();
					}
					else if (run.decide(TaskStatus.QUEUED, TaskStatus.RUNNING)) {
						this.queue.taken(run);
						if (ThreadLocalRandom.current().nextInt(20) != 0 || !this.queue.putBack(run)) {
							record(ends, run, "taken", outOfOrder);
						}
					}
					else {
						this.queue.skipped(run);
					}
				}
			}));
		}
		for (Pools.Spawned<Void> maker : makers) {
			maker.get();
		}
		producing.set(false);
		for (Pools.Spawned<Void> taker : takers) {
			taker.get();
		}
		assertThat(accepted).hasValue(producers * perProducer);
		assertThat(ends).hasSize(producers * perProducer);
		assertThat(outOfOrder).as("ended twice").isEmpty();
		// What is put back may pass the bound, and what is taken out dead is counted
		// twice
		assertThat(mostWaiting.get()).isLessThanOrEqualTo(500 + 5);
		assertThat(this.queue.size()).isZero();
		assertThat(this.queue.poll()).isNull();
		assertThat(this.queue.hasEntries()).isFalse();
		assertThat(this.queue.waitingRuns()).isEmpty();
	}

	@Test
	void sharesAndBytesAndDeadlinesAreExactUnderLoad() throws Exception {
		this.queue = new FairQueue(64, 1000, 0.25);
		int threads = 3;
		CyclicBarrier start = new CyclicBarrier(threads);
		List<Pools.Spawned<Void>> all = new ArrayList<>();
		for (int t = 0; t < threads; t++) {
			all.add(this.pools.spawn(() -> {
				start.await();
				ThreadLocalRandom random = ThreadLocalRandom.current();
				for (int i = 0; i < 20_000; i++) {
					TaskRun<?> run = keyed("r", "k" + random.nextInt(5), random.nextInt(2));
					run.bytes = random.nextInt(40);
					run.queueDeadline = 1 + random.nextInt(1000);
					Offer offer = this.queue.offer(run, () -> 0);
					if (offer == Offer.ACCEPTED && random.nextInt(3) == 0) {
						cancel(run);
					}
					else if (random.nextBoolean()) {
						poll();
					}
				}
				return null;
			}));
		}
		for (Pools.Spawned<Void> one : all) {
			one.get();
		}
		while (poll() != null) {
			// until it is empty
		}
		assertThat(this.queue.size()).isZero();
		assertThat(this.queue.nextDeadline()).isZero();
		for (int key = 0; key < 5; key++) {
			for (int i = 0; i < 12; i++) {
				TaskRun<?> run = keyed("r", "k" + key);
				run.bytes = 16;
				assertThat(this.queue.offer(run, () -> 0)).isEqualTo(Offer.ACCEPTED);
			}
		}
		TaskRun<?> rest = keyed("rest", "other");
		rest.bytes = 1000 - 960;
		assertThat(this.queue.offer(rest, () -> 0)).as("all the bytes were given back").isEqualTo(Offer.ACCEPTED);
	}

	private static void record(Map<Long, String> ends, TaskRun<?> run, String how, Set<String> twice) {
		String before = ends.putIfAbsent(run.sequence(), how);
		if (before != null) {
			twice.add(run.name() + " " + before + " and " + how);
		}
	}

	private TaskRun<?> named(String name, int priority) {
		return run(TaskOptions.none().withName(name).withPriority(priority));
	}

	private TaskRun<?> keyed(String name, String key) {
		return keyed(name, key, 0);
	}

	private TaskRun<?> keyed(String name, String key, int priority) {
		return run(TaskOptions.none().withName(name).withKey(key).withPriority(priority));
	}

	private TaskRun<?> sized(String name, long bytes) {
		TaskRun<?> run = named(name, 0);
		run.bytes = bytes;
		return run;
	}

	private TaskRun<?> due(String name, long deadline) {
		TaskRun<?> run = named(name, 0);
		run.queueDeadline = deadline;
		return run;
	}

	private TaskRun<?> run(TaskOptions options) {
		TaskRun<?> run = new TaskRun<>(this.pool, this.sequence.incrementAndGet(), options);
		run.enqueuedAt = this.clock;
		return run;
	}

	private void offer(String... names) {
		for (String name : names) {
			offer(named(name, 0));
		}
	}

	private List<TaskRun<?>> offer(TaskRun<?>... runs) {
		for (TaskRun<?> run : runs) {
			run.enqueuedAt = this.clock;
			assertThat(this.queue.offer(run, () -> 0)).isEqualTo(Offer.ACCEPTED);
		}
		return List.of(runs);
	}

	/** Takes a live task out, as a worker does. */
	private TaskRun<?> poll() {
		while (true) {
			TaskRun<?> run = this.queue.poll();
			if (run == null) {
				return null;
			}
			if (run.decide(TaskStatus.QUEUED, TaskStatus.RUNNING)) {
				this.queue.taken(run);
				return run;
			}
			this.queue.skipped(run);
		}
	}

	private String take() {
		TaskRun<?> run = poll();
		return (run != null) ? run.name() : null;
	}

	private List<String> drain() {
		List<String> names = new ArrayList<>();
		for (String name = take(); name != null; name = take()) {
			names.add(name);
		}
		return names;
	}

	private void cancel(TaskRun<?> run) {
		if (run.decide(TaskStatus.QUEUED, TaskStatus.CANCELLED)) {
			this.queue.settled(run);
		}
	}

	private void restarted(TaskRun<?> run) {
		assertThat(this.queue.putBack(run)).isTrue();
	}

	/** All that the queue holds on to, corpses included. */
	private int entries() {
		return this.queue.entries();
	}

}
