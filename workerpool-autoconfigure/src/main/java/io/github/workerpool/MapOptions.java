package io.github.workerpool;

import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Options of {@link WorkerPool#map map} and {@link WorkerPool#mapOutcomes mapOutcomes}.
 * Immutable.
 *
 * @since 0.1.0
 */
public final class MapOptions {

	private static final MapOptions NONE = new MapOptions(null, null, TaskOptions.none());

	private final @Nullable Integer concurrency;

	private final @Nullable Integer chunkSize;

	private final TaskOptions taskOptions;

	private MapOptions(@Nullable Integer concurrency, @Nullable Integer chunkSize, TaskOptions taskOptions) {
		this.concurrency = concurrency;
		this.chunkSize = chunkSize;
		this.taskOptions = taskOptions;
	}

	/**
	 * Options that leave everything to the pool.
	 * @return no options
	 */
	public static MapOptions none() {
		return NONE;
	}

	/**
	 * Limits the chunks that are in the pool at once.
	 * @param concurrency most chunks, at least 1; the pool's maximum size by default.
	 * More than the queue and the workers can hold is cut down to that.
	 * @return new options
	 */
	public MapOptions withConcurrency(int concurrency) {
		return new MapOptions(atLeastOne("concurrency", concurrency), this.chunkSize, this.taskOptions);
	}

	/**
	 * Sets how many items make one task.
	 * @param chunkSize items per chunk, at least 1; by default such that each worker gets
	 * several chunks
	 * @return new options
	 */
	public MapOptions withChunkSize(int chunkSize) {
		return new MapOptions(this.concurrency, atLeastOne("chunkSize", chunkSize), this.taskOptions);
	}

	/**
	 * Sets the options of each chunk.
	 * @param taskOptions the options
	 * @return new options
	 */
	public MapOptions withTaskOptions(TaskOptions taskOptions) {
		return new MapOptions(this.concurrency, this.chunkSize,
				Objects.requireNonNull(taskOptions, "'taskOptions' must not be null"));
	}

	/**
	 * Most chunks in the pool at once.
	 * @return the number, or {@code null} for the pool's choice
	 */
	public @Nullable Integer concurrency() {
		return this.concurrency;
	}

	/**
	 * Items per chunk.
	 * @return the number, or {@code null} for the pool's choice
	 */
	public @Nullable Integer chunkSize() {
		return this.chunkSize;
	}

	/**
	 * Options of each chunk.
	 * @return the options
	 */
	public TaskOptions taskOptions() {
		return this.taskOptions;
	}

	private static int atLeastOne(String what, int value) {
		if (value < 1) {
			throw new IllegalArgumentException("'" + what + "' must be at least 1, but is " + value);
		}
		return value;
	}

}
