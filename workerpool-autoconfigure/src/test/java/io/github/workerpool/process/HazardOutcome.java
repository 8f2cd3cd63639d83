package io.github.workerpool.process;

import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.RemoteTaskException;
import io.github.workerpool.ResourceLimitExceededException;
import io.github.workerpool.ResourceLimitExceededException.Limit;
import io.github.workerpool.TaskFuture;
import io.github.workerpool.TaskSerializationException;
import io.github.workerpool.TaskSerializationException.Part;
import io.github.workerpool.TaskStatus;
import io.github.workerpool.TaskTimeoutException;
import io.github.workerpool.WorkerCrashedException;
import io.github.workerpool.process.Hazard.Effect;
import io.github.workerpool.process.HazardousTask.Moment;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What must become of a task that is a hazard.
 */
final class HazardOutcome {

	private HazardOutcome() {
	}

	/**
	 * Waits for the end.
	 * @return what the task failed with, {@code null} if it returned what it should
	 */
	static Throwable errorOf(TaskFuture<Object> future) throws Exception {
		try {
			assertThat(future.get(60, TimeUnit.SECONDS)).isEqualTo("fine");
			return null;
		}
		catch (ExecutionException ex) {
			return ex.getCause();
		}
		catch (CancellationException ex) {
			return ex;
		}
	}

	/**
	 * Checks that it came to what it must.
	 */
	static void check(Hazard hazard, Moment moment, Throwable error, TaskFuture<?> future) {
		assertThat(future.status()).isEqualTo(status(hazard));
		if (hazard.limit != null && !(hazard.limit == Limit.STACK && isSerializing(moment))) {
			assertThat(error).isInstanceOfSatisfying(ResourceLimitExceededException.class,
					(ex) -> assertThat(ex.limit()).isEqualTo(hazard.limit));
			assertThat(error).hasMessageContaining("'resource-limits.")
				.hasMessageContaining(hazard.limit.name().toLowerCase(Locale.ROOT).replace('_', '-'));
			if (hazard.effect == Effect.DIES) {
				assertThat(error).hasCauseInstanceOf(OutOfMemoryError.class);
			}
			return;
		}
		switch (hazard.effect) {
			case THROWS, THROWS_ANOTHER -> {
				if (isSerializing(moment)) {
					assertPart(error, (moment == Moment.READING) ? Part.TASK : Part.RESULT);
				}
				else if (hazard.effect == Effect.THROWS_ANOTHER) {
					assertThat(error).isInstanceOfSatisfying(RemoteTaskException.class,
							(ex) -> assertThat(ex.className()).isEqualTo(hazard.words));
				}
				else {
					assertThat(error.getClass().getName()).isEqualTo(hazard.words);
				}
			}
			case DIES, STOPS -> assertThat(error).isInstanceOfSatisfying(WorkerCrashedException.class, (ex) -> {
				assertThat(ex.report().exit()).contains(hazard.words);
				assertThat(ex.report().taskId()).isEqualTo(future.id());
				assertThat(ex.report().pid()).isPositive();
				if (hazard.effect == Effect.DIES) {
					assertThat(ex.report().exitCode()).isEqualTo(hazard.exitCode);
				}
			});
			case HANGS, WAITS -> assertThat(error).isInstanceOfSatisfying(TaskTimeoutException.class,
					(ex) -> assertThat(ex.phase()).isEqualTo(TaskTimeoutException.Phase.RUNNING));
			case RESULT_REFUSED -> assertPart(error, Part.RESULT);
			case EVENT_REFUSED -> assertPart(error, Part.EVENT);
			case NONE, LEAVES -> assertThat((Object) error).isNull();
			default -> throw new IllegalStateException(hazard.name());
		}
	}

	private static boolean isSerializing(Moment moment) {
		return moment == Moment.READING || moment == Moment.REPLYING;
	}

	private static void assertPart(Throwable error, Part part) {
		assertThat(error).isInstanceOfSatisfying(TaskSerializationException.class,
				(ex) -> assertThat(ex.part()).isEqualTo(part));
	}

	static TaskStatus status(Hazard hazard) {
		if (hazard.limit != null) {
			return TaskStatus.FAILED;
		}
		return switch (hazard.effect) {
			case DIES, STOPS -> TaskStatus.CRASHED;
			case HANGS, WAITS -> TaskStatus.TIMED_OUT;
			case NONE, LEAVES -> TaskStatus.SUCCEEDED;
			default -> TaskStatus.FAILED;
		};
	}

}
