package io.github.workerpool.process.child;

import java.util.List;

import io.github.workerpool.process.ChildConfiguration;
import io.github.workerpool.process.HeapFrames;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests for {@link TaskRehearsal}.
 */
class TaskRehearsalTests {

	private final ClassLoader loader = getClass().getClassLoader();

	private static ChildConfiguration configuration(boolean sampled) {
		return new ChildConfiguration("rehearsed", "rehearsed-s1", true, 1000, 2, 1 << 20, sampled, 0, null, 1 << 16,
				null, List.of(), List.of(), null);
	}

	@Test
	void everyTaskGetsThrough() {
		assertThatNoException().isThrownBy(() -> new TaskRehearsal(configuration(false), this.loader).play());
	}

	@Test
	void everyTaskGetsThroughWhereRunsAreSampled() {
		assertThatNoException().isThrownBy(() -> new TaskRehearsal(configuration(true), this.loader).play());
	}

	@Test
	void leavesNothingOnItsThread() throws Exception {
		Thread thread = Thread.currentThread();
		String name = thread.getName();
		new TaskRehearsal(configuration(true), this.loader).play();
		assertThat(thread.getName()).isEqualTo(name);
		assertThat(thread.isInterrupted()).isFalse();
	}

	@Test
	void taskThatDoesNotGetThroughIsNoticed() throws Exception {
		ClassLoader blind = new ClassLoader(null) {
		};
		TaskRehearsal failing = new TaskRehearsal(configuration(false), blind);
		assertThatIllegalStateException().isThrownBy(failing::play);
	}

	@Test
	void memoryThatRunsOutDoesNotEndTheJvm() {
		TaskLoop loop = TaskLoop.rehearsing(configuration(false), new HeapFrames(), new HeapFrames());
		OutOfMemoryError error = new OutOfMemoryError("rehearsal");
		assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> loop.die(error)).isSameAs(error);
	}

}
