package io.github.workerpool.core;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.github.workerpool.Isolation;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.WorkerLocal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * What a task knows of where it runs, and what its worker keeps for it.
 */
class WorkerContextTests {

	@RegisterExtension
	final Pools pools = new Pools();

	@Test
	void aTaskKnowsWhereItRuns() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		AtomicReference<WorkerContext> seen = new AtomicReference<>();
		TaskFuture<String> future = pool.submit(() -> {
			WorkerContext context = WorkerContext.current().orElseThrow();
			seen.set(context);
			assertThat(WorkerContext.isWorker()).isTrue();
			assertThat(context.isCancelled()).isFalse();
			context.checkCancelled();
			return context.taskId();
		});
		assertThat(future).succeedsWithin(Gate.PATIENCE).isEqualTo(future.id());
		assertThat(seen.get().poolName()).isEqualTo(pool.name());
		assertThat(seen.get().isolation()).isEqualTo(Isolation.THREAD);
		assertThat(seen.get().workerId()).isEqualTo(pool.snapshot().workerList().get(0).id());
	}

	@Test
	void outsideATaskThereIsNoContext() {
		assertThat(WorkerContext.current()).isEmpty();
		assertThat(WorkerContext.isWorker()).isFalse();
	}

	@Test
	void threadsThatATaskStartsAreNotWorkers() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		TaskFuture<Boolean> future = pool.submit(() -> this.pools.spawn(WorkerContext::isWorker).get());
		assertThat(future).succeedsWithin(Gate.PATIENCE).isEqualTo(false);
	}

	@Test
	void everyTaskHasItsOwnContext() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Set<String> ids = new HashSet<>();
		for (int i = 0; i < 10; i++) {
			TaskFuture<String> future = pool.submit(() -> WorkerContext.current().orElseThrow().taskId());
			assertThat(future.join()).isEqualTo(future.id());
			ids.add(future.join());
		}
		assertThat(ids).hasSize(10);
	}

	@Test
	void contextIsTheSameThroughoutATask() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		assertThat(pool.submit(() -> WorkerContext.current().orElseThrow() == WorkerContext.current().orElseThrow()))
			.succeedsWithin(Gate.PATIENCE)
			.isEqualTo(true);
	}

	@Test
	void dependantsOnAWorkersThreadAreNotInATask() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		Gate gate = this.pools.gate();
		CompletableFuture<Boolean> dependant = pool.submit(gate.holding(1))
			.thenApply((value) -> WorkerContext.isWorker() || WorkerContext.current().isPresent());
		gate.open();
		assertThat(dependant).succeedsWithin(Gate.PATIENCE).isEqualTo(false);
	}

	@Test
	void aWorkerLocalIsMadeOncePerWorkerOnFirstUse() {
		AtomicInteger made = new AtomicInteger();
		WorkerLocal<String> local = WorkerLocal.of(() -> "value " + made.incrementAndGet());
		SupervisedWorkerPool pool = this.pools.ready(2);
		pool.submit(() -> 1).join();
		assertThat(made).as("not before it is used").hasValue(0);
		Gate gate = this.pools.gate();
		List<TaskFuture<String>> futures = new ArrayList<>();
		for (int i = 0; i < 2; i++) {
			futures.add(pool.submit(() -> {
				gate.pass();
				return local.get();
			}));
		}
		gate.awaitEntered(2).open();
		Set<String> values = new HashSet<>();
		futures.forEach((future) -> values.add(future.join()));
		assertThat(values).containsExactlyInAnyOrder("value 1", "value 2");
		for (int i = 0; i < 20; i++) {
			assertThat(values).contains(pool.submit(local::get).join());
		}
		assertThat(made).hasValue(2);
	}

	@Test
	void workerLocalsAreClosedWhenTheirWorkerEndsTheNewestFirst() {
		List<String> closed = new CopyOnWriteArrayList<>();
		WorkerLocal<String> first = WorkerLocal.of(() -> "first", closed::add);
		WorkerLocal<AutoCloseable> second = WorkerLocal.of(() -> () -> closed.add("second"));
		WorkerLocal<String> unused = WorkerLocal.of(() -> "unused", closed::add);
		SupervisedWorkerPool pool = this.pools.ready(1);
		String before = pool.submit(() -> {
			first.get();
			second.get();
			return WorkerContext.current().orElseThrow().workerId();
		}).join();
		assertThat(closed).isEmpty();
		assertThat(pool.recycle()).succeedsWithin(Gate.PATIENCE);
		Pools.await(() -> assertThat(closed).containsExactly("second", "first"));
		assertThat(pool.submit(() -> WorkerContext.current().orElseThrow().workerId()).join()).isNotEqualTo(before);
		pool.submit(first::get).join();
		pool.close();
		assertThat(closed).containsExactly("second", "first", "first");
		assertThat(unused).isNotNull();
	}

	@Test
	void workerLocalsAreClosedOnTheirWorkersThread() {
		AtomicReference<Thread> closer = new AtomicReference<>();
		WorkerLocal<String> local = WorkerLocal.of(() -> "value", (value) -> closer.set(Thread.currentThread()));
		SupervisedWorkerPool pool = this.pools.ready(1);
		Thread worker = pool.submit(() -> {
			local.get();
			return Thread.currentThread();
		}).join();
		pool.close();
		assertThat(closer).hasValue(worker);
	}

	@Test
	void oneThatFailsToCloseKeepsNoOtherFromIt() {
		List<String> closed = new CopyOnWriteArrayList<>();
		WorkerLocal<String> first = WorkerLocal.of(() -> "first", closed::add);
		WorkerLocal<String> bad = WorkerLocal.of(() -> "bad", (value) -> {
			throw new java.io.IOException("won't close");
		});
		SupervisedWorkerPool pool = this.pools.ready(1);
		pool.submit(() -> first.get() + bad.get()).join();
		pool.close();
		assertThat(closed).containsExactly("first");
	}

	@Test
	void aFactoryThatFailsFailsTheTaskAndIsTriedAgain() {
		AtomicInteger calls = new AtomicInteger();
		WorkerLocal<String> local = WorkerLocal.of(() -> {
			if (calls.incrementAndGet() == 1) {
				throw new java.io.IOException("not yet");
			}
			return "made";
		});
		SupervisedWorkerPool pool = this.pools.ready(1);
		assertThat(Pools.errorOf(pool.submit(local::get))).isInstanceOf(IllegalStateException.class)
			.hasRootCauseMessage("not yet");
		assertThat(pool.submit(local::get)).succeedsWithin(Gate.PATIENCE).isEqualTo("made");
		assertThat(calls).hasValue(2);
	}

	@Test
	void aFactorysOwnRuntimeExceptionArrivesAsItself() {
		IllegalArgumentException own = new IllegalArgumentException("own");
		WorkerLocal<String> local = WorkerLocal.of(() -> {
			throw own;
		});
		SupervisedWorkerPool pool = this.pools.ready(1);
		assertThat(Pools.errorOf(pool.submit(local::get))).isSameAs(own);
	}

	@Test
	void aFactoryMustNotMakeNothing() {
		WorkerLocal<String> local = WorkerLocal.of(() -> null);
		SupervisedWorkerPool pool = this.pools.ready(1);
		assertThat(Pools.errorOf(pool.submit(local::get))).isInstanceOf(NullPointerException.class)
			.hasMessageContaining("returned null");
	}

	@Test
	void oneWorkerLocalMayUseAnother() {
		WorkerLocal<String> inner = WorkerLocal.of(() -> "inner");
		WorkerLocal<String> outer = WorkerLocal.of(() -> "outer of " + inner.get());
		SupervisedWorkerPool pool = this.pools.ready(1);
		assertThat(pool.submit(outer::get)).succeedsWithin(Gate.PATIENCE).isEqualTo("outer of inner");
	}

	@Test
	void elsewhereAWorkerLocalHasNoValue() {
		WorkerLocal<String> local = WorkerLocal.of(() -> "value");
		assertThatIllegalStateException().isThrownBy(local::get)
			.withMessageContaining("'" + Thread.currentThread().getName() + "'")
			.withMessageContaining("submit the code that uses it to a pool");
	}

	@Test
	void aWorkerLocalNeedsFactoryAndCloser() {
		assertThatNullPointerException().isThrownBy(() -> WorkerLocal.of(null)).withMessageContaining("'factory'");
		assertThatNullPointerException().isThrownBy(() -> WorkerLocal.of(() -> "value", null))
			.withMessageContaining("'closer'");
	}

}
