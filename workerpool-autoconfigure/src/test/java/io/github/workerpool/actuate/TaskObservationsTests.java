package io.github.workerpool.actuate;

import io.github.workerpool.TaskStatus;
import io.github.workerpool.actuate.TaskObservations.ObservedRun;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link TaskObservations} and their conventions.
 */
class TaskObservationsTests {

	private final TestObservationRegistry registry = TestObservationRegistry.create();

	@Test
	void runIsObservedUnderItsParent() {
		TaskObservations observations = new TaskObservations(this.registry, null);
		assertThat(observations.isActive()).isTrue();
		Observation parent = Observation.start("request", this.registry);
		try (Observation.Scope scope = parent.openScope()) {
			ObservedRun run = observations.start("images", "resize", "images-1");
			Observation current = this.registry.getCurrentObservation();
			assertThat(current).isNotNull();
			assertThat(current.getContextView().getName()).isEqualTo("workerpool.task");
			run.end(TaskStatus.SUCCEEDED, null);
			assertThat(this.registry.getCurrentObservation()).isSameAs(parent);
		}
		parent.stop();
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasObservationWithNameEqualTo("workerpool.task")
			.that()
			.hasContextualNameEqualTo("images resize")
			.hasLowCardinalityKeyValue("pool", "images")
			.hasLowCardinalityKeyValue("task", "resize")
			.hasLowCardinalityKeyValue("outcome", "succeeded")
			.hasHighCardinalityKeyValue("task.id", "images-1")
			.hasParentObservationEqualTo(parent)
			.hasBeenStarted()
			.hasBeenStopped()
			.doesNotHaveError();
	}

	@ParameterizedTest
	@CsvSource({ "FAILED,failed", "CRASHED,crashed", "TIMED_OUT,timed-out", "CANCELLED,cancelled", "QUEUED,requeued" })
	void outcomeAndErrorAreRecorded(TaskStatus outcome, String value) {
		IllegalStateException error = new IllegalStateException("boom");
		new TaskObservations(this.registry, null).start("images", "resize", "images-1").end(outcome, error);
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasObservationWithNameEqualTo("workerpool.task")
			.that()
			.hasLowCardinalityKeyValue("outcome", value)
			.hasError(error)
			.hasBeenStopped();
	}

	@Test
	void keysAreTheDocumentedOnes() {
		new TaskObservations(this.registry, null).start("images", "resize", "images-1").end(TaskStatus.SUCCEEDED, null);
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasObservationWithNameEqualTo("workerpool.task")
			.that()
			.hasOnlyKeys("pool", "task", "outcome", "task.id");
		assertThat(WorkerPoolObservationDocumentation.TASK.getDefaultConvention())
			.isEqualTo(DefaultWorkerTaskObservationConvention.class);
		assertThat(WorkerPoolObservationDocumentation.TASK.getLowCardinalityKeyNames())
			.extracting((key) -> key.asString())
			.containsExactly("pool", "task", "outcome");
	}

	@Test
	void conventionMayBeReplaced() {
		WorkerTaskObservationConvention mine = new DefaultWorkerTaskObservationConvention() {

			@Override
			public String getName() {
				return "my.task";
			}

			@Override
			public KeyValues getLowCardinalityKeyValues(WorkerTaskObservationContext context) {
				return super.getLowCardinalityKeyValues(context).and("team", "imaging");
			}

		};
		new TaskObservations(this.registry, mine).start("images", "resize", "images-1").end(TaskStatus.SUCCEEDED, null);
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasObservationWithNameEqualTo("my.task")
			.that()
			.hasLowCardinalityKeyValue("team", "imaging");
	}

	@Test
	void keysThatOthersAddOrRemoveCount() {
		SimpleMeterRegistry meters = new SimpleMeterRegistry();
		ObservationRegistry observed = ObservationRegistry.create();
		observed.observationConfig()
			.observationHandler(new DefaultMeterObservationHandler(meters))
			.observationFilter((context) -> context.addLowCardinalityKeyValue(KeyValue.of("team", "imaging")));
		new TaskObservations(observed, null).start("images", "resize", "images-1").end(TaskStatus.SUCCEEDED, null);
		assertThat(meters.get("workerpool.task").tags("team", "imaging", "outcome", "succeeded").timer().count())
			.isOne();
		WorkerTaskObservationContext context = new WorkerTaskObservationContext("images", "resize", "images-1");
		context.addLowCardinalityKeyValues(KeyValues.of("a", "1", "b", "2"));
		context.addLowCardinalityKeyValues(KeyValues.of("a", "3", "b", "4"));
		assertThat(context.getLowCardinalityKeyValues()).isEqualTo(KeyValues.of("a", "3", "b", "4"));
		context.addLowCardinalityKeyValues(KeyValues.of("b", "5"));
		assertThat(context.getLowCardinalityKeyValues()).isEqualTo(KeyValues.of("a", "3", "b", "5"));
		context.removeLowCardinalityKeyValue("a");
		assertThat(context.getLowCardinalityKeyValues()).isEqualTo(KeyValues.of("b", "5"));
		context.removeLowCardinalityKeyValues("b");
		assertThat(context.getLowCardinalityKeyValues()).isEmpty();
		context.addLowCardinalityKeyValues(KeyValues.of("c", "6"));
		assertThat(context.getLowCardinalityKeyValues()).isEqualTo(KeyValues.of("c", "6"));
	}

	@Test
	void keysAreTheSameWhicheverWayTheyAreAskedFor() {
		WorkerTaskObservationContext whole = new WorkerTaskObservationContext("images", "resize", "images-1");
		whole.addLowCardinalityKeyValues(KeyValues.of("a", "1"));
		whole.addHighCardinalityKeyValues(KeyValues.of("b", "2"));
		assertThat(whole.getAllKeyValues()).isEqualTo(KeyValues.of("a", "1", "b", "2"));
		WorkerTaskObservationContext single = new WorkerTaskObservationContext("images", "resize", "images-1");
		single.addLowCardinalityKeyValues(KeyValues.of("a", "1"));
		single.addHighCardinalityKeyValues(KeyValues.of("b", "2"));
		assertThat(single.toString()).contains("a='1'").contains("b='2'");
		assertThat(single.getLowCardinalityKeyValue("a")).isEqualTo(KeyValue.of("a", "1"));
		assertThat(single.getHighCardinalityKeyValue("b")).isEqualTo(KeyValue.of("b", "2"));
		single.addHighCardinalityKeyValue(KeyValue.of("c", "3"));
		single.addHighCardinalityKeyValues(KeyValues.of("b", "4"));
		assertThat(single.getHighCardinalityKeyValues()).isEqualTo(KeyValues.of("b", "4", "c", "3"));
		single.removeHighCardinalityKeyValue("c");
		single.removeHighCardinalityKeyValues("b");
		assertThat(single.getAllKeyValues()).isEqualTo(KeyValues.of("a", "1"));
	}

	@Test
	void namesOfTasksAreLimited() {
		TaskObservations observations = new TaskObservations(this.registry, null);
		for (int i = 0; i < 101; i++) {
			observations.start("images", "task " + i, "images-" + i).end(TaskStatus.SUCCEEDED, null);
		}
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasAnObservationWithAKeyValue("task", "task 99")
			.hasAnObservationWithAKeyValue("task", "other");
	}

	@Test
	void nobodyIsInterestedWithoutHandlers() {
		assertThat(new TaskObservations(ObservationRegistry.NOOP, null).isActive()).isFalse();
		assertThat(new TaskObservations(ObservationRegistry.create(), null).isActive()).isFalse();
	}

	@Test
	void timerComesFromTheObservation() {
		SimpleMeterRegistry meters = new SimpleMeterRegistry();
		ObservationRegistry observed = ObservationRegistry.create();
		observed.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
		ObservedRun run = new TaskObservations(observed, null).start("images", "resize", "images-1");
		assertThat(meters.get("workerpool.task.active")
			.tags("pool", "images", "task", "resize", "outcome", "unknown")
			.longTaskTimer()
			.activeTasks()).isOne();
		run.end(TaskStatus.SUCCEEDED, null);
		assertThat(meters.get("workerpool.task")
			.tags("pool", "images", "task", "resize", "outcome", "succeeded", "error", "none")
			.timer()
			.count()).isOne();
	}

}
