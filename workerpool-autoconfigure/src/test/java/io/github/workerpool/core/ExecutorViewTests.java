package io.github.workerpool.core;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.workerpool.Isolation;
import io.github.workerpool.OverflowPolicy;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.RejectedTaskException.Reason;
import io.github.workerpool.WorkerContext;
import io.github.workerpool.thread.Handover;
import io.github.workerpool.thread.ThreadWorkerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * The pool as libraries want it.
 */
class ExecutorViewTests {

	@RegisterExtension
	final Pools pools = new Pools();

	@Test
	void commandsRunOnWorkers() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		CompletableFuture<Boolean> ran = new CompletableFuture<>();
		pool.asExecutor().execute(() -> ran.complete(WorkerContext.isWorker()));
		assertThat(ran).succeedsWithin(Gate.PATIENCE).isEqualTo(true);
		assertThat(CompletableFuture.supplyAsync(() -> 42, pool.asExecutor())).succeedsWithin(Gate.PATIENCE)
			.isEqualTo(42);
	}

	@Test
	void aCommandThatIsNotAcceptedIsRefusedByAnException() {
		SupervisedWorkerPool pool = this.pools.ready((settings) -> settings.queue((queue) -> queue.capacity(0)));
		this.pools.occupy(pool, 1);
		Executor executor = pool.asExecutor();
		assertThatExceptionOfType(RejectedTaskException.class).isThrownBy(() -> executor.execute(() -> {
		})).satisfies((ex) -> {
			assertThat(ex).isInstanceOf(RejectedExecutionException.class);
			assertThat(ex.reason()).isEqualTo(Reason.QUEUE_FULL);
		});
		SupervisedWorkerPool closed = this.pools.ready(1);
		closed.close();
		assertThatExceptionOfType(RejectedTaskException.class).isThrownBy(() -> closed.asExecutor().execute(() -> {
		})).satisfies((ex) -> assertThat(ex.reason()).isEqualTo(Reason.CLOSED));
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void aCommandThatFailsIsLoggedAndCountedAndHarmsNobody(CapturedOutput output) {
		SupervisedWorkerPool pool = this.pools.ready(1);
		pool.asExecutor().execute(() -> {
			throw new IllegalStateException("own");
		});
		CountDownLatch next = new CountDownLatch(1);
		pool.asExecutor().execute(next::countDown);
		Pools.await(() -> assertThat(next.getCount()).isZero());
		assertThat(pool.snapshot().tasks().failed()).isEqualTo(1);
		Pools.await(() -> assertThat(output).contains("A command executed by pool '" + pool.name() + "' failed")
			.contains("IllegalStateException: own"));
	}

	@Test
	void aRefusalThatACommandItselfThrowsIsNotTheExecutors() {
		SupervisedWorkerPool pool = this.pools
			.ready((settings) -> settings.queue((queue) -> queue.capacity(0).overflow(OverflowPolicy.CALLER_RUNS)));
		this.pools.occupy(pool, 1);
		AtomicInteger ran = new AtomicInteger();
		pool.asExecutor().execute(() -> {
			ran.incrementAndGet();
			throw new RejectedTaskException(Reason.QUEUE_FULL, "from another pool");
		});
		assertThat(ran).hasValue(1);
		assertThat(pool.snapshot().tasks().failed()).isEqualTo(1);
	}

	@Test
	void nothingCannotBeExecuted() {
		SupervisedWorkerPool pool = this.pools.ready(1);
		assertThatNullPointerException().isThrownBy(() -> pool.asExecutor().execute(null))
			.withMessageContaining("'command'");
	}

	@Test
	void aPoolOfProcessesIsNoExecutor() {
		PoolSettings settings = PoolSettings.builder("children").isolation(Isolation.PROCESS).size(1).build();
		SupervisedWorkerPool pool = new SupervisedWorkerPool(settings, PoolHooks.NONE,
				new ThreadWorkerFactory(settings, Handover.NONE));
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(pool::asExecutor)
			.withMessageContaining("'children'")
			.withMessageContaining("'process'");
		pool.close();
	}

}
