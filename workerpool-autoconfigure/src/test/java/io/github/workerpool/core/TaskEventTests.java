package io.github.workerpool.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.WorkerContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * What a task tells while it runs.
 */
class TaskEventTests {

	@RegisterExtension
	final Pools pools = new Pools();

	private final SupervisedWorkerPool pool = this.pools.ready(1);

	@Test
	void eventsArriveInOrderOneAtATimeOnACallbackThread() {
		List<Object> seen = Collections.synchronizedList(new ArrayList<>());
		List<String> threads = new CopyOnWriteArrayList<>();
		AtomicInteger inside = new AtomicInteger();
		AtomicInteger mostInside = new AtomicInteger();
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(() -> {
			gate.pass();
			for (int i = 0; i < 10_000; i++) {
				context().emit(i);
			}
			return 1;
		}).onEvent((event) -> {
			mostInside.accumulateAndGet(inside.incrementAndGet(), Math::max);
			seen.add(event);
			if (seen.size() % 1000 == 0) {
				threads.add(Thread.currentThread().getName());
			}
			inside.decrementAndGet();
		});
		gate.open();
		assertThat(future).succeedsWithin(Gate.PATIENCE);
		Pools.await(() -> assertThat(seen).hasSize(10_000));
		assertThat(seen).isEqualTo(IntStream.range(0, 10_000).boxed().toList());
		assertThat(mostInside).hasValue(1);
		assertThat(threads).isNotEmpty().allMatch((name) -> name.contains("-callback-"));
	}

	@Test
	void whatCameBeforeTheFirstListenerIsKeptForIt() {
		List<Object> seen = new CopyOnWriteArrayList<>();
		TaskFuture<Integer> future = this.pool.submit(() -> {
			for (int i = 0; i < 1024; i++) {
				context().emit(i);
			}
			return 1;
		});
		assertThat(future).succeedsWithin(Gate.PATIENCE);
		future.onEvent(seen::add);
		Pools.await(() -> assertThat(seen).hasSize(1024));
		assertThat(seen).startsWith(0, 1, 2).endsWith(1022, 1023);
	}

	@Test
	void whatNobodyListensToIsBoundedAndTheOldestGivesWay() {
		List<Object> seen = new CopyOnWriteArrayList<>();
		TaskFuture<Integer> future = this.pool.submit(() -> {
			for (int i = 0; i < 3000; i++) {
				context().emit(i);
			}
			return 1;
		});
		assertThat(future).succeedsWithin(Gate.PATIENCE);
		future.onEvent(seen::add);
		Pools.await(() -> assertThat(seen).hasSize(1024));
		assertThat(seen).startsWith(1976).endsWith(2999);
	}

	@Test
	void everyListenerHearsWhatComesAfterIt() {
		Gate first = this.pools.gate();
		Gate second = this.pools.gate();
		List<Object> early = new CopyOnWriteArrayList<>();
		List<Object> late = new CopyOnWriteArrayList<>();
		TaskFuture<Integer> future = this.pool.submit(() -> {
			first.pass();
			context().emit("one");
			second.pass();
			context().emit("two");
			return 1;
		});
		future.onEvent(early::add);
		first.open();
		Pools.await(() -> assertThat(early).containsExactly("one"));
		future.onEvent(late::add);
		second.open();
		Pools.await(() -> assertThat(early).containsExactly("one", "two"));
		Pools.await(() -> assertThat(late).containsExactly("two"));
	}

	@Test
	void anEmitterThatIsFarAheadWaitsForItsListener() {
		Gate listener = this.pools.gate();
		Gate start = this.pools.gate();
		AtomicInteger emitted = new AtomicInteger();
		AtomicInteger heard = new AtomicInteger();
		AtomicReference<Thread> worker = new AtomicReference<>();
		TaskFuture<Integer> future = this.pool.submit(() -> {
			worker.set(Thread.currentThread());
			start.pass();
			for (int i = 0; i < 5000; i++) {
				context().emit(i);
				emitted.incrementAndGet();
			}
			return 1;
		}).onEvent((event) -> {
			listener.passStubbornly();
			heard.incrementAndGet();
		});
		start.open();
		listener.awaitEntered();
		Pools.await(() -> {
			assertThat(emitted).hasValue(1025);
			assertThat(worker.get().getState()).isEqualTo(Thread.State.WAITING);
		});
		assertThat(future.status()).isEqualTo(TaskStatus.RUNNING);
		listener.open();
		assertThat(future).succeedsWithin(Gate.PATIENCE);
		Pools.await(() -> assertThat(heard).as("nothing is lost").hasValue(5000));
	}

	@Test
	void anEmitterThatWaitsCanBeCancelled() {
		Gate listener = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(() -> {
			for (int i = 0; i < 1_000_000; i++) {
				context().emit(i);
				context().checkCancelled();
			}
			return 1;
		}).onEvent((event) -> listener.passStubbornly());
		listener.awaitEntered();
		future.cancel(true);
		assertThat(this.pool.submit(() -> 2)).succeedsWithin(Gate.PATIENCE);
		listener.open();
	}

	@Test
	void aListenerThatThrowsLosesNoLaterEvent() {
		List<Object> seen = new CopyOnWriteArrayList<>();
		List<Object> other = new CopyOnWriteArrayList<>();
		TaskFuture<Integer> future = this.pool.submit(() -> {
			for (int i = 0; i < 5; i++) {
				context().emit(i);
			}
			return 1;
		});
		assertThat(future).succeedsWithin(Gate.PATIENCE);
		future.onEvent((event) -> {
			seen.add(event);
			throw new AssertionError("bad listener");
		});
		Pools.await(() -> assertThat(seen).containsExactly(0, 1, 2, 3, 4));
		TaskFuture<Integer> next = this.pool.submit(() -> {
			context().emit("next");
			return 1;
		}).onEvent(other::add);
		assertThat(next).succeedsWithin(Gate.PATIENCE);
		Pools.await(() -> assertThat(other).containsExactly("next"));
	}

	@Test
	void progressIsTheNewestValue() {
		Gate listener = this.pools.gate();
		Gate start = this.pools.gate();
		List<Double> seen = new CopyOnWriteArrayList<>();
		TaskFuture<Integer> future = this.pool.submit(() -> {
			start.pass();
			for (int i = 1; i <= 1000; i++) {
				context().progress(i / 1000.0);
			}
			return 1;
		}).onProgress((progress) -> {
			seen.add(progress);
			listener.passStubbornly();
		});
		start.open();
		assertThat(future).as("progress never holds a task up").succeedsWithin(Gate.PATIENCE);
		listener.open();
		Pools.await(() -> assertThat(seen).endsWith(1.0));
		assertThat(seen).isSorted().doesNotHaveDuplicates();
	}

	@Test
	void progressMadeBeforeTheListenerIsTold() {
		List<Double> seen = new CopyOnWriteArrayList<>();
		TaskFuture<Integer> future = this.pool.submit(() -> {
			context().progress(0.25);
			context().progress(0.5);
			return 1;
		});
		assertThat(future).succeedsWithin(Gate.PATIENCE);
		future.onProgress(seen::add);
		Pools.await(() -> assertThat(seen).containsExactly(0.5));
	}

	@Test
	void afterTheEndNothingIsTold() {
		AtomicReference<WorkerContext> kept = new AtomicReference<>();
		List<Object> seen = new CopyOnWriteArrayList<>();
		TaskFuture<Integer> future = this.pool.submit(() -> {
			kept.set(context());
			context().emit("during");
			return 1;
		}).onEvent(seen::add);
		future.onProgress(seen::add);
		assertThat(future).succeedsWithin(Gate.PATIENCE);
		kept.get().emit("after");
		kept.get().progress(1);
		TaskFuture<Integer> marker = this.pool.submit(() -> {
			context().emit("marker");
			return 1;
		}).onEvent(seen::add);
		assertThat(marker).succeedsWithin(Gate.PATIENCE);
		// Each future tells its own listeners; which of the two is first is nobody's
		// promise
		Pools.await(() -> assertThat(seen).contains("during", "marker"));
		assertThat(seen).containsExactlyInAnyOrder("during", "marker");
	}

	@Test
	void aTaskThatWasCancelledTellsNothingMore() {
		Gate gate = this.pools.gate();
		List<Object> seen = new CopyOnWriteArrayList<>();
		TaskFuture<Integer> future = this.pool.submit(() -> {
			context().emit("before");
			gate.passStubbornly();
			context().emit("after");
			return 1;
		}).onEvent(seen::add);
		gate.awaitEntered();
		Pools.await(() -> assertThat(seen).containsExactly("before"));
		future.cancel(true);
		gate.open();
		assertThat(this.pool.submit(() -> 2)).succeedsWithin(Gate.PATIENCE);
		assertThat(seen).containsExactly("before");
	}

	@Test
	void threadsOfATaskMayEmitForIt() {
		List<Object> seen = new CopyOnWriteArrayList<>();
		TaskFuture<Integer> future = this.pool.submit(() -> {
			WorkerContext context = context();
			this.pools.spawn(() -> {
				context.emit("from elsewhere");
				return null;
			}).get();
			return 1;
		}).onEvent(seen::add);
		assertThat(future).succeedsWithin(Gate.PATIENCE);
		Pools.await(() -> assertThat(seen).containsExactly("from elsewhere"));
	}

	@Test
	void nullIsNoEvent() {
		assertThat(Pools.errorOf(this.pool.submit(() -> {
			context().emit(null);
			return 1;
		}))).isInstanceOf(NullPointerException.class).hasMessageContaining("'event'");
		TaskFuture<Integer> future = this.pool.submit(() -> 1);
		assertThatNullPointerException().isThrownBy(() -> future.onEvent(null)).withMessageContaining("'listener'");
		assertThatNullPointerException().isThrownBy(() -> future.onProgress(null)).withMessageContaining("'listener'");
	}

	@Test
	void listenersOfManyTasksDoNotMix() {
		List<TaskFuture<Integer>> futures = new ArrayList<>();
		List<List<Object>> seen = new ArrayList<>();
		for (int t = 0; t < 50; t++) {
			int task = t;
			List<Object> own = new CopyOnWriteArrayList<>();
			seen.add(own);
			futures.add(this.pool.submit(() -> {
				for (int i = 0; i < 20; i++) {
					context().emit(task + ":" + i);
				}
				return task;
			}).onEvent(own::add));
		}
		futures.forEach((future) -> assertThat(future).succeedsWithin(Gate.PATIENCE));
		for (int t = 0; t < 50; t++) {
			int task = t;
			Pools.await(() -> assertThat(seen.get(task))
				.isEqualTo(IntStream.range(0, 20).mapToObj((i) -> task + ":" + i).toList()));
		}
	}

	private static WorkerContext context() {
		return WorkerContext.current().orElseThrow();
	}

}
