package io.github.workerpool.actuate;

import io.github.workerpool.TaskStatus;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

/**
 * Observes runs of tasks. Safe for use by any number of threads.
 *
 * @since 0.1.0
 */
public class TaskObservations {

	private static final WorkerTaskObservationConvention DEFAULT_CONVENTION = new DefaultWorkerTaskObservationConvention();

	private final ObservationRegistry registry;

	private final @Nullable WorkerTaskObservationConvention convention;

	private final TaskNames names = new TaskNames();

	/**
	 * Makes observations.
	 * @param registry where they are handled
	 * @param convention how they are named and tagged, {@code null} for the default
	 */
	public TaskObservations(ObservationRegistry registry, @Nullable WorkerTaskObservationConvention convention) {
		this.registry = registry;
		this.convention = convention;
	}

	/**
	 * Tells whether anybody is interested.
	 * @return whether the registry has handlers
	 */
	public boolean isActive() {
		return !this.registry.isNoop();
	}

	/**
	 * Starts to observe a run on this thread; the current observation becomes the parent.
	 * @param pool name of the pool
	 * @param task name of the task
	 * @param taskId id of the task
	 * @return the run, to be ended on this thread
	 */
	public ObservedRun start(String pool, String task, String taskId) {
		WorkerTaskObservationContext context = new WorkerTaskObservationContext(pool, this.names.limited(pool, task),
				taskId);
		Observation observation = WorkerPoolObservationDocumentation.TASK
			.observation(this.convention, DEFAULT_CONVENTION, () -> context, this.registry)
			.start();
		return new ObservedRun(context, observation, observation.openScope());
	}

	/**
	 * A run that is observed.
	 */
	public static final class ObservedRun {

		private final WorkerTaskObservationContext context;

		private final Observation observation;

		private final Observation.Scope scope;

		private ObservedRun(WorkerTaskObservationContext context, Observation observation, Observation.Scope scope) {
			this.context = context;
			this.observation = observation;
			this.scope = scope;
		}

		/**
		 * Ends the observation.
		 * @param outcome what became of the task
		 * @param error why, unless it succeeded
		 */
		public void end(TaskStatus outcome, @Nullable Throwable error) {
			this.scope.close();
			this.context.setOutcome(outcome);
			if (error != null) {
				this.observation.error(error);
			}
			this.observation.stop();
		}

	}

}
