package io.github.workerpool.offload;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskTimeoutException;
import io.github.workerpool.WorkerContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * Calls whose caller waits.
 */
class WaitingCallTests {

	private static final IOException SHARED = new IOException("shared");

	private static OffloadContext context;

	private static Work work;

	@BeforeAll
	static void start() {
		context = OffloadContext.of(Work.class);
		work = context.get(Work.class);
	}

	@AfterAll
	static void stop() {
		context.close();
	}

	@Test
	void runsOnWorkerOfDefaultPool() {
		assertThat(work.where()).isEqualTo("default");
		assertThat(WorkerContext.isWorker()).isFalse();
	}

	@Test
	void runsOnWorkerOfNamedPool() {
		assertThat(work.whereNamed()).isEqualTo("images");
	}

	@Test
	void returnsEveryKindOfValue() {
		assertThat(work.sum(1, 2)).isEqualTo(3);
		assertThat(work.echo("x")).isEqualTo("x");
		assertThat(work.echo(null)).isNull();
		assertThat(work.boxedNothing()).isNull();
		assertThat(work.maybe()).contains("there");
		assertThat(work.numbers()).containsExactly(1, 2);
	}

	@Test
	void taskIsNamedAfterClassAndMethod() {
		context.pools().submitted().clear();
		work.echo("x");
		assertThat(context.pools().submitted()).singleElement()
			.satisfies((options) -> assertThat(options.name()).isEqualTo("Work.echo"));
	}

	@Test
	void uncheckedExceptionArrivesAsItself() {
		IllegalStateException thrown = new IllegalStateException("mine");
		assertThatThrownBy(() -> work.fail(thrown)).isSameAs(thrown);
	}

	@Test
	void checkedExceptionArrivesAsItself() {
		IOException thrown = new IOException("mine", new RuntimeException("cause"));
		assertThatThrownBy(() -> work.fail(thrown)).isSameAs(thrown).hasCauseInstanceOf(RuntimeException.class);
	}

	@Test
	void errorArrivesAsItself() {
		AssertionError thrown = new AssertionError("mine");
		assertThatThrownBy(() -> work.fail(thrown)).isSameAs(thrown);
	}

	@Test
	void wrapperThatTheMethodThrewIsNotTakenOff() {
		CompletionException thrown = new CompletionException(new IOException("inside"));
		assertThatThrownBy(() -> work.fail(thrown)).isSameAs(thrown);
		ExecutionException other = new ExecutionException(new IOException("inside"));
		assertThatThrownBy(() -> work.fail(other)).isSameAs(other);
	}

	@Test
	void exceptionShowsBothSides() {
		Throwable thrown = catchFrom(new IOException("mine"));
		assertThat(thrown.getSuppressed()).singleElement().satisfies((note) -> {
			assertThat(note).hasMessageContaining("Work.fail").hasMessageContaining("default");
			assertThat(note.getStackTrace()).anyMatch((frame) -> frame.getMethodName().equals("catchFrom"));
		});
		Throwable caught = catchMade();
		assertThat(caught.getStackTrace()).anyMatch((frame) -> frame.getMethodName().equals("failInside"));
		assertThat(caught.getSuppressed()[0].getStackTrace())
			.anyMatch((frame) -> frame.getMethodName().equals("catchMade"));
	}

	@Test
	void sharedExceptionDoesNotGrow() {
		for (int i = 0; i < 5; i++) {
			assertThatThrownBy(() -> work.fail(SHARED)).isSameAs(SHARED);
		}
		assertThat(SHARED.getSuppressed()).hasSize(1);
	}

	@Test
	void exceptionWithoutSuppressionIsLeftAlone() {
		RuntimeException thrown = new RuntimeException("bare", null, false, false) {
		};
		assertThatThrownBy(() -> work.fail(thrown)).isSameAs(thrown);
		assertThat(thrown.getSuppressed()).isEmpty();
	}

	@Test
	void interruptedCallerCancelsTaskAndKeepsFlag() throws Exception {
		AtomicReference<Throwable> thrown = new AtomicReference<>();
		AtomicBoolean flag = new AtomicBoolean();
		Thread caller = new Thread(() -> {
			try {
				work.block();
			}
			catch (Throwable ex) {
				thrown.set(ex);
			}
			flag.set(Thread.currentThread().isInterrupted());
		});
		caller.start();
		assertThat(context.target(Work.class).blocked.await(30, TimeUnit.SECONDS)).isTrue();
		caller.interrupt();
		caller.join(30_000);
		assertThat(caller.isAlive()).isFalse();
		assertThat(thrown.get()).isInstanceOf(CancellationException.class)
			.hasMessageContaining("Work.block")
			.hasMessageContaining("interrupted");
		assertThat(flag).isTrue();
		assertThat(context.target(Work.class).interrupted.await(30, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void callOfInterruptedCallerIsCancelled() {
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(CancellationException.class).isThrownBy(() -> work.blockBriefly());
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	void timeoutReachesCaller() {
		assertThatExceptionOfType(TaskTimeoutException.class).isThrownBy(() -> work.tooLong())
			.satisfies((ex) -> assertThat(ex.phase()).isEqualTo(TaskTimeoutException.Phase.RUNNING));
	}

	@Test
	void callBeforePoolIsStartedFailsAtOnceAndLeavesNothingQueued() {
		TestPools pools = new TestPools().with("default", (settings) -> settings.size(1))
			.with("images", (settings) -> settings.size(1));
		try (OffloadContext notStarted = OffloadContext.of(pools, (context) -> context.register(Work.class))) {
			Work early = notStarted.get(Work.class);
			assertThatExceptionOfType(RejectedTaskException.class).isThrownBy(early::where)
				.satisfies((ex) -> assertThat(ex.reason()).isEqualTo(RejectedTaskException.Reason.NOT_RUNNING));
			await().atMost(30, TimeUnit.SECONDS)
				.untilAsserted(() -> assertThat(pools.get("default").snapshot().queue().size()).isZero());
			pools.managed("default").start();
			assertThat(early.where()).isEqualTo("default");
		}
	}

	@Test
	void refusedCallThrowsRefusal() {
		TestPools pools = TestPools.started();
		try (OffloadContext closing = OffloadContext.of(pools, (context) -> context.register(Work.class))) {
			pools.managed("default").close();
			assertThatExceptionOfType(RejectedTaskException.class).isThrownBy(() -> closing.get(Work.class).where())
				.satisfies((ex) -> assertThat(ex.reason()).isEqualTo(RejectedTaskException.Reason.CLOSED));
		}
	}

	@Test
	void futureBehindAnUntypedResultIsWaitedForByTheWorker() {
		assertThat(work.untyped()).isInstanceOf(CompletableFuture.class)
			.extracting((future) -> ((CompletableFuture<?>) future).isDone())
			.isEqualTo(true);
	}

	@Test
	void argumentsAndResultsAreCopiedWhereThePoolCopies() {
		TestPools pools = new TestPools()
			.with("default", (settings) -> settings.size(1).task((task) -> task.copyArguments(true)))
			.with("images", (settings) -> settings.size(1));
		pools.managed("default").start();
		try (OffloadContext copying = OffloadContext.of(pools, (context) -> context.register(Work.class))) {
			List<String> list = new ArrayList<>(List.of("mine"));
			List<String> result = copying.get(Work.class).add(list);
			assertThat(list).containsExactly("mine");
			assertThat(result).containsExactly("mine", "added");
			assertThat(result).isNotSameAs(copying.target(Work.class).seen);
			assertThatExceptionOfType(TaskSerializationException.class)
				.isThrownBy(() -> copying.get(Work.class).fail(new UncopyableException()))
				.satisfies((ex) -> assertThat(ex.part()).isEqualTo(TaskSerializationException.Part.ARGUMENT));
		}
		List<String> list = new ArrayList<>(List.of("mine"));
		assertThat(work.add(list)).isSameAs(list);
	}

	private static Throwable catchFrom(Throwable thrown) {
		try {
			work.fail(thrown);
		}
		catch (Throwable ex) {
			return ex;
		}
		throw new AssertionError("nothing thrown");
	}

	private static Throwable catchMade() {
		try {
			work.failInside();
		}
		catch (Throwable ex) {
			return ex;
		}
		throw new AssertionError("nothing thrown");
	}

	static class Work {

		final CountDownLatch blocked = new CountDownLatch(1);

		final CountDownLatch interrupted = new CountDownLatch(1);

		volatile List<String> seen;

		@Offload
		public String where() {
			return WorkerContext.current().orElseThrow().poolName();
		}

		@Offload("images")
		public String whereNamed() {
			return WorkerContext.current().orElseThrow().poolName();
		}

		@Offload
		public int sum(int one, int other) {
			return one + other;
		}

		@Offload
		public String echo(String value) {
			return value;
		}

		@Offload
		public Void boxedNothing() {
			return null;
		}

		@Offload
		public Optional<String> maybe() {
			return Optional.of("there");
		}

		@Offload
		public int[] numbers() {
			return new int[] { 1, 2 };
		}

		@Offload
		public String fail(Throwable thrown) throws Throwable {
			throw thrown;
		}

		@Offload
		public String failInside() throws IOException {
			throw new IOException("made on the worker");
		}

		@Offload("images")
		public String block() throws InterruptedException {
			this.blocked.countDown();
			try {
				new CountDownLatch(1).await();
			}
			catch (InterruptedException ex) {
				this.interrupted.countDown();
				throw ex;
			}
			return "never";
		}

		@Offload
		public String blockBriefly() throws InterruptedException {
			new CountDownLatch(1).await(30, TimeUnit.SECONDS);
			return "late";
		}

		@Offload(timeout = "50ms")
		public String tooLong() throws InterruptedException {
			new CountDownLatch(1).await();
			return "never";
		}

		@Offload
		public List<String> add(List<String> list) {
			list.add("added");
			this.seen = list;
			return list;
		}

		@Offload
		public Object untyped() {
			return CompletableFuture.supplyAsync(() -> "later");
		}

	}

	static class UncopyableException extends Exception {

		private final Object culprit = new Object();

		@Override
		public String toString() {
			return "uncopyable " + this.culprit;
		}

	}

}
