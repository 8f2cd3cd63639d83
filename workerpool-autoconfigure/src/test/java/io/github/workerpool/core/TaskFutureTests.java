package io.github.workerpool.core;

import java.io.IOException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.RejectedTaskException.Reason;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskOptions;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.WorkerContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * The future of a task keeps what {@code CompletableFuture} promises, whichever way it is
 * completed and looked at.
 */
class TaskFutureTests {

	@RegisterExtension
	final Pools pools = new Pools();

	private final SupervisedWorkerPool pool = this.pools.ready(1);

	/**
	 * Ways for somebody outside to complete a future with the value 42.
	 */
	enum Completion {

		COMPLETE((future) -> future.complete(42)),

		COMPLETE_ASYNC((future) -> future.completeAsync(() -> 42)),

		COMPLETE_ASYNC_ON_EXECUTOR((future) -> future.completeAsync(() -> 42, Runnable::run)),

		COMPLETE_ON_TIMEOUT((future) -> future.completeOnTimeout(42, 1, TimeUnit.MILLISECONDS)),

		OBTRUDE((future) -> {
			future.obtrudeValue(42);
			return true;
		});

		final Function<CompletableFuture<Integer>, Object> way;

		Completion(Function<CompletableFuture<Integer>, Object> way) {
			this.way = way;
		}

	}

	/**
	 * Ways for somebody outside to fail a future.
	 */
	enum Failing {

		COMPLETE_EXCEPTIONALLY((future) -> future.completeExceptionally(new IOException("outside")), IOException.class),

		COMPLETE_ASYNC((future) -> future.completeAsync(() -> {
			throw new IllegalStateException("outside");
		}), IllegalStateException.class),

		OR_TIMEOUT((future) -> future.orTimeout(1, TimeUnit.MILLISECONDS), TimeoutException.class),

		OBTRUDE((future) -> {
			future.obtrudeException(new IOException("outside"));
			return true;
		}, IOException.class);

		final Function<CompletableFuture<Integer>, Object> way;

		final Class<? extends Throwable> error;

		Failing(Function<CompletableFuture<Integer>, Object> way, Class<? extends Throwable> error) {
			this.way = way;
			this.error = error;
		}

	}

	@Test
	void submittingNothingIsTheOnlyThingThatThrows() {
		assertThatNullPointerException().isThrownBy(() -> this.pool.submit(null)).withMessageContaining("'task'");
		assertThatNullPointerException().isThrownBy(() -> this.pool.submit(() -> 1, null))
			.withMessageContaining("'options'");
		assertThat(this.pool.snapshot().tasks().submitted()).isZero();
	}

	@Test
	void aTaskIsQueuedThenRunningThenSucceeded() {
		Gate before = this.pools.occupy(this.pool, 1);
		Gate gate = this.pools.gate();
		TaskFuture<String> future = this.pool.submit(gate.holding("done"));
		assertThat(future.status()).isEqualTo(TaskStatus.QUEUED);
		assertThat(future.isDone()).isFalse();
		before.open();
		gate.awaitEntered();
		assertThat(future.status()).isEqualTo(TaskStatus.RUNNING);
		assertThat(future.isDone()).isFalse();
		assertThat(future.getNow("absent")).isEqualTo("absent");
		gate.open();
		assertThat(future.join()).isEqualTo("done");
		assertThat(future.status()).isEqualTo(TaskStatus.SUCCEEDED);
		assertThat(future.isDone()).isTrue();
		assertThat(future.isCompletedExceptionally()).isFalse();
		assertThat(future.isCancelled()).isFalse();
		assertThat(future.getNow("absent")).isEqualTo("done");
	}

	@Test
	void hasIdAndName() {
		TaskFuture<Integer> plain = this.pool.submit(() -> 1);
		TaskFuture<Integer> named = this.pool.submit(() -> 1, TaskOptions.none().withName("thumbnail"));
		assertThat(plain.id()).startsWith(this.pool.name() + "-").isNotEqualTo(named.id());
		assertThat(plain.name()).isEqualTo("task");
		assertThat(named.name()).isEqualTo("thumbnail");
		named.join();
		assertThat(named).hasToString("TaskFuture[" + named.id() + ", thumbnail, SUCCEEDED]");
	}

	@Test
	void aNullResultIsAResult() throws Exception {
		TaskFuture<Object> future = this.pool.submit(() -> null);
		assertThat(future.get()).isNull();
		assertThat(future.join()).isNull();
		assertThat(future.getNow("absent")).isNull();
		assertThat(future.isDone()).isTrue();
		assertThat(future.isCompletedExceptionally()).isFalse();
		assertThat(future.thenApply((value) -> "got " + value).join()).isEqualTo("got null");
	}

	@Test
	void aResultThatIsAnExceptionIsAResult() {
		IOException value = new IOException("a value");
		TaskFuture<IOException> future = this.pool.submit(() -> value);
		assertThat(future.join()).isSameAs(value);
		assertThat(future.isCompletedExceptionally()).isFalse();
		assertThat(future.status()).isEqualTo(TaskStatus.SUCCEEDED);
	}

	@Test
	void aTasksOwnExceptionArrivesAsItself() throws Exception {
		IOException cause = new IOException("cause");
		IllegalStateException own = new IllegalStateException("own", cause);
		own.addSuppressed(new IOException("suppressed"));
		TaskFuture<Integer> future = this.pool.submit(() -> {
			throw own;
		});
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(future::get)
			.satisfies((ex) -> assertThat(ex.getCause()).isSameAs(own));
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> future.get(1, TimeUnit.SECONDS))
			.satisfies((ex) -> assertThat(ex.getCause()).isSameAs(own));
		assertThatExceptionOfType(CompletionException.class).isThrownBy(future::join)
			.satisfies((ex) -> assertThat(ex.getCause()).isSameAs(own));
		assertThatExceptionOfType(CompletionException.class).isThrownBy(() -> future.getNow(1))
			.satisfies((ex) -> assertThat(ex.getCause()).isSameAs(own));
		assertThat(own.getCause()).isSameAs(cause);
		assertThat(own.getSuppressed()).hasSize(1);
		assertThat(future.status()).isEqualTo(TaskStatus.FAILED);
		assertThat(future.isDone()).isTrue();
		assertThat(future.isCompletedExceptionally()).isTrue();
		assertThat(future.isCancelled()).isFalse();
		AtomicReference<Throwable> seen = new AtomicReference<>();
		future.whenComplete((value, ex) -> seen.set(ex));
		Pools.await(() -> assertThat(seen.get()).isSameAs(own));
	}

	@Test
	void errorsAndCheckedExceptionsArriveToo() {
		for (Throwable thrown : List.of(new AssertionError("error"), new IOException("checked"),
				new InterruptedException("own"), new TimeoutException("own"))) {
			TaskFuture<Integer> future = this.pool.submit(() -> {
				if (thrown instanceof Error error) {
					throw error;
				}
				throw (Exception) thrown;
			});
			assertThat(Pools.errorOf(future)).isSameAs(thrown);
			assertThat(future.status()).isEqualTo(TaskStatus.FAILED);
		}
		assertThat(this.pool.submit(() -> 1)).succeedsWithin(Gate.PATIENCE);
	}

	@Test
	void aWaitersStackIsInWhatItGets() {
		TaskFuture<Integer> future = this.pool.submit(() -> {
			throw new IOException("far away");
		});
		Throwable fromJoin = catchThrowable(() -> waitHere(future));
		assertThat(fromJoin.getStackTrace()).anyMatch((frame) -> frame.getMethodName().equals("waitHere"));
		assertThat(fromJoin.getCause().getStackTrace()).noneMatch((frame) -> frame.getMethodName().equals("waitHere"));
		Throwable fromGet = catchThrowable(() -> getHere(future));
		assertThat(fromGet.getStackTrace()).anyMatch((frame) -> frame.getMethodName().equals("getHere"));
	}

	@Test
	void aWaitersStackIsInItsCancellationToo() {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		gate.awaitEntered();
		cancelHere(future);
		Throwable seen = catchThrowable(() -> waitHere(future));
		assertThat(seen).isExactlyInstanceOf(CancellationException.class)
			.hasMessageContaining("'task'")
			.hasMessageContaining("was cancelled");
		assertThat(seen.getStackTrace()).anyMatch((frame) -> frame.getMethodName().equals("waitHere"));
		assertThat(seen.getCause().getStackTrace()).anyMatch((frame) -> frame.getMethodName().equals("cancelHere"));
	}

	@ParameterizedTest
	@EnumSource
	void anOutsidersValueStandsAndAQueuedTaskNeverRuns(Completion completion) {
		Gate before = this.pools.occupy(this.pool, 1);
		AtomicBoolean ran = new AtomicBoolean();
		TaskFuture<Integer> future = this.pool.submit(() -> {
			ran.set(true);
			return 1;
		});
		AtomicReference<Integer> dependant = new AtomicReference<>();
		future.thenAccept(dependant::set);
		completion.way.apply(future);
		assertThat(future).succeedsWithin(Gate.PATIENCE).isEqualTo(42);
		assertThat(future.status()).isEqualTo(TaskStatus.CANCELLED);
		assertThat(future.isDone()).isTrue();
		assertThat(future.isCancelled()).isFalse();
		assertThat(future.isCompletedExceptionally()).isFalse();
		assertThat(future.getNow(0)).isEqualTo(42);
		Pools.await(() -> assertThat(dependant).hasValue(42));
		assertThat(this.pool.queue().size()).isZero();
		before.open();
		assertThat(this.pool.submit(() -> 3)).succeedsWithin(Gate.PATIENCE);
		assertThat(ran).isFalse();
		assertThat(future.join()).isEqualTo(42);
		assertThat(this.pool.snapshot().tasks().cancelled()).isEqualTo(1);
	}

	@ParameterizedTest
	@EnumSource
	void anOutsidersValueStandsAndARunningTaskIsStopped(Completion completion) {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		gate.awaitEntered();
		completion.way.apply(future);
		assertThat(future).succeedsWithin(Gate.PATIENCE).isEqualTo(42);
		gate.awaitInterrupted();
		assertThat(this.pool.submit(() -> 3)).succeedsWithin(Gate.PATIENCE);
		assertThat(future.join()).isEqualTo(42);
		assertThat(future.status()).isEqualTo(TaskStatus.CANCELLED);
		assertThat(future.thenApply((value) -> value + 1).join()).isEqualTo(43);
		assertThat(this.pool.snapshot().tasks().cancelled()).isEqualTo(1);
		assertThat(this.pool.snapshot().tasks().failed()).isZero();
	}

	@ParameterizedTest
	@EnumSource
	void anOutsidersErrorStandsAndAQueuedTaskNeverRuns(Failing failing) {
		Gate before = this.pools.occupy(this.pool, 1);
		AtomicBoolean ran = new AtomicBoolean();
		TaskFuture<Integer> future = this.pool.submit(() -> {
			ran.set(true);
			return 1;
		});
		failing.way.apply(future);
		assertThat(Pools.errorOf(future)).isInstanceOf(failing.error);
		assertThat(future.status()).isEqualTo(TaskStatus.CANCELLED);
		assertThat(future.isCancelled()).isFalse();
		assertThat(future.isCompletedExceptionally()).isTrue();
		before.open();
		assertThat(this.pool.submit(() -> 3)).succeedsWithin(Gate.PATIENCE);
		assertThat(ran).isFalse();
	}

	@ParameterizedTest
	@EnumSource
	void anOutsidersErrorStandsAndARunningTaskIsStopped(Failing failing) {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		gate.awaitEntered();
		failing.way.apply(future);
		assertThat(Pools.errorOf(future)).isInstanceOf(failing.error);
		gate.awaitInterrupted();
		assertThat(this.pool.submit(() -> 3)).succeedsWithin(Gate.PATIENCE);
		assertThat(Pools.errorOf(future)).isInstanceOf(failing.error);
	}

	@Test
	void whatIsDoneStaysAsItIs() {
		TaskFuture<Integer> future = this.pool.submit(() -> 1);
		assertThat(future.join()).isEqualTo(1);
		assertThat(future.complete(2)).isFalse();
		assertThat(future.completeExceptionally(new IOException())).isFalse();
		assertThat(future.cancel(true)).isFalse();
		assertThat(future.completeAsync(() -> 3, Runnable::run)).isSameAs(future);
		assertThat(future.orTimeout(1, TimeUnit.NANOSECONDS)).isSameAs(future);
		assertThat(future.completeOnTimeout(4, 1, TimeUnit.NANOSECONDS)).isSameAs(future);
		assertThat(future.join()).isEqualTo(1);
		assertThat(future.status()).isEqualTo(TaskStatus.SUCCEEDED);
	}

	@Test
	void onlyObtrudingChangesWhatIsDone() {
		TaskFuture<Integer> future = this.pool.submit(() -> 1);
		future.join();
		future.obtrudeValue(2);
		assertThat(future.join()).isEqualTo(2);
		assertThat(future.thenApply((value) -> value).join()).isEqualTo(2);
		future.obtrudeException(new IOException("obtruded"));
		assertThat(Pools.errorOf(future)).hasMessage("obtruded");
		future.obtrudeValue(null);
		assertThat(future.join()).isNull();
		assertThat(future.isCompletedExceptionally()).isFalse();
	}

	@Test
	void nullIsNoErrorAndNoSupplier() {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		assertThatNullPointerException().isThrownBy(() -> future.completeExceptionally(null));
		assertThatNullPointerException().isThrownBy(() -> future.completeAsync(null));
		assertThatNullPointerException().isThrownBy(() -> future.obtrudeException(null));
		assertThatNullPointerException().isThrownBy(() -> future.onEvent(null));
		assertThatNullPointerException().isThrownBy(() -> future.onProgress(null));
		gate.open();
		assertThat(future).succeedsWithin(Gate.PATIENCE).isEqualTo(1);
		assertThat(future.status()).isEqualTo(TaskStatus.SUCCEEDED);
	}

	@Test
	void aTimeoutThatIsNotReachedChangesNothing() {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		assertThat(future.orTimeout(1, TimeUnit.HOURS)).isSameAs(future);
		assertThat(future.completeOnTimeout(2, 1, TimeUnit.HOURS)).isSameAs(future);
		gate.open();
		assertThat(future.join()).isEqualTo(1);
	}

	@Test
	void cancellingAQueuedTaskTakesEffectAtOnce() {
		Gate before = this.pools.occupy(this.pool, 1);
		AtomicBoolean ran = new AtomicBoolean();
		TaskFuture<Integer> future = this.pool.submit(() -> {
			ran.set(true);
			return 1;
		});
		assertThat(future.cancel(false)).isTrue();
		assertCancelled(future);
		assertThat(this.pool.queue().size()).isZero();
		before.open();
		this.pool.submit(() -> 2).join();
		assertThat(ran).isFalse();
	}

	@Test
	void cancellingARunningTaskTakesEffectAtOnce() {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		gate.awaitEntered();
		assertThat(future.cancel(true)).isTrue();
		assertCancelled(future);
		gate.awaitInterrupted();
		assertThat(this.pool.submit(() -> 2)).succeedsWithin(Gate.PATIENCE);
	}

	@Test
	void cancellingSoftlyLeavesARunningTaskAlone() {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		gate.awaitEntered();
		assertThat(future.cancel(false)).isFalse();
		assertThat(future.isDone()).isFalse();
		assertThat(future.status()).isEqualTo(TaskStatus.RUNNING);
		gate.open();
		assertThat(future.join()).isEqualTo(1);
		assertThat(gate.interrupted()).isZero();
	}

	@Test
	void cancellingTwiceIsCancellingOnce() {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		gate.awaitEntered();
		assertThat(future.cancel(true)).isTrue();
		assertThat(future.cancel(true)).isTrue();
		assertThat(future.cancel(false)).isTrue();
		assertThat(this.pool.snapshot().tasks().cancelled()).isEqualTo(1);
	}

	@Test
	void whoeverCancelsSeesACancelledFuture() throws Exception {
		for (int i = 0; i < 300; i++) {
			Gate gate = new Gate();
			TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
			Callable<Boolean> canceller = () -> future.cancel(true) && future.isDone() && future.isCancelled();
			Pools.Spawned<Boolean> first = this.pools.spawn(canceller);
			Pools.Spawned<Boolean> second = this.pools.spawn(canceller);
			assertThat(first.get()).isTrue();
			assertThat(second.get()).isTrue();
			gate.open();
		}
		assertThat(this.pool.snapshot().tasks().cancelled()).isEqualTo(300);
	}

	@Test
	void aTaskCanSeeThatItWasCancelled() {
		Gate gate = this.pools.gate();
		AtomicReference<Boolean> before = new AtomicReference<>();
		AtomicReference<Boolean> after = new AtomicReference<>();
		AtomicReference<Throwable> check = new AtomicReference<>();
		TaskFuture<Integer> future = this.pool.submit(() -> {
			WorkerContext context = WorkerContext.current().orElseThrow();
			before.set(context.isCancelled());
			context.checkCancelled();
			gate.passStubbornly();
			after.set(context.isCancelled());
			check.set(catchThrowable(context::checkCancelled));
			return 1;
		});
		gate.awaitEntered();
		future.cancel(true);
		gate.open();
		Pools.await(() -> assertThat(check.get()).isInstanceOf(CancellationException.class)
			.hasMessageContaining(future.id()));
		assertThat(before).hasValue(false);
		assertThat(after).hasValue(true);
	}

	@Test
	void allCombinatorsWork() {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		CompletableFuture<Integer> applied = future.thenApply((value) -> value + 1);
		CompletableFuture<Integer> async = future.thenApplyAsync((value) -> value + 2);
		CompletableFuture<Integer> handled = future.handle((value, ex) -> value + 3);
		CompletableFuture<Integer> composed = future
			.thenCompose((value) -> CompletableFuture.completedFuture(value + 4));
		CompletableFuture<Integer> combined = future.thenCombine(CompletableFuture.completedFuture(5), Integer::sum);
		CompletableFuture<Integer> completed = future.whenComplete((value, ex) -> {
		});
		CompletableFuture<Integer> copied = future.copy();
		CompletableFuture<Integer> minimal = future.minimalCompletionStage().toCompletableFuture();
		CompletableFuture<Void> all = CompletableFuture.allOf(future, applied);
		CompletableFuture<Object> any = CompletableFuture.anyOf(new CompletableFuture<>(), future);
		CompletableFuture<Integer> recovered = future.exceptionally((ex) -> -1);
		assertThat(future.toCompletableFuture()).isSameAs(future);
		gate.open();
		assertThat(applied).succeedsWithin(Gate.PATIENCE).isEqualTo(2);
		assertThat(async).succeedsWithin(Gate.PATIENCE).isEqualTo(3);
		assertThat(handled).succeedsWithin(Gate.PATIENCE).isEqualTo(4);
		assertThat(composed).succeedsWithin(Gate.PATIENCE).isEqualTo(5);
		assertThat(combined).succeedsWithin(Gate.PATIENCE).isEqualTo(6);
		assertThat(completed).succeedsWithin(Gate.PATIENCE).isEqualTo(1);
		assertThat(copied).succeedsWithin(Gate.PATIENCE).isEqualTo(1);
		assertThat(minimal).succeedsWithin(Gate.PATIENCE).isEqualTo(1);
		assertThat(all).succeedsWithin(Gate.PATIENCE);
		assertThat(any).succeedsWithin(Gate.PATIENCE).isEqualTo(1);
		assertThat(recovered).succeedsWithin(Gate.PATIENCE).isEqualTo(1);
	}

	@Test
	void combinatorsSeeFailuresToo() {
		Gate gate = this.pools.gate();
		IOException own = new IOException("own");
		TaskFuture<Integer> future = this.pool.submit(() -> {
			gate.pass();
			throw own;
		});
		CompletableFuture<Integer> applied = future.thenApply((value) -> value + 1);
		CompletableFuture<Throwable> handled = future.handle((value, ex) -> ex);
		CompletableFuture<Integer> recovered = future.exceptionally((ex) -> -1);
		CompletableFuture<Void> all = CompletableFuture.allOf(future);
		gate.open();
		assertThat(handled).succeedsWithin(Gate.PATIENCE).isSameAs(own);
		assertThat(recovered).succeedsWithin(Gate.PATIENCE).isEqualTo(-1);
		assertThat(catchThrowable(applied::join)).isInstanceOf(CompletionException.class).hasCause(own);
		assertThat(catchThrowable(all::join)).isInstanceOf(CompletionException.class).hasCause(own);
	}

	@Test
	void combinatorsOfACancelledFutureFollowEvenIfTheyAreMadeLater() {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		gate.awaitEntered();
		future.cancel(true);
		assertThat(CompletableFuture.allOf(future).handle((value, ex) -> ex)).succeedsWithin(Gate.PATIENCE)
			.isInstanceOf(CompletionException.class);
		assertThat(CompletableFuture.anyOf(future).handle((value, ex) -> ex)).succeedsWithin(Gate.PATIENCE)
			.isInstanceOf(CompletionException.class);
		assertThat(future.handle((value, ex) -> ex)).succeedsWithin(Gate.PATIENCE)
			.isInstanceOf(CancellationException.class);
	}

	@Test
	void cancellingADependantDoesNotReachTheTask() {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		gate.awaitEntered();
		CompletableFuture<Integer> dependant = future.thenApply((value) -> value);
		assertThat(dependant).isNotInstanceOf(TaskFuture.class);
		dependant.cancel(true);
		assertThat(future.status()).isEqualTo(TaskStatus.RUNNING);
		gate.open();
		assertThat(future).succeedsWithin(Gate.PATIENCE).isEqualTo(1);
	}

	@Test
	void dependantsOfASuccessRunOnTheWorkerWhenItIsFreeAgain() {
		Gate gate = this.pools.gate();
		AtomicReference<String> thread = new AtomicReference<>();
		AtomicReference<Boolean> working = new AtomicReference<>();
		AtomicReference<Integer> idle = new AtomicReference<>();
		TaskFuture<String> future = this.pool.submit(() -> {
			gate.pass();
			return Thread.currentThread().getName();
		});
		CompletableFuture<Void> dependant = future.thenAccept((value) -> {
			thread.set(Thread.currentThread().getName());
			working.set(WorkerContext.isWorker());
			idle.set(this.pool.snapshot().workers().idle());
		});
		gate.open();
		assertThat(dependant).succeedsWithin(Gate.PATIENCE);
		assertThat(thread).hasValue(future.join());
		assertThat(working).as("no longer in the task").hasValue(false);
		assertThat(idle).hasValue(1);
	}

	@Test
	void dependantsOfTheTasksOwnFailureRunOnTheWorkerToo() {
		Gate gate = this.pools.gate();
		TaskFuture<String> future = this.pool.submit(() -> {
			gate.pass();
			throw new IllegalStateException(Thread.currentThread().getName());
		});
		AtomicReference<String> thread = new AtomicReference<>();
		CompletableFuture<String> dependant = future
			.whenComplete((value, ex) -> thread.set(Thread.currentThread().getName()));
		gate.open();
		Pools.await(() -> assertThat(dependant).isDone());
		assertThat(Pools.errorOf(future)).hasMessage(thread.get());
	}

	@Test
	void dependantsOfCancellationsRunOnACallbackThread() {
		Gate before = this.pools.occupy(this.pool, 1);
		TaskFuture<Integer> queued = this.pool.submit(() -> 1);
		CompletableFuture<String> ofQueued = queued.handle((value, ex) -> Thread.currentThread().getName());
		queued.cancel(true);
		assertThat(ofQueued).succeedsWithin(Gate.PATIENCE).asString().contains("-callback-");
		before.open();
		Gate gate = this.pools.gate();
		TaskFuture<Integer> running = this.pool.submit(gate.holding(1));
		CompletableFuture<String> ofRunning = running.handle((value, ex) -> Thread.currentThread().getName());
		gate.awaitEntered();
		running.cancel(true);
		assertThat(ofRunning).succeedsWithin(Gate.PATIENCE).asString().contains("-callback-");
	}

	@Test
	void dependantsOfTimeoutsRunOnACallbackThread() {
		Gate before = this.pools.occupy(this.pool, 1);
		Gate gate = this.pools.gate();
		TaskFuture<Integer> running = this.pool.submit(() -> {
			gate.pass();
			return 1;
		}, TaskOptions.none().withTimeout(Duration.ofMillis(20)));
		TaskFuture<Integer> queued = this.pool.submit(() -> 1,
				TaskOptions.none().withQueueTimeout(Duration.ofNanos(1)));
		CompletableFuture<String> ofRunning = running.handle((value, ex) -> Thread.currentThread().getName());
		CompletableFuture<String> ofQueued = queued.handle((value, ex) -> Thread.currentThread().getName());
		before.open();
		assertThat(ofRunning).succeedsWithin(Gate.PATIENCE).asString().contains("-callback-");
		// Unless it had ended before the dependant came
		assertThat(ofQueued).succeedsWithin(Gate.PATIENCE).asString().doesNotContain("-supervisor");
	}

	@Test
	void nothingOfAUsersRunsOnTheSupervisingThread() throws Exception {
		List<String> threads = new CopyOnWriteArrayList<>();
		SupervisedWorkerPool other = this.pools.ready((settings) -> settings.size(1)
			.shutdownTimeout(Duration.ofMillis(1))
			.task((task) -> task.timeout(Duration.ofMillis(20)).grace(Duration.ofMillis(20)))
			.queue((queue) -> queue.timeout(Duration.ofMillis(10))));
		Gate gate = this.pools.gate();
		List<TaskFuture<?>> futures = new ArrayList<>();
		for (int i = 0; i < 5; i++) {
			futures.add(other.submit(gate.holding(1)));
		}
		futures.forEach((future) -> future.whenComplete((value, ex) -> threads.add(Thread.currentThread().getName())));
		CompletableFuture<Void> stopped = other.stop();
		stopped.whenComplete((value, ex) -> threads.add(Thread.currentThread().getName()));
		assertThat(stopped).succeedsWithin(Gate.PATIENCE);
		Pools.await(() -> assertThat(threads).hasSize(6));
		assertThat(threads).noneMatch((name) -> name.contains("supervisor"));
	}

	@Test
	void aSlowDependantDelaysNoWaiter() throws Exception {
		Gate gate = this.pools.gate();
		Gate slow = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		future.thenRun(slow::passStubbornly);
		Pools.Spawned<Integer> waiter = this.pools.spawn(future::get).awaitBlocked();
		gate.open();
		assertThat(waiter.get()).isEqualTo(1);
		assertThat(future.isDone()).isTrue();
		slow.awaitEntered().open();
	}

	@Test
	void busyCallbackThreadsDelayNoWaiter() throws Exception {
		Gate callbacks = this.pools.occupyCallbacks(this.pool);
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		gate.awaitEntered();
		Pools.Spawned<Integer> waiter = this.pools.spawn(future::get).awaitBlocked();
		future.cancel(true);
		assertCancelled(future);
		assertThat(waiter.error()).isInstanceOf(CancellationException.class);
		callbacks.open();
	}

	@Test
	void aDependantThatThrowsHarmsNobody() {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		CompletableFuture<Void> bad = future.thenRun(() -> {
			throw new AssertionError("bad dependant");
		});
		gate.open();
		assertThat(future).succeedsWithin(Gate.PATIENCE);
		assertThat(bad).failsWithin(Gate.PATIENCE);
		assertThat(this.pool.submit(() -> 2)).succeedsWithin(Gate.PATIENCE);
		assertThat(this.pool.snapshot().restarts()).isZero();
	}

	@Test
	void aDependantThatInterruptsItsThreadDoesNotHitTheNextTask() {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> first = this.pool.submit(gate.holding(1));
		TaskFuture<Boolean> second = this.pool.submit(() -> Thread.currentThread().isInterrupted());
		CompletableFuture<Void> dependant = first.thenRun(() -> Thread.currentThread().interrupt());
		gate.open();
		assertThat(dependant).succeedsWithin(Gate.PATIENCE);
		assertThat(second).succeedsWithin(Gate.PATIENCE).isEqualTo(false);
	}

	@Test
	void aDependantMaySubmitAndTheWorkerTakesThat() {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		CompletableFuture<Integer> chained = future.thenCompose((value) -> this.pool.submit(() -> value + 1))
			.thenCompose((value) -> this.pool.submit(() -> value + 1));
		gate.open();
		assertThat(chained).succeedsWithin(Gate.PATIENCE).isEqualTo(3);
	}

	@Test
	void manyWaitersAreAllWoken() throws Exception {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		List<Pools.Spawned<Integer>> waiters = new ArrayList<>();
		for (int i = 0; i < 30; i++) {
			waiters.add(this.pools.spawn(switch (i % 3) {
				case 0 -> future::get;
				case 1 -> future::join;
				default -> () -> future.get(1, TimeUnit.HOURS);
			}));
		}
		waiters.forEach(Pools.Spawned::awaitBlocked);
		gate.open();
		for (Pools.Spawned<Integer> waiter : waiters) {
			assertThat(waiter.get()).isEqualTo(1);
		}
	}

	@Test
	void waitersThatGaveUpDoNotKeepOthersFromBeingWoken() throws Exception {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		List<Pools.Spawned<Integer>> patient = new ArrayList<>();
		List<Pools.Spawned<Integer>> impatient = new ArrayList<>();
		for (int i = 0; i < 5; i++) {
			patient.add(this.pools.spawn(future::join).awaitBlocked());
			impatient.add(this.pools.spawn(future::get).awaitBlocked());
		}
		impatient.forEach((waiter) -> waiter.thread().interrupt());
		for (Pools.Spawned<Integer> waiter : impatient) {
			assertThat(waiter.error()).isInstanceOf(InterruptedException.class).hasMessageContaining(future.id());
		}
		assertThat(future.status()).as("the waiter's interruption is not the task's").isEqualTo(TaskStatus.RUNNING);
		gate.open();
		for (Pools.Spawned<Integer> waiter : patient) {
			assertThat(waiter.get()).isEqualTo(1);
		}
	}

	@Test
	void waitersThatGaveUpAreForgotten() throws Exception {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		gate.awaitEntered();
		List<Pools.Spawned<Void>> pollers = new ArrayList<>();
		for (int t = 0; t < 3; t++) {
			pollers.add(this.pools.spawn(() -> {
				for (int i = 0; i < 300; i++) {
					assertThat(catchThrowable(() -> future.get(100, TimeUnit.MICROSECONDS)))
						.isInstanceOf(TimeoutException.class);
				}
				return null;
			}));
		}
		for (Pools.Spawned<Void> poller : pollers) {
			poller.get();
		}
		assertThat(((TaskRun<?>) future).numberOfWaiters()).isZero();
		gate.open();
	}

	@Test
	void aTimedWaitEndsWithAMessageThatSaysWhatWasWaitedFor() {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1), TaskOptions.none().withName("slow"));
		gate.awaitEntered();
		assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> future.get(1, TimeUnit.MILLISECONDS))
			.withMessageContaining("'slow'")
			.withMessageContaining(future.id())
			.withMessageContaining("RUNNING");
		assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> future.get(0, TimeUnit.MILLISECONDS));
		assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> future.get(-1, TimeUnit.DAYS));
		assertThat(future.status()).as("a waiter that gives up stops nothing").isEqualTo(TaskStatus.RUNNING);
		gate.open();
	}

	@Test
	void theLongestWaitIsNotNoWait() throws Exception {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		Pools.Spawned<Integer> longest = this.pools.spawn(() -> future.get(Long.MAX_VALUE, TimeUnit.DAYS))
			.awaitBlocked();
		Pools.Spawned<Integer> nearly = this.pools.spawn(() -> future.get(Long.MAX_VALUE - 1, TimeUnit.NANOSECONDS))
			.awaitBlocked();
		gate.open();
		assertThat(longest.get()).isEqualTo(1);
		assertThat(nearly.get()).isEqualTo(1);
	}

	@Test
	void anInterruptedGetThrowsAndAnInterruptedJoinKeepsTheFlag() throws Exception {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		Pools.Spawned<Integer> getter = this.pools.spawn(future::get).awaitBlocked();
		getter.thread().interrupt();
		assertThat(getter.error()).isInstanceOf(InterruptedException.class);
		AtomicBoolean flag = new AtomicBoolean();
		Pools.Spawned<Integer> joiner = this.pools.spawn(() -> {
			Integer value = future.join();
			flag.set(Thread.currentThread().isInterrupted());
			return value;
		}).awaitBlocked();
		joiner.thread().interrupt();
		gate.open();
		assertThat(joiner.get()).isEqualTo(1);
		assertThat(flag).isTrue();
	}

	@Test
	void aGetThatIsInterruptedAlreadyThrowsUnlessTheFutureIsDone() throws Exception {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		assertThat(this.pools.<Integer>spawn(() -> {
			Thread.currentThread().interrupt();
			return future.get();
		}).error()).isInstanceOf(InterruptedException.class);
		gate.open();
		future.join();
		assertThat(this.pools.<Integer>spawn(() -> {
			Thread.currentThread().interrupt();
			return future.get();
		}).get()).isEqualTo(1);
	}

	@Test
	void aWaiterInAForkJoinPoolIsMadeUpFor() {
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		ForkJoinPool forkJoin = new ForkJoinPool(1);
		try {
			Future<Integer> waiter = forkJoin.submit((Callable<Integer>) future::join);
			Pools.await(() -> assertThat(((TaskRun<?>) future).numberOfWaiters()).isPositive());
			// The only thread waits, so another must come for this
			forkJoin.submit(gate::open);
			assertThat(waiter).succeedsWithin(Gate.PATIENCE).isEqualTo(1);
			TaskFuture<Integer> second = this.pool.submit(this.pools.gate().holding(2));
			Future<Integer> timed = forkJoin.submit(() -> second.get(10, TimeUnit.MILLISECONDS));
			assertThat(timed).failsWithin(Gate.PATIENCE)
				.withThrowableOfType(ExecutionException.class)
				.havingRootCause()
				.isInstanceOf(TimeoutException.class);
			second.cancel(true);
		}
		finally {
			forkJoin.shutdownNow();
		}
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void virtualThreadsWaitToo() throws Exception {
		Method start = Thread.class.getMethod("startVirtualThread", Runnable.class);
		Gate gate = this.pools.gate();
		TaskFuture<Integer> future = this.pool.submit(gate.holding(1));
		AtomicInteger woken = new AtomicInteger();
		int waiters = 500;
		for (int i = 0; i < waiters; i++) {
			boolean timed = i % 2 == 0;
			start.invoke(null, (Runnable) () -> {
				try {
					woken.addAndGet(timed ? future.get(1, TimeUnit.HOURS) : future.join());
				}
				catch (Exception ex) {
					woken.addAndGet(1000);
				}
			});
		}
		Pools.await(() -> assertThat(((TaskRun<?>) future).numberOfWaiters()).isEqualTo(waiters));
		gate.open();
		Pools.await(() -> assertThat(woken).hasValue(waiters));
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void virtualThreadsSubmitAndWaitInNumbers() throws Exception {
		Method start = Thread.class.getMethod("startVirtualThread", Runnable.class);
		AtomicInteger sum = new AtomicInteger();
		for (int i = 0; i < 1000; i++) {
			start.invoke(null, (Runnable) () -> sum.addAndGet(this.pool.submit(() -> 1).join()));
		}
		Pools.await(() -> assertThat(sum).hasValue(1000));
	}

	@Test
	void theNewerLooksAtAFutureWorkOnEveryJdk() throws Exception {
		Gate gate = this.pools.gate();
		TaskRun<Integer> success = (TaskRun<Integer>) this.pool.submit(gate.holding(1));
		assertThatExceptionOfType(IllegalStateException.class).isThrownBy(success::resultNow);
		assertThatExceptionOfType(IllegalStateException.class).isThrownBy(success::exceptionNow);
		gate.open();
		success.join();
		assertThat(success.resultNow()).isEqualTo(1);
		assertThatExceptionOfType(IllegalStateException.class).isThrownBy(success::exceptionNow);
		IOException own = new IOException("own");
		TaskRun<Integer> failure = (TaskRun<Integer>) this.pool.<Integer>submit(() -> {
			throw own;
		});
		Pools.errorOf(failure);
		assertThat(failure.exceptionNow()).isSameAs(own);
		assertThatExceptionOfType(IllegalStateException.class).isThrownBy(failure::resultNow);
		Gate held = this.pools.gate();
		TaskRun<Integer> cancelled = (TaskRun<Integer>) this.pool.submit(held.holding(1));
		cancelled.cancel(true);
		assertThatExceptionOfType(IllegalStateException.class).isThrownBy(cancelled::resultNow);
		assertThatExceptionOfType(IllegalStateException.class).isThrownBy(cancelled::exceptionNow);
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_19)
	void theStateThatTheJdkShowsFollows() throws Exception {
		Method state = Future.class.getMethod("state");
		Gate gate = this.pools.gate();
		TaskFuture<Integer> success = this.pool.submit(gate.holding(1));
		TaskFuture<Integer> cancelled = this.pool.submit(() -> 2);
		assertThat(state.invoke(success)).hasToString("RUNNING");
		cancelled.cancel(true);
		gate.open();
		success.join();
		Pools.await(() -> assertThat(state.invoke(success)).hasToString("SUCCESS"));
		Pools.await(() -> assertThat(state.invoke(cancelled)).hasToString("CANCELLED"));
	}

	@Test
	void beforeTheStartWaitingIsRefusedAndTheTaskStaysQueued() throws Exception {
		SupervisedWorkerPool notStarted = this.pools.build((settings) -> {
		});
		TaskFuture<Integer> future = notStarted.submit(() -> 1);
		assertThatExceptionOfType(RejectedTaskException.class).isThrownBy(future::get)
			.satisfies((ex) -> assertThat(ex.reason()).isEqualTo(Reason.NOT_RUNNING));
		assertThatExceptionOfType(RejectedTaskException.class).isThrownBy(future::join);
		assertThatExceptionOfType(RejectedTaskException.class).isThrownBy(() -> future.get(1, TimeUnit.HOURS));
		assertThat(future.status()).isEqualTo(TaskStatus.QUEUED);
		assertThat(future.isDone()).isFalse();
		notStarted.start();
		assertThat(future.get()).isEqualTo(1);
	}

	@Test
	void aTaskSettlesOnceHoweverManyCompete() throws Exception {
		int rounds = 400;
		AtomicInteger dependants = new AtomicInteger();
		for (int i = 0; i < rounds; i++) {
			TaskFuture<Integer> future = this.pool.submit(() -> 1);
			future.whenComplete((value, ex) -> dependants.incrementAndGet());
			Pools.Spawned<Boolean> completer = this.pools.spawn(() -> future.complete(2));
			Pools.Spawned<Boolean> failer = this.pools.spawn(() -> future.completeExceptionally(new IOException()));
			boolean cancelled = future.cancel(true);
			int winners = (completer.get() ? 1 : 0) + (failer.get() ? 1 : 0) + (cancelled ? 1 : 0);
			Pools.await(() -> assertThat(future).isDone());
			assertThat(winners + ((future.status() == TaskStatus.SUCCEEDED) ? 1 : 0)).isEqualTo(1);
			if (!future.isCompletedExceptionally()) {
				assertThat(future.join()).isEqualTo((future.status() == TaskStatus.SUCCEEDED) ? 1 : 2);
			}
		}
		Pools.await(() -> assertThat(dependants).hasValue(rounds));
		var tasks = this.pool.snapshot().tasks();
		assertThat(tasks.succeeded() + tasks.cancelled()).isEqualTo(rounds);
	}

	private static Integer waitHere(TaskFuture<Integer> future) {
		return future.join();
	}

	private static Integer getHere(TaskFuture<Integer> future) throws Exception {
		return future.get();
	}

	private static void cancelHere(TaskFuture<Integer> future) {
		future.cancel(true);
	}

	private static void assertCancelled(TaskFuture<?> future) {
		assertThat(future.isDone()).isTrue();
		assertThat(future.isCancelled()).isTrue();
		assertThat(future.isCompletedExceptionally()).isTrue();
		assertThat(future.status()).isEqualTo(TaskStatus.CANCELLED);
		assertThat(catchThrowable(future::join)).isInstanceOf(CancellationException.class);
		assertThat(catchThrowable(future::get)).isInstanceOf(CancellationException.class);
		assertThat(catchThrowable(() -> future.getNow(null))).isInstanceOf(CancellationException.class);
	}

}
