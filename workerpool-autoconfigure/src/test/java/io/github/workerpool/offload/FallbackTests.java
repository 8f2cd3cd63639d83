package io.github.workerpool.offload;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.WorkerContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.beans.factory.ObjectProvider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * Fallbacks in every style of return.
 */
class FallbackTests {

	private static final RuntimeException SHARED = new UnsupportedOperationException("shared");

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private OffloadContext context;

	private Work work;

	private Work target;

	@BeforeEach
	void start() {
		this.context = OffloadContext.of(Work.class, Marker.class);
		this.work = this.context.get(Work.class);
		this.target = this.context.target(Work.class);
	}

	@AfterEach
	void stop() {
		this.context.close();
	}

	@Test
	void runsOnThreadOfWaitingCaller() throws Exception {
		assertThat(this.work.value("x")).isEqualTo("instead of x");
		assertThat(this.target.fellBackOn).isSameAs(Thread.currentThread());
	}

	@Test
	void mayBePrivateAndGetsTheFailure() throws Exception {
		assertThat(this.work.withFailure("x")).isEqualTo("x: IOException");
	}

	@Test
	void closestToTheFailureIsCalled() throws Exception {
		assertThat(this.work.overloaded(new FileNotFoundException())).isEqualTo("file not found");
		assertThat(this.work.overloaded(new IOException())).isEqualTo("input or output");
		assertThat(this.work.overloaded(new IllegalStateException())).isEqualTo("anything");
	}

	@Test
	void failureThatNoFallbackServesStands() throws Exception {
		IllegalStateException thrown = new IllegalStateException();
		assertThatThrownBy(() -> this.work.onlyForInputOutput(thrown)).isSameAs(thrown);
		assertThatThrownBy(() -> this.work.futureOnlyForInputOutput(thrown).get()).cause().isSameAs(thrown);
	}

	@Test
	void ownFailureOfFallbackReplacesTheFirstWhichIsKept() throws Exception {
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> this.work.failsTwice())
			.satisfies((ex) -> assertThat(ex.getSuppressed()).anyMatch(IOException.class::isInstance));
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> this.work.rethrows()).withMessage("first");
	}

	@Test
	void exceptionThatFallbacksShareDoesNotGrow() {
		for (int i = 0; i < 5; i++) {
			assertThatThrownBy(() -> this.work.failsShared()).isSameAs(SHARED);
		}
		assertThat(SHARED.getSuppressed()).hasSize(1);
	}

	@Test
	void doesNotServeInterruptionOfCallInPlace() throws Exception {
		TaskFuture<String> outer = this.work.onSingleLater(() -> {
			this.target.running.countDown();
			return this.work.blockingOnSingle("x");
		});
		assertThat(this.target.running.await(30, TimeUnit.SECONDS)).isTrue();
		outer.cancel(true);
		await().atMost(PATIENCE).until(() -> this.context.pools().get("single").snapshot().workers().busy() == 0);
		assertThat(this.target.fellBackOn).isNull();
	}

	@Test
	void servesRefusals() throws Exception {
		this.context.pools().managed("default").close();
		assertThat(this.work.refused()).isEqualTo(RejectedTaskException.Reason.CLOSED.name());
	}

	@Test
	void servesWaitsThatAreRefused() throws Exception {
		TestPools pools = new TestPools().with("default", (settings) -> settings.size(1))
			.with("single", (settings) -> settings.size(1));
		try (OffloadContext notStarted = OffloadContext.of(pools,
				(context) -> context.register(Work.class, Marker.class))) {
			assertThat(notStarted.get(Work.class).refused()).isEqualTo("NOT_RUNNING");
		}
	}

	@Test
	void servesTimeouts() throws Exception {
		assertThat(this.work.tooLong()).isEqualTo("TaskTimeoutException");
	}

	@Test
	void doesNotServeCancellation() throws Exception {
		TaskFuture<String> task = (TaskFuture<String>) this.work.blockingFuture();
		assertThat(this.target.running.await(30, TimeUnit.SECONDS)).isTrue();
		assertThat(task.cancel(true)).isTrue();
		assertThat(task).isCancelled();
		assertThatExceptionOfType(CancellationException.class).isThrownBy(task::join);
		assertThat(this.target.interrupted.await(30, TimeUnit.SECONDS)).isTrue();
		assertThat(this.target.fellBackOn).isNull();
		assertThat(task.status()).isEqualTo(TaskStatus.CANCELLED);
	}

	@Test
	void doesNotServeInterruptionOfTheCaller() throws Exception {
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(CancellationException.class).isThrownBy(() -> this.work.blocking("x"));
		assertThat(Thread.interrupted()).isTrue();
		assertThat(this.target.fellBackOn).isNull();
	}

	@Test
	void completesEveryKindOfFuture() throws Exception {
		assertThat(this.work.future("x").get(30, TimeUnit.SECONDS)).isEqualTo("future x");
		assertThat(this.work.plainFuture("x").get(30, TimeUnit.SECONDS)).isEqualTo("plain x");
		assertThat(this.work.futureByValue("x").get(30, TimeUnit.SECONDS)).isEqualTo("instead of x");
		assertThat(this.work.stage("x").toCompletableFuture().get(30, TimeUnit.SECONDS)).isEqualTo("future x");
		TaskFuture<String> task = this.work.task("x");
		assertThat(task.get(30, TimeUnit.SECONDS)).isEqualTo("future x");
		assertThat(task.join()).isEqualTo("future x");
		assertThat(task.name()).isEqualTo("Work.task");
		assertThat(task.id()).isNotEmpty();
		assertThat(task.status()).isEqualTo(TaskStatus.FAILED);
	}

	@Test
	void failingLaterFailsTheFuture() throws Exception {
		assertThatThrownBy(() -> this.work.failsLater().join()).isInstanceOf(CompletionException.class)
			.cause()
			.hasMessage("too");
	}

	@Test
	void futureThatSucceedsIsLeftAlone() throws Exception {
		assertThat(this.work.succeeds().get(30, TimeUnit.SECONDS)).isEqualTo("fine");
		assertThat(this.work.succeeds().get()).isEqualTo("fine");
		assertThat(this.target.fellBackOn).isNull();
	}

	@Test
	void completingFromOutsideStopsTheTask() throws Exception {
		CompletableFuture<String> future = this.work.blockingFuture();
		assertThat(this.target.running.await(30, TimeUnit.SECONDS)).isTrue();
		future.complete("outside");
		assertThat(future.join()).isEqualTo("outside");
		assertThat(this.target.interrupted.await(30, TimeUnit.SECONDS)).isTrue();
		assertThat(this.target.fellBackOn).isNull();
	}

	@Test
	void eventsAndProgressStillArrive() throws Exception {
		this.context.pools().get("default").pause();
		TaskFuture<String> task = this.work.tells();
		CompletableFuture<Object> event = new CompletableFuture<>();
		CompletableFuture<Double> progress = new CompletableFuture<>();
		task.onEvent(event::complete).onProgress(progress::complete);
		this.context.pools().get("default").resume();
		assertThat(event.get(30, TimeUnit.SECONDS)).isEqualTo("hello");
		assertThat(progress.get(30, TimeUnit.SECONDS)).isEqualTo(0.5);
		assertThat(task.get(30, TimeUnit.SECONDS)).isEqualTo("told");
	}

	@Test
	void waitForTaskThatWasNeverStartedIsRefused() throws Exception {
		TestPools pools = new TestPools().with("default", (settings) -> settings.size(1))
			.with("single", (settings) -> settings.size(1));
		try (OffloadContext notStarted = OffloadContext.of(pools,
				(context) -> context.register(Work.class, Marker.class))) {
			CompletableFuture<String> future = notStarted.get(Work.class).succeeds();
			assertThatExceptionOfType(RejectedTaskException.class).isThrownBy(future::join);
			assertThatExceptionOfType(RejectedTaskException.class).isThrownBy(future::get);
			assertThatExceptionOfType(RejectedTaskException.class).isThrownBy(() -> future.get(1, TimeUnit.SECONDS));
		}
	}

	@Test
	void completesMonoByMonoValueOrFuture() throws Exception {
		assertThat(this.work.mono("x").block(PATIENCE)).isEqualTo("mono x");
		assertThat(this.work.monoByValue("x").block(PATIENCE)).isEqualTo("instead of x");
		assertThat(this.work.monoByFuture("x").block(PATIENCE)).isEqualTo("future x");
		StepVerifier.create(this.work.monoByNothing("x")).expectComplete().verify(PATIENCE);
	}

	@Test
	void continuesFlux() throws Exception {
		StepVerifier.create(this.work.flux("x"))
			.expectNext("first", "flux x", "more")
			.expectComplete()
			.verify(PATIENCE);
		StepVerifier.create(this.work.fluxByValue("x"))
			.expectNext("first", "instead of x")
			.expectComplete()
			.verify(PATIENCE);
	}

	@Test
	void monoFallbackIsPartOfEachSubscription() throws Exception {
		Mono<String> mono = this.work.mono("x");
		assertThat(this.target.fellBackOn).isNull();
		assertThat(mono.block(PATIENCE)).isEqualTo("mono x");
		assertThat(mono.block(PATIENCE)).isEqualTo("mono x");
	}

	@Test
	void runsWithCallersContextWhereTheResultArrives() throws Exception {
		try {
			Marker.CURRENT.set("ann");
			assertThat(this.work.marked().get(30, TimeUnit.SECONDS)).isEqualTo("ann");
			assertThat(this.work.markedMono().block(PATIENCE)).isEqualTo("ann");
			assertThat(this.work.markedFlux().blockLast(PATIENCE)).isEqualTo("ann");
			this.work.markedNothing();
			await().atMost(PATIENCE).untilAsserted(() -> assertThat(this.target.marker).isEqualTo("ann"));
		}
		finally {
			Marker.CURRENT.remove();
		}
	}

	@Test
	void servesCallsThatRunInPlace() throws Exception {
		assertThat(this.work.onSingle(() -> this.work.valueOnSingle("x"))).isEqualTo("instead of x");
		assertThat(this.work.onSingle(() -> this.work.futureOnSingle("x").get(30, TimeUnit.SECONDS)))
			.isEqualTo("future x");
		assertThat(this.work.onSingle(() -> this.work.lateFutureOnSingle("x").get(30, TimeUnit.SECONDS)))
			.isEqualTo("future x");
		assertThat(this.work.onSingle(() -> {
			TaskFuture<String> task = this.work.lateFutureOnSingle("x");
			task.onEvent((event) -> {
			}).onProgress((progress) -> {
			}).get(30, TimeUnit.SECONDS);
			return task.id() + " " + task.name() + " " + task.status();
		})).isEqualTo("in-place Work.lateFutureOnSingle FAILED");
		assertThat(this.work.onSingle(() -> this.work.monoOnSingle("x").block(PATIENCE))).isEqualTo("mono x");
		assertThat(this.context.pools().get("single").snapshot().tasks().submitted()).isEqualTo(5);
	}

	static class Work {

		final CountDownLatch running = new CountDownLatch(1);

		final CountDownLatch interrupted = new CountDownLatch(1);

		volatile Thread fellBackOn;

		volatile String marker;

		private final ObjectProvider<Work> self;

		Work(ObjectProvider<Work> self) {
			this.self = self;
		}

		private static String fail() throws IOException {
			throw new IOException("first");
		}

		@Offload(fallback = "instead")
		public String value(String text) throws IllegalStateException {
			throw new IllegalStateException(text);
		}

		@Offload(fallback = "instead")
		public String blocking(String text) throws InterruptedException {
			new CountDownLatch(1).await();
			return text;
		}

		protected String instead(String text) {
			this.fellBackOn = Thread.currentThread();
			return "instead of " + text;
		}

		@Offload(fallback = "insteadWithFailure")
		public String withFailure(String text) {
			throw sneaky(new IOException(text));
		}

		private String insteadWithFailure(String text, Throwable failure) {
			return text + ": " + failure.getClass().getSimpleName();
		}

		@SuppressWarnings("unchecked")
		private static <X extends Throwable> RuntimeException sneaky(Throwable thrown) throws X {
			throw (X) thrown;
		}

		@Offload(fallback = "overloaded")
		public String overloaded(Exception thrown) throws Exception {
			throw thrown;
		}

		String overloaded(Exception thrown, IOException failure) {
			return "input or output";
		}

		String overloaded(Exception thrown, FileNotFoundException failure) {
			return "file not found";
		}

		String overloaded(Exception thrown, Exception failure) {
			return "anything";
		}

		@Offload(fallback = "forInputOutput")
		public String onlyForInputOutput(RuntimeException thrown) {
			throw thrown;
		}

		@Offload(fallback = "forInputOutput")
		public CompletableFuture<String> futureOnlyForInputOutput(RuntimeException thrown) {
			throw thrown;
		}

		String forInputOutput(RuntimeException thrown, IOException failure) {
			return "never";
		}

		@Offload(fallback = "failAsWell")
		public String failsTwice() throws IOException {
			return fail();
		}

		String failAsWell() {
			throw new UnsupportedOperationException("second");
		}

		@Offload(fallback = "failShared")
		public String failsShared() throws IOException {
			return fail();
		}

		String failShared() {
			throw SHARED;
		}

		@Offload("single")
		public TaskFuture<String> onSingleLater(Callable<String> body) throws Exception {
			body.call();
			return null;
		}

		@Offload(pool = "single", fallback = "instead")
		public String blockingOnSingle(String text) throws InterruptedException {
			new CountDownLatch(1).await();
			return text;
		}

		@Offload(fallback = "rethrow")
		public String rethrows() throws IOException {
			return fail();
		}

		String rethrow(IOException failure) throws IOException {
			throw failure;
		}

		@Offload(fallback = "reason")
		public String refused() {
			return "accepted";
		}

		String reason(RejectedTaskException failure) {
			return failure.reason().name();
		}

		@Offload(timeout = "50ms", fallback = "typeOf")
		public String tooLong() throws InterruptedException {
			new CountDownLatch(1).await();
			return "never";
		}

		String typeOf(Throwable failure) {
			return failure.getClass().getSimpleName();
		}

		@Offload(fallback = "neverNeeded")
		public CompletableFuture<String> blockingFuture() throws InterruptedException {
			this.running.countDown();
			try {
				new CountDownLatch(1).await();
			}
			catch (InterruptedException ex) {
				this.interrupted.countDown();
				throw ex;
			}
			return null;
		}

		@Offload(fallback = "neverNeeded")
		public CompletableFuture<String> succeeds() {
			return CompletableFuture.completedFuture("fine");
		}

		CompletableFuture<String> neverNeeded() {
			this.fellBackOn = Thread.currentThread();
			return CompletableFuture.completedFuture("never");
		}

		@Offload(fallback = "insteadFuture")
		public CompletableFuture<String> future(String text) throws IOException {
			return CompletableFuture.completedFuture(fail());
		}

		@Offload(fallback = "insteadFuture")
		public CompletionStage<String> stage(String text) {
			return CompletableFuture.failedFuture(new IOException());
		}

		@Offload(fallback = "insteadFuture")
		public TaskFuture<String> task(String text) throws IOException {
			fail();
			return null;
		}

		CompletableFuture<String> insteadFuture(String text) {
			return CompletableFuture.supplyAsync(() -> "future " + text);
		}

		@Offload(fallback = "insteadPlain")
		public Future<String> plainFuture(String text) throws IOException {
			return CompletableFuture.completedFuture(fail());
		}

		Future<String> insteadPlain(String text) {
			FutureTask<String> task = new FutureTask<>(() -> "plain " + text);
			new Thread(task).start();
			return task;
		}

		@Offload(fallback = "instead")
		public CompletableFuture<String> futureByValue(String text) throws IOException {
			return CompletableFuture.completedFuture(fail());
		}

		@Offload(fallback = "failLater")
		public CompletableFuture<String> failsLater() throws IOException {
			return CompletableFuture.completedFuture(fail());
		}

		CompletableFuture<String> failLater() {
			return CompletableFuture.failedFuture(new IllegalStateException("too"));
		}

		@Offload(fallback = "told")
		public TaskFuture<String> tells() throws IOException {
			WorkerContext.current().orElseThrow().emit("hello");
			WorkerContext.current().orElseThrow().progress(0.5);
			fail();
			return null;
		}

		String told() {
			return "told";
		}

		@Offload(fallback = "insteadMono")
		public Mono<String> mono(String text) throws IOException {
			return Mono.just(fail());
		}

		Mono<String> insteadMono(String text) {
			return Mono.just("mono " + text);
		}

		@Offload(fallback = "instead")
		public Mono<String> monoByValue(String text) {
			return Mono.error(new IOException());
		}

		@Offload(fallback = "insteadFuture")
		public Mono<String> monoByFuture(String text) {
			return Mono.error(new IOException());
		}

		@Offload(fallback = "nothing")
		public Mono<String> monoByNothing(String text) {
			return Mono.error(new IOException());
		}

		String nothing(String text) {
			return null;
		}

		@Offload(fallback = "insteadFlux")
		public Flux<String> flux(String text) {
			return Flux.just("first").concatWith(Mono.error(new IOException()));
		}

		Flux<String> insteadFlux(String text, IOException failure) {
			return Flux.just("flux " + text, "more");
		}

		@Offload(fallback = "instead")
		public Flux<String> fluxByValue(String text) {
			return Flux.just("first").concatWith(Mono.error(new IOException()));
		}

		@Offload(fallback = "current")
		public CompletableFuture<String> marked() throws IOException {
			return CompletableFuture.completedFuture(fail());
		}

		@Offload(fallback = "current")
		public Mono<String> markedMono() throws IOException {
			return Mono.just(fail());
		}

		@Offload(fallback = "current")
		public Flux<String> markedFlux() throws IOException {
			return Flux.just(fail());
		}

		@Offload(fallback = "current")
		public void markedNothing() throws IOException {
			fail();
		}

		String current() {
			this.marker = Marker.CURRENT.get();
			return this.marker;
		}

		@Offload("single")
		public String onSingle(Callable<String> body) throws Exception {
			return body.call();
		}

		@Offload(pool = "single", fallback = "instead")
		public String valueOnSingle(String text) throws IOException {
			return fail();
		}

		@Offload(pool = "single", fallback = "insteadFuture")
		public TaskFuture<String> futureOnSingle(String text) throws IOException {
			fail();
			return null;
		}

		@Offload(pool = "single", fallback = "insteadFuture")
		public TaskFuture<String> lateFutureOnSingle(String text) throws IOException {
			fail();
			return null;
		}

		@Offload(pool = "single", fallback = "insteadMono")
		public Mono<String> monoOnSingle(String text) throws IOException {
			return Mono.just(fail());
		}

	}

	static class Marker implements CallerContext {

		static final ThreadLocal<String> CURRENT = new ThreadLocal<>();

		@Override
		public Captured capture() {
			String captured = CURRENT.get();
			return new Captured() {

				@Override
				public <R> R call(Callable<R> body) throws Exception {
					String before = CURRENT.get();
					CURRENT.set(captured);
					try {
						return body.call();
					}
					finally {
						CURRENT.set(before);
					}
				}

			};
		}

	}

}
