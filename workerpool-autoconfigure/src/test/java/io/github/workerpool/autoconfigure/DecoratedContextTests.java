package io.github.workerpool.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.core.TaskContext;
import io.github.workerpool.core.TaskContext.Captured;
import org.junit.jupiter.api.Test;

import org.springframework.core.task.TaskDecorator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link DecoratedContext}.
 */
class DecoratedContextTests {

	private final List<String> seen = new ArrayList<>();

	@Test
	void decoratesAtSubmitAndRunsAtCall() throws Exception {
		Captured captured = context((task) -> {
			this.seen.add("decorated");
			return () -> {
				this.seen.add("before");
				task.run();
				this.seen.add("after");
			};
		}).capture();
		assertThat(this.seen).containsExactly("decorated");
		assertThat(captured.<String>call(() -> {
			this.seen.add("body");
			return "result";
		})).isEqualTo("result");
		assertThat(this.seen).containsExactly("decorated", "before", "body", "after");
	}

	@Test
	void laterDecoratorsAreOutside() throws Exception {
		context(named("one"), named("two")).capture().call(() -> null);
		assertThat(this.seen).containsExactly("two", "one");
	}

	@Test
	void otherContextIsAroundTheDecorators() throws Exception {
		TaskContext outer = () -> new Captured() {

			@Override
			public <R> R call(Callable<R> body) throws Exception {
				DecoratedContextTests.this.seen.add("outer");
				return body.call();
			}

		};
		new DecoratedContext(outer, List.of(named("decorator"))).capture().call(() -> null);
		assertThat(this.seen).containsExactly("outer", "decorator");
	}

	@Test
	void nullIsAResult() throws Exception {
		assertThat(context(named("one")).capture().<String>call(() -> null)).isNull();
	}

	@Test
	void exceptionOfTheBodyArrivesAsItself() {
		Exception error = new Exception("boom");
		assertThatExceptionOfType(Exception.class).isThrownBy(() -> context(named("one")).capture().call(() -> {
			throw error;
		})).isSameAs(error);
	}

	@Test
	void exceptionOfTheBodyIsSeenByDecorators() {
		Exception error = new Exception("boom");
		List<Throwable> caught = new ArrayList<>();
		assertThatExceptionOfType(Exception.class).isThrownBy(() -> context((task) -> () -> {
			try {
				task.run();
			}
			catch (Throwable ex) {
				caught.add(ex);
				throw ex;
			}
		}).capture().call(() -> {
			throw error;
		})).isSameAs(error);
		assertThat(caught).containsExactly(error);
	}

	@Test
	void exceptionOfTheBodyCanNeitherBeSwallowedNorWrapped() {
		Exception error = new Exception("boom");
		TaskDecorator swallowing = (task) -> () -> {
			try {
				task.run();
			}
			catch (Throwable ex) {
				// swallowed
			}
		};
		TaskDecorator wrapping = (task) -> () -> {
			try {
				task.run();
			}
			catch (Throwable ex) {
				throw new IllegalArgumentException(ex);
			}
		};
		for (TaskDecorator decorator : List.of(swallowing, wrapping)) {
			assertThatExceptionOfType(Exception.class).isThrownBy(() -> context(decorator).capture().call(() -> {
				throw error;
			})).isSameAs(error);
		}
	}

	@Test
	void exceptionOfADecoratorFailsTheTask() {
		assertThatIllegalStateException().isThrownBy(() -> context((task) -> () -> {
			throw new IllegalStateException("no tenant");
		}).capture().call(() -> null)).withMessage("no tenant");
	}

	@Test
	void decoratorThatDoesNotRunTheTaskIsFoundOut() {
		assertThatIllegalStateException().isThrownBy(() -> context((task) -> () -> {
		}).capture().call(() -> null)).withMessage("A TaskDecorator did not run the task");
	}

	@Test
	void decoratorThatRunsTheTaskTwiceIsFoundOut() {
		List<Integer> runs = new ArrayList<>();
		assertThatIllegalStateException().isThrownBy(() -> context((task) -> () -> {
			task.run();
			task.run();
		}).capture().call(() -> runs.add(1))).withMessageContaining("must run a task once");
		assertThat(runs).hasSize(1);
	}

	@Test
	void taskThatIsRunAgainIsDecoratedAgain() throws Exception {
		Captured captured = context(named("one")).capture();
		assertThat(captured.<Integer>call(() -> 1)).isOne();
		assertThat(captured.<Integer>call(() -> 2)).isEqualTo(2);
		assertThat(this.seen).containsExactly("one", "one");
	}

	@Test
	void oneContextServesSeveralTasksAtOnce() throws Exception {
		CountDownLatch failed = new CountDownLatch(1);
		CountDownLatch began = new CountDownLatch(1);
		CountDownLatch over = new CountDownLatch(1);
		Captured captured = context((task) -> () -> {
			try {
				task.run();
			}
			catch (IllegalStateException ex) {
				failed.countDown();
				await(began);
			}
		}).capture();
		CompletableFuture<String> other = CompletableFuture.supplyAsync(() -> {
			try {
				await(failed);
				return captured.call(() -> {
					began.countDown();
					await(over);
					return "other";
				});
			}
			catch (Exception ex) {
				throw new CompletionException(ex);
			}
		});
		IllegalStateException error = new IllegalStateException("boom");
		assertThatIllegalStateException().isThrownBy(() -> captured.call(() -> {
			throw error;
		})).isSameAs(error);
		over.countDown();
		assertThat(other).succeedsWithin(Duration.ofSeconds(30)).isEqualTo("other");
	}

	@Test
	void oneTaskMayRunAnotherWithin() throws Exception {
		Captured captured = context(named("one")).capture();
		assertThat(captured.<String>call(() -> "outer " + captured.<String>call(() -> "inner")))
			.isEqualTo("outer inner");
		assertThat(this.seen).containsExactly("one", "one");
	}

	private static void await(CountDownLatch latch) {
		try {
			assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalArgumentException(ex);
		}
	}

	private TaskDecorator named(String name) {
		return (task) -> () -> {
			this.seen.add(name);
			task.run();
		};
	}

	private static DecoratedContext context(TaskDecorator... decorators) {
		return new DecoratedContext(TaskContext.NONE, List.of(decorators));
	}

}
