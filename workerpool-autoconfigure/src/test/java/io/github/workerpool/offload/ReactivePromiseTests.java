package io.github.workerpool.offload;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.workerpool.PoolSettings;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.core.PendingResults;
import io.github.workerpool.factory.WorkerPoolFactory;
import org.junit.jupiter.api.Test;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * Reactive results of plain tasks.
 */
class ReactivePromiseTests {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static final PendingResults REACTIVE = (result) -> {
		ReactivePromise promise = ReactivePromise.of(result);
		return (promise != null) ? new PendingResults.Pending(promise.future(), promise.result()) : null;
	};

	private static WorkerPool pool() {
		return new WorkerPoolFactory().withPendingResults(REACTIVE)
			.create(PoolSettings.builder("work").size(1).build());
	}

	@Test
	void whatIsNotReactiveIsNoPromise() {
		assertThat(ReactivePromise.of("text")).isNull();
		assertThat(ReactivePromise.of(List.of())).isNull();
		assertThat(ReactivePromise.of(CompletableFuture.completedFuture("x"))).isNull();
	}

	@Test
	void monoEndsOnTheWorkerAndIsReplayed() throws Exception {
		try (WorkerPool pool = pool()) {
			Mono<String> result = pool
				.submit(() -> Mono.fromSupplier(() -> WorkerContext.current().orElseThrow().poolName()))
				.get(30, TimeUnit.SECONDS);
			assertThat(result.block(PATIENCE)).isEqualTo("work");
			assertThat(result.block(PATIENCE)).isEqualTo("work");
			assertThat(pool.submit(() -> Mono.empty()).get(30, TimeUnit.SECONDS).block(PATIENCE)).isNull();
		}
	}

	@Test
	void fluxEndsOnTheWorkerAndIsReplayed() throws Exception {
		try (WorkerPool pool = pool()) {
			Flux<String> result = pool
				.submit(() -> Flux.range(0, 3).map((i) -> i + WorkerContext.current().orElseThrow().poolName()))
				.get(30, TimeUnit.SECONDS);
			assertThat(result.collectList().block(PATIENCE)).containsExactly("0work", "1work", "2work");
			assertThat(result.collectList().block(PATIENCE)).hasSize(3);
			Flow.Publisher<Integer> flow = pool.submit(() -> JdkFlowAdapter.publisherToFlowPublisher(Flux.just(1, 2)))
				.get(30, TimeUnit.SECONDS);
			assertThat(JdkFlowAdapter.flowPublisherToFlux(flow).collectList().block(PATIENCE)).containsExactly(1, 2);
		}
	}

	@Test
	void failureOfMonoIsThatOfTheTask() {
		try (WorkerPool pool = pool()) {
			IllegalStateException thrown = new IllegalStateException("mine");
			assertThatThrownBy(() -> pool.submit(() -> Mono.error(thrown)).get(30, TimeUnit.SECONDS)).cause()
				.isSameAs(thrown);
		}
	}

	@Test
	void workerIsBusyUntilTheEndAndCancellingReachesIt() {
		try (WorkerPool pool = pool()) {
			AtomicBoolean subscribed = new AtomicBoolean();
			AtomicBoolean cancelled = new AtomicBoolean();
			TaskFuture<Mono<Object>> task = pool.submit(() -> Mono.never()
				.doOnSubscribe((subscription) -> subscribed.set(true))
				.doOnCancel(() -> cancelled.set(true)));
			await().atMost(PATIENCE).until(subscribed::get);
			assertThat(task).isNotDone();
			assertThat(pool.snapshot().workers().busy()).isEqualTo(1);
			task.cancel(true);
			await().atMost(PATIENCE).until(cancelled::get);
			await().atMost(PATIENCE).until(() -> pool.snapshot().workers().busy() == 0);
		}
	}

}
