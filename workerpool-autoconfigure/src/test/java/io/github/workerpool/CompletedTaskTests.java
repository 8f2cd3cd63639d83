package io.github.workerpool;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A future without a task.
 */
class CompletedTaskTests {

	@Test
	void hasItsValueAlready() {
		TaskFuture<String> future = TaskFuture.completedFuture("value");
		assertThat(future).isCompletedWithValue("value");
		assertThat(future.status()).isEqualTo(TaskStatus.SUCCEEDED);
		assertThat(future.id()).isEqualTo("none");
		assertThat(future.name()).isEqualTo("task");
		assertThat(future.cancel(true)).isFalse();
		assertThat(TaskFuture.completedFuture(null).join()).isNull();
	}

	@Test
	void tellsListenersNothing() {
		TaskFuture<String> future = TaskFuture.completedFuture("value");
		assertThat(future.onEvent((event) -> {
			throw new AssertionError("event");
		}).onProgress((progress) -> {
			throw new AssertionError("progress");
		})).isSameAs(future);
	}

}
