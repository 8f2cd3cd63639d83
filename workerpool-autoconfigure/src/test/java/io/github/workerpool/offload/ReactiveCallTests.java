package io.github.workerpool.offload;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.github.workerpool.OverflowPolicy;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.TaskTimeoutException;
import io.github.workerpool.WorkerContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

import org.springframework.beans.factory.ObjectProvider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Calls whose caller gets a reactive type.
 */
class ReactiveCallTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

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
		this.context.close();
	}

	private long submitted(String pool) {
		return this.context.pools().get(pool).snapshot().tasks().submitted();
	}

	private int busy(String pool) {
		return this.context.pools().get(pool).snapshot().workers().busy();
	}

	@Test
	void monoIsCold() {
		Mono<String> mono = this.work.mono();
		assertThat(submitted("default")).isZero();
		assertThat(mono.block(PATIENCE)).isEqualTo("default");
		assertThat(mono.block(PATIENCE)).isEqualTo("default");
		assertThat(submitted("default")).isEqualTo(2);
	}

	@Test
	void monoIsSubscribedToOnTheWorker() {
		assertThat(this.work.lazyMono().block(PATIENCE)).isEqualTo("default");
	}

	@Test
	void emptyMonoAndNullAreEmpty() {
		StepVerifier.create(this.work.emptyMono()).expectComplete().verify(PATIENCE);
		StepVerifier.create(this.work.nullMono()).expectComplete().verify(PATIENCE);
		StepVerifier.create(this.work.nullFlux()).expectComplete().verify(PATIENCE);
	}

	@Test
	void failureArrivesAsItself() {
		IOException thrown = new IOException("mine");
		StepVerifier.create(this.work.failingMono(thrown)).expectErrorMatches((ex) -> ex == thrown).verify(PATIENCE);
		StepVerifier.create(this.work.throwingMono(thrown)).expectErrorMatches((ex) -> ex == thrown).verify(PATIENCE);
		StepVerifier.create(this.work.failingFlux(thrown))
			.expectNext(1)
			.expectErrorMatches((ex) -> ex == thrown)
			.verify(PATIENCE);
		StepVerifier.create(this.work.throwingFlux(thrown)).expectErrorMatches((ex) -> ex == thrown).verify(PATIENCE);
	}

	@Test
	void cancellingMonoReachesTheMethod() throws Exception {
		Disposable subscription = this.work.blockingMono().subscribe();
		assertThat(this.target.running.await(30, TimeUnit.SECONDS)).isTrue();
		subscription.dispose();
		assertThat(this.target.interrupted.await(30, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void cancellingMonoReachesTheMethodsMono() {
		Disposable subscription = this.work.neverMono().subscribe();
		await().atMost(PATIENCE).until(this.target.subscribed::get);
		assertThat(busy("single")).isEqualTo(1);
		subscription.dispose();
		await().atMost(PATIENCE).until(this.target.cancelled::get);
		await().atMost(PATIENCE).until(() -> busy("single") == 0);
	}

	@Test
	void cancelledBeforeItRunsItNeverRuns() {
		this.context.pools().get("single").pause();
		Disposable subscription = this.work.neverMono().subscribe();
		assertThat(submitted("single")).isEqualTo(1);
		subscription.dispose();
		await().atMost(PATIENCE).until(() -> this.context.pools().get("single").snapshot().tasks().cancelled() == 1);
		this.context.pools().get("single").resume();
		assertThat(this.work.single().block(PATIENCE)).isEqualTo("free");
		assertThat(this.target.subscribed).isFalse();
	}

	@Test
	void refusalIsAnError() {
		this.context.pools().managed("default").close();
		StepVerifier.create(this.work.mono()).expectError(RejectedTaskException.class).verify(PATIENCE);
		StepVerifier.create(this.work.range(3)).expectError(RejectedTaskException.class).verify(PATIENCE);
	}

	@Test
	void timeoutEndsMonoAndFlux() {
		StepVerifier.create(this.work.lateMono()).expectError(TaskTimeoutException.class).verify(PATIENCE);
		StepVerifier.create(this.work.lateFlux())
			.thenConsumeWhile((item) -> item == 0)
			.expectError(TaskTimeoutException.class)
			.verify(PATIENCE);
		await().atMost(PATIENCE).until(this.target.cancelled::get);
		await().atMost(PATIENCE).until(() -> busy("default") == 0);
	}

	@Test
	void subscribersContextReachesTheMethodsPublisher() {
		assertThat(this.work.contextualMono().contextWrite((ctx) -> ctx.put("user", "ann")).block(PATIENCE))
			.isEqualTo("ann");
		assertThat(this.work.contextualFlux().contextWrite((ctx) -> ctx.put("user", "ann")).blockLast(PATIENCE))
			.isEqualTo("ann");
	}

	@Test
	void fluxEmitsOnTheWorker() {
		List<Integer> items = this.work.range(100).collectList().block(PATIENCE);
		assertThat(items).hasSize(100).startsWith(0).endsWith(99);
		assertThat(this.target.threads).hasSize(1).allSatisfy((name) -> assertThat(name).isEqualTo("default"));
	}

	@Test
	void fluxEmitsOnlyWhatIsRequestedAndOnTheWorkerStill() {
		StepVerifier.create(this.work.range(100), 0)
			.then(() -> assertThat(this.target.produced).hasValue(0))
			.thenRequest(1)
			.expectNext(0)
			.then(() -> assertThat(this.target.produced).hasValue(1))
			.thenRequest(2)
			.expectNext(1, 2)
			.then(() -> assertThat(this.target.produced).hasValue(3))
			.thenRequest(1000)
			.expectNextCount(97)
			.expectComplete()
			.verify(PATIENCE);
		assertThat(this.target.threads).containsOnly("default");
	}

	@Test
	void workerIsBusyWhileSubscriberIsSlow() {
		BaseSubscriber<Integer> slow = new BaseSubscriber<>() {

			@Override
			protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {
				request(1);
			}

		};
		this.work.rangeOnSingle(3).subscribe(slow);
		await().atMost(PATIENCE).until(() -> this.target.produced.get() == 1);
		assertThat(busy("single")).isEqualTo(1);
		slow.request(10);
		await().atMost(PATIENCE).until(slow::isDisposed);
		await().atMost(PATIENCE).until(() -> busy("single") == 0);
		assertThat(this.context.pools().get("single").snapshot().tasks().succeeded()).isEqualTo(1);
	}

	@Test
	void cancellingFluxFreesTheWorker() {
		StepVerifier.create(this.work.endless(), 5).expectNextCount(5).thenCancel().verify(PATIENCE);
		await().atMost(PATIENCE).until(() -> busy("single") == 0);
		assertThat(this.work.single().block(PATIENCE)).isEqualTo("free");
		assertThat(this.context.pools().get("single").snapshot().tasks().cancelled()).isEqualTo(1);
	}

	@Test
	void cancellingFluxStopsMethodInMidEmission() {
		Disposable subscription = this.work.endless().subscribeOn(Schedulers.boundedElastic()).subscribe();
		await().atMost(PATIENCE).until(() -> this.target.produced.get() > 100);
		subscription.dispose();
		await().atMost(PATIENCE).until(() -> busy("single") == 0);
		await().atMost(PATIENCE).until(this.target.cancelled::get);
	}

	@Test
	void takingSomeItemsLeavesSubscribersCodeUninterrupted() {
		AtomicBoolean interrupted = new AtomicBoolean();
		List<Long> taken = this.work.endless()
			.take(3)
			.doOnComplete(() -> interrupted.set(Thread.currentThread().isInterrupted()))
			.collectList()
			.block(PATIENCE);
		assertThat(taken).hasSize(3);
		assertThat(interrupted).isFalse();
		await().atMost(PATIENCE).until(() -> busy("single") == 0);
		assertThat(this.context.pools().get("single").snapshot().tasks().cancelled()).isEqualTo(1);
	}

	@Test
	void itemsOfOtherThreadsPassThrough() {
		assertThat(this.work.interval().take(3).collectList().block(PATIENCE)).containsExactly(0L, 1L, 2L);
		assertThat(this.work.hopping(1000).collectList().block(PATIENCE)).hasSize(1000);
	}

	@Test
	void endWaitsForItemUnderWay() throws Exception {
		CountDownLatch inOnNext = new CountDownLatch(1);
		CountDownLatch leave = new CountDownLatch(1);
		Queue<String> signals = new ConcurrentLinkedQueue<>();
		this.work.laterFlux().subscribe((item) -> {
			inOnNext.countDown();
			boolean interrupted = false;
			while (leave.getCount() > 0) {
				try {
					leave.await();
				}
				catch (InterruptedException ex) {
					interrupted = true;
				}
			}
			signals.add("item, interrupted: " + interrupted);
		}, (error) -> signals.add(error.getClass().getSimpleName()));
		assertThat(inOnNext.await(30, TimeUnit.SECONDS)).isTrue();
		await().atMost(PATIENCE).until(() -> this.context.pools().get("default").snapshot().tasks().timedOut() == 1);
		assertThat(signals).isEmpty();
		leave.countDown();
		await().atMost(PATIENCE).until(() -> signals.size() == 2);
		assertThat(signals).last().isEqualTo("TaskTimeoutException");
	}

	@Test
	void everySubscriptionIsATaskOfItsOwn() {
		Flux<Integer> flux = this.work.range(10);
		assertThat(submitted("default")).isZero();
		Flux.merge(flux, flux, flux).blockLast(PATIENCE);
		assertThat(submitted("default")).isEqualTo(3);
	}

	@Test
	void publishersOfOtherKindsWork() {
		assertThat(Flux.from(this.work.publisher()).collectList().block(PATIENCE)).containsExactly("a", "default");
		assertThat(JdkFlowAdapter.flowPublisherToFlux(this.work.flow()).collectList().block(PATIENCE))
			.containsExactly("b", "default");
	}

	@Test
	void callFromSamePoolRunsInPlace() {
		assertThat(this.work.nestedMono().block(PATIENCE)).isEqualTo("free");
		assertThat(this.work.nestedFlux().collectList().block(PATIENCE)).containsExactly(0, 1, 2);
		assertThat(submitted("single")).isEqualTo(2);
	}

	@Test
	void illegalRequestDoesNoHarm() {
		List<Integer> items = this.work.range(3)
			.doOnSubscribe((subscription) -> subscription.request(0))
			.collectList()
			.block(PATIENCE);
		assertThat(items).hasSize(3);
	}

	@Test
	void callerThatRunsTheTaskCanRequestWhileItDoes() throws Exception {
		CountDownLatch leave = new CountDownLatch(1);
		TestPools pools = new TestPools()
			.with("default",
					(settings) -> settings.size(1)
						.queue((queue) -> queue.capacity(0).overflow(OverflowPolicy.CALLER_RUNS)))
			.with("images", (settings) -> settings.size(1))
			.with("single", (settings) -> settings.size(1));
		pools.managed("default").start();
		try (OffloadContext full = OffloadContext.of(pools, (context) -> context.register(Work.class))) {
			pools.get("default").ready().get(30, TimeUnit.SECONDS);
			CountDownLatch entered = new CountDownLatch(1);
			CompletableFuture<Boolean> occupied = pools.get("default").submit(() -> {
				entered.countDown();
				return leave.await(60, TimeUnit.SECONDS);
			});
			assertThat(entered.await(30, TimeUnit.SECONDS)).isTrue();
			StepVerifier.create(full.get(Work.class).anywhere(10), 0)
				.thenRequest(2)
				.expectNext(0, 1)
				.thenRequest(100)
				.expectNextCount(8)
				.expectComplete()
				.verify(PATIENCE);
			StepVerifier.create(full.get(Work.class).anywhereFailing())
				.expectNext(1)
				.expectErrorMessage("anywhere")
				.verify(PATIENCE);
			leave.countDown();
			assertThat(occupied.get(30, TimeUnit.SECONDS)).isTrue();
		}
		finally {
			leave.countDown();
		}
	}

	@Test
	void blockingForItemOnTheWorkerOfAnotherPoolWorks() {
		assertThat(this.work.blockingOnAnother()).isEqualTo(9);
	}

	@Test
	void manyStreamsAtOnceLoseNothing() {
		AtomicLong sum = new AtomicLong();
		Flux.range(0, 50)
			.flatMap((i) -> this.work.range(200).limitRate(1 + (i % 7)).publishOn(Schedulers.parallel(), 3), 16)
			.doOnNext(sum::addAndGet)
			.blockLast(PATIENCE);
		assertThat(sum).hasValue(50 * 199 * 100);
		await().atMost(PATIENCE).until(() -> busy("default") == 0);
	}

	@Test
	void errorInSubscriberDoesNotHangTheWorker() {
		assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> this.work.endless().map((item) -> {
			throw new IllegalStateException("subscriber");
		}).blockLast(PATIENCE)).withMessage("subscriber");
		await().atMost(PATIENCE).until(() -> busy("single") == 0);
	}

	static class Work {

		final CountDownLatch running = new CountDownLatch(1);

		final CountDownLatch interrupted = new CountDownLatch(1);

		final AtomicBoolean subscribed = new AtomicBoolean();

		final AtomicBoolean cancelled = new AtomicBoolean();

		final AtomicInteger produced = new AtomicInteger();

		final Set<String> threads = ConcurrentHashMap.newKeySet();

		private final ObjectProvider<Work> self;

		Work(ObjectProvider<Work> self) {
			this.self = self;
		}

		private static String where() {
			return WorkerContext.current().map(WorkerContext::poolName).orElse("nowhere");
		}

		private int note(int item) {
			this.produced.incrementAndGet();
			this.threads.add(where());
			return item;
		}

		@Offload
		public Mono<String> mono() {
			return Mono.just(where());
		}

		@Offload
		public Mono<String> lazyMono() {
			return Mono.fromSupplier(Work::where);
		}

		@Offload("single")
		public Mono<String> single() {
			return Mono.just("free");
		}

		@Offload
		public Mono<String> emptyMono() {
			return Mono.empty();
		}

		@Offload
		public Mono<String> nullMono() {
			return null;
		}

		@Offload
		public Flux<String> nullFlux() {
			return null;
		}

		@Offload
		public Mono<String> failingMono(IOException thrown) {
			return Mono.error(thrown);
		}

		@Offload
		public Mono<String> throwingMono(IOException thrown) {
			throw sneaky(thrown);
		}

		@Offload
		public Flux<Integer> failingFlux(IOException thrown) {
			return Flux.just(1).concatWith(Flux.error(thrown));
		}

		@Offload
		public Flux<Integer> throwingFlux(IOException thrown) {
			throw sneaky(thrown);
		}

		@SuppressWarnings("unchecked")
		private static <X extends Throwable> RuntimeException sneaky(Throwable thrown) throws X {
			throw (X) thrown;
		}

		@Offload
		public Mono<String> blockingMono() throws InterruptedException {
			this.running.countDown();
			try {
				new CountDownLatch(1).await();
			}
			catch (InterruptedException ex) {
				this.interrupted.countDown();
				throw ex;
			}
			return Mono.empty();
		}

		@Offload("single")
		public Mono<String> neverMono() {
			return Mono.<String>never()
				.doOnSubscribe((subscription) -> this.subscribed.set(true))
				.doOnCancel(() -> this.cancelled.set(true));
		}

		@Offload(timeout = "50ms")
		public Mono<String> lateMono() {
			return Mono.never();
		}

		@Offload(timeout = "1s")
		public Flux<Long> lateFlux() {
			return Flux.just(0L).concatWith(Flux.never()).doOnCancel(() -> this.cancelled.set(true));
		}

		@Offload(timeout = "5s")
		public Flux<Long> laterFlux() {
			return Flux.just(0L).concatWith(Flux.never());
		}

		@Offload
		public Mono<String> contextualMono() {
			return Mono.deferContextual((ctx) -> Mono.just(ctx.get("user")));
		}

		@Offload
		public Flux<String> contextualFlux() {
			return Flux.deferContextual((ctx) -> Flux.just("x", ctx.get("user")));
		}

		@Offload
		public Flux<Integer> range(int count) {
			return Flux.range(0, count).map(this::note);
		}

		@Offload("single")
		public Flux<Integer> rangeOnSingle(int count) {
			return Flux.range(0, count).map(this::note);
		}

		@Offload
		public Flux<Integer> anywhere(int count) {
			return Flux.range(0, count);
		}

		@Offload
		public Flux<Integer> anywhereFailing() {
			return Flux.just(1).concatWith(Mono.error(() -> new IllegalStateException("anywhere")));
		}

		@Offload("single")
		public Flux<Long> endless() {
			return Flux.<Long, Long>generate(() -> 0L, (state, sink) -> {
				this.produced.incrementAndGet();
				sink.next(state);
				return state + 1;
			}).doOnCancel(() -> this.cancelled.set(true));
		}

		@Offload
		public Flux<Long> interval() {
			return Flux.interval(Duration.ofMillis(1)).onBackpressureBuffer();
		}

		@Offload
		public Flux<Integer> hopping(int count) {
			return Flux.range(0, count).publishOn(Schedulers.parallel());
		}

		@Offload
		public Publisher<String> publisher() {
			return Flux.just("a", where());
		}

		@Offload
		public Flow.Publisher<String> flow() {
			return JdkFlowAdapter.publisherToFlowPublisher(Flux.just("b", where()));
		}

		@Offload("single")
		public Mono<String> nestedMono() {
			return this.self.getObject().single();
		}

		@Offload("single")
		public Flux<Integer> nestedFlux() {
			return this.self.getObject().rangeOnSingle(3);
		}

		@Offload("images")
		public Integer blockingOnAnother() {
			return this.self.getObject().range(10).blockLast();
		}

	}

}
