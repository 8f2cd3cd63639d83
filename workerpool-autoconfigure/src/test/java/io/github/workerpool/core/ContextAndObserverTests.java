package io.github.workerpool.core;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.TaskTimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What travels with a task, and what watches it.
 */
class ContextAndObserverTests {

	private static final ThreadLocal<String> VALUE = new ThreadLocal<>();

	@RegisterExtension
	final Pools pools = new Pools();

	@Test
	void theSubmittersContextIsInPlaceWhileTheTaskRunsAndGoneAfter() {
		SupervisedWorkerPool pool = withContext(ContextAndObserverTests::captured, true);
		VALUE.set("mine");
		try {
			TaskFuture<String> future = pool.submit(VALUE::get);
			VALUE.set("changed after");
			assertThat(future).succeedsWithin(Gate.PATIENCE).isEqualTo("mine");
		}
		finally {
			VALUE.remove();
		}
		assertThat(pool.submit(() -> String.valueOf(VALUE.get()))).succeedsWithin(Gate.PATIENCE).isEqualTo("null");
	}

	@Test
	void noContextTravelsWhereItIsNotWanted() {
		SupervisedWorkerPool pool = withContext(() -> {
			throw new AssertionError("must not be asked");
		}, false);
		assertThat(pool.submit(() -> 1)).succeedsWithin(Gate.PATIENCE);
	}

	@Test
	void aContextThatCannotBeTakenFailsTheTask() {
		IllegalStateException own = new IllegalStateException("no context");
		SupervisedWorkerPool pool = withContext(() -> {
			throw own;
		}, true);
		TaskFuture<Integer> future = pool.submit(() -> 1);
		assertThat(future.status()).isEqualTo(TaskStatus.FAILED);
		assertThat(Pools.errorOf(future)).isSameAs(own);
		assertThat(pool.snapshot().tasks().failed()).isEqualTo(1);
	}

	@Test
	void aContextThatCannotBePutInPlaceFailsTheTask() {
		IllegalStateException own = new IllegalStateException("no place");
		SupervisedWorkerPool pool = withContext(() -> new Captured() {
			@Override
			public <R extends @Nullable Object> R call(Callable<R> body) {
				throw own;
			}
		}, true);
		assertThat(Pools.errorOf(pool.submit(() -> 1))).isSameAs(own);
		assertThat(pool.submit(() -> 1).handle((value, ex) -> ex)).succeedsWithin(Gate.PATIENCE).isSameAs(own);
	}

	@Test
	void aContextThatCannotBeRemovedDoesNotChangeTheResult() {
		SupervisedWorkerPool pool = withContext(() -> new Captured() {
			@Override
			public <R extends @Nullable Object> R call(Callable<R> body) throws Exception {
				body.call();
				throw new IllegalStateException("stays");
			}
		}, true);
		assertThat(pool.submit(() -> 1)).succeedsWithin(Gate.PATIENCE).isEqualTo(1);
		assertThat(Pools.errorOf(pool.submit(() -> {
			throw new IOException("own");
		}))).hasMessage("own");
	}

	@Test
	void aContextThatRunsNothingLeavesNoTaskUnsettled() {
		SupervisedWorkerPool pool = withContext(() -> new Captured() {
			@Override
			@SuppressWarnings({ "unchecked", "NullAway" })
			public <R extends @Nullable Object> R call(Callable<R> body) {
				return null;
			}
		}, true);
		TaskFuture<Integer> future = pool.submit(() -> 1, TaskOptions.none().withName("skipped"));
		assertThat(Pools.errorOf(future)).isInstanceOf(IllegalStateException.class).hasMessageContaining("'skipped'");
		assertThat(future.status()).isEqualTo(TaskStatus.FAILED);
	}

	@Test
	void theResultIsTheTasksWhateverTheContextReturns() {
		SupervisedWorkerPool pool = withContext(() -> new Captured() {
			@Override
			@SuppressWarnings({ "unchecked", "NullAway" })
			public <R extends @Nullable Object> R call(Callable<R> body) throws Exception {
				body.call();
				return null;
			}
		}, true);
		assertThat(pool.submit(() -> 1)).succeedsWithin(Gate.PATIENCE).isEqualTo(1);
	}

	@Test
	void anObserverSeesEveryRunWithItsOutcome() {
		List<String> seen = new CopyOnWriteArrayList<>();
		SupervisedWorkerPool pool = withObserver((run, waitNanos) -> {
			assertThat(waitNanos).isNotNegative();
			assertThat(run.status()).isEqualTo(TaskStatus.RUNNING);
			return (outcome, error, runNanos) -> {
				assertThat(runNanos).isNotNegative();
				seen.add(run.name() + " " + outcome + ((error != null) ? " " + error.getMessage() : ""));
			};
		});
		pool.submit(() -> 1, TaskOptions.none().withName("good"));
		pool.submit(() -> {
			throw new IOException("own");
		}, TaskOptions.none().withName("bad"));
		Pools.await(() -> assertThat(seen).containsExactly("good SUCCEEDED", "bad FAILED own"));
		Gate gate = this.pools.gate();
		TaskFuture<Integer> cancelled = pool.submit(gate.holding(1), TaskOptions.none().withName("stopped"));
		gate.awaitEntered();
		cancelled.cancel(true);
		Pools.await(() -> assertThat(seen).hasSize(3));
		assertThat(seen.get(2)).startsWith("stopped CANCELLED");
	}

	@Test
	void anObserverIsToldWhyATaskTimedOut() {
		AtomicReference<Throwable> seen = new AtomicReference<>();
		AtomicReference<TaskStatus> status = new AtomicReference<>();
		SupervisedWorkerPool pool = withObserver((run, waitNanos) -> (outcome, error, runNanos) -> {
			seen.set(error);
			status.set(outcome);
		});
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = pool.submit(gate.holding(1),
				TaskOptions.none().withTimeout(Duration.ofMillis(20)));
		assertThat(Pools.errorOf(future)).isInstanceOf(TaskTimeoutException.class);
		Pools.await(() -> assertThat(status).hasValue(TaskStatus.TIMED_OUT));
		assertThat(seen.get()).as("why, unless it succeeded").isInstanceOf(TaskTimeoutException.class);
	}

	@Test
	void anObserverThatThrowsHarmsNobody() {
		SupervisedWorkerPool atStart = withObserver((run, waitNanos) -> {
			throw new AssertionError("observer");
		});
		SupervisedWorkerPool atEnd = withObserver((run, waitNanos) -> (outcome, error, runNanos) -> {
			throw new AssertionError("observer");
		});
		for (SupervisedWorkerPool pool : List.of(atStart, atEnd)) {
			assertThat(pool.submit(() -> 1)).succeedsWithin(Gate.PATIENCE).isEqualTo(1);
			assertThat(Pools.errorOf(pool.submit(() -> {
				throw new IOException("own");
			}))).hasMessage("own");
			assertThat(pool.submit(() -> 2)).succeedsWithin(Gate.PATIENCE).isEqualTo(2);
		}
	}

	@Test
	void anObserverRunsWithinTheContext() {
		AtomicReference<String> seen = new AtomicReference<>();
		SupervisedWorkerPool pool = this.pools.start((settings) -> {
		}, PoolHooks.NONE.withContext(ContextAndObserverTests::captured).withObserver((run, waitNanos) -> {
			seen.set(VALUE.get());
			return null;
		}));
		VALUE.set("mine");
		try {
			assertThat(pool.submit(() -> 1)).succeedsWithin(Gate.PATIENCE);
		}
		finally {
			VALUE.remove();
		}
		assertThat(seen).hasValue("mine");
	}

	private SupervisedWorkerPool withContext(TaskContext context, boolean propagate) {
		return this.pools.start((settings) -> settings.propagateContext(propagate),
				PoolHooks.NONE.withContext(context));
	}

	private SupervisedWorkerPool withObserver(TaskObserver observer) {
		return this.pools.start((settings) -> {
		}, PoolHooks.NONE.withObserver(observer));
	}

	private static Captured captured() {
		String value = VALUE.get();
		return new Captured() {
			@Override
			public <R extends @Nullable Object> R call(Callable<R> body) throws Exception {
				VALUE.set(value);
				try {
					return body.call();
				}
				finally {
					VALUE.remove();
				}
			}
		};
	}

	/**
	 * For brevity.
	 */
	private interface Captured extends TaskContext.Captured {

	}

}
