package io.github.workerpool.offload;

import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;

import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.TaskTimeoutException;
import io.github.workerpool.WorkerContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.beans.factory.ObjectProvider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * Calls whose caller gets a future.
 */
class FutureCallTests {

	private OffloadContext context;

	private Work work;

	private Work target;

	@BeforeEach
	void start() {
		this.context = OffloadContext.of(Work.class);
		this.work = this.context.get(Work.class);
		this.target = this.context.target(Work.class);
	}

	@AfterEach
	void stop() {
		this.target.go.countDown();
		this.context.close();
	}

	static Stream<Named<Style>> styles() {
		return Stream.of(Named.of("Future", new Style(Work::future)),
				Named.of("plain FutureTask", new Style(Work::futureTask)),
				Named.of("CompletableFuture", new Style(Work::completable)),
				Named.of("CompletionStage", new Style((work) -> work.stage().toCompletableFuture())),
				Named.of("TaskFuture", new Style(Work::task)),
				Named.of("completed TaskFuture", new Style(Work::completedTask)));
	}

	@ParameterizedTest
	@MethodSource("styles")
	void valueOfMethodsFutureComesBack(Style style) throws Exception {
		assertThat(style.call().apply(this.work).get(30, TimeUnit.SECONDS)).isEqualTo("default");
	}

	@ParameterizedTest
	@MethodSource("styles")
	void everyFutureIsTheTask(Style style) {
		assertThat(style.call().apply(this.work)).isInstanceOf(TaskFuture.class);
	}

	@Test
	void callReturnsBeforeWorkIsDone() throws Exception {
		CompletableFuture<String> future = this.work.waitForGo();
		assertThat(future).isNotDone();
		this.target.go.countDown();
		assertThat(future.get(30, TimeUnit.SECONDS)).isEqualTo("gone");
	}

	@Test
	void workerStaysBusyUntilMethodsFutureCompletes() throws Exception {
		CompletableFuture<String> first = this.work.pending();
		assertThat(this.target.returned.await(30, TimeUnit.SECONDS)).isTrue();
		assertThat(this.context.pools().get("single").snapshot().workers().busy()).isEqualTo(1);
		assertThat(first).isNotDone();
		this.target.inner.complete("at last");
		assertThat(first.get(30, TimeUnit.SECONDS)).isEqualTo("at last");
	}

	@Test
	void cancellingReachesMethodsFuture() throws Exception {
		CompletableFuture<String> future = this.work.pending();
		assertThat(this.target.returned.await(30, TimeUnit.SECONDS)).isTrue();
		assertThat(future.cancel(true)).isTrue();
		await().atMost(30, TimeUnit.SECONDS).until(this.target.inner::isCancelled);
		assertThat(this.work.single().get(30, TimeUnit.SECONDS)).isEqualTo("free");
	}

	@Test
	void cancellingInterruptsRunningMethod() throws Exception {
		CompletableFuture<String> future = this.work.waitForGo();
		assertThat(this.target.running.await(30, TimeUnit.SECONDS)).isTrue();
		assertThat(future.cancel(true)).isTrue();
		assertThat(this.target.interrupted.await(30, TimeUnit.SECONDS)).isTrue();
		assertThat(((TaskFuture<?>) future).status()).isEqualTo(TaskStatus.CANCELLED);
	}

	@Test
	void failureOfMethodArrivesAsItself() {
		IOException thrown = new IOException("mine");
		assertThatThrownBy(() -> this.work.fails(thrown).get(30, TimeUnit.SECONDS))
			.isInstanceOf(ExecutionException.class)
			.cause()
			.isSameAs(thrown);
	}

	@Test
	void failureOfMethodsFutureArrivesAsItself() {
		IOException thrown = new IOException("mine");
		assertThatThrownBy(() -> this.work.failsLater(thrown).get(30, TimeUnit.SECONDS))
			.isInstanceOf(ExecutionException.class)
			.cause()
			.isSameAs(thrown);
		assertThatThrownBy(() -> this.work.failsLater(new CompletionException(thrown)).get(30, TimeUnit.SECONDS))
			.isInstanceOf(ExecutionException.class)
			.cause()
			.isSameAs(thrown);
	}

	@Test
	void timeoutCountsUntilMethodsFutureCompletes() {
		// On a busy machine the time may be up before the method is called
		while (this.target.returned.getCount() > 0) {
			assertThatThrownBy(() -> this.work.neverWithTimeout().get(30, TimeUnit.SECONDS)).cause()
				.isInstanceOf(TaskTimeoutException.class);
		}
		await().atMost(30, TimeUnit.SECONDS).until(this.target.inner::isCancelled);
	}

	@Test
	void nothingReturnedIsNoValue() throws Exception {
		assertThat(this.work.nothing().get(30, TimeUnit.SECONDS)).isNull();
	}

	@Test
	void callBeforePoolIsStartedIsQueuedButCantBeWaitedFor() {
		TestPools pools = new TestPools().with("default", (settings) -> settings.size(1))
			.with("single", (settings) -> settings.size(1));
		try (OffloadContext notStarted = OffloadContext.of(pools, (context) -> context.register(Work.class))) {
			CompletableFuture<String> future = notStarted.get(Work.class).completable();
			assertThatExceptionOfType(RejectedTaskException.class).isThrownBy(future::join)
				.satisfies((ex) -> assertThat(ex.reason()).isEqualTo(RejectedTaskException.Reason.NOT_RUNNING));
			assertThat(future).isNotDone();
			pools.managed("default").start();
			assertThat(future.join()).isEqualTo("default");
		}
	}

	@Test
	void callFromSamePoolRunsInPlace() throws Exception {
		assertThat(this.work.nested().get(30, TimeUnit.SECONDS)).isEqualTo("in place");
		assertThatThrownBy(() -> this.work.nestedFailure().get(30, TimeUnit.SECONDS)).cause()
			.isInstanceOf(IOException.class)
			.hasMessage("nested");
	}

	@Test
	void refusalFailsTheFuture() {
		this.context.pools().managed("default").close();
		CompletableFuture<String> future = this.work.completable();
		assertThatThrownBy(() -> future.get(30, TimeUnit.SECONDS)).cause().isInstanceOf(RejectedTaskException.class);
	}

	@Test
	void cancelledMethodsFutureCancels() {
		assertThatExceptionOfType(CancellationException.class).isThrownBy(() -> this.work.cancelledInside().join());
	}

	record Style(Function<Work, Future<String>> call) {

	}

	static class Work {

		final CountDownLatch go = new CountDownLatch(1);

		final CountDownLatch running = new CountDownLatch(1);

		final CountDownLatch interrupted = new CountDownLatch(1);

		final CountDownLatch returned = new CountDownLatch(1);

		final CompletableFuture<String> inner = new CompletableFuture<>();

		private final ObjectProvider<Work> self;

		private final TestPools pools;

		Work(ObjectProvider<Work> self, TestPools pools) {
			this.self = self;
			this.pools = pools;
		}

		private static String where() {
			return WorkerContext.current().orElseThrow().poolName();
		}

		@Offload
		public Future<String> future() {
			return CompletableFuture.completedFuture(where());
		}

		@Offload
		public Future<String> futureTask() {
			FutureTask<String> task = new FutureTask<>(Work::where);
			task.run();
			return task;
		}

		@Offload
		public CompletableFuture<String> completable() {
			return CompletableFuture.completedFuture(where());
		}

		@Offload
		public CompletionStage<String> stage() {
			String where = where();
			return CompletableFuture.completedFuture("").thenApplyAsync((nothing) -> where);
		}

		@Offload
		public TaskFuture<String> task() {
			String where = where();
			return this.pools.get("images").submit(() -> where);
		}

		@Offload
		public CompletableFuture<String> waitForGo() throws InterruptedException {
			this.running.countDown();
			try {
				this.go.await();
			}
			catch (InterruptedException ex) {
				this.interrupted.countDown();
				throw ex;
			}
			return CompletableFuture.completedFuture("gone");
		}

		@Offload("single")
		public CompletableFuture<String> pending() {
			this.returned.countDown();
			return this.inner;
		}

		@Offload("single")
		public CompletableFuture<String> single() {
			return CompletableFuture.completedFuture("free");
		}

		@Offload
		public CompletableFuture<String> fails(IOException thrown) throws IOException {
			throw thrown;
		}

		@Offload
		public CompletableFuture<String> failsLater(Throwable thrown) {
			return CompletableFuture.supplyAsync(() -> "")
				.thenCompose((nothing) -> CompletableFuture.failedFuture(thrown));
		}

		@Offload(timeout = "PT0.05S")
		public CompletableFuture<String> neverWithTimeout() {
			this.returned.countDown();
			return this.inner;
		}

		@Offload
		public TaskFuture<String> completedTask() {
			return TaskFuture.completedFuture(where());
		}

		@Offload
		public CompletableFuture<String> nothing() {
			return null;
		}

		@Offload
		public CompletableFuture<String> cancelledInside() {
			CompletableFuture<String> cancelled = new CompletableFuture<>();
			cancelled.cancel(true);
			return cancelled;
		}

		@Offload("single")
		public CompletableFuture<String> nested() {
			return this.self.getObject().inPlace();
		}

		@Offload("single")
		public CompletableFuture<String> inPlace() {
			return CompletableFuture.completedFuture("in place");
		}

		@Offload("single")
		public CompletableFuture<String> nestedFailure() throws IOException {
			CompletableFuture<String> failed = this.self.getObject().inPlaceFailure();
			assertThat(failed).isCompletedExceptionally();
			return failed;
		}

		@Offload("single")
		public CompletableFuture<String> inPlaceFailure() throws IOException {
			throw new IOException("nested");
		}

	}

}
