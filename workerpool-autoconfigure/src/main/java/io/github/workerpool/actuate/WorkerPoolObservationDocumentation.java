package io.github.workerpool.actuate;

import io.micrometer.common.docs.KeyName;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.docs.ObservationDocumentation;

/**
 * The observations made of worker pools.
 *
 * @since 0.1.0
 */
public enum WorkerPoolObservationDocumentation implements ObservationDocumentation {

	/**
	 * One run of a task on a worker. Its parent is the submitter's observation.
	 */
	TASK {

		@Override
		public Class<? extends ObservationConvention<? extends Observation.Context>> getDefaultConvention() {
			return DefaultWorkerTaskObservationConvention.class;
		}

		@Override
		public KeyName[] getLowCardinalityKeyNames() {
			return LowCardinalityKeyNames.values();
		}

		@Override
		public KeyName[] getHighCardinalityKeyNames() {
			return HighCardinalityKeyNames.values();
		}

	};

	/**
	 * Keys with few values: tags of meters too.
	 */
	public enum LowCardinalityKeyNames implements KeyName {

		/** Name of the pool. */
		POOL {

			@Override
			public String asString() {
				return MeterNames.POOL_TAG;
			}

		},

		/** Name of the task; {@code other} beyond a hundred names in a pool. */
		TASK {

			@Override
			public String asString() {
				return MeterNames.TASK_TAG;
			}

		},

		/**
		 * What became of the task: {@code succeeded}, {@code failed}, {@code crashed},
		 * {@code timed-out}, {@code cancelled}; {@code requeued} if its worker died
		 * before it started; {@code unknown} while it runs.
		 */
		OUTCOME {

			@Override
			public String asString() {
				return MeterNames.OUTCOME_TAG;
			}

		}

	}

	/**
	 * Keys with any number of values: in traces only.
	 */
	public enum HighCardinalityKeyNames implements KeyName {

		/** Id of the task. */
		TASK_ID {

			@Override
			public String asString() {
				return "task.id";
			}

		}

	}

}
