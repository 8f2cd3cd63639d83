package io.github.workerpool.offload;

import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.RejectedTaskException;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.WorkerContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.annotation.Order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Calls of methods that return nothing.
 */
@ExtendWith(OutputCaptureExtension.class)
class ForgottenCallTests {

	private OffloadContext context;

	private Work work;

	private Work target;

	private Handler handler;

	@BeforeEach
	void start() {
		this.context = OffloadContext.of(Work.class, FailingHandler.class, Handler.class);
		this.work = this.context.get(Work.class);
		this.target = this.context.target(Work.class);
		this.handler = this.context.get(Handler.class);
	}

	@AfterEach
	void stop() {
		this.target.go.countDown();
		this.context.close();
	}

	@Test
	void callerGoesOnWhileWorkerWorks() throws Exception {
		this.work.waitForGo();
		assertThat(this.target.done.getCount()).isEqualTo(1);
		this.target.go.countDown();
		assertThat(this.target.done.await(30, TimeUnit.SECONDS)).isTrue();
		assertThat(this.target.pool).isEqualTo("default");
	}

	@Test
	void failureIsLoggedOnceAndGivenToEveryHandler(CapturedOutput output) {
		IllegalStateException thrown = new IllegalStateException("lost and found");
		this.work.fail(thrown);
		await().atMost(30, TimeUnit.SECONDS).until(() -> !this.handler.failures.isEmpty());
		OffloadFailure failure = this.handler.failures.get(0);
		assertThat(failure.exception()).isSameAs(thrown);
		assertThat(failure.task()).isEqualTo("Work.fail");
		assertThat(failure.pool()).isEqualTo("default");
		assertThat(failure.bean()).isEqualTo(this.context.context().getBeanNamesForType(Work.class)[0]);
		assertThat(failure.method().getName()).isEqualTo("fail");
		assertThat(failure.arguments()).containsExactly(thrown);
		assertThat(output.getOut().split("Task 'Work.fail' of pool 'default' failed", -1)).hasSize(2);
		assertThat(output).contains("IllegalStateException: lost and found");
		assertThat(output).contains("FailingHandler' failed on task 'Work.fail'");
		await().atMost(30, TimeUnit.SECONDS)
			.untilAsserted(
					() -> assertThat(this.context.pools().get("default").snapshot().tasks().failed()).isEqualTo(1));
	}

	@Test
	void refusalIsNotThrownButHandled() {
		this.context.pools().managed("default").close();
		this.work.fail(new IllegalStateException());
		await().atMost(30, TimeUnit.SECONDS).until(() -> !this.handler.failures.isEmpty());
		assertThat(this.handler.failures.get(0).exception()).isInstanceOf(RejectedTaskException.class);
	}

	@Test
	void cancelledTaskIsReported(CapturedOutput output) {
		this.context.pools().get("single").pause();
		this.work.onSingle();
		assertThat(this.context.pools().get("single").cancelQueued()).isEqualTo(1);
		await().atMost(30, TimeUnit.SECONDS).until(() -> !this.handler.failures.isEmpty());
		assertThat(this.handler.failures.get(0).exception()).isInstanceOf(CancellationException.class);
		assertThat(output).contains("Task 'Work.onSingle' of pool 'single' was cancelled");
	}

	@Test
	void fallbackTakesFailureAway(CapturedOutput output) throws Exception {
		this.work.failWithFallback("x");
		assertThat(this.target.fellBack.await(30, TimeUnit.SECONDS)).isTrue();
		this.work.fail(new IllegalStateException("another"));
		await().atMost(30, TimeUnit.SECONDS).until(() -> !this.handler.failures.isEmpty());
		assertThat(this.handler.failures).extracting(OffloadFailure::task).containsExactly("Work.fail");
		assertThat(output).doesNotContain("failWithFallback");
	}

	@Test
	void interruptionOfCallInPlaceIsLeftToItsCaller() throws Exception {
		TaskFuture<String> outer = this.work.nestBlocking();
		assertThat(this.target.running.await(30, TimeUnit.SECONDS)).isTrue();
		outer.cancel(true);
		assertThat(this.target.interruptionSeen.await(30, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void wrapperThatTheMethodThrewIsNotTakenOff() {
		CompletionException thrown = new CompletionException(new IllegalStateException("inside"));
		this.work.fail(thrown);
		await().atMost(30, TimeUnit.SECONDS).until(() -> !this.handler.failures.isEmpty());
		assertThat(this.handler.failures.get(0).exception()).isSameAs(thrown);
	}

	@Test
	void callFromSamePoolRunsInPlaceAndItsFailureIsHandled() {
		this.work.nest();
		await().atMost(30, TimeUnit.SECONDS).until(() -> !this.handler.failures.isEmpty());
		assertThat(this.handler.failures.get(0).task()).isEqualTo("Work.fail");
		await().atMost(30, TimeUnit.SECONDS).until(() -> this.target.nested);
		assertThat(this.context.pools().get("default").snapshot().tasks().submitted()).isEqualTo(1);
	}

	static class Work {

		final CountDownLatch go = new CountDownLatch(1);

		final CountDownLatch done = new CountDownLatch(1);

		final CountDownLatch running = new CountDownLatch(1);

		final CountDownLatch interruptionSeen = new CountDownLatch(1);

		final CountDownLatch fellBack = new CountDownLatch(1);

		volatile String pool;

		volatile boolean nested;

		private final ObjectProvider<Work> self;

		Work(ObjectProvider<Work> self) {
			this.self = self;
		}

		@Offload
		public void waitForGo() throws InterruptedException {
			this.go.await();
			this.pool = WorkerContext.current().orElseThrow().poolName();
			this.done.countDown();
		}

		@Offload
		public void fail(RuntimeException thrown) {
			throw thrown;
		}

		@Offload("single")
		public void onSingle() {
		}

		@Offload(fallback = "fallBack")
		public void failWithFallback(String text) {
			throw new IllegalArgumentException(text);
		}

		void fallBack(String text, IllegalArgumentException failure) {
			assertThat(failure).hasMessage(text);
			this.fellBack.countDown();
		}

		@Offload
		public TaskFuture<String> nestBlocking() {
			try {
				this.self.getObject().block();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException("nothing is thrown to a caller that does not wait", ex);
			}
			if (Thread.currentThread().isInterrupted()) {
				this.interruptionSeen.countDown();
			}
			return null;
		}

		@Offload
		public void block() throws InterruptedException {
			this.running.countDown();
			new CountDownLatch(1).await();
		}

		@Offload
		public void nest() {
			this.self.getObject().fail(new IllegalStateException("nested"));
			this.nested = true;
		}

	}

	@Order(1)
	static class FailingHandler implements OffloadExceptionHandler {

		@Override
		public void handle(OffloadFailure failure) {
			throw new UnsupportedOperationException("no good");
		}

	}

	@Order(2)
	static class Handler implements OffloadExceptionHandler {

		final List<OffloadFailure> failures = new CopyOnWriteArrayList<>();

		@Override
		public void handle(OffloadFailure failure) {
			this.failures.add(failure);
		}

	}

}
